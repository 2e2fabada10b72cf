use serde_json::json;

use super::*;

/// Returns the operation of a document: its parameters, by name and schema, the schema of its
/// success and its extension.
fn document(parameters: &Value, success: &Value, extension: Option<Value>) -> Value {
    let listed: Vec<_> = parameters
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, schema)| {
            let required = schema.get("x-required").is_some();
            json!({"name": name, "in": "query", "required": required, "schema": schema})
        })
        .collect();
    let mut get = json!({
        "parameters": listed,
        "responses": {
            "200": {"content": {"application/json": {"schema": success}}},
            "404": {"content": {"application/json": {"schema": {}}}},
        },
    });
    if let Some(extension) = extension {
        get[PAGINATION] = extension;
    }
    json!({
        "paths": {"/a": {"get": get}},
        "components": {"schemas": {
            "Things": {"type": "array", "items": {}},
            "Meta": {"type": "object", "properties": {"next_cursor": {"type": "string"}}},
        }},
    })
}

fn recognised(parameters: &Value, success: &Value) -> Result<Option<Pagination>, String> {
    let document = document(parameters, success, None);
    let operation = operations(&document).next().unwrap();
    Pagination::recognised(&document, &operation)
}

fn marked(extension: Value) -> Result<Option<Pagination>, String> {
    let parameters = json!({
        "cursor": text(), "page": number(), "offset": number(), "limit": number(),
        "ids": {"type": "array", "items": {}},
    });
    let success = object(json!({
        "things": list(), "others": list(), "next": text(),
        "meta": object(json!({"a.b": text(), "has_more": {"type": "boolean"}})),
    }));
    let document = document(&parameters, &success, Some(extension));
    let operation = operations(&document).next().unwrap();
    Pagination::marked(&document, &operation)
}

#[expect(clippy::needless_pass_by_value, reason = "callers pass literals")]
fn object(properties: Value) -> Value {
    json!({"type": "object", "properties": properties})
}

fn list() -> Value {
    json!({"type": "array", "items": {}})
}

fn text() -> Value {
    json!({"type": "string"})
}

fn number() -> Value {
    json!({"type": "integer"})
}

fn url() -> Value {
    json!({"type": "string", "format": "uri", "nullable": true})
}

#[test]
fn the_usual_forms_are_recognised() {
    let one_based = json!({"type": "integer", "minimum": 1});
    let sizes = |name: &str, of: Value| json!({name: of, "page_size": number()});
    for (parameters, success, expected) in [
        (
            json!({"cursor": text()}),
            object(
                json!({"things": list(), "next_cursor": text(), "has_more": {"type": "boolean"}}),
            ),
            json!({"style": "cursor", "parameter": "cursor", "items": "things", "next": "next_cursor", "has_more": "has_more"}),
        ),
        (
            json!({"pageToken": text()}),
            object(
                json!({"data": {"$ref": "#/components/schemas/Things"}, "nextPageToken": text()}),
            ),
            json!({"style": "cursor", "parameter": "pageToken", "items": "data", "next": "nextPageToken"}),
        ),
        (
            json!({"cursor": text()}),
            object(
                json!({"data": object(json!({"items": list()})), "meta": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/Meta"}]}}),
            ),
            json!({"style": "cursor", "parameter": "cursor", "items": "data.items", "next": "meta.next_cursor"}),
        ),
        (
            json!({"after": text(), "before": text()}),
            object(
                json!({"data": list(), "paging": object(json!({"cursors": object(json!({"after": text(), "before": text()}))}))}),
            ),
            json!({"style": "cursor", "parameter": "after", "items": "data", "next": "paging.cursors.after"}),
        ),
        (
            json!({"offset": text()}),
            object(json!({"records": list(), "offset": text(), "next_offset": text()})),
            json!({"style": "cursor", "parameter": "offset", "items": "records", "next": "next_offset"}),
        ),
        (
            json!({"page": number()}),
            object(json!({"things": list(), "next_page": {"type": "integer", "nullable": true}})),
            json!({"style": "cursor", "parameter": "page", "items": "things", "next": "next_page"}),
        ),
        (
            sizes("page", one_based.clone()),
            list(),
            json!({"style": "page", "parameter": "page", "first": 1}),
        ),
        (
            sizes("pageNumber", json!({"type": "integer", "default": 0})),
            object(json!({"content": list(), "totalElements": number(), "totalPages": number()})),
            json!({"style": "page", "parameter": "pageNumber", "first": 0, "items": "content", "total": "totalElements", "total_pages": "totalPages"}),
        ),
        (
            json!({"offset": number(), "limit": number()}),
            object(
                json!({"things": list(), "errors": list(), "pagination": object(json!({"total": number()}))}),
            ),
            json!({"style": "offset", "parameter": "offset", "first": 0, "items": "things", "total": "pagination.total"}),
        ),
        (
            json!({"page": one_based, "PageToken": text()}),
            object(
                json!({"things": list(), "meta": object(json!({"next_page_url": url(), "page": number()}))}),
            ),
            json!({"style": "next-url", "items": "things", "next": "meta.next_page_url"}),
        ),
        (
            json!({}),
            object(json!({"results": list(), "next": url()})),
            json!({"style": "next-url", "items": "results", "next": "next"}),
        ),
        (
            json!({}),
            object(
                json!({"items": list(), "_links": object(json!({"next": object(json!({"href": text()}))}))}),
            ),
            json!({"style": "next-url", "items": "items", "next": "_links.next.href"}),
        ),
        (
            json!({}),
            object(json!({"value": list(), "@odata.nextLink": text()})),
            json!({"style": "next-url", "items": "value", "next": ["@odata.nextLink"]}),
        ),
    ] {
        let found = recognised(&parameters, &success).unwrap();
        let found = found.unwrap_or_else(|| panic!("{parameters} {success}"));
        assert_eq!(found.extension(), expected);
        let again = document(&parameters, &success, Some(expected));
        let operation = operations(&again).next().unwrap();
        assert_eq!(Pagination::marked(&again, &operation), Ok(Some(found)));
    }
}

#[test]
fn similar_operations_are_not_recognised() {
    let things = || object(json!({"things": list(), "next_cursor": text()}));
    for (parameters, success) in [
        // The success is no list, or several.
        (
            json!({"page": {"type": "integer", "minimum": 1}}),
            object(json!({"name": text()})),
        ),
        (
            json!({"cursor": text()}),
            object(json!({"a": list(), "b": list(), "next_cursor": text()})),
        ),
        (
            json!({"cursor": text()}),
            object(
                json!({"data": object(json!({"a": list()})), "result": object(json!({"a": list()})), "next_cursor": text()}),
            ),
        ),
        (
            json!({"cursor": text()}),
            json!({"nullable": true, "allOf": [things()]}),
        ),
        (
            json!({"cursor": text()}),
            json!({"oneOf": [things(), list()]}),
        ),
        (
            json!({"cursor": text()}),
            object(
                json!({"things": {"type": "array", "items": {}, "uniqueItems": true}, "next_cursor": text()}),
            ),
        ),
        (
            json!({"cursor": text()}),
            json!({"type": "object", "additionalProperties": list()}),
        ),
        // No parameter for the cursor.
        (json!({}), things()),
        (
            json!({"cursor": {"type": "array", "items": text()}}),
            things(),
        ),
        (
            json!({"cursor": {"type": "string", "x-required": true}}),
            things(),
        ),
        (
            json!({"cursor": {"type": "string", "enum": ["a"]}}),
            things(),
        ),
        (json!({"cursor": text(), "next_cursor": text()}), things()),
        (json!({"limit": number()}), things()),
        // No member with the cursor.
        (json!({"cursor": text()}), object(json!({"things": list()}))),
        (
            json!({"cursor": text()}),
            object(json!({"things": list(), "next": {"type": "boolean"}})),
        ),
        (
            json!({"cursor": text()}),
            object(json!({"things": list(), "owner": object(json!({"next_cursor": text()}))})),
        ),
        // A parameter that may be something else.
        (
            json!({"after": text()}),
            object(json!({"things": list(), "next": text()})),
        ),
        (
            json!({"after": {"type": "string", "format": "date-time"}}),
            things(),
        ),
        (
            json!({"offset": number()}),
            object(json!({"things": list()})),
        ),
        (
            json!({"start": {"type": "integer", "description": "A time."}, "limit": number()}),
            object(json!({"things": list()})),
        ),
        (
            json!({"offset": {"type": "integer", "description": "The page number."}, "limit": number()}),
            object(json!({"things": list()})),
        ),
        // A member that may be something else.
        (json!({}), object(json!({"things": list(), "next": text()}))),
        (
            json!({}),
            object(
                json!({"things": list(), "next": {"type": "boolean", "description": "Whether there is a URL."}}),
            ),
        ),
        (json!({}), object(json!({"things": list(), "url": url()}))),
    ] {
        let found = recognised(&parameters, &success);
        assert_eq!(found, Ok(None), "{parameters} {success}");
    }
}

#[test]
fn pages_without_a_documented_first_number_are_not_recognised() {
    let described = |text: &str| json!({"type": "integer", "description": text});
    for (page, first) in [
        (number(), None),
        (json!({"type": "integer", "minimum": 0}), None),
        (json!({"type": "integer", "minimum": 1}), Some(1)),
        (
            json!({"type": "integer", "default": 0, "minimum": 0}),
            Some(0),
        ),
        (described("The page, starting at 1."), Some(1)),
        (described("The zero-based page."), Some(0)),
        (described("The page.\n\nminimum: 1"), Some(1)),
        (described("The page.\n\nminimum: 10"), None),
        (
            json!({"type": "integer", "default": 1, "description": "zero-based"}),
            None,
        ),
    ] {
        let found = recognised(&json!({"page": page}), &list());
        match first {
            Some(_) => assert_eq!(found.unwrap().unwrap().first, first, "{page}"),
            None => assert!(found.unwrap_err().contains("first"), "{page}"),
        }
    }
}

#[test]
fn a_link_header_and_a_list_are_recognised() {
    let mut document = document(&json!({}), &list(), None);
    let response = &mut document["paths"]["/a"]["get"]["responses"]["200"];
    response["headers"] = json!({"link": {"schema": text()}});
    let operation = operations(&document).next().unwrap();
    let found = Pagination::recognised(&document, &operation)
        .unwrap()
        .unwrap();
    assert_eq!(found.extension(), json!({"style": "link-header"}));
}

#[test]
fn only_a_get_is_recognised() {
    let document = document(
        &json!({}),
        &object(json!({"a": list(), "next": url()})),
        None,
    );
    let mut operation = operations(&document).next().unwrap();
    assert!(
        Pagination::recognised(&document, &operation)
            .unwrap()
            .is_some()
    );
    operation.method = "post";
    assert!(
        Pagination::recognised(&document, &operation)
            .unwrap()
            .is_none()
    );
}

#[test]
fn an_extension_is_completed_with_what_is_recognised() {
    let extension =
        json!({"style": "cursor", "parameter": "cursor", "items": "things", "next": "next"});
    let found = marked(extension.clone()).unwrap().unwrap();
    let mut complete = extension;
    complete["has_more"] = json!("meta.has_more");
    assert_eq!(found.extension(), complete);
    let dotted = json!({"style": "cursor", "parameter": "cursor", "items": ["things"], "next": ["meta", "a.b"]});
    let found = marked(dotted).unwrap().unwrap();
    assert_eq!(found.next.unwrap(), ["meta", "a.b"]);
    assert_eq!(marked(json!(false)), Ok(None));
}

#[test]
fn an_invalid_extension_is_an_error() {
    for (extension, named) in [
        (json!(true), "neither an object nor false"),
        (
            json!({}),
            "style must be one of next-url, cursor, link-header, offset, page",
        ),
        (json!({"style": "pages"}), "style must be one of"),
        (json!({"style": "cursor", "param": "a"}), "param is unknown"),
        (json!({"style": "cursor", "parameter": 1}), "parameter is 1"),
        (json!({"style": "cursor", "items": [1]}), "items is [1]"),
        (
            json!({"style": "cursor", "items": "a..b"}),
            "items is \"a..b\"",
        ),
        (json!({"style": "cursor"}), "items is missing"),
        (
            json!({"style": "cursor", "items": "next"}),
            "next of the success is not a list",
        ),
        (
            json!({"style": "cursor", "items": "none"}),
            "none of the success is not a list",
        ),
        (
            json!({"style": "cursor", "items": ""}),
            "the success is not a list",
        ),
        (
            json!({"style": "cursor", "items": "things", "next": "next"}),
            "needs `parameter`",
        ),
        (
            json!({"style": "cursor", "items": "things", "parameter": "cursor"}),
            "needs `next`",
        ),
        (
            json!({"style": "cursor", "items": "things", "parameter": "token", "next": "next"}),
            "token is not a query parameter",
        ),
        (
            json!({"style": "cursor", "items": "things", "parameter": "ids", "next": "next"}),
            "ids is not one text",
        ),
        (
            json!({"style": "cursor", "items": "things", "parameter": "cursor", "next": "meta.none"}),
            "meta.none is not described",
        ),
        (
            json!({"style": "page", "items": "things", "parameter": "page"}),
            "first is missing",
        ),
        (
            json!({"style": "page", "items": "things", "parameter": "page", "first": "1"}),
            "first is \"1\"",
        ),
        (
            json!({"style": "next-url", "items": "things"}),
            "needs `next`",
        ),
    ] {
        let reason = marked(extension.clone()).unwrap_err();
        assert!(reason.contains(named), "{extension}: {reason}");
    }
}

#[test]
fn an_invalid_extension_is_reported_with_its_location() {
    let document = document(&json!({}), &list(), Some(json!({"style": "pages"})));
    let error = format!("{:#}", check(&document).unwrap_err());
    assert!(error.contains("paths./a.get"), "{error}");
    assert!(
        error.contains("x-pagination: style must be one of"),
        "{error}"
    );
}
