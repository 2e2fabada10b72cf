//! Imports of documents with constructs that are difficult for the generator.

use serde_json::Value;

use super::super::normal;
use super::import;
use crate::generate::source_of_client;

/// Members that two parts define with different types, and recursive compositions, which the
/// generator inlines without end.
const COMPOSITIONS: &str = include_str!("inputs/compositions.json");
/// Statuses and media types in unusual forms, and bodies of requests that have none.
const BODIES: &str = include_str!("inputs/bodies.yaml");
/// Schemas, members and parameters with the names of items of Rust or of a client.
const NAMES: &str = include_str!("inputs/names.yaml");
/// Paths and parameters that collide.
const PATHS: &str = include_str!("inputs/paths.yaml");
/// Contradictory schemas, unusual enums, formats and types.
const SCHEMAS: &str = include_str!("inputs/schemas.yaml");
/// Constructs of `OpenAPI` 3.1 that 3.0 does not define.
const KEYWORDS: &str = include_str!("inputs/keywords.yaml");

/// The documents of this repository.
const REPOSITORY: [(&str, &str); 3] = [
    (
        "hard.yaml",
        include_str!("../../../../../tests/fixtures/hard.yaml"),
    ),
    (
        "perspiotalk.yaml",
        include_str!("../../../../../spec/perspiotalk.yaml"),
    ),
    (
        "dispogas.yaml",
        include_str!("../../../../../spec/dispogas.yaml"),
    ),
];

const ALL: [(&str, &str); 6] = [
    ("compositions.json", COMPOSITIONS),
    ("bodies.yaml", BODIES),
    ("names.yaml", NAMES),
    ("paths.yaml", PATHS),
    ("schemas.yaml", SCHEMAS),
    ("keywords.yaml", KEYWORDS),
];

fn imported(text: &str) -> Value {
    import(&[("a.yaml", text)], None).unwrap().0
}

#[test]
fn a_second_import_changes_neither_the_document_nor_the_client() {
    for (name, text) in ALL.into_iter().chain(REPOSITORY) {
        let document = imported(text);
        let text = normal::yaml(&document).unwrap();
        let again = imported(&text);
        assert_eq!(normal::yaml(&again).unwrap(), text, "{name}");
        let source = source_of_client(&document).unwrap();
        assert_eq!(source_of_client(&again).unwrap(), source, "{name}");
    }
}

#[test]
fn a_schema_that_would_shadow_the_prelude_is_renamed() {
    let document = imported(NAMES);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in ["Box", "Default", "Option", "Result", "String", "Vec"] {
        assert!(!schemas.contains_key(name), "{name}");
        assert!(schemas.contains_key(&format!("{name}Schema")), "{name}");
    }
}

#[test]
fn options_and_trace_are_called_with_their_methods() {
    let source = source_of_client(&imported(PATHS)).unwrap();
    for method in ["OPTIONS", "TRACE"] {
        assert!(
            source.contains(&format!("method: \"{method}\"")),
            "{source}"
        );
    }
}
