//! Unsupported constructs, and the errors that report them.

use super::*;

#[test]
fn a_file_that_is_not_yaml_is_reported_with_its_line() {
    let error = rejected("tags: [{ name: things }]", "tags: [{ name: things }");
    assert!(
        error.contains("not valid YAML") && error.contains("line"),
        "{error}"
    );
}

#[test]
fn a_member_of_the_wrong_type_is_reported_with_its_location() {
    let error = rejected("summary: Lists things.", "summary: [Lists things.]");
    assert!(error.contains("paths./things.get.summary"), "{error}");
    let error = rejected(
        "properties:\n        name:",
        "properties: 5\n      other:\n        name:",
    );
    assert!(error.contains("components.schemas.Thing"), "{error}");
}

#[test]
fn a_reference_without_a_target_is_reported_with_its_location() {
    let error = rejected("schemas/Thing\"", "schemas/Think\"");
    assert!(error.contains("#/components/schemas/Think"), "{error}");
    assert!(error.contains("paths./things.get.responses.200"), "{error}");
}

#[test]
fn a_missing_required_member_of_an_operation_is_named() {
    for (required, name) in [
        ("operationId: things_list", "operationId"),
        ("x-source: documented", "x-source"),
        ("summary: Lists things.", "summary"),
        ("description: Known from nowhere.", "description"),
    ] {
        let error = rejected(required, "");
        assert!(
            error.contains("paths./things.get") && error.contains(name),
            "{error}"
        );
    }
    let error = rejected("x-source: documented", "x-source: guessed");
    assert!(error.contains("guessed"), "{error}");
    for mark in ["x-writes", "x-repeatable"] {
        let marked = format!("x-source: documented\n      {mark}: perhaps");
        let error = rejected("x-source: documented", &marked);
        assert!(error.contains(mark) && error.contains("perhaps"), "{error}");
    }
}

#[test]
fn another_version_of_openapi_is_rejected_by_its_number() {
    assert!(rejected("openapi: 3.0.3", "openapi: 3.1.0").contains("3.1.0"));
    assert!(rejected("openapi: 3.0.3", "swagger: '2.0'").contains("openapi: missing"));
}

#[test]
fn an_unsupported_construct_is_named() {
    let response = "\n        \"202\": { description: Later. }\n        \"200\":";
    let error = rejected("\n        \"200\":", response);
    assert!(
        error.contains("success responses with different bodies"),
        "{error}"
    );

    let body = |content: &str| {
        let body = format!("requestBody: {{ content: {{ {content} }} }}\n      responses:");
        rejected("responses:", &body)
    };
    let error = body("application/json: {}");
    assert!(
        error.contains("application/json without a schema"),
        "{error}"
    );
}

#[test]
fn a_name_that_collides_in_the_outputs_is_rejected() {
    let error = rejected("  /things:", "  /things/{id}:");
    assert!(
        error.contains("{id} of the path is not a parameter"),
        "{error}"
    );
    let twice = with_a_change().replace("things_update", "thingsList");
    let workspace = Workspace::with(&twice);
    let error = format!("{:#}", workspace.generate().unwrap_err());
    assert!(error.contains("the operationId"), "{error}");
}

#[test]
fn constructs_that_would_be_lost_or_fail_later_are_rejected() {
    for (old, new, reason) in [
        ("    get:", "    fetch:", "no operation"),
        ("  /things:", "  things:", "does not begin with a slash"),
        ("\"200\":", "ok:", "response ok: neither"),
        (
            "\"200\":",
            "\"202\": { description: Later., content: { application/json: { schema: {} } } }\n        \"200\":",
            "success responses with different bodies",
        ),
    ] {
        let error = rejected(old, new);
        assert!(error.contains(reason), "{reason}: {error}");
    }
}

#[test]
fn errors_with_different_bodies_are_accepted() {
    let errors = "\"400\": { description: No. }\n        default: { description: No., content: { application/json: { schema: {} } } }";
    for success in ["\"200\":", "2XX:"] {
        let all = format!("{errors}\n        {success}");
        let workspace = Workspace::with(&GOOD.replace("\"200\":", &all));
        workspace.generate().unwrap();
    }
}

#[test]
fn a_reference_in_an_extension_is_data_and_one_in_a_member_is_not() {
    let nowhere = "{ $ref: \"#/components/x-rules/A\" }";
    let note = format!("x-rule: {nowhere}\n      x-source: documented");
    let workspace = Workspace::with(&GOOD.replace("x-source: documented", &note));
    workspace.generate().unwrap();
    let member = format!("schema: {{ type: object, properties: {{ x-rule: {nowhere} }} }}");
    let error = rejected(
        "responses:",
        &format!("parameters: [{{ name: n, in: query, {member} }}]\n      responses:"),
    );
    assert!(error.contains("properties.x-rule"), "{error}");
}

#[test]
fn an_extension_among_the_paths_is_accepted() {
    let workspace = Workspace::with(&GOOD.replace("paths:\n", "paths:\n  x-root: /things\n"));
    workspace.generate().unwrap();
}

#[test]
fn a_panic_of_progenitor_is_reported_with_the_operation() {
    let parameter = "parameters: [{ name: n, in: query, schema: { type: strin } }]";
    let error = rejected("responses:", &format!("{parameter}\n      responses:"));
    assert!(
        error.contains("paths./things.get: progenitor panicked"),
        "{error}"
    );
    assert!(error.contains("strin"), "{error}");
}

#[test]
fn a_missing_document_is_named() {
    let workspace = Workspace::with(GOOD);
    std::fs::remove_file(workspace.root().join("spec/api.yaml")).unwrap();
    let error = format!("{:#}", workspace.generate().unwrap_err());
    assert!(
        error.contains("spec/api.yaml: the file cannot be read"),
        "{error}"
    );
}

#[test]
fn a_body_of_several_parts_needs_described_parts() {
    let body = |media_type: &str, schema: &str| {
        format!(
            "x-source: documented\n      requestBody: {{ content: {{ {media_type}: {{ schema: {schema} }} }} }}"
        )
    };
    let parts = "{ type: object, properties: { a: { type: string } } }";
    for (media_type, schema, cause) in [
        ("multipart/mixed", parts, None),
        ("multipart/form-data", "{ type: object }", None),
        (
            "multipart/mixed",
            "{ type: object }",
            Some("multipart/mixed without `properties`"),
        ),
        (
            "multipart/byteranges",
            parts,
            Some("media type multipart/byteranges"),
        ),
    ] {
        let text = GOOD.replace("x-source: documented", &body(media_type, schema));
        let outcome = Workspace::with(&text).generate();
        let error = outcome.err().map(|error| format!("{error:#}"));
        assert_eq!(error.is_some(), cause.is_some(), "{error:?}");
        assert!(
            error
                .unwrap_or_default()
                .contains(cause.unwrap_or_default())
        );
    }
}
