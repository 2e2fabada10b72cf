//! The command `diff`: its three formats and its exit codes.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const OLD: &str = include_str!("diff/old.yaml");
const NEW: &str = include_str!("diff/new.yaml");

/// A folder with the two documents, of which `diff` is called.
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
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-perspio-codegen"));
        command
            .args(["diff", "--released", "0.1.4"])
            .args(arguments)
            .current_dir(self.path());
        command.output().unwrap()
    }
}

/// What was printed; the call must have worked.
fn printed(output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What was told; the call must have failed with this code.
fn told_with(code: i32, output: &Output) -> String {
    assert_eq!(output.status.code(), Some(code));
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What was told of what could not be compared.
fn told(output: &Output) -> String {
    told_with(2, output)
}

#[test]
fn the_text_says_what_changed_where_and_what_breaks() {
    insta::assert_snapshot!(printed(&Folder::new().diff(&["old.yaml", "new.yaml"])));
}

#[test]
fn the_markdown_is_the_entry_of_a_changelog() {
    let output = Folder::new().diff(&["old.yaml", "new.yaml", "--format", "markdown"]);
    insta::assert_snapshot!(printed(&output));
}

#[test]
fn the_json_holds_everything() {
    let output = Folder::new().diff(&["old.yaml", "new.yaml", "--format", "json"]);
    let text = printed(&output);
    insta::assert_snapshot!(text);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["breaking"], true);
    assert_eq!(value["version"]["step"], "minor");
}

#[test]
fn the_exit_code_is_1_only_for_what_breaks_and_only_if_asked() {
    let folder = Folder::new();
    let output = folder.diff(&["old.yaml", "new.yaml", "--fail-on", "breaking"]);
    assert!(told_with(1, &output).contains("break programs that use the client"));
    // The outcome is printed all the same.
    assert!(String::from_utf8_lossy(&output.stdout).contains("BREAKING"));
    // Whoever asks must not take a document that is missing for one that breaks.
    told(&folder.diff(&["old.yaml", "none.yaml", "--fail-on", "breaking"]));
    folder.write(
        "wider.yaml",
        &OLD.replace("[small, large]", "[small, large, huge]"),
    );
    let output = folder.diff(&["old.yaml", "wider.yaml", "--fail-on", "breaking"]);
    let text = printed(&output);
    assert!(
        text.contains("1 change, 0 of them breaking") && text.contains("(patch)"),
        "{text}"
    );
    let text = printed(&folder.diff(&["old.yaml", "old.yaml", "--fail-on", "breaking"]));
    assert_eq!(text, "Nothing changed.\nVersion: no new one is needed.\n");
}

#[test]
fn what_git_holds_is_compared_with_the_file_of_now() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap();
    if !root.join(".git").exists() {
        return;
    }
    let file = root.join("spec/dispogas.yaml");
    let file = file.to_str().unwrap();
    printed(&Folder::new().diff(&["HEAD:spec/dispogas.yaml", file]));
    let output = Folder::new().diff(&["HEAD:spec/nothing.yaml", file]);
    assert!(told(&output).contains("git has no HEAD:spec/nothing.yaml"));
}

#[test]
fn what_cannot_be_compared_is_told_with_what_to_do() {
    let folder = Folder::new();
    let version = OLD.replace("openapi: 3.0.3", "openapi: 3.1.0");
    let nothing = OLD.replace("#/components/schemas/Tool\"", "#/components/schemas/Toll\"");
    let without = OLD.replace("      operationId: tools_list\n", "");
    let cases = [
        ("3.1.0", version, "`import bad.yaml --into"),
        (
            "a reference",
            nothing,
            "paths./tools.get.responses.200.content.application/json.schema: `$ref`",
        ),
        ("no id", without, "paths./tools.get: operationId is missing"),
        ("no YAML", "a: [".to_owned(), "not valid YAML"),
        ("a list", "[1]".to_owned(), "the document is no object"),
    ];
    for (name, text, expected) in cases {
        folder.write("bad.yaml", &text);
        for order in [["bad.yaml", "old.yaml"], ["old.yaml", "bad.yaml"]] {
            let error = told(&folder.diff(&order));
            assert!(
                error.contains("bad.yaml") && error.contains(expected),
                "{name}: {error}"
            );
            assert!(!error.contains("panicked"), "{error}");
        }
    }
    for name in ["none.yaml", "-x:none.yaml", ":none.yaml", "HEAD:"] {
        let error = told(&folder.diff(&["old.yaml", "--", name][..]));
        assert!(error.contains(name), "{error}");
    }
}
