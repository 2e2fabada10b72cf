//! Operations that the mocks or the commands do not have.

use super::*;

/// Returns the lines of the operations that the mocks and the commands of a document lack, and
/// generates all outputs.
fn omitted(document: &str) -> [Vec<String>; 2] {
    let workspace = Workspace::with(document);
    workspace.generate().unwrap();
    let [client, ..] = workspace.outputs();
    assert!(client.contains("pub fn things_list(&self)"), "{client}");
    let config = workspace.config();
    let read = crate::generate::input::read(workspace.root(), &config.clients[0]).unwrap();
    [read.mocks, read.commands].map(|output| output.unwrap().omitted)
}

fn with_parameter(parameter: &str) -> String {
    let parameters = format!("parameters: [{{ {parameter} }}]\n      responses:");
    GOOD.replacen("responses:", &parameters, 1)
}

#[test]
fn an_operation_that_mocks_and_commands_cannot_express_is_in_the_client_only() {
    let list = "type: array, items: { type: string }";
    let body = |media_type: &str| {
        let schema = "schema: { type: object, properties: { a: { type: string } } }";
        let body = format!("requestBody: {{ content: {{ {media_type}: {{ {schema} }} }} }}");
        GOOD.replacen("responses:", &format!("{body}\n      responses:"), 1)
    };
    for (document, reason) in [
        (
            with_parameter("name: p, in: cookie, schema: { type: string }"),
            "parameter `p`: a cookie parameter",
        ),
        (
            with_parameter(&format!(
                "name: p, in: query, explode: false, schema: {{ {list} }}"
            )),
            "parameter `p`: `explode: false`",
        ),
        (
            with_parameter(&format!("name: p, in: query, schema: {{ {list} }}")),
            "parameter `p`: an array in the query",
        ),
        (
            with_parameter(&format!(
                "name: p, in: query, schema: {{ allOf: [{{ {list} }}] }}"
            )),
            "parameter `p`: an array in the query",
        ),
        (
            with_parameter("name: p, in: query, schema: { type: object }"),
            "parameter `p`: an object in the query",
        ),
        (
            GOOD.replace(
                "get:",
                "parameters: [{ name: c, in: cookie, schema: { type: string } }]\n    get:",
            ),
            "parameter `c`: a cookie parameter",
        ),
        (body("text/xml"), "a request body of text/xml"),
        (
            body("multipart/form-data"),
            "a request body of multipart/form-data",
        ),
        (
            GOOD.replace("application/json:", "text/csv:"),
            "response 200 is not application/json",
        ),
    ] {
        for (lines, output) in omitted(&document).iter().zip(["mocks", "commands"]) {
            let [line] = lines.as_slice() else {
                panic!("{document}: {lines:?}");
            };
            let start = format!("things_list is left out of the {output}: ");
            assert!(line.starts_with(&start) && line.contains(reason), "{line}");
        }
    }
}

#[test]
fn an_operation_without_a_free_name_on_the_command_line_is_no_command() {
    for name in ["output", "sandbox", "help", "jsonBody"] {
        let document = with_parameter(&format!(
            "name: {name}, in: query, schema: {{ type: string }}"
        ));
        let [mocks, commands] = omitted(&document);
        assert!(mocks.is_empty(), "{mocks:?}");
        let [line] = commands.as_slice() else {
            panic!("{name}: {commands:?}");
        };
        assert!(
            line.contains("own option --") && line.contains(name),
            "{line}"
        );
    }
}

#[test]
fn a_query_in_a_path_is_left_out_of_the_mocks() {
    let [mocks, commands] = omitted(&GOOD.replace("  /things:", "  /things?beta=true:"));
    assert!(
        mocks[0].contains("a query or a fragment in the path"),
        "{mocks:?}"
    );
    assert!(commands.is_empty(), "{commands:?}");
}
