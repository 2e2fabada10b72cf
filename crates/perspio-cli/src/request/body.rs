//! The JSON body of `perspio request`: `--json` and `--field`.

use std::io::Read;

use serde::de::IgnoredAny;
use serde_json::{Map, Number, Value};

use crate::failure::Failure;

/// Returns the body that `--json` and `--field` describe. JSON is sent as it is without
/// fields, so that numbers and the order of members stay.
pub(super) fn of(
    json: Option<&str>,
    fields: &[(String, String)],
) -> Result<Option<String>, Failure> {
    let text = json.map(|json| text(json, "--json")).transpose()?;
    if fields.is_empty() {
        return Ok(text);
    }
    let mut members = match &text {
        None => Map::new(),
        Some(text) => serde_json::from_str(text).map_err(|_| {
            Failure::usage("--field adds members to an object, and --json is another value")
        })?,
    };
    for (name, value) in fields {
        members.insert(name.clone(), typed(value));
    }
    Ok(Some(Value::Object(members).to_string()))
}

/// Returns the JSON text of the argument of an option: the argument itself, the content of a
/// file, or that of standard input.
pub(crate) fn text(argument: &str, option: &str) -> Result<String, Failure> {
    let (text, source) = match argument {
        "-" => {
            let mut text = String::new();
            let read = std::io::stdin().lock().read_to_string(&mut text);
            (read.map(|_| text), "standard input")
        }
        // No file is named like this, and an empty array or object is also JSON.
        inline if inline.trim_start().starts_with(['{', '[']) => (Ok(inline.to_owned()), option),
        file => (std::fs::read_to_string(file), file),
    };
    let text = text.map_err(|cause| {
        Failure::usage(format!(
            "{source} cannot be read: {cause}; {option} takes a file, JSON such as \
             '{{\"name\": \"x\"}}', or - for standard input"
        ))
    })?;
    serde_json::from_str::<IgnoredAny>(&text)
        .map_err(|cause| Failure::usage(format!("{source} is not JSON: {cause}")))?;
    Ok(text)
}

/// Returns the value of a field: `true`, `false`, `null`, and numbers as such, anything else
/// as text. A number that would be sent in another form (`007`, `1e5`) is also text.
fn typed(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        text => match text.parse::<Number>() {
            Ok(number) if number.to_string() == text => number.into(),
            _ => text.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_field_is_a_number_only_in_the_form_in_which_it_is_sent() {
        for (text, json) in [
            ("true", "true"),
            ("null", "null"),
            ("-12", "-12"),
            ("1.5", "1.5"),
            ("007", r#""007""#),
            ("1e5", r#""1e5""#),
            ("1.50", r#""1.50""#),
            (
                "123456789012345678901234567890",
                r#""123456789012345678901234567890""#,
            ),
            ("True", r#""True""#),
            ("", r#""""#),
            ("{}", r#""{}""#),
        ] {
            assert_eq!(typed(text).to_string(), json);
        }
    }

    #[test]
    fn fields_are_added_to_an_object_and_override_its_members() {
        let added = fields(&[("b", "2"), ("c", "x=y")]);
        let body = of(Some(r#" {"z": 1, "b": null}"#), &added).unwrap();
        assert_eq!(body.as_deref(), Some(r#"{"z":1,"b":2,"c":"x=y"}"#));
        assert_eq!(
            of(None, &added).unwrap().as_deref(),
            Some(r#"{"b":2,"c":"x=y"}"#)
        );
        let error = of(Some("[]"), &added).unwrap_err();
        assert!(error.text().contains("--field"));
    }

    #[test]
    fn inline_json_is_sent_as_it_is() {
        let text = r#"{"b": 1.50, "a": 12345678901234567890123}"#;
        assert_eq!(of(Some(text), &[]).unwrap().as_deref(), Some(text));
        assert!(of(Some("{"), &[]).unwrap_err().text().contains("not JSON"));
        assert_eq!(of(None, &[]).unwrap(), None);
    }
}
