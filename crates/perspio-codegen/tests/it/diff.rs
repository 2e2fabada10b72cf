//! The command `diff`: its formats, its exit codes, and documents that are imported.

mod locations;
mod reports;

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const OLD: &str = include_str!("diff/old.yaml");
const NEW: &str = include_str!("diff/new.yaml");

/// A folder with the two documents, in which `diff` runs.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(TempDir::new().unwrap());
        folder.write("old.yaml", OLD);
        folder.write("new.yaml", NEW);
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    fn diff(&self, arguments: &[&str]) -> Output {
        diff_in(self.path(), arguments)
    }
}

fn diff_in(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-perspio-codegen"));
    command
        .args(["diff", "--released", "0.1.4"])
        .args(arguments)
        .current_dir(folder);
    command.output().unwrap()
}

/// The standard output of a call that must succeed.
fn stdout(output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The error of a call that must fail with this code.
fn error_with(code: i32, output: &Output) -> String {
    assert_eq!(output.status.code(), Some(code));
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The error of a comparison that is not possible.
fn error(output: &Output) -> String {
    error_with(2, output)
}

#[test]
fn the_text_lists_changes_with_locations_and_rules() {
    insta::assert_snapshot!(stdout(&Folder::new().diff(&["old.yaml", "new.yaml"])));
}

#[test]
fn the_markdown_is_the_entry_for_a_changelog() {
    let output = Folder::new().diff(&["old.yaml", "new.yaml", "--format", "markdown"]);
    insta::assert_snapshot!(stdout(&output));
}

#[test]
fn the_json_contains_everything() {
    let output = Folder::new().diff(&["old.yaml", "new.yaml", "--format", "json"]);
    let text = stdout(&output);
    insta::assert_snapshot!(text);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["breaking"], true);
    assert_eq!(value["version"]["step"], "minor");
}

#[test]
fn the_exit_code_is_1_only_for_breaking_changes_with_fail_on() {
    let folder = Folder::new();
    let output = folder.diff(&["old.yaml", "new.yaml", "--fail-on", "breaking"]);
    assert!(error_with(1, &output).contains("break programs that use the client"));
    // The result is printed nevertheless.
    assert!(String::from_utf8_lossy(&output.stdout).contains("BREAKING"));
    // A missing document is distinguishable from a breaking change.
    error(&folder.diff(&["old.yaml", "none.yaml", "--fail-on", "breaking"]));
    folder.write(
        "wider.yaml",
        &OLD.replace("[small, large]", "[small, large, huge]"),
    );
    let output = folder.diff(&["old.yaml", "wider.yaml", "--fail-on", "breaking"]);
    let text = stdout(&output);
    assert!(
        text.contains("1 change, 0 of them breaking") && text.contains("(patch)"),
        "{text}"
    );
    let output = folder.diff(&["old.yaml", "wider.yaml", "--fail-on", "warning"]);
    assert!(error_with(1, &output).contains("a change may break programs"));
    let text = stdout(&folder.diff(&["old.yaml", "old.yaml", "--fail-on", "breaking"]));
    assert_eq!(text, "Nothing changed.\nVersion: no new one is needed.\n");
}

#[test]
fn the_annotations_name_the_file_the_line_and_the_rule() {
    let output = Folder::new().diff(&["old.yaml", "new.yaml", "--format", "github"]);
    insta::assert_snapshot!(stdout(&output));
}

#[test]
fn ignored_changes_do_not_fail_the_command_and_expired_entries_are_listed() {
    let folder = Folder::new();
    let compare = |format| {
        let arguments = ["old.yaml", "new.yaml", "--ignore", "ignore.yaml"];
        folder.diff(
            &[
                &arguments[..],
                &["--fail-on", "breaking", "--format", format],
            ]
            .concat(),
        )
    };
    let entries = [
        "{rule: operation-removed, location: \"DELETE /tools/{id}\", reason: Not called.}",
        "{rule: rust-field-type-changed, location: Tool.name, until: 9999-12-31, reason: Known.}",
        "{rule: rust-field-type-changed, location: Tool.weight, reason: Known.}",
        "{rule: became-required, location: \"GET /tools, parameter size\", until: 2020-01-01, reason: Known.}",
    ];
    let list = |entries: &[&str]| format!("- {}\n", entries.join("\n- "));
    folder.write("ignore.yaml", &list(&entries));
    let output = compare("text");
    assert!(error_with(1, &output).contains("a change breaks programs"));
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());

    let lasting = entries.map(|entry| entry.replace("2020-01-01", "9999-12-31"));
    folder.write(
        "ignore.yaml",
        &list(&lasting.each_ref().map(String::as_str)),
    );
    let value: serde_json::Value = serde_json::from_str(&stdout(&compare("json"))).unwrap();
    assert_eq!(
        (&value["breaking"], &value["fails"]),
        (&true.into(), &false.into())
    );
    // The API of the client changes all the same.
    assert_eq!(value["version"]["to"], "0.2.0");
    assert!(!stdout(&compare("github")).contains("::error"));

    folder.write(
        "ignore.yaml",
        "- {rule: became-required, location: Nowhere, reason: Known.}",
    );
    assert!(error(&compare("text")).contains("ignore.yaml: [0]: no change has the rule"));
}

/// A document of OpenAPI 3.1 without an `operationId`, with a schema in another file, and a
/// webhook of XML, which an import leaves out.
const VENDOR: &str = r#"
openapi: 3.1.0
info: { title: Tools, version: "1" }
paths:
  /tools:
    get:
      responses:
        "200":
          description: A tool.
          content: { application/json: { schema: { $ref: 'tool.yaml#/Tool' } } }
webhooks:
  made:
    post: { requestBody: { content: { text/xml: {} } }, responses: { "204": { description: Done. } } }
"#;

const TOOL: &str = "Tool: { type: object, properties: { name: { type: [string, 'null'] } } }\n";

#[test]
fn a_vendor_document_is_imported_in_memory() {
    let folder = Folder::new();
    folder.write("vendor.yaml", VENDOR);
    folder.write("later.yaml", &VENDOR.replace("/tools:", "/tools/all:"));
    folder.write("tool.yaml", TOOL);
    insta::assert_snapshot!(stdout(&folder.diff(&["vendor.yaml", "later.yaml"])));
    let text = stdout(&folder.diff(&["vendor.yaml", "later.yaml", "--format", "github"]));
    assert!(
        text.starts_with("::warning title=imported::vendor.yaml was imported"),
        "{text}"
    );
    let text = stdout(&folder.diff(&["vendor.yaml", "later.yaml", "--format", "markdown"]));
    let notice = |file: &str| format!("- `{file}` was imported in memory; 1 part left out\n");
    let notices = notice("vendor.yaml") + &notice("later.yaml");
    let begin = format!("## 0.2.0\n\n{notices}\n### Breaking\n");
    assert!(text.starts_with(&begin), "{text}");
    let text = stdout(&folder.diff(&["vendor.yaml", "vendor.yaml", "--format", "markdown"]));
    let same = notice("vendor.yaml").repeat(2);
    assert_eq!(text, format!("{same}\nNothing changed.\n"));
    let text = stdout(&folder.diff(&["vendor.yaml", "later.yaml", "--format", "json"]));
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["imported"][1]["document"], "later.yaml");
    // Nothing is written.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 5);
}

#[test]
fn a_document_of_openapi_3_0_is_imported_if_no_client_can_be_generated() {
    let folder = Folder::new();
    let cases = [
        ("a duplicate id", OLD.replace("tools_remove", "tools_list")),
        ("no id", OLD.replace("      operationId: tools_list\n", "")),
        (
            "no provenance",
            OLD.replace("      x-source: documented\n", ""),
        ),
    ];
    for (name, text) in cases {
        folder.write("vendor.yaml", &text);
        let text = stdout(&folder.diff(&["vendor.yaml", "new.yaml"]));
        let notice = "vendor.yaml was imported in memory; 0 parts left out\n";
        assert!(text.starts_with(notice), "{name}: {text}");
        assert!(!text.contains("new.yaml was imported"), "{name}: {text}");
        assert!(text.contains("[rust-field-added]"), "{name}: {text}");
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@b.test"];
    let mut command = Command::new("git");
    command.args(identity).args(arguments).current_dir(folder);
    assert!(command.output().unwrap().status.success(), "{arguments:?}");
}

#[test]
fn a_revision_of_git_is_imported_with_the_files_of_the_revision() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("spec")).unwrap();
    folder.write("spec/vendor.yaml", VENDOR);
    folder.write("spec/tool.yaml", TOOL);
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "."]);
    git(
        folder.path(),
        &["commit", "--quiet", "-m", "Add the documents"],
    );
    folder.write("spec/tool.yaml", &TOOL.replace("name:", "title:"));
    let text = stdout(&folder.diff(&["HEAD:spec/vendor.yaml", "spec/vendor.yaml"]));
    assert!(
        text.contains("HEAD:spec/vendor.yaml was imported in memory"),
        "{text}"
    );
    assert!(
        text.contains("Tool.title") && text.contains("[rust-field-removed]"),
        "{text}"
    );
    folder.write("spec/tool.yaml", TOOL);
    let outside = VENDOR.replace("tool.yaml", "../tool.yaml");
    folder.write("spec/vendor.yaml", &outside);
    git(
        folder.path(),
        &["commit", "--quiet", "-am", "Refer to another folder"],
    );
    let error = error(&folder.diff(&["HEAD:spec/vendor.yaml", "old.yaml"]));
    assert!(
        error.contains("HEAD:spec/vendor.yaml cannot be imported: "),
        "{error}"
    );
}

#[test]
fn a_file_of_a_revision_is_compared_with_the_file_on_disk() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap();
    if !root.join(".git").exists() {
        return;
    }
    let file = "spec/dispogas.yaml";
    stdout(&diff_in(root, &["HEAD:spec/dispogas.yaml", file]));
    let output = diff_in(root, &["HEAD:spec/nothing.yaml", file]);
    assert!(error(&output).contains("git has no HEAD:spec/nothing.yaml"));
}

#[test]
fn a_document_that_cannot_be_compared_is_an_error_with_its_cause() {
    let folder = Folder::new();
    let swagger = "swagger: \"2.0\"\ninfo: {}\npaths: {}\n".to_owned();
    let nothing = OLD.replace("#/components/schemas/Tool\"", "tools.yaml\"");
    let cases = [
        (
            "Swagger 2.0",
            swagger,
            "bad.yaml cannot be imported: this is Swagger 2.0",
        ),
        ("a missing file", nothing, "bad.yaml cannot be imported: "),
        ("no YAML", "a: [".to_owned(), "not valid YAML"),
        ("a list", "[1]".to_owned(), "not an OpenAPI document"),
    ];
    for (name, text, expected) in cases {
        folder.write("bad.yaml", &text);
        for order in [["bad.yaml", "old.yaml"], ["old.yaml", "bad.yaml"]] {
            let error = error(&folder.diff(&order));
            assert!(
                error.contains("bad.yaml") && error.contains(expected),
                "{name}: {error}"
            );
            assert!(!error.contains("panicked"), "{error}");
        }
    }
    for name in ["none.yaml", "-x:none.yaml", ":none.yaml", "HEAD:"] {
        let error = error(&folder.diff(&["old.yaml", "--", name][..]));
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn another_media_type_is_an_added_method_and_not_breaking() {
    let folder = Folder::new();
    let json = "application/json: { schema: { type: [string, \"null\"] } }";
    let document = |content: &str| {
        format!(
            "openapi: 3.1.0\ninfo: {{ title: A, version: \"1\" }}\npaths:\n  /a:\n    get:\n      \
             operationId: a\n      responses: {{ \"200\": {{ description: It., content: {{ {content} }} }} }}\n"
        )
    };
    folder.write("one.yaml", &document(json));
    folder.write("two.yaml", &document(&format!("{json}, text/csv: {{}}")));
    let added = stdout(&folder.diff(&["one.yaml", "two.yaml"]));
    let method = "client.a_as_text_csv() is new [rust-method-added]";
    assert!(
        added.contains(method) && added.contains("0 of them breaking"),
        "{added}"
    );
    let removed = stdout(&folder.diff(&["two.yaml", "one.yaml"]));
    assert!(
        removed.contains("BREAKING  changed   GET /a\n"),
        "{removed}"
    );
}
