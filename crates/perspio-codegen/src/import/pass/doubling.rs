//! Compositions that double themselves, each part being made of the next twice.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::schemas::take_any;
use crate::document::references::target;
use crate::document::walk;
use crate::import::notes::Notes;

/// A composition of more parts or variants than this is no work of people.
const MOST: u64 = 1_000;

/// The generator puts the parts of an `allOf` together, each variant of one
/// with each of the others: a page of such schemas keeps it busy for years.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let Some(schemas) = walk::components(document).cloned() else {
        return;
    };
    let mut known = BTreeMap::new();
    walk::schemas(document, &mut |place, schema| {
        let is_put_together = schema.get("allOf").is_some() || schema.get("properties").is_some();
        if !is_put_together {
            return;
        }
        let size = size(&schemas, schema, &mut known);
        if size.parts.max(size.variants) > MOST {
            take_any(schema);
            let cause = format!("it is made of more than {MOST} parts: any JSON is taken");
            notes.left_out(place.told(), cause);
        }
    });
}

/// What a schema is when all its parts are put together.
#[derive(Clone, Copy)]
struct Size {
    parts: u64,
    variants: u64,
}

/// The size of a schema; none is endless, which an earlier pass sees to.
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
    let mut whole = single;
    for part in walk::items(schema.get("allOf")) {
        let part = size(schemas, part, known);
        whole.parts = whole.parts.saturating_add(part.parts);
        whole.variants = whole.variants.saturating_mul(part.variants);
    }
    let mut of_union = 0_u64;
    for variant in walk::items(schema.get("oneOf")) {
        let variant = size(schemas, variant, known);
        whole.parts = whole.parts.saturating_add(variant.parts);
        of_union = of_union.saturating_add(variant.variants);
    }
    whole.variants = whole.variants.saturating_mul(of_union.max(1));
    whole
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The places that are left out of schemas of which each is made of the next
    /// twice, by `keyword`.
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
    fn parts_that_double_themselves_are_left_out_where_they_are_too_many() {
        let places = left_out("allOf", &json!({"type": "string"}));
        assert!(places.contains(&"components.schemas.P10".to_owned()));
        assert!(!places.contains(&"components.schemas.P45".to_owned()));
    }

    #[test]
    fn variants_that_double_themselves_are_left_out_where_they_are_put_together() {
        let places = left_out("oneOf", &json!({"type": "string"}));
        assert_eq!(places, ["components.schemas.Q"]);
    }

    #[test]
    fn each_variant_with_each_is_too_many() {
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
