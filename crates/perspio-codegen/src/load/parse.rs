//! Parses the text of a file as JSON or YAML, and reports keys that occur twice.

use std::fmt;

use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess,
};
use serde::de::{IgnoredAny, Visitor};
use serde_json::{Map, Value};

use super::MAX_BYTES;
use super::duplicates::first_duplicate;
use crate::document::order;
use crate::error::{DocumentPath, Error, Result, Step};

/// The key that `null` is read as: the keys of JSON are texts.
const NULL: &str = "null";

/// A parsed text.
pub(crate) struct Parsed {
    pub(crate) value: Value,
    /// The parts that differ from those of the text, each with the difference.
    pub(crate) corrections: Vec<(DocumentPath, String)>,
}

impl From<Value> for Parsed {
    fn from(value: Value) -> Self {
        let corrections = Vec::new();
        Self { value, corrections }
    }
}

/// Parses a text; errors contain the line.
pub(crate) fn parse(text: &str, json: bool) -> Result<Parsed> {
    let mut null_keys = Vec::new();
    let tree = Tree(&mut null_keys);
    let parsed = if json {
        of_json(text, tree)
    } else {
        serde_saphyr::with_deserializer_from_str_with_options(text, yaml_options(), |yaml| {
            tree.deserialize(yaml)
        })
        .map_err(|error| of_yaml(&error))
    };
    let mut value = parsed?;
    order::sort(&mut value);
    let mut parsed = Parsed {
        value,
        corrections: Vec::new(),
    };
    for mut path in null_keys {
        path.0.reverse();
        let correction = "the key null is read as the text `null`".to_owned();
        parsed.corrections.push((path, correction));
    }
    if !json && parsed.value.get("openapi").is_some() {
        for names in [&["openapi"][..], &["info", "version"]] {
            keep_written(text, names, &mut parsed);
        }
    }
    Ok(parsed)
}

/// Replaces the number at a location by the text that it is written as.
fn keep_written(text: &str, names: &[&str], parsed: &mut Parsed) {
    let path = DocumentPath::of(names);
    let found = parsed.value.pointer_mut(&path.pointer());
    if let Some(found) = found.filter(|value| value.is_number())
        && let Some(written) = written_scalar(text, names)
    {
        let correction = format!("a number, read as the text `{written}`");
        *found = written.into();
        parsed.corrections.push((path, correction));
    }
}

/// Returns the text of a scalar of a YAML document as it is written: `1.10`, which is the
/// number 1.1.
fn written_scalar(text: &str, names: &[&str]) -> Option<String> {
    serde_saphyr::with_deserializer_from_str_with_options(text, yaml_options(), |yaml| {
        Scalar(names).deserialize(yaml)
    })
    .ok()?
}

fn of_json(text: &str, tree: Tree<'_>) -> Result<Value> {
    let mut json = serde_json::Deserializer::from_str(text);
    tree.deserialize(&mut json)
        .and_then(|value| json.end().map(|()| value))
        .map_err(|error| {
            if let Some(duplicate) = first_duplicate(text).filter(|_| error.is_data()) {
                return duplicate;
            }
            let location = (error.line() as u64, error.column() as u64);
            invalid("JSON", &error.to_string(), Some(location))
        })
}

/// YAML 1.2, as `OpenAPI` requires: a parameter named `n` is not a boolean. The budget allows
/// documents of tens of megabytes.
fn yaml_options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        strict_booleans: true,
        budget: serde_saphyr::budget! {
            max_events: 50_000_000,
            max_nodes: 50_000_000,
            max_total_scalar_bytes: MAX_BYTES,
            max_depth: 128,
        },
    }
}

fn of_yaml(error: &serde_saphyr::Error) -> Error {
    let location = error.location().map(|it| (it.line(), it.column()));
    let text = error.without_snippet().to_string();
    // The rest of the message is advice for programs that use the parser.
    let cause = text.split("; set ").next().unwrap_or(&text);
    invalid("YAML", cause, location)
}

/// Returns the error of a text that cannot be parsed, at a line and a column.
fn invalid(format: &str, cause: &str, location: Option<(u64, u64)>) -> Error {
    let error = |cause: &str| Error::new(format_args!("not valid {format}: {cause}"));
    let Some((line, column)) = location else {
        return error(cause);
    };
    // The parsers end the message with the location.
    let [json, yaml] = [" ", ", "].map(|by| format!(" at line {line}{by}column {column}"));
    error(&cause.replace(&json, "").replace(&yaml, "")).on_line(line, column)
}

/// Reads a value. It contains the members whose key is null, the innermost step first.
struct Tree<'a>(&'a mut Vec<DocumentPath>);

impl Tree<'_> {
    /// Reads a part of the value, at this step.
    fn part<T>(&mut self, step: impl Fn() -> Step, read: impl FnOnce(Tree<'_>) -> T) -> T {
        let before = self.0.len();
        let part = read(Tree(self.0));
        for path in self.0.iter_mut().skip(before) {
            path.0.push(step());
        }
        part
    }
}

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

/// Reads a scalar as `serde_json` does.
fn scalar<'de, E, T>(value: T) -> Result<Value, E>
where
    E: serde::de::Error,
    T: IntoDeserializer<'de, E>,
{
    serde::Deserialize::deserialize(value.into_deserializer())
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        scalar(value)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        scalar(value)
    }

    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<Value, E> {
        scalar(value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        scalar(value)
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<Value, E> {
        scalar(value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        scalar(value)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        self.deserialize(from)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let mut found = Vec::new();
        loop {
            let step = || Step::Index(found.len());
            match self.part(step, |tree| items.next_element_seed(tree))? {
                Some(item) => found.push(item),
                None => return Ok(Value::Array(found)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Value, A::Error> {
        let mut found = Map::new();
        while let Some(key) = members.next_key::<Option<String>>()? {
            let is_null = key.is_none();
            let key = key.unwrap_or_else(|| NULL.to_owned());
            if is_null {
                self.0.push(DocumentPath::of(&[&key]));
            }
            if found.contains_key(&key) {
                return Err(A::Error::custom(format_args!("duplicate key `{key}`")));
            }
            let value = self.part(|| Step::name(&key), |tree| members.next_value_seed(tree))?;
            found.insert(key, value);
        }
        Ok(Value::Object(found))
    }
}

/// Reads the text of the scalar at these names.
struct Scalar<'a>(&'a [&'a str]);

impl<'de> DeserializeSeed<'de> for Scalar<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        match self.0 {
            [] => from.deserialize_str(self),
            _ => from.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for Scalar<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or an object that contains it")
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Some(value.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = members.next_key::<Option<String>>()? {
            match self.0.split_first() {
                Some((name, rest)) if key.as_deref() == Some(*name) => {
                    found = members.next_value_seed(Scalar(rest))?;
                }
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn corrections(text: &str) -> (Value, Vec<String>) {
        let parsed = parse(text, false).unwrap();
        let corrections = parsed.corrections.iter();
        let texts = corrections.map(|(path, correction)| format!("{path}: {correction}"));
        (parsed.value, texts.collect())
    }

    #[test]
    fn a_null_key_is_a_text_and_its_location_is_returned() {
        let (value, found) = corrections("a: [x, {~: {b: 1, : 2}}]\nc: {null: d}");
        let expected = json!({"a": ["x", {"null": {"b": 1, "null": 2}}], "c": {"null": "d"}});
        assert_eq!(value, expected);
        let locations = ["a[1].null.null", "a[1].null", "c.null"];
        let mut expected: Vec<_> = locations
            .iter()
            .map(|it| format!("{it}: the key null is read as the text `null`"))
            .collect();
        expected.sort();
        let mut found = found;
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_version_keeps_the_digits_of_the_text() {
        let (value, found) = corrections("openapi: 3.0\ninfo: {null: 1, version: 1.10}");
        let expected = json!({"openapi": "3.0", "info": {"null": 1, "version": "1.10"}});
        assert_eq!(value, expected);
        assert_eq!(found.len(), 3, "{found:?}");
        // Only of a document of OpenAPI.
        let (value, found) = corrections("info: {version: 1.10}");
        assert_eq!(value["info"]["version"], 1.1);
        assert!(found.is_empty());
    }

    #[test]
    fn numbers_of_json_and_yaml_are_those_of_serde_json() {
        let text = "[1, -1, 1.5, 18446744073709551615, -9223372036854775808, true, null, 0]";
        let expected: Value = serde_json::from_str(text).unwrap();
        for json in [false, true] {
            assert_eq!(parse(text, json).unwrap().value, expected);
        }
    }
}
