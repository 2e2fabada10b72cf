//! The builders of operations with a body of several parts.

use serde_json::{Value, json};

use crate::generate::source_of_client;

/// Returns the client of an operation with a body, without spaces and line breaks.
fn code(media_type: &str, media: &Value, required: bool) -> String {
    let operation = json!({
        "operationId": "upload", "tags": ["a"], "x-source": "documented",
        "parameters": [{"name": "title", "in": "query", "schema": {"type": "string"}}],
        "requestBody": {"required": required, "content": {media_type: media}},
        "responses": {"204": {"description": "Done."}},
    });
    let document = json!({
        "openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "paths": {"/a": {"post": operation}},
        "components": {"schemas": {"Event": {"type": "object", "properties": {"id": {"type": "string"}}}}},
    });
    let source = source_of_client(&document).unwrap();
    source.split_whitespace().collect()
}

fn media() -> Value {
    let file = json!({"type": "string", "format": "binary"});
    json!({
        "schema": {"type": "object", "required": ["file", "title"], "properties": {
            "file": file,
            "files": {"type": "array", "items": file},
            "meta": {"$ref": "#/components/schemas/Event"},
            "body": {"type": "integer"},
            "title": {"type": "string"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "label": {"type": "string"},
        }},
        "encoding": {
            "file": {"contentType": "application/pdf"},
            "files": {"contentType": "image/png, image/jpeg"},
            "label": {"contentType": "application/json"},
        },
    })
}

#[test]
fn each_part_has_a_setter_of_its_type() {
    let code = code("multipart/form-data", &media(), true);
    for written in [
        "pubuseperspio_http::FilePart;",
        "#[derive(Debug)]pubstructUpload<'a>",
        "file:Result<FilePart,String>",
        "files:Result<Option<Vec<FilePart>>,String>",
        "meta:Result<Option<types::Event>,String>",
        "body_part:Result<Option<i64>,String>",
        "title:Result<Option<String>,String>",
        "title_part:Result<String,String>",
        "tags:Result<Option<Vec<String>>,String>",
        "pubfnmeta(mutself,value:implTryInto<types::Event,Error:Display>",
        "self.meta=rt::member(\"meta\",value).map(Some);",
        "file:Err(rt::not_set(\"file\"))",
        "Setsthepart`file`.",
        "usesuper::types;",
        ".file(file)",
    ] {
        assert!(code.contains(written), "{written}: {code}");
    }
}

#[test]
fn the_parts_are_added_to_one_body_the_files_last() {
    let all = code("multipart/form-data; charset=utf-8", &media(), true);
    let mut rest = all.as_str();
    for written in [
        "letmutform=rt::Multipart::new(\"multipart/form-data\");",
        "form.value(\"body\",&body_part,None,false)",
        "form.value(\"label\",&label,Some(\"application/json\"),true)",
        "form.value(\"title\",&title_part,None,false)",
        "form.file(\"file\",file,Some(\"application/pdf\"))",
        "form.files(\"files\",files,None)",
        "request.body(&form.content_type(),form)",
    ] {
        let after = rest.split_once(written);
        rest = after.unwrap_or_else(|| panic!("{written}: {all}")).1;
    }
    assert!(!all.contains("form.is_empty()"));
}

#[test]
fn parts_that_are_not_described_are_the_body() {
    for media in [json!({}), json!({"schema": {"type": "object"}})] {
        let code = code("multipart/form-data", &media, true);
        for written in [
            "pubuseperspio_http::FilePart;pubuseperspio_http::FormParts;",
            "#[derive(Debug)]pubstructUpload<'a>",
            "pubfnbody(mutself,value:implTryInto<FormParts,Error:Display>)->Self",
            ".multipart(body)",
        ] {
            assert!(code.contains(written), "{written}: {code}");
        }
    }
}

#[test]
fn an_optional_body_requires_no_part_and_is_not_sent_without_one() {
    let media = json!({"schema": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}});
    let code = code("multipart/mixed", &media, false);
    assert!(code.contains("#[derive(Clone,Debug)]pubstructUpload"));
    assert!(code.contains("a:Result<Option<String>,String>"), "{code}");
    assert!(code.contains("ifform.is_empty(){request}else{"), "{code}");
}
