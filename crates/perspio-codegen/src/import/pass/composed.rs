//! Objects that are put together of parts.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::document::references::{target, targets};
use crate::document::text;
use crate::document::walk;
use crate::import::notes::Notes;

/// More variants than this make a type that nobody can read.
const VARIANTS: usize = 32;
/// A composition that goes deeper than this leads back to itself.
const DEPTH: usize = 50;

/// The generator puts the parts of `allOf` together itself, but copies what
/// their members refer to where a part is open, without end if that leads back,
/// and gives up where two parts say different things of a member. So each
/// object of parts becomes one object with all members; of one that two parts
/// know, the later is taken, or any JSON if their types differ. A union among
/// the parts becomes a union of such objects.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let Some(schemas) = walk::components(document).cloned() else {
        return;
    };
    walk::schemas(document, &mut |place, schema| {
        without_empty_parts(schema);
        if !is_composed(schema) {
            return;
        }
        let mut differ = Vec::new();
        let Some(variants) = variants(&schemas, schema, 0, &mut differ) else {
            if leads_back(&schemas, schema)
                && let Some(members) = schema.as_object_mut()
            {
                members.retain(|name, _| name == "description");
                let cause = "its parts are no single objects and lead back: any JSON is taken";
                notes.left_out(place.told(), cause);
            }
            return;
        };
        for name in differ {
            notes.left_out(
                format!("{}.properties.{name}", place.told()),
                "the parts of the object give it different types: any JSON is taken",
            );
        }
        let Some(members) = schema.as_object_mut() else {
            return;
        };
        members.retain(|name, _| {
            matches!(
                name.as_str(),
                "description" | "nullable" | "deprecated" | "example"
            ) || name.starts_with("x-")
        });
        match variants.as_slice() {
            [only] => members.extend(only.clone()),
            _ => drop(members.insert("oneOf".to_owned(), json!(variants))),
        }
        notes.changed(place.told(), "one object of its parts");
    });
}

/// A part that says nothing is no part.
fn without_empty_parts(schema: &mut Value) {
    let Some(Value::Array(parts)) = schema.get_mut("allOf") else {
        return;
    };
    if parts.iter().any(|part| !says_nothing(part)) {
        parts.retain(|part| !says_nothing(part));
    }
}

fn says_nothing(schema: &Value) -> bool {
    let prose = ["description", "example", "deprecated", "title", "nullable"];
    schema.as_object().is_some_and(|members| {
        members.iter().all(|(name, value)| {
            prose.contains(&name.as_str())
                || name.starts_with("x-")
                || (name == "required" && *value == json!([]))
        })
    })
}

fn is_composed(schema: &Value) -> bool {
    let parts = walk::items(schema.get("allOf")).count();
    let is_object = schema.get("properties").is_some();
    let union = schema.get("oneOf").is_some();
    parts > 1 || (parts == 1 && (is_object || union)) || (union && is_object)
}

/// Whether anything that the schema refers to leads back to itself.
fn leads_back(schemas: &Map<String, Value>, schema: &Value) -> bool {
    let mut done = BTreeSet::new();
    // The way to where we are, each with the references that are still to follow.
    let mut way = vec![(String::new(), targets(schema))];
    while let Some((_, open)) = way.last_mut() {
        let Some(next) = open.pop_first() else {
            done.extend(way.pop().map(|(name, _)| name));
            continue;
        };
        if way.iter().any(|(name, _)| *name == next) {
            return true;
        }
        if let Some(schema) = schemas.get(&next).filter(|_| !done.contains(&next)) {
            let open = targets(schema);
            way.push((next, open));
        }
    }
    false
}

/// What the schema is, as single objects; none if it is no object, or not only.
fn variants(
    schemas: &Map<String, Value>,
    schema: &Value,
    depth: usize,
    differ: &mut Vec<String>,
) -> Option<Vec<Map<String, Value>>> {
    if depth > DEPTH {
        return None;
    }
    if let Some(name) = target(schema) {
        return variants(schemas, schemas.get(&name)?, depth + 1, differ);
    }
    let kind = text(schema, "type");
    if !matches!(kind, "" | "object") || schema.get("enum").is_some() {
        return None;
    }
    let mut own = Map::from_iter([("type".to_owned(), json!("object"))]);
    for name in ["properties", "required", "additionalProperties"] {
        own.extend(
            schema
                .get(name)
                .map(|value| (name.to_owned(), value.clone())),
        );
    }
    let mut all = vec![own];
    for part in walk::items(schema.get("allOf")) {
        all = each_with_each(&all, &variants(schemas, part, depth + 1, differ)?, differ)?;
    }
    if let Some(union) = schema.get("oneOf") {
        let mut of_union = Vec::new();
        for variant in walk::items(Some(union)) {
            if says_nothing(variant) {
                return None;
            }
            of_union.extend(variants(schemas, variant, depth + 1, differ)?);
        }
        all = each_with_each(&all, &of_union, differ)?;
        one_if_same(&mut all);
    }
    Some(all)
}

fn each_with_each(
    left: &[Map<String, Value>],
    right: &[Map<String, Value>],
    differ: &mut Vec<String>,
) -> Option<Vec<Map<String, Value>>> {
    if left.len() * right.len() > VARIANTS {
        return None;
    }
    let mut all = Vec::new();
    for first in left {
        for second in right {
            all.push(merged(first, second, differ));
        }
    }
    Some(all)
}

/// Variants that differ in what must be there, only, are one.
fn one_if_same(all: &mut Vec<Map<String, Value>>) {
    let same = all.windows(2).all(
        |pair| matches!(pair, [left, right] if left.get("properties") == right.get("properties")),
    );
    if !same {
        return;
    }
    let mut rest = std::mem::take(all).into_iter();
    all.extend(rest.next());
    for other in rest {
        let needed: Vec<_> = walk::items(other.get("required")).collect();
        if let Some(required) = all
            .first_mut()
            .and_then(|first| first.get_mut("required")?.as_array_mut())
        {
            required.retain(|name| needed.contains(&name));
        }
    }
}

fn merged(
    first: &Map<String, Value>,
    second: &Map<String, Value>,
    differ: &mut Vec<String>,
) -> Map<String, Value> {
    let mut whole = first.clone();
    for (name, value) in second {
        match (whole.get_mut(name), value) {
            (Some(Value::Object(own)), Value::Object(more)) if name == "properties" => {
                for (member, schema) in more {
                    let schema = match own.get(member) {
                        Some(before) => later(before, schema, member, differ),
                        None => schema.clone(),
                    };
                    own.insert(member.clone(), schema);
                }
            }
            (Some(Value::Array(own)), Value::Array(more)) if name == "required" => {
                for needed in more {
                    if !own.contains(needed) {
                        own.push(needed.clone());
                    }
                }
            }
            // An open part does not close the other, nor the other way round.
            (Some(own), more) if name == "additionalProperties" && *own != *more => {
                *own = json!({});
            }
            (Some(_), _) => {}
            (None, _) => drop(whole.insert(name.clone(), value.clone())),
        }
    }
    whole
}

/// What is taken of a member that two parts know.
fn later(before: &Value, schema: &Value, name: &str, differ: &mut Vec<String>) -> Value {
    let is_text = |schema: &Value| text(schema, "type").to_owned();
    if says_nothing(schema) && !says_nothing(before) {
        return before.clone();
    }
    let (first, second) = (is_text(before), is_text(schema));
    if !first.is_empty() && !second.is_empty() && first != second {
        differ.push(name.to_owned());
        return json!({});
    }
    if before.get("enum").is_some() && schema.get("enum").is_none() && first == second {
        return before.clone();
    }
    schema.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn composed(schemas: &Value) -> (Value, Notes) {
        let mut document = json!({"components": {"schemas": schemas}});
        let mut notes = Notes::default();
        run(&mut document, &mut notes);
        (document["components"]["schemas"].take(), notes)
    }

    #[test]
    fn an_object_of_parts_has_the_members_of_all_that_they_refer_to() {
        let (schemas, _) = composed(&json!({
            "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
            "Middle": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"m": {"$ref": "#/components/schemas/Last"}}}]},
            "Last": {"description": "It.", "allOf": [{"$ref": "#/components/schemas/Middle"}], "properties": {"own": {}}, "required": ["own"]}
        }));
        assert_eq!(
            schemas["Last"],
            json!({
                "description": "It.", "type": "object", "required": ["own", "id"],
                "properties": {"id": {"type": "string"}, "m": {"$ref": "#/components/schemas/Last"}, "own": {}}
            })
        );
    }

    #[test]
    fn a_member_that_two_parts_know_is_the_later_or_any_json() {
        let (schemas, notes) = composed(&json!({"A": {"allOf": [
            {"properties": {"kind": {"type": "string"}, "id": {"type": "string"}, "same": {"type": "string", "enum": ["a"]}}},
            {"properties": {"kind": {"type": "string", "enum": ["a"]}, "id": {"type": "integer"}, "same": {"description": "Prose."}}}
        ]}}));
        assert_eq!(
            schemas["A"]["properties"],
            json!({"kind": {"type": "string", "enum": ["a"]}, "id": {}, "same": {"type": "string", "enum": ["a"]}})
        );
        let left_out: Vec<_> = notes.all_left_out().keys().collect();
        assert_eq!(left_out, ["components.schemas.A.properties.id"]);
    }

    #[test]
    fn a_union_among_the_parts_is_a_union_of_objects() {
        let (schemas, _) = composed(&json!({"A": {
            "type": "object", "properties": {"z": {}},
            "oneOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]
        }}));
        let variants = schemas["A"]["oneOf"].as_array().unwrap();
        assert_eq!(variants[0]["properties"], json!({"a": {}, "z": {}}));
        assert_eq!(variants[1]["properties"], json!({"b": {}, "z": {}}));
    }

    #[test]
    fn variants_that_only_ask_for_other_members_are_one_object() {
        let (schemas, _) = composed(&json!({"A": {
            "type": "object", "properties": {"a": {}, "b": {}}, "required": ["c"],
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}]
        }}));
        assert_eq!(schemas["A"]["required"], json!(["c"]));
        assert!(schemas["A"].get("oneOf").is_none());
    }

    #[test]
    fn parts_that_are_no_single_objects_are_any_json_if_they_lead_back() {
        let base = json!({"properties": {"kind": {}}, "oneOf": [{"required": ["kind"]}, {}]});
        let of_base = |member: Value| json!({"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"a": member}}]});
        let plain = of_base(json!({"type": "string"}));
        let mut back = of_base(json!({"$ref": "#/components/schemas/Back"}));
        back["description"] = "It.".into();
        let (schemas, notes) = composed(&json!({
            "Base": base,
            "Back": back,
            "Plain": plain
        }));
        assert_eq!(schemas["Back"], json!({"description": "It."}));
        assert_eq!(schemas["Plain"], plain);
        assert!(notes.all_left_out().contains_key("components.schemas.Back"));
    }

    #[test]
    fn what_is_no_object_stays_and_loses_the_parts_that_say_nothing() {
        let (schemas, _) = composed(&json!({
            "A": {"allOf": [{"$ref": "#/components/schemas/B"}, {"description": "Prose."}]},
            "B": {"allOf": [{"type": "string"}, {"type": "string", "format": "uuid"}]}
        }));
        assert_eq!(
            schemas["A"],
            json!({"allOf": [{"$ref": "#/components/schemas/B"}]})
        );
        assert_eq!(schemas["B"]["allOf"].as_array().unwrap().len(), 2);
    }
}
