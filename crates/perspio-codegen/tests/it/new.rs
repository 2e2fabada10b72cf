//! The command `new`: the files of the crate, and what happens to a folder that exists.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder with a document of an API with `security`.
fn folder(security: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let document = format!(
        r##"
openapi: 3.1.0
info: {{ title: Things of "all" kinds, version: "1" }}
servers: [{{ url: "https://things.example/v1" }}]
{security}
paths:
  /things:
    get:
      operationId: listThings
      responses: {{ "200": {{ description: ok, content: {{ application/json: {{ schema: {{ type: array, items: {{ $ref: "#/components/schemas/Thing" }} }} }} }} }} }}
  /things/{{id}}:
    delete:
      operationId: deleteThing
      deprecated: true
      parameters: [{{ name: id, in: path, required: true, schema: {{ type: string }} }}]
      responses: {{ "204": {{ description: gone }} }}
  /things/{{count}}/more:
    get:
      operationId: countThings
      parameters: [{{ name: count, in: path, required: true, schema: {{ type: integer }} }}]
      responses: {{ "204": {{ description: counted }} }}
"##
    );
    let components = r#"
components:
  schemas:
    Thing: { type: object, properties: { name: { type: [string, "null"] } } }
  securitySchemes:
    key: { type: apiKey, in: header, name: X-Api-Key }
    second: { type: apiKey, in: query, name: second-key }
    application: { type: oauth2, flows: { clientCredentials: { tokenUrl: /token, scopes: { read: r } } } }
"#;
    fs::write(folder.path().join("things.yaml"), document + components).unwrap();
    folder
}

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn new(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-perspio-codegen"))
        .args(["new"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn created(folder: &TempDir, name: &str, more: &[&str]) -> PathBuf {
    let output = new(folder, &[&[name, "--from", "things.yaml"], more].concat());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    folder.path().join(name)
}

fn read(crate_folder: &Path, file: &str) -> String {
    fs::read_to_string(crate_folder.join(file)).unwrap()
}

#[test]
fn the_new_crate_has_document_client_settings_tests_and_readme() {
    let folder = folder("security: [{ key: [], second: [] }]");
    let crates = crates();
    let path = created(
        &folder,
        "my-things",
        &["--runtime-path", crates.to_str().unwrap()],
    );
    let library = read(&path, "src/lib.rs");
    for expected in [
        r#"NAME: &'static str = "Things of \"all\" kinds";"#,
        r#"= Some("https://things.example/v1");"#,
        r#"VariableNames::new("MY_THINGS")"#,
        r#"name: "X-Api-Key","#,
        r#"setting: "X_API_KEY","#,
        "KeyLocation::Query",
        "my_things::Client::from_env()",
    ] {
        assert!(library.contains(expected), "{expected}: {library}");
    }
    let manifest = read(&path, "Cargo.toml");
    let runtime = crates.join("perspio-http");
    assert!(manifest.contains(runtime.to_str().unwrap()), "{manifest}");
    assert!(manifest.contains("\nserde = "), "{manifest}");
    assert!(!manifest.contains("\nuuid = "), "{manifest}");
    let tests = read(&path, "tests/requests.rs");
    assert!(
        tests.contains("async fn list_things_sends_the_documented_request"),
        "{tests}"
    );
    assert!(
        tests.contains(r#"check("delete_thing", &server.request(), "/things/a");"#),
        "{tests}"
    );
    // It needs a number.
    assert!(!tests.contains("count_things"), "{tests}");
    assert!(read(&path, "README.md").contains("| `MY_THINGS_SECOND_KEY` | an API key |"));
    assert!(read(&path, "src/generated.rs").contains("pub fn delete_thing("));
    assert!(read(&path, "surface.txt").contains("list_things"));
}

#[test]
fn the_generated_files_of_a_new_crate_are_up_to_date() {
    let folder = folder("");
    let path = created(&folder, "things", &[]);
    let check = Command::new(env!("CARGO_BIN_EXE_cargo-perspio-codegen"))
        // As a command of cargo.
        .args(["perspio-codegen", "generate", "--check"])
        .current_dir(&path)
        .output()
        .unwrap();
    assert!(
        check.status.success(),
        "{}",
        String::from_utf8_lossy(&check.stdout)
    );
    assert!(read(&path, "Cargo.toml").contains("perspio-http = { version = \""));
}

#[test]
fn an_oauth2_scheme_has_an_absolute_token_endpoint_and_the_required_scopes() {
    let folder = folder("security: [{ application: [read] }]");
    let library = read(&created(&folder, "things", &[]), "src/lib.rs");
    assert!(!library.contains("TOKEN_URL"), "{library}");
    for expected in [
        "Some(\"https://things.example/token\")",
        "scopes: &[\"read\"]",
    ] {
        assert!(library.contains(expected), "{expected}: {library}");
    }
}

#[test]
fn a_token_endpoint_that_cannot_be_used_is_a_variable_of_the_crate() {
    for unusable in [
        "http://things.example/token",
        "https://{tenant}.example/token",
        "https://things.example/token?a=b",
    ] {
        let folder = folder("security: [{ application: [read] }]");
        let file = folder.path().join("things.yaml");
        let document = fs::read_to_string(&file).unwrap();
        let named = format!("tokenUrl: \"{unusable}\"");
        fs::write(&file, document.replace("tokenUrl: /token", &named)).unwrap();
        let path = created(&folder, "things", &[]);
        let library = read(&path, "src/lib.rs");
        assert!(library.contains("token_url: None"), "{library}");
        for text in [library, read(&path, "README.md")] {
            assert!(text.contains("| `THINGS_TOKEN_URL` | the token"), "{text}");
        }
    }
}

#[test]
fn a_failure_says_why_and_leaves_nothing() {
    let folder = folder("");
    fs::write(folder.path().join("broken.yaml"), "openapi: 3.0.0\ninfo: [").unwrap();
    created(&folder, "things", &[]);
    for (arguments, expected) in [
        (["things", "--from", "things.yaml"], "things exists already"),
        (
            ["Things", "--from", "things.yaml"],
            "cannot be the name of a crate",
        ),
        (["other", "--from", "missing.yaml"], "missing.yaml"),
        (["other", "--from", "broken.yaml"], "not valid YAML"),
    ] {
        let output = new(&folder, &arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && error.contains(expected),
            "{error}"
        );
    }
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort_unstable();
    assert_eq!(files, ["broken.yaml", "things", "things.yaml"]);
}

#[test]
fn the_settings_of_servers_and_their_variables_are_listed() {
    let folder = folder("");
    let document = folder.path().join("things.yaml");
    let text = fs::read_to_string(&document).unwrap();
    let main = r#"servers: [{ url: "https://{tenant}.things.example/{region}", variables: { tenant: { default: your-tenant }, region: { default: eu, enum: [eu, us] } } }]"#;
    let text = text.replace(r#"servers: [{ url: "https://things.example/v1" }]"#, main);
    let upload = r#"servers: [{ url: "https://upload.example" }]"#;
    let text = text.replace("deleteThing\n", &format!("deleteThing\n      {upload}\n"));
    fs::write(&document, text).unwrap();
    let runtime = crates();
    let path = created(
        &folder,
        "things",
        &["--runtime-path", runtime.to_str().unwrap()],
    );
    let (library, readme) = (read(&path, "src/lib.rs"), read(&path, "README.md"));
    for line in [
        "| `THINGS_TENANT` | `tenant` in the address of the API |",
        "| `THINGS_REGION` | `region` in the address of the API: eu, us; eu by default |",
        "| `THINGS_BASE_URL` | another address of the API (optional) |",
        "| `THINGS_UPLOAD_URL` | another address of the server `upload`, by default \
         https://upload.example (optional) |",
    ] {
        assert!(readme.contains(line), "{line}: {readme}");
        assert!(
            library.contains(&format!("/// {line}")),
            "{line}: {library}"
        );
    }
    for constant in [
        r#"BASE_URL: Option<&'static str> = Some("https://{tenant}.things.example/{region}");"#,
        "SERVERS: &'static [perspio_http::Server] = generated::SERVERS;",
        r#"setting: "TENANT","#,
    ] {
        assert!(library.contains(constant), "{constant}: {library}");
    }
}
