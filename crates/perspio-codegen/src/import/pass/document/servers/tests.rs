//! Each operation keeps its server.

use serde_json::{Value, json};

use super::run;
use crate::import::pass::testing::{note, run_pass};

/// Runs the pass on a document of these servers and paths. Returns name and URL of the server of
/// each operation, and the URL of the document's.
fn servers_of(servers: &Value, paths: &Value) -> (String, Vec<(String, String)>) {
    let mut document = json!({"paths": paths});
    if !servers.is_null() {
        document["servers"] = servers.clone();
    }
    let (document, _) = run_pass(run, document);
    let (again, notes) = run_pass(run, document.clone());
    assert_eq!(again, document, "a second import changes nothing");
    assert_eq!(notes.explain(), "", "{}", notes.explain());
    let operations = crate::document::operations(&document).map(|operation| {
        assert!(operation.item.get("servers").is_none());
        let own = operation.own;
        let url = own.pointer("/servers/0/url").and_then(Value::as_str);
        let name = own.get("x-server").and_then(Value::as_str);
        assert_eq!(url.is_some(), name.is_some());
        let text = |it: Option<&str>| it.unwrap_or_default().to_owned();
        (text(name), text(url))
    });
    let main = document.pointer("/servers/0/url").and_then(Value::as_str);
    (main.unwrap_or_default().to_owned(), operations.collect())
}

fn one(url: &str) -> Value {
    json!([{"url": url}])
}

#[test]
fn an_operation_keeps_the_server_of_its_own_or_of_its_path() {
    let main = "https://api.x/v1";
    for (own, name, url) in [
        ("https://upload.x", "upload", "https://upload.x"),
        ("https://api.x/v2", "v2", "https://api.x/v2"),
        ("/v2", "v2", "https://api.x/v2"),
        ("//upload.x", "upload", "https://upload.x"),
        (
            "https://{tenant}.up.x/{region}",
            "up",
            "https://{tenant}.up.x/{region}",
        ),
        ("http://upload.x", "upload", "http://upload.x"),
        // The document's own, written in other ways.
        (main, "", ""),
        ("https://api.x/v1/", "", ""),
        ("http://api.x/v1", "", ""),
        ("//api.x/v1", "", ""),
        ("/v1", "", ""),
    ] {
        let expected = (name.to_owned(), url.to_owned());
        let rest = json!({"get": {}, "put": {}});
        let of_path = json!({"/a": {"servers": one(own), "get": {}}, "/b": rest});
        let of_operation = json!({"/a": {"get": {"servers": one(own)}}, "/b": rest});
        let overridden = json!({
            "/a": {"servers": one("https://other.x"), "get": {"servers": one(own)}},
            "/b": rest,
        });
        for paths in [of_path, of_operation, overridden] {
            let (top, all) = servers_of(&one(main), &paths);
            assert_eq!(top, main);
            assert_eq!(all[0], expected, "{own}");
            assert_eq!(all[1..], [Default::default(), Default::default()]);
        }
    }
}

#[test]
fn a_relative_server_stays_relative_if_the_main_one_is() {
    let paths = json!({"/a": {"get": {"servers": one("/v2")}, "put": {}}});
    let (main, all) = servers_of(&one("/v1"), &paths);
    assert_eq!((main.as_str(), all[0].1.as_str()), ("/v1", "/v2"));
}

#[test]
fn of_several_servers_the_encrypted_one_is_kept() {
    let own = json!([{"url": "http://up.x"}, {"url": "https://up.x", "description": "Uploads."}]);
    let paths = json!({"/a": {"get": {"servers": own}, "put": {}}});
    let (document, notes) = run_pass(
        run,
        json!({"servers": one("https://api.x"), "paths": paths}),
    );
    let kept = &document["paths"]["/a"]["get"];
    assert_eq!(
        kept["servers"],
        json!([{"url": "https://up.x", "description": "Uploads."}])
    );
    let message = note(&notes, "paths./a.get.servers");
    assert_eq!(message, "the server `up`: https://up.x");
}

#[test]
fn servers_that_differ_in_their_scheme_are_equal() {
    for (top, own) in [("//a/", "https://a"), ("http://a", "https://a")] {
        let get = json!({"servers": one(own)});
        let (document, notes) = run_pass(
            run,
            json!({"servers": one(top), "paths": {"/a": {"get": get}}}),
        );
        assert_eq!(document["servers"], one(top));
        assert_eq!(document["paths"]["/a"]["get"], json!({}));
        let message = note(&notes, "paths./a.get.servers");
        assert_eq!(message, "removed: the same as those of the document");
    }
}

#[test]
fn the_servers_of_most_operations_become_those_of_the_document() {
    let at = |own: &str| json!({"get": {"servers": one(own)}});
    let paths = json!({"/a": {"get": {}}, "/b": at("https://b.x"), "/c": at("https://b.x")});
    let (main, all) = servers_of(&one("https://a.x"), &paths);
    assert_eq!(main, "https://b.x");
    let declared = ("a".to_owned(), "https://a.x".to_owned());
    assert_eq!(all, [declared, Default::default(), Default::default()]);
    let paths = json!({
        "/a": {"servers": one("https://a.x/"), "get": {}, "put": {}},
        "/b": at("https://b.x"),
        "/c": {"get": {}},
    });
    let (main, all) = servers_of(&Value::Null, &paths);
    assert_eq!(main, "https://a.x/");
    let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["", "", "b", ""]);
}

#[test]
fn a_variable_that_is_not_described_has_no_default() {
    let url = "https://{tenant}.x/{region}";
    let variables = json!({"region": {"default": "eu"}});
    let servers = json!([{"url": url, "variables": variables}]);
    let paths = json!({"/a": {"get": {}}, "/b": {"get": {"servers": one("https://{t}.up.y")}}});
    let (document, notes) = run_pass(run, json!({"servers": servers, "paths": paths}));
    let described = json!({"region": {"default": "eu"}, "tenant": {"default": ""}});
    assert_eq!(document["servers"][0]["variables"], described);
    let of_b = &document["paths"]["/b"]["get"]["servers"][0]["variables"];
    assert_eq!(*of_b, json!({"t": {"default": ""}}));
    let message = note(&notes, "servers.variables.tenant");
    assert!(message.contains("required"), "{message}");
}
