//! Null among the variants of a union of `OpenAPI` 3.0.

use serde_json::{Value, json};

use crate::document::walk;
use crate::import::notes::Notes;

/// Replaces a variant without a type that is nullable, and means null, by `nullable` of the
/// union. The generator makes a variant for any JSON of it.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    walk::schemas(document, &mut |location, schema| {
        for union in ["oneOf", "anyOf"] {
            let Some(Value::Array(variants)) = schema.get_mut(union) else {
                continue;
            };
            let before = variants.len();
            variants.retain(|variant| !is_null(variant));
            let left = std::mem::take(variants);
            let found_any = left.len() < before;
            let Some(members) = schema.as_object_mut() else {
                continue;
            };
            match left.as_slice() {
                [] => drop(members.remove(union)),
                [only] if found_any && !members.contains_key("allOf") => {
                    members.remove(union);
                    members.insert("allOf".to_owned(), json!([only]));
                }
                _ => drop(members.insert(union.to_owned(), left.into())),
            }
            if found_any {
                members.insert("nullable".to_owned(), true.into());
                notes.changed(location.as_str(), "a nullable union");
            }
        }
    });
}

/// Returns whether a schema has no keyword but `nullable` and annotations.
fn is_null(schema: &Value) -> bool {
    let annotations = ["description", "nullable", "title"];
    schema.get("nullable") == Some(&true.into())
        && schema.as_object().is_some_and(|members| {
            let mut names = members.keys();
            names.all(|name| annotations.contains(&name.as_str()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::pass::testing::run_on_schema;

    #[test]
    fn a_variant_that_means_null_makes_the_union_nullable() {
        let (reference, nothing) = (
            json!({"$ref": "#/components/schemas/B"}),
            json!({"nullable": true}),
        );
        for union in ["oneOf", "anyOf"] {
            let (one, _) = run_on_schema(run, json!({union: [reference, nothing]}));
            assert_eq!(one, json!({"nullable": true, "allOf": [reference]}));
            let (two, _) = run_on_schema(
                run,
                json!({union: [nothing, reference, {"type": "string"}]}),
            );
            assert_eq!(two["nullable"], true);
            assert_eq!(two[union], json!([reference, {"type": "string"}]));
            let (none, _) = run_on_schema(run, json!({union: [nothing]}));
            assert_eq!(none, nothing);
        }
        let other = json!({"oneOf": [{"nullable": true, "type": "string"}, {}]});
        assert_eq!(run_on_schema(run, other.clone()).0, other);
    }
}
