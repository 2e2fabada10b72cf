//! What 3.0 does not know goes, and is told.

use serde_json::{Value, json};

use super::run;
use crate::import::pass::testing::{note, passed};

#[test]
fn what_the_server_calls_and_other_methods_are_listed() {
    let done = json!({"responses": {"204": {"description": "Done."}}});
    let (document, notes) = passed(
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
    for (place, cause) in [
        ("webhooks.thing", "the server calls it"),
        ("paths./a.get.callbacks.done", "the server calls it"),
        ("paths./a.query", "3.0 does not know"),
        ("paths./a.additionalOperations.COPY", "3.0 does not know"),
        ("paths./a.put", "a websocket"),
    ] {
        let told = note(&notes, place);
        assert!(
            told.starts_with("left out: ") && told.contains(cause),
            "{place}: {told}"
        );
    }
}

#[test]
fn an_operation_that_ends_in_another_protocol_is_left_out_in_plain_words() {
    let answers = |statuses: &[&str]| {
        let all: serde_json::Map<_, _> = statuses
            .iter()
            .map(|status| ((*status).to_owned(), json!({"description": "It."})))
            .collect();
        json!({"responses": all})
    };
    let (document, notes) = passed(
        run,
        json!({"paths": {"/a": {
            "get": answers(&["101"]),
            "put": answers(&["101", "404", "default"]),
            "post": answers(&["101", "200"]),
        }}}),
    );
    let item = document["paths"]["/a"].as_object().unwrap();
    assert_eq!(item.keys().collect::<Vec<_>>(), ["post"]);
    assert_eq!(item["post"], answers(&["200"]));
    for place in [
        "paths./a.get",
        "paths./a.put",
        "paths./a.post.responses.101",
    ] {
        let told = note(&notes, place);
        assert!(told.contains("another protocol"), "{place}: {told}");
    }
}

#[test]
fn what_3_0_does_not_know_goes_with_its_place() {
    let (document, notes) = passed(
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
    for place in [
        "$self",
        "jsonSchemaDialect",
        "info.summary",
        "info.license.identifier",
        "tags.0.kind",
        "components.responses",
    ] {
        assert!(note(&notes, place).starts_with("taken out"), "{place}");
    }
    assert!(note(&notes, "components.securitySchemes.mutual").starts_with("left out"));
}

#[test]
fn an_operations_own_parameter_goes_before_the_paths() {
    let (document, _) = passed(
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
fn a_server_is_the_same_whatever_its_scheme() {
    for (top, own) in [("//a/", "https://a"), ("http://a", "https://a")] {
        let get = json!({"servers": [{"url": own}]});
        let (document, notes) = passed(
            run,
            json!({"servers": [{"url": top}], "paths": {"/a": {"get": get}}}),
        );
        assert_eq!(document["servers"], json!([{"url": top}]));
        let told = note(&notes, "paths./a.get.servers");
        assert_eq!(told, "taken out: they are the document's");
    }
}

#[test]
fn the_server_of_most_operations_is_the_documents() {
    let own = json!([{"url": "https://b"}]);
    let at = |own: &Value| json!({"get": {"servers": own}});
    let paths = json!({"/a": {"get": {}}, "/b": at(&own), "/c": at(&own)});
    let (document, notes) = passed(
        run,
        json!({"servers": [{"url": "https://a"}], "paths": paths}),
    );
    assert_eq!(document["servers"], own);
    let kept: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(kept, ["/b", "/c"]);
    let told = note(&notes, "paths./a.get");
    assert!(
        told.contains("another server answers it: https://a"),
        "{told}"
    );
}

#[test]
fn what_stands_beside_the_operations_goes() {
    let (document, notes) = passed(
        run,
        json!({"paths": {"x-root": "/a", "/later": {"summary": "To come."}, "/a": {"get": {}}}}),
    );
    let kept: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(kept, ["/a"]);
    for place in ["paths.x-root", "paths./later"] {
        assert_eq!(note(&notes, place), "taken out: no operation");
    }
}

#[test]
fn servers_of_operations_become_the_documents_and_others_take_theirs_along() {
    let (own, other) = (
        json!([{"url": "https://a/"}]),
        json!([{"url": "https://b"}]),
    );
    let paths = json!({
        "/a": {"servers": own, "get": {}, "put": {}},
        "/b": {"get": {"servers": other}},
        "/c": {"get": {}},
    });
    let (document, notes) = passed(run, json!({"paths": paths.clone()}));
    assert_eq!(document["servers"], own);
    assert_eq!(note(&notes, "servers"), "taken from the operations");
    assert!(note(&notes, "paths./b.get").contains("another server answers it: https://b"));
    assert!(document["paths"]["/a"].get("servers").is_none());
    let (document, _) = passed(
        run,
        json!({"servers": [{"url": "https://b/"}], "paths": paths}),
    );
    let kept: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(kept, ["/b", "/c"]);
}
