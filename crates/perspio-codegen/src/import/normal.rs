//! Writes a document in a canonical form, so that a diff shows changes only.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;
use serde_saphyr::DoubleQuoted;

use crate::document::order::is_kept;
use crate::error::{Context, Result, ensure};

/// The order of the members of the document; all others follow, sorted by name.
const TOP: [&str; 8] = [
    "openapi",
    "info",
    "externalDocs",
    "servers",
    "tags",
    "security",
    "paths",
    "components",
];
/// The order of the members of an operation.
const OPERATION: [&str; 8] = [
    "operationId",
    "tags",
    "summary",
    "description",
    "deprecated",
    "parameters",
    "requestBody",
    "responses",
];

/// A value, its depth, and whether its members keep their order.
struct Ordered<'a>(&'a Value, usize, bool);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(value, depth, keeps) = *self;
        match value {
            Value::Object(members) => {
                let order: &[&str] = match depth {
                    0 => &TOP,
                    // paths, a path, a method.
                    3 if members.contains_key("operationId") => &OPERATION,
                    _ => &[],
                };
                let mut sorted: Vec<_> = members.iter().collect();
                if !keeps {
                    sorted.sort_by_key(|(name, _)| {
                        let rank = order.iter().position(|known| known == name);
                        (rank.unwrap_or(order.len()), name.as_str())
                    });
                }
                let mut map = serializer.serialize_map(Some(sorted.len()))?;
                for (name, member) in sorted {
                    map.serialize_entry(
                        name,
                        &Ordered(member, depth + 1, !keeps && is_kept(name)),
                    )?;
                }
                map.end()
            }
            Value::Array(items) => {
                serializer.collect_seq(items.iter().map(|item| Ordered(item, depth + 1, false)))
            }
            // libyaml cannot read a block that begins with a tab.
            Value::String(text) if begins_with_tab(text) => {
                DoubleQuoted(text).serialize(serializer)
            }
            other => other.serialize(serializer),
        }
    }
}

/// Returns whether the first line of a text that is not empty begins with a tab.
fn begins_with_tab(text: &str) -> bool {
    let mut lines = text.lines();
    lines
        .find(|line| !line.is_empty())
        .is_some_and(|line| line.starts_with('\t'))
}

/// Returns the document as canonical YAML.
///
/// # Errors
/// The YAML does not parse as the same document.
pub fn yaml(document: &Value) -> Result<String> {
    let text = serde_saphyr::to_string(&Ordered(document, 0, false))
        .context("the document cannot be written as YAML")?;
    let again = crate::load::parse(&text, false).context("the written YAML cannot be parsed")?;
    ensure(
        again == *document,
        format_args!(
            "the written YAML parses as another document: {}",
            first_difference(document, &again, "the document")
        ),
    )?;
    Ok(text)
}

fn first_difference(left: &Value, right: &Value, location: &str) -> String {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            for (name, value) in left {
                match right.get(name) {
                    Some(other) if other == value => {}
                    Some(other) => {
                        return first_difference(value, other, &format!("{location}.{name}"));
                    }
                    None => return format!("{location}.{name} is missing"),
                }
            }
            location.to_owned()
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            let index = left
                .iter()
                .zip(right)
                .position(|(left, right)| left != right)
                .unwrap_or_default();
            match (left.get(index), right.get(index)) {
                (Some(left), Some(right)) => {
                    first_difference(left, right, &format!("{location}.{index}"))
                }
                _ => location.to_owned(),
            }
        }
        _ => format!("{location}: {left} and {right}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_text_that_begins_with_a_tab_is_quoted() {
        let document = json!({"a": "\tx\ny", "b": "\n\tx", "c": "x\n\ty"});
        let text = super::yaml(&document).unwrap();
        assert!(text.contains(r#"a: "\tx\ny""#), "{text}");
        assert!(text.contains(r#"b: "\n\tx""#), "{text}");
        assert!(text.contains("c: |"), "{text}");
    }
}
