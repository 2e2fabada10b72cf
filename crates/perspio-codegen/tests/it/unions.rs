//! Clients of documents with unions, enums and numbers that other generators handle wrongly.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// Imports a document twice and generates its client. Returns the client without line breaks.
fn client_of(document: &str) -> String {
    let root = TempDir::new().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-perspio-codegen"));
        let output = command.args(arguments).current_dir(&root).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{output:?}");
        text
    };
    let write = |name: &str, text: &str| fs::write(root.path().join(name), text).unwrap();
    write("in.yaml", document);
    let first = run(&["import", "in.yaml", "--into", "api.yaml"]);
    assert!(!first.contains("left out"), "{first}");
    let again = run(&["import", "api.yaml", "--into", "again.yaml"]);
    assert!(!again.contains("left out"), "{again}");
    let text = |name: &str| fs::read_to_string(Path::new(root.path()).join(name)).unwrap();
    assert_eq!(text("api.yaml"), text("again.yaml"));
    let config = "clients: [{ name: api, document: api.yaml, outputs: { client: api.rs } }]";
    write("codegen.yaml", config);
    run(&["generate"]);
    let words: Vec<_> = text("api.rs")
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    words.join(" ")
}

/// Checks that the client of a document contains each text.
fn check(document: &str, expected: &[&str]) {
    let client = client_of(document);
    for text in expected {
        assert!(client.contains(text), "{text}");
    }
}

#[test]
fn a_recursive_union_is_decoded_by_its_tag() {
    check(
        include_str!("reports/recursive_union.yaml"),
        &[
            "impl<'de> serde::Deserialize<'de> for Node",
            r#"("type", Shape::Constants(&[Constant::String("SLICE")]))"#,
        ],
    );
}

#[test]
fn constants_of_every_type_are_tags() {
    check(
        include_str!("reports/boolean_tags.yaml"),
        &[
            r#"("ok", Shape::Constants(&[Constant::Boolean(true)]))"#,
            r#"("ok", Shape::Constants(&[Constant::Boolean(false)]))"#,
            r#"("type", Shape::Constants(&[Constant::Integer(1)]))"#,
            r#"("type", Shape::Constants(&[Constant::Integer(3)]))"#,
        ],
    );
}

#[test]
fn a_union_of_constants_is_a_documented_enum() {
    check(
        include_str!("reports/enum_with_descriptions.yaml"),
        &[
            r#"/// Quiet. #[serde(rename = "low")] Low"#,
            "pub enum Level { /// `LevelKnown` LevelKnown(LevelKnown), /// `String` String(String), }",
        ],
    );
}

#[test]
fn the_children_of_a_parent_with_a_discriminator_are_variants() {
    check(
        include_str!("reports/discriminator_on_parent.yaml"),
        &[
            "pub enum Pet { /// `Cat` Cat(Cat), /// `Dog` Dog(Dog), /// `Other`",
            r#"("kind", Shape::Constants(&[Constant::String("dog")]))"#,
        ],
    );
}

#[test]
fn unions_without_a_tag_are_decoded_by_their_members() {
    check(
        include_str!("reports/unions.yaml"),
        &[
            r#"required: &[("a", Shape::String), ("b", Shape::Integer)]"#,
            "pub enum MsgStop { /// `String` String(String), /// `StringList` StringList(Vec<String>)",
        ],
    );
}

#[test]
fn numbers_have_types_that_hold_every_value() {
    check(
        include_str!("reports/numbers.yaml"),
        &[
            "pub large: Option<u64>",
            "pub u64: Option<u64>",
            "pub plain: Option<i64>",
            "pub unix: Option<i64>",
            "pub dec: Option<f64>",
            "pub bad: Option<i64>",
        ],
    );
}
