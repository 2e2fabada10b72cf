//! Constructs that `OpenAPI` 3.0 does not define are removed, with a note.

use serde_json::json;

use super::run;
use crate::import::pass::testing::{note, run_pass};

#[test]
fn callbacks_and_webhooks_are_removed_and_unknown_methods_left_out() {
    let done = json!({"responses": {"204": {"description": "Done."}}});
    let (document, notes) = run_pass(
        run,
        json!({
            "webhooks": {"thing": {"post": done}},
            "paths": {"/a": {
                "get": {"callbacks": {"done": {"{$url}": {"post": done}}}, "responses": {}},
                "query": done,
                "additionalOperations": {"COPY": done},
                "put": {"x-dropshot-websocket": {}},
            }},
        }),
    );
    assert!(document.get("webhooks").is_none());
    let item = document["paths"]["/a"].as_object().unwrap();
    assert_eq!(item.keys().collect::<Vec<_>>(), ["get"]);
    assert!(item["get"].get("callbacks").is_none());
    for (location, cause) in [
        ("paths./a.query", "3.0 does not define"),
        ("paths./a.additionalOperations.COPY", "3.0 does not define"),
        ("paths./a.put", "a websocket"),
    ] {
        let message = note(&notes, location);
        assert!(
            message.starts_with("left out: ") && message.contains(cause),
            "{location}: {message}"
        );
    }
}

#[test]
fn an_operation_that_switches_to_another_protocol_is_left_out() {
    let operation = |statuses: &[&str]| {
        let all: serde_json::Map<_, _> = statuses
            .iter()
            .map(|status| ((*status).to_owned(), json!({"description": "It."})))
            .collect();
        json!({"responses": all})
    };
    let (document, notes) = run_pass(
        run,
        json!({"paths": {"/a": {
            "get": operation(&["101"]),
            "put": operation(&["101", "404", "default"]),
            "post": operation(&["101", "200"]),
        }}}),
    );
    let item = document["paths"]["/a"].as_object().unwrap();
    assert_eq!(item.keys().collect::<Vec<_>>(), ["post"]);
    assert_eq!(item["post"], operation(&["200"]));
    for location in [
        "paths./a.get",
        "paths./a.put",
        "paths./a.post.responses.101",
    ] {
        let message = note(&notes, location);
        assert!(
            message.contains("another protocol"),
            "{location}: {message}"
        );
    }
}

#[test]
fn an_operation_that_is_not_an_object_is_left_out() {
    let done = json!({"responses": {"204": {"description": "Done."}}});
    let item = json!({"get": done, "put": true, "delete": null});
    let (document, notes) = run_pass(run, json!({"paths": {"/a": item}}));
    assert_eq!(document["paths"]["/a"], json!({"get": done}));
    for location in ["paths./a.put", "paths./a.delete"] {
        assert_eq!(note(&notes, location), "left out: not an object");
    }
}

#[test]
fn members_that_3_0_does_not_define_are_removed_with_a_note() {
    let (document, notes) = run_pass(
        run,
        json!({
            "$self": "https://a", "jsonSchemaDialect": "b", "x-mine": 1,
            "info": {"summary": "It.", "license": {"name": "MIT", "identifier": "MIT"}},
            "tags": [{"name": "a", "kind": "nav"}],
            "components": {"responses": {}, "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "k"}, "mutual": {"type": "mutualTLS"}}},
        }),
    );
    assert_eq!(
        document["info"],
        json!({"title": "API", "version": "0", "license": {"name": "MIT"}})
    );
    assert_eq!(document["tags"], json!([{"name": "a"}]));
    assert_eq!(document["x-mine"], 1);
    let schemes = document["components"]["securitySchemes"]
        .as_object()
        .unwrap();
    assert_eq!(schemes.keys().collect::<Vec<_>>(), ["key"]);
    for location in [
        "$self",
        "jsonSchemaDialect",
        "info.summary",
        "info.license.identifier",
        "tags.0.kind",
        "components.responses",
    ] {
        assert!(
            note(&notes, location).starts_with("removed: "),
            "{location}"
        );
    }
    assert!(note(&notes, "components.securitySchemes.mutual").starts_with("left out"));
}

#[test]
fn a_parameter_of_an_operation_overrides_that_of_its_path() {
    let (document, _) = run_pass(
        run,
        json!({"paths": {"/a": {
            "parameters": [{"name": "a", "in": "query"}, {"name": "b", "in": "query"}],
            "get": {"parameters": [{"name": "b", "in": "query", "required": true}]},
        }}}),
    );
    let item = &document["paths"]["/a"];
    assert!(item.get("parameters").is_none());
    assert_eq!(
        item["get"]["parameters"],
        json!([{"name": "a", "in": "query"}, {"name": "b", "in": "query", "required": true}])
    );
}

#[test]
fn members_of_paths_without_an_operation_are_removed() {
    let (document, notes) = run_pass(
        run,
        json!({"paths": {"x-root": "/a", "/later": {"summary": "To come."}, "/a": {"get": {}}}}),
    );
    let kept: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(kept, ["/a"]);
    for location in ["paths.x-root", "paths./later"] {
        assert_eq!(note(&notes, location), "removed: no operation");
    }
}
