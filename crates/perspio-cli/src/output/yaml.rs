//! YAML 1.2.

use std::io::{self, Write};

use serde::Serialize;

/// Prints a value as one document.
pub(super) fn print(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    let text = serde_saphyr::to_string(value).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())?;
    if text.ends_with('\n') {
        return Ok(());
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn printed(value: &Value) -> String {
        let mut out = Vec::new();
        print(value, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn yaml_of_any_value_reads_as_the_same_value() {
        for value in [
            json!(null),
            json!("text"),
            json!([]),
            json!([{"id": "IN-1", "tags": ["a", {"b": null}], "none": {}}]),
            json!({"a": "no", "b": "1e3", "c": "~", "d": "", "e": " x ", "f": "# no comment"}),
            json!({"lines": "one\ntwo\n\n", "tab": "a\tb", "bell": "\u{7}", "quote": "'\""}),
            json!({"long": "word ".repeat(60), "12": 12, "f": 1.5, "true": true, "- x": "- y"}),
        ] {
            let text = printed(&value);
            let read: Value = serde_saphyr::from_str(&text).unwrap();
            assert_eq!(read, value, "{text}");
            assert!(text.ends_with('\n'), "{text:?}");
        }
    }

    #[test]
    fn yaml_keeps_the_order_of_members() {
        let text = printed(&json!([{"z": 1, "a": {"b": "x"}}]));
        assert_eq!(text, "- z: 1\n  a:\n    b: x\n");
    }
}
