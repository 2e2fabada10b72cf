//! The streams of the items of all pages.

use serde_json::{Value, json};

use super::client_of_operation;

#[expect(clippy::needless_pass_by_value, reason = "callers pass literals")]
fn page(extension: Value, success: Value) -> Value {
    json!({
        "parameters": [
            {"name": "page", "in": "query", "required": true, "schema": {"type": "integer"}},
            {"name": "from", "in": "query", "schema": {"type": "string"}},
        ],
        "responses": {"200": {"description": "It.", "content": {"application/json": {"schema": success}}}},
        "x-pagination": extension,
    })
}

#[test]
fn lists_are_found_in_every_form_of_a_type() {
    let list = json!({"type": "array", "items": {"type": "object", "title": "Item", "properties": {"a": {"type": "string"}}}});
    let named = json!({"$ref": "#/components/schemas/Names"});
    let link = json!({"style": "link-header"});
    let below = |path: &str| json!({"style": "link-header", "items": path});
    let object = |members: Value, required: Value| {
        let title = format!("Page{}", members.to_string().len());
        json!({"type": "object", "title": title, "required": required, "properties": members})
    };
    for (extension, success, code, item) in [
        (
            link.clone(),
            list.clone(),
            "rt::page_items(page)",
            "types::Item",
        ),
        (link, named.clone(), "rt::page_items(page.0)", "String"),
        (
            below("theItems"),
            object(json!({"theItems": list}), json!([])),
            "rt::page_items(page.the_items)",
            "types::Item",
        ),
        (
            below("names"),
            object(json!({"names": named}), json!(["names"])),
            "rt::page_items(page.names.0)",
            "String",
        ),
        (
            below("names"),
            object(json!({"names": named}), json!([])),
            "rt::page_items(page.names.map(|it| it.0))",
            "String",
        ),
        (
            below("data.list"),
            object(
                json!({"data": object(json!({"list": {"type": "array", "items": {}}}), json!(["list"]))}),
                json!(["data"]),
            ),
            "rt::page_items(page.data.list)",
            "serde_json::Value",
        ),
    ] {
        let source = client_of_operation(&page(extension, success.clone())).unwrap();
        assert!(source.contains(code), "{success}: {source}");
        let signature = format!("-> ItemStream<'a, {item}>");
        assert!(source.contains(&signature), "{success}: {source}");
    }
}

#[test]
fn a_required_parameter_is_set_without_an_option() {
    let extension = json!({"style": "page", "parameter": "page", "first": 0});
    let list = json!({"type": "array", "items": {"type": "string"}});
    let source = client_of_operation(&page(extension, list)).unwrap();
    assert!(
        source.contains("request.page = rt::at_position(\"page\", position);"),
        "{source}"
    );
    assert!(
        source.contains("rt::position(&self.page.clone().map(Some))"),
        "{source}"
    );
}

#[test]
fn an_invalid_pagination_is_an_error_with_its_location() {
    let list = json!({"type": "array", "items": {"type": "string"}});
    let extension = json!({"style": "cursor", "parameter": "none", "next": "a"});
    let error = client_of_operation(&page(extension, list)).unwrap_err();
    let error = format!("{error:#}");
    assert!(error.contains("paths./things.get"), "{error}");
    assert!(error.contains("none is not a query parameter"), "{error}");
}
