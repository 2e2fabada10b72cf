//! Enums that are written as unions, for a description of each value.

use serde_json::{Map, Value, json};

use crate::document::VALUE_DESCRIPTIONS;
use crate::document::walk;
use crate::import::notes::Notes;

/// Replaces a union of constants by one enum with the descriptions of its values. The
/// generator makes a type of each constant.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    walk::schemas(document, &mut |location, schema| {
        for union in ["oneOf", "anyOf"] {
            let Some((ty, values, texts)) = constants(schema, union) else {
                continue;
            };
            let Some(members) = schema.as_object_mut() else {
                continue;
            };
            members.remove(union);
            members.insert("type".to_owned(), ty);
            members.insert("enum".to_owned(), values.into());
            if !texts.is_empty() {
                members.insert(VALUE_DESCRIPTIONS.to_owned(), texts.into());
            }
            notes.changed(location.as_str(), "a union of constants: one enum");
        }
    });
}

/// Returns the name of a value among the descriptions: a string itself, or other JSON.
pub(super) fn name(value: &Value) -> String {
    let text = value.as_str().map(str::to_owned);
    text.unwrap_or_else(|| value.to_string())
}

/// Returns the type, the values and the descriptions of a union of constants.
fn constants(schema: &Value, union: &str) -> Option<(Value, Vec<Value>, Map<String, Value>)> {
    let structure = ["allOf", "anyOf", "enum", "items", "oneOf", "properties"];
    let is_other = |name: &&str| *name != union && schema.get(*name).is_some();
    let variants = schema.get(union)?.as_array()?;
    if variants.len() < 2 || structure.iter().any(is_other) {
        return None;
    }
    let mut common = schema.get("type").cloned();
    let mut values = Vec::new();
    let mut texts = Map::new();
    for variant in variants {
        let variant = variant.as_object()?;
        let is_known = |name: &String| {
            let known = [
                "deprecated",
                "description",
                "enum",
                "example",
                "title",
                "type",
            ];
            known.contains(&name.as_str()) || name.starts_with("x-")
        };
        if !variant.keys().all(is_known) {
            return None;
        }
        for value in variant.get("enum")?.as_array()? {
            let ty = match value {
                Value::String(_) => "string",
                Value::Number(number) if !number.is_f64() => "integer",
                _ => return None,
            };
            if common.get_or_insert_with(|| json!(ty)) != ty {
                return None;
            }
            let text = |keyword| variant.get(keyword).and_then(Value::as_str);
            if !values.contains(value) {
                values.push(value.clone());
                // A description of several values belongs to none of them.
                let is_single = variant.get("enum") == Some(&json!([value]));
                if let Some(text) = text("description")
                    .or_else(|| text("title"))
                    .filter(|_| is_single)
                {
                    texts.insert(name(value), text.into());
                }
            }
        }
    }
    Some((common?, values, texts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::pass::enums;
    use crate::import::pass::testing::run_on_schema;

    #[test]
    fn a_union_of_constants_is_one_enum_with_descriptions() {
        let variants = json!([
            {"type": "string", "enum": ["low"], "description": "Quiet."},
            {"enum": ["mid", "medium"], "description": "So so."},
            {"type": "string", "enum": ["high"], "title": "Loud"},
        ]);
        for union in ["oneOf", "anyOf"] {
            let (output, _) = run_on_schema(run, json!({"description": "It.", union: variants}));
            assert_eq!(
                output,
                json!({
                    "description": "It.", "type": "string", "enum": ["low", "mid", "medium", "high"],
                    "x-value-descriptions": {"low": "Quiet.", "high": "Loud"}
                })
            );
            let (open, _) = run_on_schema(enums::run, output);
            let known = &open["oneOf"][0];
            assert_eq!(known["x-value-descriptions"]["low"], "Quiet.");
            assert_eq!(open["oneOf"][1], json!({"type": "string"}));
            assert!(open.get(VALUE_DESCRIPTIONS).is_none());
        }
    }

    #[test]
    fn described_integers_are_listed_in_the_description() {
        let variants = json!([{"title": "ROW", "enum": [1]}, {"title": "BUTTON", "enum": [2]}]);
        let (output, _) = run_on_schema(run, json!({"type": "integer", "oneOf": variants}));
        assert_eq!(output["enum"], json!([1, 2]));
        let (open, _) = run_on_schema(enums::run, output);
        assert_eq!(
            open,
            json!({"type": "integer", "description": "Known values: 1 (ROW), 2 (BUTTON)"})
        );
    }

    #[test]
    fn other_unions_are_not_changed() {
        for schema in [
            json!({"oneOf": [{"enum": ["a"]}, {"type": "string"}]}),
            json!({"oneOf": [{"enum": ["a"]}, {"enum": [1]}]}),
            json!({"oneOf": [{"enum": ["a"]}]}),
            json!({"properties": {}, "oneOf": [{"enum": ["a"]}, {"enum": ["b"]}]}),
        ] {
            assert_eq!(run_on_schema(run, schema.clone()).0, schema);
        }
    }
}
