//! The locations of changes of documents that are imported in memory.

use tempfile::TempDir;

use super::{diff_in, stdout};

const BASE: &str = include_str!("reports/base.yaml");

/// The text of the comparison of `BASE` with a document that has other texts instead of some.
fn compare(replacements: &[(&str, &str)]) -> String {
    compare_with(BASE, replacements)
}

fn compare_with(old_document: &str, replacements: &[(&str, &str)]) -> String {
    let mut new = old_document.to_owned();
    for (old, text) in replacements {
        assert!(new.contains(old), "{old}");
        new = new.replacen(old, text, 1);
    }
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("old.yaml"), old_document).unwrap();
    std::fs::write(folder.path().join("new.yaml"), new).unwrap();
    stdout(&diff_in(folder.path(), &["old.yaml", "new.yaml"]))
}

/// The lines with locations: those of changes, without their indentation.
fn locations(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| {
        let mut words = line.split_whitespace();
        let kind = words.find(|word| !["BREAKING", "WARNING"].contains(word));
        let is_change = kind.is_some_and(|kind| ["added", "removed", "changed"].contains(&kind));
        is_change && !line.starts_with("                      ")
    });
    let words = lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    words.collect()
}

#[test]
fn a_schema_that_is_not_used_any_more_is_not_removed() {
    let problem =
        ", content: { application/json: { schema: { $ref: \"#/components/schemas/Problem\" } } }";
    let text = compare(&[(problem, "")]);
    assert_eq!(
        locations(&text),
        [
            "changed GET /things/{id}, response 404",
            "BREAKING changed Problem"
        ]
    );
    let reason = "types::Problem is removed: no operation refers to the schema (breaks)";
    assert!(text.contains(reason), "{text}");
}

#[test]
fn an_enum_of_a_property_is_reported_at_the_property() {
    let text = compare(&[("enum: [new, old]", "enum: [new, old, lost]")]);
    assert_eq!(locations(&text), ["WARNING changed Thing.state"]);
    let text = compare(&[(
        "sort: { type: string }",
        "sort: { type: string, enum: [a, b] }",
    )]);
    assert_eq!(locations(&text), ["BREAKING changed NewThing.sort"]);
    assert!(text.contains("[rust-field-type-changed]"), "{text}");
}

#[test]
fn a_wrapped_part_of_an_all_of_keeps_the_locations_of_its_members() {
    let object = "{ type: object, properties: { title: { type: string } } }";
    let wrapped =
        "{ allOf: [ { type: object, properties: { title: { type: string, maxLength: 5 } } } ] }";
    let text = compare(&[(object, wrapped)]);
    assert_eq!(locations(&text), ["changed Problem.title"]);
    // The pointer leads to the nearest part that the document has.
    assert!(text.contains("at #/components/schemas/Problem\n"), "{text}");
}

#[test]
fn another_order_of_described_parameters_is_no_change() {
    let kind =
        "        - { name: kind, in: query, description: Its kind., schema: { type: string } }\n";
    let size = "        - { name: size, in: query, schema: { type: integer, default: 10 } }\n";
    let described = BASE.replace(
        "{ name: kind, in: query, ",
        "{ name: kind, in: query, description: Its kind., ",
    );
    let last = format!("{size}{kind}");
    let text = compare_with(&described, &[(kind, ""), (size, &last)]);
    assert!(
        text.contains("\nNothing changed.\nVersion: no new one"),
        "{text}"
    );
    let other = last.replace("Its kind.", "Its type.");
    let text = compare_with(&described, &[(kind, ""), (size, &other)]);
    assert!(
        text.contains("Descriptions changed at 1 location."),
        "{text}"
    );
}

#[test]
fn an_operation_moves_with_a_change_of_its_enum() {
    let text = compare(&[
        ("  /things/{id}:", "  /v2/things/{id}:"),
        ("enum: [x, y]", "enum: [x, y, z]"),
    ]);
    assert_eq!(
        locations(&text),
        [
            "changed GET /v2/things/{id}",
            "BREAKING changed GET /v2/things/{id}, parameter mode",
            "changed PUT /v2/things/{id}",
        ]
    );
}
