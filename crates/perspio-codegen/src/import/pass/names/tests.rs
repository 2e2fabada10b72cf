//! Names that collide become unique.

use serde_json::{Value, json};

use super::{members, operations, schemas};
use crate::import::pass::testing::{note, operation, post, run_on_schema, run_pass, schemas as of};

fn ids(paths: &Value) -> Vec<String> {
    let (document, _) = run_pass(operations, json!({"paths": paths}));
    let mut document = document;
    crate::document::operations_mut(&mut document)
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_missing_id_is_generated_from_method_and_path() {
    let paths = json!({"/": {"get": {}}, "/users/{userId}/keys.json": {"get": {}, "post": {}}});
    assert_eq!(
        ids(&paths),
        [
            "get_root",
            "get_users_by_user_id_keys_json",
            "post_users_by_user_id_keys_json"
        ]
    );
}

#[test]
fn a_unique_id_is_kept_when_operations_are_added() {
    let alone = json!({"/b": {"get": {"operationId": "listThings"}}});
    assert_eq!(ids(&alone), ["list_things"]);
    // Ids of the document take precedence over generated ones; equal ids are both replaced.
    let more = json!({
        "/a": {"get": {"operationId": "twice"}},
        "/b": {"get": {"operationId": "listThings"}},
        "/c": {"get": {"operationId": "Twice"}, "post": {"operationId": "get_d"}},
        "/d": {"get": {}},
        "/e": {"get": {"operationId": "type"}},
    });
    assert_eq!(
        ids(&more),
        [
            "get_a",
            "list_things",
            "get_c",
            "get_d",
            "get_d_v2",
            "get_e"
        ]
    );
}

#[test]
fn an_operation_with_the_name_of_a_method_of_every_client_is_renamed() {
    let paths = json!({"/a": {"get": {"operationId": "withOptions"}}});
    assert_eq!(ids(&paths), ["get_a"]);
}

#[test]
fn an_operation_has_one_tag_a_summary_and_a_description() {
    let (document, notes) = run_pass(
        operations,
        json!({"paths": {"/a/b": {
            "get": {"tags": ["My Things", "other"], "summary": "Gets."},
            "put": {"tags": ["my-things"]},
            "post": {},
        }}}),
    );
    let item = &document["paths"]["/a/b"];
    assert_eq!(item["get"]["tags"], json!(["My Things"]));
    assert_eq!(item["put"]["tags"], json!(["My Things"]));
    assert_eq!(item["post"]["tags"], json!(["a"]));
    assert_eq!(item["get"]["description"], "Gets.");
    assert_eq!(item["post"]["summary"], "POST /a/b");
    assert_eq!(
        note(&notes, "paths./a/b.get.tags"),
        "only the tag My Things"
    );
    assert_eq!(
        note(&notes, "paths./a/b.get.operationId"),
        "the method is get_a_b"
    );
}

#[test]
fn schemas_with_equal_names_in_rust_are_renamed() {
    let (document, notes) = run_pass(
        schemas,
        of(json!({
            "Thing": {"properties": {"a": {"$ref": "#/components/schemas/thing"}}},
            "thing": {"type": "string"},
            "self": {}, "a/b": {},
        })),
    );
    let all = document["components"]["schemas"].as_object().unwrap();
    let names: Vec<_> = all.keys().collect();
    assert_eq!(names.len(), 4);
    assert!(
        all.contains_key("Thing") && all.contains_key("thingV2") && all.contains_key("selfSchema"),
        "{names:?}"
    );
    assert_eq!(
        all["Thing"]["properties"]["a"]["$ref"],
        "#/components/schemas/thingV2"
    );
    assert_eq!(
        note(&notes, "components.schemas.thing"),
        "renamed to thingV2"
    );
}

#[test]
fn members_with_equal_names_in_rust_are_removed() {
    let (output, message) = run_on_schema(
        members,
        json!({
            "type": "object",
            "properties": {"aB": {}, "a_b": {}, "extra": {}, "type": {}},
            "required": ["a_b", "extra", "type", "b"],
        }),
    );
    let kept: Vec<_> = output["properties"].as_object().unwrap().keys().collect();
    assert_eq!(kept, ["aB", "type"]);
    assert_eq!(output["required"], json!(["type", "b"]));
    assert!(message.contains("`a_b` is in `extra`"), "{message}");
}

#[test]
fn parts_of_a_body_keep_members_with_one_name_in_rust() {
    let schema = json!({"properties": {"a_b": {}, "aB": {}, "extra": {}}});
    let body = json!({"content": {"multipart/form-data": {"schema": schema}}});
    let (document, _) = run_pass(members, operation(json!({"requestBody": body})));
    assert_eq!(post(&document)["requestBody"], body);
}
