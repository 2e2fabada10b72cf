//! Names of the variants of unions.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use serde_json::Value;

use crate::document::references::reference_to;
use crate::document::walk;
use crate::document::{members, text};
use crate::document::{members_mut, object_at};
use crate::import::notes::Notes;
use crate::import::pass::titles::{Names, unique};

/// Moves the inline objects and enums of unions into components, which are named after the
/// value or the member that identifies them, and names lists after their items.
///
/// The generator numbers the variants of a union if it has no name for one of them. It makes
/// an inline object a variant with members, which has no builder and is decoded by trial.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let names = Names::of(document);
    let mut taken: BTreeSet<String> = members_mut(document.pointer_mut("/components/schemas"))
        .map(|(name, _)| name.to_pascal_case())
        .collect();
    // What is moved may contain unions itself.
    while move_variants(document, notes, &names, &mut taken) {}
}

/// Moves variants, but not those inside of one that it moves. Returns whether it moved any.
fn move_variants(
    document: &mut Value,
    notes: &mut Notes,
    names: &Names,
    taken: &mut BTreeSet<String>,
) -> bool {
    let mut moved = Vec::new();
    walk::schemas(document, &mut |location, schema| {
        if location.names().any(|word| word == "parameters") {
            return;
        }
        let union = names.of_schema(location);
        let Some(Value::Array(variants)) = schema.get_mut("oneOf") else {
            return;
        };
        if variants.len() < 2 {
            return;
        }
        let suffixes: Vec<_> = variants
            .iter()
            .map(|variant| suffix(variant, variants))
            .collect();
        let mut in_union = BTreeSet::new();
        for (variant, suffix) in variants.iter_mut().zip(suffixes) {
            if let Some(suffix) = suffix {
                let name = unique(&format!("{union}{suffix}"), taken);
                notes.changed(location.as_str(), format!("a variant is named {name}"));
                let reference = reference_to(&name);
                moved.push((name, std::mem::replace(variant, reference)));
            } else if let Some(name) = list_name(variant) {
                let name = unique(&name, &mut in_union);
                variant["title"] = name.into();
            }
        }
    });
    let found_any = !moved.is_empty();
    if let Ok(schemas) = object_at(document, &["components", "schemas"]) {
        schemas.extend(moved);
    }
    found_any
}

/// Returns the last part of the name of an inline object or enum.
fn suffix(variant: &Value, variants: &[Value]) -> Option<String> {
    let is_open_enum = walk::items(variant.get("oneOf"))
        .next()
        .is_some_and(|known| known.get("x-known-values").is_some());
    if is_open_enum {
        return Some("Value".to_owned());
    }
    if variant.get("nullable").is_some() || variant.get("allOf").is_some() {
        return None;
    }
    let properties = || members(variant.get("properties"));
    properties().next()?;
    let tag =
        properties().find_map(
            |(_, member)| match walk::items(member.get("enum")).next()? {
                Value::String(text) => Some(text.to_pascal_case()),
                Value::Null | Value::Array(_) | Value::Object(_) => None,
                other => Some(other.to_string().to_pascal_case()),
            },
        );
    if let Some(tag) = tag.filter(|tag| !tag.is_empty()) {
        return Some(tag);
    }
    let has = |variant: &Value, name: &str| {
        let member = variant.get("properties").and_then(|all| all.get(name));
        member.is_some()
    };
    let required: Vec<_> = walk::items(variant.get("required")).collect();
    let is_own = |name: &str| variants.iter().filter(|it| has(it, name)).count() == 1;
    let mut own: Vec<_> = properties().filter(|(name, _)| is_own(name)).collect();
    own.sort_by_key(|(name, _)| !required.iter().any(|it| it == name));
    let own = own.into_iter().map(|(name, _)| name.to_pascal_case());
    own.into_iter()
        .find(|name| !name.is_empty())
        .or_else(|| Some("Object".to_owned()))
}

/// Returns the name of a list of items with a name.
fn list_name(variant: &Value) -> Option<String> {
    if text(variant, "type") != "array" {
        return None;
    }
    let item = variant.get("items").unwrap_or(&Value::Null);
    let item = match crate::document::references::target(item) {
        Some(name) => name.to_pascal_case(),
        None => match text(item, "type") {
            "" => "Value".to_owned(),
            "array" => list_name(item)?,
            ty => ty.to_pascal_case(),
        },
    };
    Some(format!("{item}List"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::import::pass::testing::{run_pass, schemas};

    /// Returns the components of a document after the pass.
    fn components(all: Value) -> Value {
        run_pass(run, schemas(all)).0["components"]["schemas"].take()
    }

    /// Returns the names of the variants of the union `A`.
    fn names(variants: &Value) -> Vec<String> {
        let all = components(json!({"A": {"oneOf": variants}}));
        let variants = all["A"]["oneOf"].as_array().unwrap().iter();
        let name = |it: &Value| match it.get("$ref") {
            Some(to) => to.as_str().unwrap().rsplit('/').next().unwrap().to_owned(),
            None => text(it, "title").to_owned(),
        };
        variants.map(name).collect()
    }

    #[test]
    fn inline_objects_are_named_after_their_tag_or_their_own_member() {
        let tagged = |value: Value| json!({"type": "object", "properties": {"kind": {"enum": [value]}, "x": {}}});
        assert_eq!(
            names(&json!([
                tagged(json!("big-one")),
                tagged(json!(2)),
                tagged(json!(true))
            ])),
            ["ABigOne", "A2", "ATrue"]
        );
        let object = |members: Value, required: Value| json!({"type": "object", "properties": members, "required": required});
        assert_eq!(
            names(&json!([
                object(json!({"id": {}, "a": {}, "bark": {}}), json!(["bark"])),
                object(json!({"id": {}, "lives": {}}), json!([])),
                object(json!({"id": {}}), json!([])),
            ])),
            ["ABark", "ALives", "AObject"]
        );
    }

    #[test]
    fn lists_are_named_after_their_items_and_references_are_not_changed() {
        let list = |items: Value| json!({"type": "array", "items": items});
        let reference = json!({"$ref": "#/components/schemas/A"});
        assert_eq!(
            names(&json!([
                list(json!({"type": "string"})),
                list(list(json!({"type": "string"}))),
                list(reference.clone()),
                reference,
                {"type": "string"},
            ])),
            ["StringList", "StringListList", "AList", "A", ""]
        );
    }

    #[test]
    fn unions_in_moved_variants_are_moved_too_and_names_are_unique() {
        let object = |name: &str, member: Value| {
            let mut object = json!({"type": "object", "properties": {}});
            object["properties"][name] = member;
            object
        };
        let inner = json!({"oneOf": [object("x", json!({})), object("y", json!({}))]});
        let all = components(json!({
            "Item": {"oneOf": [object("b", inner), {"type": "string"}]},
            "ItemB": {},
        }));
        assert_eq!(
            all["Item"]["oneOf"][0]["$ref"],
            "#/components/schemas/ItemBV2"
        );
        let inner = &all["ItemBV2"]["properties"]["b"]["oneOf"];
        assert_eq!(inner[1]["$ref"], "#/components/schemas/ItemBv2BY");
    }
}
