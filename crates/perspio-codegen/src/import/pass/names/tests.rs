//! Names that clash go in, unique ones come out.

use serde_json::{Value, json};

use super::{members, operations, schemas};
use crate::import::pass::testing::{note, passed, schema, schemas as of};

fn ids(paths: &Value) -> Vec<String> {
    let (document, _) = passed(operations, json!({"paths": paths}));
    let mut document = document;
    crate::document::operations_mut(&mut document)
        .map(|(_, _, operation)| operation["operationId"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_id_is_made_of_method_and_path() {
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
fn an_id_that_is_given_stays_whatever_is_added() {
    let alone = json!({"/b": {"get": {"operationId": "listThings"}}});
    assert_eq!(ids(&alone), ["list_things"]);
    // What is made gives way to what is given, and two alike are both made.
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
fn an_operation_has_one_tag_and_prose() {
    let (document, notes) = passed(
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
    assert_eq!(note(&notes, "paths./a/b.get.tags"), "one tag: My Things");
    assert_eq!(
        note(&notes, "paths./a/b.get.operationId"),
        "the client calls it get_a_b"
    );
}

#[test]
fn schemas_that_are_one_in_rust_get_two_names() {
    let (document, notes) = passed(
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
    assert_eq!(note(&notes, "components.schemas.thing"), "renamed thingV2");
}

#[test]
fn members_that_are_one_in_rust_are_kept_in_extra() {
    let (said, told) = schema(
        members,
        json!({
            "type": "object",
            "properties": {"aB": {}, "a_b": {}, "extra": {}, "type": {}},
            "required": ["a_b", "extra", "type", "b"],
        }),
    );
    let kept: Vec<_> = said["properties"].as_object().unwrap().keys().collect();
    assert_eq!(kept, ["aB", "type"]);
    assert_eq!(said["required"], json!(["type", "b"]));
    assert!(told.contains("`a_b` is kept in `extra`"), "{told}");
}
