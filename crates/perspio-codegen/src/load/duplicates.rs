//! Finds the keys that occur twice in an object of JSON.

use std::collections::BTreeMap;

use crate::error::Error;

/// Returns the error of the first key that occurs twice in one object of a text, with both
/// locations.
///
/// The parser calls it after it has found such a key, because keeping the location of every key
/// takes time.
pub(crate) fn first_duplicate(text: &str) -> Option<Error> {
    let mut open: Vec<BTreeMap<String, usize>> = Vec::new();
    let mut at = 0;
    while let Some(letter) = text.as_bytes().get(at) {
        match letter {
            b'{' => open.push(BTreeMap::new()),
            b'}' => drop(open.pop()),
            b'"' => {
                let end = end_of_string(text, at)?;
                let is_key = text.get(end..)?.trim_start().starts_with(':');
                if let Some(keys) = open.last_mut().filter(|_| is_key) {
                    let key: String = serde_json::from_str(text.get(at..end)?).ok()?;
                    if let Some(first) = keys.insert(key.clone(), at) {
                        return Some(duplicate(text, &key, first, at));
                    }
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Returns the offset after a string that begins at this offset.
fn end_of_string(text: &str, start: usize) -> Option<usize> {
    let mut is_escaped = false;
    let rest = text.as_bytes().get(start + 1..)?;
    let length = rest.iter().position(|letter| {
        let ends = *letter == b'"' && !is_escaped;
        is_escaped = *letter == b'\\' && !is_escaped;
        ends
    })?;
    Some(start + length + 2)
}

fn duplicate(text: &str, key: &str, first: usize, second: usize) -> Error {
    let (line, column) = location(text, first);
    let message = format!(
        "not valid JSON: duplicate key `{key}`, first defined at line {line} column {column}, again"
    );
    let (line, column) = location(text, second);
    Error::new(message).on_line(line, column)
}

/// Returns the line and the column of an offset, counted from 1.
fn location(text: &str, offset: usize) -> (u64, u64) {
    let before = text.get(..offset).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(start..).unwrap_or_default().chars().count() + 1;
    (line as u64, column as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::parse;

    fn error_of(text: &str) -> Error {
        parse(text, true).unwrap_err()
    }

    #[test]
    fn a_key_that_occurs_twice_is_an_error_with_both_locations() {
        let text =
            "{\"b\": [{\"a\": \"a:\"}, {\"é\\\"\": 1,\n  \"c\": {},\n  \"\\u00e9\\\"\" : 2}]}";
        let error = error_of(text);
        assert_eq!(error.line(), Some((3, 3)));
        let message =
            "not valid JSON: duplicate key `é\"`, first defined at line 1 column 22, again";
        assert_eq!(error.message(), message);
    }

    #[test]
    fn a_key_of_several_objects_and_a_text_like_a_key_are_not_duplicates() {
        let text =
            r#"{"a": {"a": "a"}, "b": [{"a": 1}, {"a": "\"a\": 1"}], "{": "a", "c": {"a": {}}}"#;
        assert!(parse(text, true).is_ok());
        assert!(first_duplicate(text).is_none());
        // The error is that of the syntax.
        let error = error_of(r#"{"a": [}"#);
        assert!(error.message().contains("expected value"), "{error}");
    }

    #[test]
    fn a_key_of_yaml_that_occurs_twice_is_an_error_also_if_it_is_null() {
        for text in ["a: 1\nb: 2\na: 3", "null: 1\n~: 2", "null: 1\n\"null\": 2"] {
            let error = format!("{:#}", parse(text, false).unwrap_err());
            assert!(error.contains("duplicate"), "{error}");
        }
    }
}
