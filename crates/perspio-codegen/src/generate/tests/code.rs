//! The generated code of single constructs.

use serde_json::json;

use super::*;

#[test]
fn an_operation_is_repeatable_only_if_it_is_marked() {
    let marked = with_a_change().replace(
        "x-source: inferred",
        "x-source: inferred\n      x-repeatable: true",
    );
    for (document, expected) in [(with_a_change(), false), (marked, true)] {
        let workspace = Workspace::with(&document);
        workspace.generate().unwrap();
        let [client, ..] = workspace.outputs();
        let list = client.split("pub const OPERATIONS").nth(1).unwrap();
        let repeatable = list.contains("writes: true,\n        repeatable: true");
        assert_eq!(repeatable, expected, "{list}");
    }
}

#[test]
fn the_map_of_unnamed_members_is_empty_initially() {
    let workspace = Workspace::with(&with_a_change());
    workspace.generate().unwrap();
    let [client, ..] = workspace.outputs();
    assert!(
        client.contains("extra: Ok(serde_json::Map::default())"),
        "{client}"
    );
    assert!(!client.contains("no value supplied"));
}

#[test]
fn a_member_called_default_does_not_hide_the_default_of_the_builder() {
    let document = with_a_change().replace(
        "        name: {",
        "        default: { type: string }\n        name: {",
    );
    let workspace = Workspace::with(&document);
    workspace.generate().unwrap();
    let [client, ..] = workspace.outputs();
    assert!(client.contains("pub fn default("), "{client}");
    assert!(!client.contains("builder::Change::default()"), "{client}");
}

#[test]
fn a_nullable_member_distinguishes_null_from_absence() {
    let workspace = Workspace::with(&with_a_change());
    workspace.generate().unwrap();
    let [client, ..] = workspace.outputs();
    let change = client.split("pub struct Change").nth(1).unwrap();
    let member = change.split("pub name").next().unwrap();
    assert!(
        member.contains("deserialize_with = \"perspio_http::rt::some\""),
        "{member}"
    );
}

#[test]
fn an_optional_member_that_may_be_null_is_nullable_in_a_type_that_is_sent() {
    let thing = json!({"type": "object", "required": ["parent"], "properties": {
        "owner": {"type": "string", "nullable": true},
        "parent": {"type": "string", "nullable": true},
        "name": {"type": "string"},
        "next": {"nullable": true, "allOf": [{"$ref": "#/components/schemas/Sent"}]},
    }});
    let components = json!({"schemas": {"Sent": thing, "Received": thing}});
    let body = |name: &str| {
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        json!({"description": "It.", "content": {"application/json": {"schema": schema}}})
    };
    let mut document = document_with(&json!({"200": body("Received")}), &components);
    document["paths"]["/things"]["get"]["requestBody"] = body("Sent");
    let client = crate::generate::source_of_client(&document).unwrap();
    let sent = client.split("pub struct Sent").nth(1).unwrap();
    for member in [
        "pub name: Option<String>",
        // Never absent.
        "pub parent: Option<String>",
        "pub owner: Option<perspio_http::Nullable<String>>",
        "pub next: Option<perspio_http::Nullable<Box<Sent>>>",
    ] {
        assert!(sent.contains(member), "{member}: {sent}");
    }
    assert!(client.contains("impl TryInto<perspio_http::Nullable<String>, Error: Display>"));
    let received = client.split("pub struct Received").nth(1).unwrap();
    let received = received.split("pub struct").next().unwrap();
    assert!(received.contains("pub owner: Option<String>"), "{received}");
}

#[test]
fn a_command_reads_the_file_first_and_requires_it_or_an_option() {
    let workspace = Workspace::with(&with_a_change());
    workspace.generate().unwrap();
    let [_, _, commands] = workspace.outputs();
    let execute = commands.split("fn execute_things_update").nth(1).unwrap();
    assert!(execute.find("\"json-body\"").unwrap() < execute.find("body_map").unwrap());
    assert!(commands.contains(".args([\"json-body\", \"name\"])"));
    assert!(!commands.contains("json-body-template"));
}

#[test]
fn types_are_non_exhaustive() {
    let closed = "\n        kind: { type: string, enum: [a, b] }";
    let workspace = Workspace::with(&GOOD.replace(
        "\n        name: { type: string }",
        &format!("\n        name: {{ type: string }}{closed}"),
    ));
    workspace.generate().unwrap();
    let [client, ..] = workspace.outputs();
    for item in ["pub struct Thing {", "pub enum ThingKind {"] {
        let before = client.split(item).next().unwrap();
        assert!(before.trim_end().ends_with("#[non_exhaustive]"), "{item}");
    }
}

#[test]
fn only_sent_types_have_builders_and_others_have_a_default() {
    let workspace = Workspace::with(&with_a_change());
    workspace.generate().unwrap();
    let [client, ..] = workspace.outputs();
    let attributes = |name: &str| {
        let before = client
            .split(&format!("pub struct {name} {{"))
            .next()
            .unwrap();
        before.rsplit("\n\n").next().unwrap().to_owned()
    };
    assert!(client.contains("pub fn builder() -> builder::Change"));
    assert!(!attributes("Change").contains("Default"));
    assert!(!client.contains("builder::Thing "), "{client}");
    assert!(attributes("Thing").contains("Default"), "{client}");
}

#[test]
fn only_the_builders_of_bodies_are_made_of_values() {
    let nested = with_a_change().replace(
        "        name: { $ref: \"#/components/schemas/NullableText\" }\n",
        "        part: { $ref: \"#/components/schemas/Part\" }\n",
    ) + "    Part: { type: object, properties: { name: { type: string } } }\n";
    let workspace = Workspace::with(&nested);
    workspace.generate().unwrap();
    let [client, ..] = workspace.outputs();
    assert!(client.contains("impl From<super::Change> for Change {"));
    assert!(client.contains("impl TryFrom<Part> for super::Part {"));
    assert!(!client.contains("impl From<super::Part> for Part {"));
}

#[test]
fn members_are_in_the_order_of_the_document_and_the_surface_is_sorted() {
    let of = |members: [&str; 3]| {
        let members = members.map(|name| format!("        {name}: {{ type: string }}\n"));
        let named = "        name: { $ref: \"#/components/schemas/NullableText\" }\n";
        let workspace = Workspace::with(&with_a_change().replace(named, &members.concat()));
        workspace.generate().unwrap();
        let surface = std::fs::read_to_string(workspace.root().join("surface.txt")).unwrap();
        let [client, ..] = workspace.outputs();
        let order = |before: &str| {
            let code = client.split(before).nth(1).unwrap();
            let at = ["zebra:", "apple:", "middle:", "extra:"].map(|it| code.find(it).unwrap());
            let mut order = [0, 1, 2, 3];
            order.sort_by_key(|name| at[*name]);
            order
        };
        let of_builder = order("/// A builder of [`Change`]");
        (order("pub struct Change {"), of_builder, surface)
    };
    let (of_type, of_builder, surface) = of(["zebra", "apple", "middle"]);
    assert_eq!((of_type, of_builder), ([0, 1, 2, 3], [0, 1, 2, 3]));
    let (of_type, of_builder, same) = of(["middle", "zebra", "apple"]);
    assert_eq!((of_type, of_builder), ([2, 0, 1, 3], [2, 0, 1, 3]));
    assert_eq!(same, surface);
}

#[test]
fn a_deprecated_operation_is_marked_in_the_client_and_called_by_its_command() {
    let workspace = Workspace::with(&GOOD.replace(
        "x-source: documented",
        "x-source: documented\n      deprecated: true",
    ));
    workspace.generate().unwrap();
    let [client, _, commands] = workspace.outputs();
    assert!(
        client.contains("#[deprecated]\n    pub fn things_list"),
        "{client}"
    );
    let before = commands
        .split("pub async fn execute_things_list")
        .next()
        .unwrap();
    assert!(
        before.trim_end().ends_with("#[allow(deprecated)]"),
        "{commands}"
    );
}

#[test]
fn the_documentation_has_descriptions_an_example_and_the_errors() {
    let parameter = "      parameters:\n        - { name: colour, in: query, required: true, \
                     description: Its colour., schema: { type: string } }\n      responses:\n        \
                     \"404\": { description: None., content: { application/json: { schema: \
                     { $ref: \"#/components/schemas/Thing\" } } } }";
    let workspace = Workspace::with(&GOOD.replace("      responses:", parameter));
    workspace.generate().unwrap();
    let [client, ..] = workspace.outputs();
    for line in [
        "    /// Lists things.\n    ///\n    /// Known from nowhere.\n    ///\n    /// `GET /things` (documented)",
        "    /// # async fn example(client: perspio::Client, colour: String) -> Result<(), perspio::Error> {",
        "    /// let thing = client.things_list().colour(colour).send().await?;",
        "    /// `404`: the body is a [`types::Thing`].",
        "        /// Its colour.\n        pub fn colour(",
    ] {
        assert!(client.contains(line), "{line}: {client}");
    }
}

#[test]
fn a_response_of_bytes_is_requested_with_its_media_type_and_any_other_is_accepted() {
    let of = |media_type: &str| {
        let media = json!({media_type: {"schema": {"type": "string", "format": "binary"}}});
        let document = json!({
            "openapi": "3.0.3",
            "info": {"title": "Things", "version": "1"},
            "paths": {"/things/{id}": {"get": {
                "operationId": "thing",
                "tags": ["things"],
                "x-source": "documented",
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "A thing.", "content": media}}
            }}}
        });
        crate::generate::source_of_client(&document).unwrap()
    };
    let any = of("*/*");
    assert!(any.contains("from_static(\"*/*\")"), "{any}");
    let bytes = of("text/csv");
    assert!(
        bytes.contains("from_static(\"text/csv, */*;q=0.5\")"),
        "{bytes}"
    );
    assert!(bytes.contains("rt::call_bytes(request)"), "{bytes}");
    let json = of("application/json");
    assert!(
        !json.contains("\"*/*\"") && json.contains("ACCEPT"),
        "{json}"
    );
}

#[test]
fn an_operation_with_one_of_several_media_types_accepts_no_other() {
    for (media_type, schema, call) in [
        (
            "text/csv",
            json!({"type": "string", "format": "binary"}),
            "call_bytes",
        ),
        ("application/vnd.a+json", json!({"type": "integer"}), "call"),
    ] {
        let document = json!({
            "openapi": "3.0.3",
            "info": {"title": "Things", "version": "1"},
            "paths": {"/things#as_other": {"get": {
                "operationId": "things_as_other",
                "tags": ["things"],
                "x-source": "documented",
                "x-accept": media_type,
                "responses": {
                    "200": {"description": "It.", "content": {media_type: {"schema": schema}}},
                    "404": {"description": "No.", "content": {"application/problem+json": {"schema": {"type": "string"}}}},
                }
            }}}
        });
        let source = crate::generate::source_of_client(&document).unwrap();
        let accepted = format!("from_static(\"{media_type}\")");
        assert!(source.contains(&accepted), "{source}");
        assert!(source.contains(&format!("rt::{call}(request)")), "{source}");
        assert!(source.contains("path: \"/things\""), "{source}");
    }
}

#[test]
fn a_response_of_events_is_a_stream_of_their_data() {
    let thing = json!({"$ref": "#/components/schemas/Thing"});
    let components =
        json!({"schemas": {"Thing": {"type": "object", "properties": {"a": {"type": "integer"}}}}});
    let of = |media: serde_json::Value, marker: serde_json::Value| {
        let document = json!({
            "openapi": "3.0.3",
            "info": {"title": "Things", "version": "1"},
            "paths": {"/things": {"post": {
                "operationId": "things",
                "tags": ["things"],
                "x-source": "documented",
                "x-end-marker": marker,
                "responses": {
                    "200": {"description": "Events.", "content": {"text/event-stream": media}},
                    "204": {"description": "None."},
                }
            }}},
            "components": components,
        });
        crate::generate::source_of_client(&document)
    };
    let source = of(json!({"schema": thing}), json!("[DONE]")).unwrap();
    for part in [
        "ResponseValue<EventStream<types::Thing>>",
        "HeaderValue::from_static(\"text/event-stream\")",
        "rt::call_events(request, Some(\"[DONE]\"))",
        "let events = client.things().send().await?;",
    ] {
        assert!(source.contains(part), "{part}: {source}");
    }
    for media in [json!({}), json!({"schema": {"type": "string"}})] {
        let source = of(media, json!("end")).unwrap();
        for part in [
            "EventStream<String>",
            "rt::call_text_events(request, Some(\"end\"))",
        ] {
            assert!(source.contains(part), "{part}: {source}");
        }
    }
    let error = of(json!({}), json!(1)).unwrap_err().to_string();
    assert!(error.contains("x-end-marker is 1"), "{error}");
}

#[test]
fn the_bytes_of_a_get_can_be_downloaded() {
    let of = |method: &str, parameter: &str| {
        let bytes = json!({"schema": {"type": "string", "format": "binary"}});
        let mut item = json!({});
        item[method] = json!({
            "operationId": "file",
            "tags": ["files"],
            "x-source": "documented",
            "parameters": [{"name": parameter, "in": "query", "schema": {"type": "boolean"}}],
            "responses": {"200": {"description": "It.", "content": {"*/*": bytes}}},
        });
        let document = json!({
            "openapi": "3.0.3",
            "info": {"title": "Files", "version": "1"},
            "paths": {"/file": item},
        });
        crate::generate::source_of_client(&document).unwrap()
    };
    let get = of("get", "other");
    for part in [
        "pub async fn download(self) -> Result<Download, Error> {",
        "rt::download(self.into_request()?).await",
        "rt::download_from(self.into_request()?, position, validator).await",
        "let request = self.into_request()?;\n            rt::call_bytes(request).await",
        "pub use perspio_http::Download;",
    ] {
        assert!(get.contains(part), "{part}: {get}");
    }
    assert!(!of("post", "other").contains("download"));
    let parameter = of("get", "download");
    for part in ["pub fn download(", "pub async fn download_(self)"] {
        assert!(parameter.contains(part), "{part}: {parameter}");
    }
}

/// Returns which operations are called without credentials, `things_list` and
/// `things_update`, if these are members of the document and of `things_update`.
fn anonymous(of_document: &str, of_update: &str) -> [bool; 2] {
    let document = with_a_change().replace("\npaths:", &format!("\n{of_document}\npaths:"));
    let member = format!("x-source: inferred\n      {of_update}");
    let workspace = Workspace::with(&document.replace("x-source: inferred", &member));
    workspace.generate().unwrap();
    let [client, ..] = workspace.outputs();
    ["things_list", "things_update"].map(|id| {
        let row = client.split(&format!("id: \"{id}\",")).nth(1).unwrap();
        row.split('}').next().unwrap().contains("anonymous: true")
    })
}

#[test]
fn an_operation_is_anonymous_if_its_security_names_no_scheme() {
    for (of_document, of_update, expected) in [
        ("security: [{ key: [] }]", "", [false, false]),
        ("security: [{ key: [] }]", "security: []", [false, true]),
        ("security: [{ key: [] }]", "security: [{}]", [false, true]),
        (
            "security: [{ a: [] }]",
            "security: [{}, { a: [] }]",
            [false, false],
        ),
        ("security: []", "", [true, true]),
        ("security: [{}]", "security: [{ key: [] }]", [true, false]),
    ] {
        let found = anonymous(of_document, of_update);
        assert_eq!(found, expected, "{of_document:?} {of_update:?}");
    }
}

#[test]
fn a_document_without_security_leaves_the_credentials_to_the_client() {
    for (of_update, expected) in [
        ("", [false, false]),
        ("security: []", [false, true]),
        // The document lists the operations that need credentials.
        ("security: [{ key: [] }]", [true, false]),
    ] {
        assert_eq!(anonymous("", of_update), expected, "{of_update:?}");
    }
}
