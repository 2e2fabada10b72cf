//! Objects that are composed with `allOf`, and with `oneOf` in addition to properties.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::schemas::accept_any;
use crate::document::references::{target, targets};
use crate::document::text;
use crate::document::walk;
use crate::import::notes::Notes;

/// The limit of variants; a type with more is not readable.
const MAX_VARIANTS: usize = 32;
/// The limit of depth; a deeper composition is recursive.
const MAX_DEPTH: usize = 50;

/// Merges the parts of each composed object into one object with all members. If two parts
/// define a member, the later definition is kept; if their types differ, the member accepts
/// any JSON. A union among the parts becomes a union of such objects.
///
/// The generator merges the parts of an `allOf` itself, but it inlines the schemas of the
/// members of an open part, which does not end for a recursive schema, and it fails if two
/// parts define a member differently.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let Some(schemas) = walk::components(document).cloned() else {
        return;
    };
    // The merged compositions that contain the current one, each as it was before.
    let mut outer: Vec<(String, Value)> = Vec::new();
    walk::schemas(document, &mut |location, schema| {
        // A part that restricted its value is empty after the restriction is moved to a text.
        remove_empty_parts(schema);
        if !is_composed(schema) {
            return;
        }
        outer.retain(|(outer, _)| {
            let inside = location.as_str().strip_prefix(outer.as_str());
            inside.is_some_and(|inside| inside.starts_with('.'))
        });
        if outer.iter().any(|(_, before)| before == schema) {
            accept_any(schema);
            let cause = "a composition that contains itself: any JSON is accepted";
            notes.left_out(location.as_str(), cause);
            return;
        }
        let mut differ = Vec::new();
        let Some(variants) = variants(&schemas, schema, 0, &mut differ) else {
            if is_recursive(&schemas, schema)
                && let Some(members) = schema.as_object_mut()
            {
                members.retain(|name, _| name == "description");
                let cause =
                    "a recursive composition of parts that are not objects: any JSON is accepted";
                notes.left_out(location.as_str(), cause);
            }
            return;
        };
        for name in differ {
            notes.left_out(
                format!("{}.properties.{name}", location.as_str()),
                "the parts of the object define it with different types: any JSON is accepted",
            );
        }
        outer.push((location.as_str().to_owned(), schema.clone()));
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
        notes.changed(location.as_str(), "merged into one object");
    });
}

/// Removes the parts of each `allOf` that do not restrict its value, unless all of them are
/// such, and an `allOf` without parts, on which the generator panics. A part that is only
/// `nullable` is meant for the whole.
pub(crate) fn empty_parts(document: &mut Value, _: &mut Notes) {
    walk::schemas(document, &mut |_, schema| remove_empty_parts(schema));
}

fn remove_empty_parts(schema: &mut Value) {
    if let Some(members) = schema.as_object_mut() {
        members.retain(|name, value| name != "allOf" || *value != json!([]));
    }
    let Some(Value::Array(parts)) = schema.get_mut("allOf") else {
        return;
    };
    if parts.iter().all(accepts_any) {
        return;
    }
    let is_nullable = |part: &Value| part.get("nullable") == Some(&Value::Bool(true));
    let may_be_null = parts
        .iter()
        .any(|part| accepts_any(part) && is_nullable(part));
    parts.retain(|part| !accepts_any(part));
    if may_be_null && let Some(members) = schema.as_object_mut() {
        members.insert("nullable".to_owned(), true.into());
    }
}

/// Returns whether a schema accepts any value.
fn accepts_any(schema: &Value) -> bool {
    let annotations = ["description", "example", "deprecated", "title", "nullable"];
    schema.as_object().is_some_and(|members| {
        members.iter().all(|(name, value)| {
            annotations.contains(&name.as_str())
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

/// Returns whether a schema refers to a recursive schema.
fn is_recursive(schemas: &Map<String, Value>, schema: &Value) -> bool {
    let mut done = BTreeSet::new();
    // The current path of references, each with those that are still to follow.
    let mut path = vec![(String::new(), targets(schema))];
    while let Some((_, open)) = path.last_mut() {
        let Some(next) = open.pop_first() else {
            done.extend(path.pop().map(|(name, _)| name));
            continue;
        };
        if path.iter().any(|(name, _)| *name == next) {
            return true;
        }
        if let Some(schema) = schemas.get(&next).filter(|_| !done.contains(&next)) {
            let open = targets(schema);
            path.push((next, open));
        }
    }
    false
}

/// Returns the variants of a schema as objects; none if it accepts other values, too. `differ`
/// are the members that its parts define with different types.
pub(super) fn variants(
    schemas: &Map<String, Value>,
    schema: &Value,
    depth: usize,
    differ: &mut Vec<String>,
) -> Option<Vec<Map<String, Value>>> {
    if depth > MAX_DEPTH {
        return None;
    }
    if let Some(name) = target(schema) {
        return variants(schemas, schemas.get(&name)?, depth + 1, differ);
    }
    let ty = text(schema, "type");
    if !matches!(ty, "" | "object") || schema.get("enum").is_some() {
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
        all = combinations(&all, &variants(schemas, part, depth + 1, differ)?, differ)?;
    }
    if let Some(union) = schema.get("oneOf") {
        let mut of_union = Vec::new();
        for variant in walk::items(Some(union)) {
            if accepts_any(variant) {
                return None;
            }
            of_union.extend(variants(schemas, variant, depth + 1, differ)?);
        }
        all = combinations(&all, &of_union, differ)?;
        merge_equal(&mut all);
    }
    Some(all)
}

/// Returns every combination of two lists of variants; none if there are too many.
fn combinations(
    left: &[Map<String, Value>],
    right: &[Map<String, Value>],
    differ: &mut Vec<String>,
) -> Option<Vec<Map<String, Value>>> {
    if left.len() * right.len() > MAX_VARIANTS {
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

/// Merges variants that differ in their required members only.
fn merge_equal(all: &mut Vec<Map<String, Value>>) {
    let same = all.windows(2).all(
        |pair| matches!(pair, [left, right] if left.get("properties") == right.get("properties")),
    );
    if !same {
        return;
    }
    let mut rest = std::mem::take(all).into_iter();
    all.extend(rest.next());
    for other in rest {
        let also_required: Vec<_> = walk::items(other.get("required")).collect();
        if let Some(required) = all
            .first_mut()
            .and_then(|first| first.get_mut("required")?.as_array_mut())
        {
            required.retain(|name| also_required.contains(&name));
        }
    }
}

fn merged(
    first: &Map<String, Value>,
    second: &Map<String, Value>,
    differ: &mut Vec<String>,
) -> Map<String, Value> {
    let mut object = first.clone();
    for (name, value) in second {
        match (object.get_mut(name), value) {
            (Some(Value::Object(own)), Value::Object(more)) if name == "properties" => {
                for (member, schema) in more {
                    let schema = match own.get(member) {
                        Some(before) => merged_member(before, schema, member, differ),
                        None => schema.clone(),
                    };
                    own.insert(member.clone(), schema);
                }
            }
            (Some(Value::Array(own)), Value::Array(more)) if name == "required" => {
                for name in more {
                    if !own.contains(name) {
                        own.push(name.clone());
                    }
                }
            }
            // A closed part would reject the members of the other one.
            (Some(own), more) if name == "additionalProperties" && *own != *more => {
                *own = json!({});
            }
            (Some(_), _) => {}
            (None, _) => drop(object.insert(name.clone(), value.clone())),
        }
    }
    object
}

/// Returns the schema of a member that two parts define.
fn merged_member(before: &Value, schema: &Value, name: &str, differ: &mut Vec<String>) -> Value {
    let type_of = |schema: &Value| text(schema, "type").to_owned();
    if accepts_any(schema) && !accepts_any(before) {
        return before.clone();
    }
    let (first, second) = (type_of(before), type_of(schema));
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
        empty_parts(&mut document, &mut notes);
        run(&mut document, &mut notes);
        (document["components"]["schemas"].take(), notes)
    }

    #[test]
    fn a_composed_object_has_the_members_of_all_referenced_parts() {
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
    fn a_member_of_two_parts_is_the_later_definition_or_any_json() {
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
    fn a_union_among_the_parts_becomes_a_union_of_objects() {
        let (schemas, _) = composed(&json!({"A": {
            "type": "object", "properties": {"z": {}},
            "oneOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]
        }}));
        let variants = schemas["A"]["oneOf"].as_array().unwrap();
        assert_eq!(variants[0]["properties"], json!({"a": {}, "z": {}}));
        assert_eq!(variants[1]["properties"], json!({"b": {}, "z": {}}));
    }

    #[test]
    fn variants_with_different_required_members_are_one_object() {
        let (schemas, _) = composed(&json!({"A": {
            "type": "object", "properties": {"a": {}, "b": {}}, "required": ["c"],
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}]
        }}));
        assert_eq!(schemas["A"]["required"], json!(["c"]));
        assert!(schemas["A"].get("oneOf").is_none());
    }

    #[test]
    fn a_recursive_composition_of_other_parts_accepts_any_json() {
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
    fn a_composition_that_contains_itself_is_merged_once() {
        let tree = json!({"$ref": "#/components/schemas/Tree"});
        let child = json!({"allOf": [tree, {"properties": {"a": {}}}]});
        let (schemas, notes) = composed(&json!({"Tree": {"properties": {"child": child}}}));
        let members = &schemas["Tree"]["properties"]["child"]["properties"];
        assert_eq!(*members, json!({"a": {}, "child": {}}));
        let left_out: Vec<_> = notes.all_left_out().keys().collect();
        let location = "components.schemas.Tree.properties.child.properties.child";
        assert_eq!(left_out, [location]);
    }

    #[test]
    fn empty_parts_are_removed_from_other_compositions() {
        let (schemas, _) = composed(&json!({
            "A": {"allOf": [{"$ref": "#/components/schemas/B"}, {"description": "Prose."}]},
            "N": {"allOf": [{"$ref": "#/components/schemas/B"}, {"nullable": true}]},
            "B": {"allOf": [{"type": "string"}, {"type": "string", "format": "uuid"}]},
            "C": {"type": "string", "allOf": []}
        }));
        assert_eq!(
            schemas["A"],
            json!({"allOf": [{"$ref": "#/components/schemas/B"}]})
        );
        assert_eq!(
            schemas["N"],
            json!({"allOf": [{"$ref": "#/components/schemas/B"}], "nullable": true})
        );
        assert_eq!(schemas["C"], json!({"type": "string"}));
        assert_eq!(schemas["B"]["allOf"].as_array().unwrap().len(), 2);
    }
}
