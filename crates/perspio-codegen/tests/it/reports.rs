//! Imports of small documents, each with a construct that is unusual or invalid.

use std::path::PathBuf;

use perspio_codegen::error::Result;
use perspio_codegen::generate::source_of_client;
use perspio_codegen::import::{self, Notes, on_a_large_stack};
use serde_json::{Value, json};

fn try_import(name: &str) -> Result<(Value, Notes)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/reports");
    let mut notes = Notes::default();
    let document = on_a_large_stack(|| import::document(&[folder.join(name)], None, &mut notes))?;
    Ok((document, notes))
}

fn imported(name: &str) -> (Value, Notes) {
    try_import(name).unwrap()
}

/// Returns whether a change is listed with these words.
fn explains(notes: &Notes, words: &str) -> bool {
    notes.explain().lines().any(|line| line.trim() == words)
}

#[test]
fn a_version_that_is_a_number_is_read_as_it_is_written() {
    let (document, notes) = imported("numeric_version.yaml");
    assert_eq!(document["info"]["version"], "1.0");
    let note = "info.version: a number, read as the text `1.0`";
    assert!(explains(&notes, note), "{}", notes.explain());
}

#[test]
fn a_version_of_openapi_with_two_parts_is_accepted_and_listed() {
    for (name, note) in [
        ("openapi_two_parts_30.yaml", "openapi: 3.0 is read as 3.0.0"),
        ("openapi_two_parts_31.yaml", "openapi: 3.1 is read as 3.1.0"),
    ] {
        let (document, notes) = imported(name);
        assert!(document["paths"]["/c"]["get"].is_object(), "{name}");
        assert!(explains(&notes, note), "{}", notes.explain());
    }
}

#[test]
fn a_description_without_a_text_is_empty() {
    let (document, notes) = imported("empty_description.yaml");
    let operation = &document["paths"]["/c"]["get"];
    assert_eq!(operation["responses"]["204"]["description"], "");
    let note = "paths./c.get.responses.204.description: null is read as \"\"";
    assert!(explains(&notes, note), "{}", notes.explain());
}

#[test]
fn yes_and_no_are_booleans_where_openapi_specifies_one() {
    let (document, notes) = imported("yaml_booleans.yaml");
    let operation = &document["paths"]["/c"]["get"];
    assert_eq!(operation["parameters"][0]["required"], true);
    assert_eq!(operation["deprecated"], false);
    assert!(notes.all_left_out().is_empty(), "{notes:?}");
    let note = "paths./c.get.parameters.q.required: the text `yes` is read as true";
    assert!(explains(&notes, note), "{}", notes.explain());
}

#[test]
fn a_member_with_the_key_null_is_kept_and_listed() {
    let (document, notes) = imported("null_key.yaml");
    let schemas = &document["paths"]["/c"]["get"]["responses"]["200"]["content"];
    let members = &schemas["application/json"]["schema"]["properties"];
    assert_eq!(members["null"]["type"], "string");
    assert!(
        notes
            .explain()
            .contains(".properties.null: the key null is read as the text `null`"),
        "{}",
        notes.explain()
    );
}

#[test]
fn a_path_that_is_defined_twice_is_an_error_with_both_locations() {
    let error = try_import("duplicate_keys.json").unwrap_err();
    assert_eq!(error.line(), Some((1, 138)));
    let error = format!("{error:#}");
    assert!(
        error.contains("`/b`, first defined at line 1 column 64"),
        "{error}"
    );
}

/// Returns the schema of the JSON of a success.
fn success<'a>(document: &'a Value, path: &str) -> &'a Value {
    let item = document.get("paths").unwrap().get(path).unwrap();
    item.pointer("/get/responses/200/content/application~1json/schema")
        .unwrap()
}

/// Follows the reference of a schema to a component.
fn component<'a>(document: &'a Value, schema: &Value) -> &'a Value {
    let target = schema.get("$ref").unwrap().as_str().unwrap();
    document.pointer(target.strip_prefix('#').unwrap()).unwrap()
}

#[test]
fn a_schema_that_does_not_exist_is_any_json_and_listed() {
    let (document, notes) = imported("dangling_ref.yaml");
    let conversation = component(&document, success(&document, "/conversations/{id}"));
    assert_eq!(conversation["properties"]["attributes"], json!({}));
    let location = "components.schemas.Conversation.properties.attributes";
    let cause = &notes.all_left_out()[location];
    assert!(
        cause.contains("#/components/schemas/NotThere does not exist"),
        "{cause}"
    );
}

#[test]
fn anchors_and_ids_are_resolved_within_the_document() {
    for (name, path) in [("anchors.yaml", "/tree"), ("id_relative.yaml", "/y")] {
        let (document, notes) = imported(name);
        assert!(notes.all_left_out().is_empty(), "{notes:?}");
        let node = component(&document, success(&document, path));
        let members = &node["properties"];
        let leaf = component(&document, &members["leaf"]);
        assert_eq!(leaf["properties"]["v"]["type"], "integer", "{name}");
        let page = component(&document, &members["page"]);
        assert_eq!(page["properties"]["n"]["type"], "integer", "{name}");
        let (itself, anchored) = match name {
            "anchors.yaml" => (&members["kids"]["items"], &members["byanchor"]),
            _ => (&members["me"], &members["leaf"]),
        };
        assert_eq!(component(&document, itself), node, "{name}");
        assert_eq!(component(&document, anchored), leaf, "{name}");
    }
}

#[test]
fn a_dynamic_reference_is_that_to_its_static_target() {
    let (document, notes) = imported("dynamic_ref.yaml");
    let cat = component(&document, success(&document, "/tree"));
    let kids = &cat["properties"]["kids"]["items"];
    assert_eq!(component(&document, kids), cat);
    let page = component(&document, success(&document, "/users"));
    let text = page.to_string();
    assert!(text.contains("Page"), "{text}");
    let left_out = notes.all_left_out();
    let location = "components.schemas.Page.properties.items.items.$dynamicRef";
    assert_eq!(left_out.keys().collect::<Vec<_>>(), [location]);
}

#[test]
fn each_media_type_of_a_document_has_an_operation() {
    let (document, notes) = imported("downloads_and_multipart.yaml");
    let response = |path: &str, method: &str, status: &str| {
        let operation = document["paths"].get(path).unwrap().get(method).unwrap();
        operation["responses"][status]["content"].clone()
    };
    let events = response("/events", "get", "200");
    let schema = &events["text/event-stream"]["schema"];
    assert!(component(&document, schema)["properties"]["id"].is_object());
    let csv = response("/csv", "get", "200");
    assert_eq!(
        csv.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["application/json"]
    );
    let csv = response("/csv#as_text_csv", "get", "200");
    assert_eq!(
        csv.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["text/csv"]
    );
    let csv = &document["paths"]["/csv#as_text_csv"]["get"];
    assert_eq!(csv["operationId"], "csv_as_text_csv");
    assert_eq!(csv["x-accept"], "text/csv");
    assert!(response("/files/{id}", "get", "206").is_object());
    assert_eq!(response("/files/{id}", "head", "200"), Value::Null);
    assert!(explains(
        &notes,
        "paths./csv.get.responses.200.content.text/csv: the operation csv_as_text_csv"
    ));
}

#[test]
fn names_that_the_author_chose_are_not_read_as_keywords() {
    let (document, notes) = imported("default_response.yaml");
    assert!(notes.all_left_out().is_empty(), "{notes:?}");
    let responses = &document["paths"]["/a"]["get"]["responses"];
    let failure = &responses["default"]["content"]["application/json"]["schema"];
    assert!(component(&document, failure)["properties"]["code"].is_object());

    let (document, notes) = imported("split/openapi.yaml");
    assert!(notes.all_left_out().is_empty(), "{notes:?}");
    let responses = &document["paths"]["/a"]["get"]["responses"];
    let failure = &responses["default"]["content"]["application/json"]["schema"];
    assert!(component(&document, failure)["properties"]["code"].is_object());
    assert!(document["components"]["schemas"]["Thing"].is_object());

    let (document, notes) = imported("keywords_as_names.yaml");
    assert!(notes.all_left_out().is_empty(), "{notes:?}");
    let thing = component(&document, success(&document, "/example/{default}"));
    let members = thing["properties"].as_object().unwrap();
    for (name, member) in members {
        let inner = component(&document, member);
        assert!(inner["properties"]["a"].is_object(), "{name}");
    }
    assert_eq!(members.len(), 13);
}

#[test]
fn typos_are_warnings_with_the_words_that_are_meant() {
    let (_, notes) = imported("typos.yaml");
    for (location, word) in [
        ("paths./a.get.parameters.q.in", "query"),
        ("paths./b.get.sumary", "summary"),
    ] {
        let mut warnings = notes.warnings().iter();
        let found = warnings.find(|(at, _)| at == location);
        assert!(
            found.is_some_and(|(_, text)| text.contains(word)),
            "{notes:?}"
        );
    }
    assert_eq!(notes.warnings().len(), 4, "{notes:?}");
}

#[test]
fn an_optional_parameter_that_may_be_null_is_its_enum() {
    let (document, notes) = imported("nullable_parameter.yaml");
    assert!(notes.all_left_out().is_empty(), "{notes:?}");
    let client = source_of_client(&document).unwrap();
    for field in [
        "source: Result<Option<types::Kind>, String>",
        "must: Result<types::Kind, String>",
    ] {
        assert!(client.contains(field), "{field}: {client}");
    }
}

#[test]
fn members_whose_names_are_equal_in_rust_have_a_setter_each() {
    let (document, notes) = imported("member_names.yaml");
    assert!(notes.all_left_out().is_empty(), "{notes:?}");
    let client = source_of_client(&document).unwrap();
    let client = client.split("pub mod builder").nth(2).unwrap();
    for (member, setter) in [
        ("@type", "at_type"),
        ("type", "type_"),
        ("jobID", "job_id"),
        ("jobId", "job_id_2"),
        ("@baseType", "base_type"),
        ("$ref", "ref_"),
        ("", "x"),
        ("a-b", "a_b"),
        ("a.b", "a_b_2"),
    ] {
        let code = format!("self.{setter} = rt::member(\"{member}\", value)");
        assert!(client.contains(&code), "{code}: {client}");
    }
    for required in ["@type", "type", "jobID"] {
        let code = format!("Err(rt::member_not_set(\"{required}\"))");
        assert!(client.contains(&code), "{code}: {client}");
    }
}

#[test]
fn an_optional_member_of_a_change_may_be_null_or_absent() {
    let (document, notes) = imported("nullable_patch.yaml");
    assert!(notes.all_left_out().is_empty(), "{notes:?}");
    let client = source_of_client(&document).unwrap();
    let members = |name: &str| {
        let start = format!("pub struct {name} {{");
        let rest = client.split(&start).nth(1).unwrap();
        rest.split("impl ").next().unwrap().to_owned()
    };
    let change = members("DevicePatch");
    for member in [
        "pub name: Option<String>",
        "pub owner: Option<perspio_http::Nullable<String>>",
        "pub track: Option<perspio_http::Nullable<Track>>",
    ] {
        assert!(change.contains(member), "{member}: {change}");
    }
    let device = members("Device");
    assert!(device.contains("pub owner: Option<String>"), "{device}");
    assert!(device.contains("pub track: Option<Track>"), "{device}");
}

#[test]
fn each_error_is_documented_with_its_type_or_its_media_type() {
    for (name, lines) in [
        (
            "two_error_types.yaml",
            &[
                "`400`: the body is a [`types::Bad`].",
                "`404`: the body is a [`types::Gone`].",
            ][..],
        ),
        (
            "error_media_types.yaml",
            &[
                "`400`: the body is a [`types::Bad`].",
                "`404`: the body is a [`types::NoneSchema`].",
                "`429`: the body is `text/plain`.",
            ],
        ),
    ] {
        let (document, notes) = imported(name);
        assert!(
            notes.all_left_out().is_empty() && notes.lossy().is_empty(),
            "{notes:?}"
        );
        let client = source_of_client(&document).unwrap();
        for line in lines {
            assert!(
                client.contains(&format!("/// - {line}")),
                "{line}: {client}"
            );
        }
    }
}

#[test]
fn an_upload_with_a_json_part_is_imported() {
    let (document, notes) = imported("downloads_and_multipart.yaml");
    let body = &document["paths"]["/upload"]["post"]["requestBody"];
    let form = &body["content"]["multipart/form-data"];
    let schema = &form["schema"];
    let file = json!({"type": "string", "format": "binary"});
    assert_eq!(schema["properties"]["file"], file);
    assert_eq!(schema["required"], json!(["file"]));
    let event = json!({"$ref": "#/components/schemas/Event"});
    assert_eq!(schema["properties"]["meta"], event);
    let encoding = json!({"meta": {"contentType": "application/json"}});
    assert_eq!(form["encoding"], encoding);
    let left_out = notes.all_left_out();
    assert!(
        !left_out.keys().any(|at| at.contains("/upload")),
        "{left_out:?}"
    );
}
