//! Compositions that expand exponentially, because each part refers to the next one twice.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::schemas::accept_any;
use crate::document::references::target;
use crate::document::walk;
use crate::import::notes::Notes;

/// The limit of parts and variants of a composition, which no real schema reaches.
const MAX_PARTS: u64 = 1_000;

/// Replaces compositions that are too large by schemas that accept any JSON. The generator
/// combines each variant of a part of an `allOf` with each variant of the others, so that a
/// small document can exceed any time and memory.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let Some(schemas) = walk::components(document).cloned() else {
        return;
    };
    let mut known = BTreeMap::new();
    walk::schemas(document, &mut |location, schema| {
        let is_merged = schema.get("allOf").is_some() || schema.get("properties").is_some();
        if !is_merged {
            return;
        }
        let size = size(&schemas, schema, &mut known);
        if size.parts.max(size.variants) > MAX_PARTS {
            accept_any(schema);
            let cause =
                format!("a composition of more than {MAX_PARTS} parts: any JSON is accepted");
            notes.left_out(location.as_str(), cause);
        }
    });
}

/// The size of a schema after its parts are merged.
#[derive(Clone, Copy)]
struct Size {
    parts: u64,
    variants: u64,
}

/// Returns the size of a schema. An earlier pass has removed recursive compositions.
fn size(schemas: &Map<String, Value>, schema: &Value, known: &mut BTreeMap<String, Size>) -> Size {
    let single = Size {
        parts: 1,
        variants: 1,
    };
    if let Some(name) = target(schema) {
        if let Some(size) = known.get(&name) {
            return *size;
        }
        let Some(schema) = schemas.get(&name) else {
            return single;
        };
        let size = size(schemas, schema, known);
        known.insert(name, size);
        return size;
    }
    let mut sum = single;
    for part in walk::items(schema.get("allOf")) {
        let part = size(schemas, part, known);
        sum.parts = sum.parts.saturating_add(part.parts);
        sum.variants = sum.variants.saturating_mul(part.variants);
    }
    let mut of_union = 0_u64;
    for variant in walk::items(schema.get("oneOf")) {
        let variant = size(schemas, variant, known);
        sum.parts = sum.parts.saturating_add(variant.parts);
        of_union = of_union.saturating_add(variant.variants);
    }
    sum.variants = sum.variants.saturating_mul(of_union.max(1));
    sum
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Returns the locations that are left out of schemas that each refer to the next one
    /// twice, in `keyword`.
    fn left_out(keyword: &str, last: &Value) -> Vec<String> {
        let part = |index: usize| json!({"$ref": format!("#/components/schemas/P{index}")});
        let mut schemas: Map<String, Value> = (10..50)
            .map(|index| {
                let next = part(index + 1);
                (format!("P{index}"), json!({keyword: [next.clone(), next]}))
            })
            .collect();
        schemas.insert("P50".to_owned(), last.clone());
        schemas.insert(
            "Q".to_owned(),
            json!({"properties": {}, "oneOf": [part(10)]}),
        );
        let mut document = json!({"components": {"schemas": schemas}});
        let mut notes = Notes::default();
        run(&mut document, &mut notes);
        notes.all_left_out().keys().cloned().collect()
    }

    #[test]
    fn parts_that_expand_exponentially_are_left_out_above_the_limit() {
        let locations = left_out("allOf", &json!({"type": "string"}));
        assert!(locations.contains(&"components.schemas.P10".to_owned()));
        assert!(!locations.contains(&"components.schemas.P45".to_owned()));
    }

    #[test]
    fn variants_that_expand_exponentially_are_left_out_where_they_are_merged() {
        let locations = left_out("oneOf", &json!({"type": "string"}));
        assert_eq!(locations, ["components.schemas.Q"]);
    }

    #[test]
    fn combinations_of_variants_count_towards_the_limit() {
        let union = json!({"oneOf": (0..11).map(|_| json!({})).collect::<Vec<_>>()});
        let mut document = json!({"components": {"schemas": {
            "A": {"description": "It.", "allOf": [union.clone(), union.clone(), union.clone()]},
            "B": {"allOf": [union.clone(), union]}
        }}});
        let mut notes = Notes::default();
        run(&mut document, &mut notes);
        assert_eq!(
            document["components"]["schemas"]["A"],
            json!({"description": "It."})
        );
        assert_eq!(notes.all_left_out().len(), 1);
    }
}
