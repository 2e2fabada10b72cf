//! Documents that broke something once, each with what is hard in it.

use serde_json::Value;

use super::super::normal;
use super::import;
use crate::generate::source_of_client;

/// Members that two parts give different types, and parts that lead back to
/// the whole, which the generator copies without end.
const COMPOSITIONS: &str = include_str!("inputs/compositions.json");
/// Statuses of all kinds, media types in odd writings, bodies where none belong.
const BODIES: &str = include_str!("inputs/bodies.yaml");
/// Schemas, members and parameters that are called as what Rust or a client has.
const NAMES: &str = include_str!("inputs/names.yaml");
/// Paths and parameters that stand in the way of each other.
const PATHS: &str = include_str!("inputs/paths.yaml");
/// Schemas that contradict themselves, odd enums, formats and types.
const SCHEMAS: &str = include_str!("inputs/schemas.yaml");
/// What 3.1 has and 3.0 has not.
const WORDS: &str = include_str!("inputs/words.yaml");

/// What all of this repository's documents are made of, and what they become.
const OURS: [(&str, &str); 3] = [
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
    ("words.yaml", WORDS),
];

fn imported(text: &str) -> Value {
    import(&[("a.yaml", text)], None).unwrap().0
}

#[test]
fn each_is_imported_and_its_output_stays_and_gives_the_same_client_twice() {
    for (name, text) in ALL.into_iter().chain(OURS) {
        let document = imported(text);
        let text = normal::yaml(&document).unwrap();
        let again = imported(&text);
        assert_eq!(normal::yaml(&again).unwrap(), text, "{name}");
        let source = source_of_client(&document).unwrap();
        assert_eq!(source_of_client(&again).unwrap(), source, "{name}");
    }
}

#[test]
fn a_schema_that_would_hide_the_prelude_is_renamed() {
    let document = imported(NAMES);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in ["Box", "Default", "Option", "Result", "String", "Vec"] {
        assert!(!schemas.contains_key(name), "{name}");
        assert!(schemas.contains_key(&format!("{name}Schema")), "{name}");
    }
}

#[test]
fn options_and_trace_keep_their_methods() {
    let source = source_of_client(&imported(PATHS)).unwrap();
    for method in ["OPTIONS", "TRACE"] {
        assert!(
            source.contains(&format!("method: \"{method}\"")),
            "{source}"
        );
    }
}

#[test]
fn a_success_behind_2xx_does_not_take_the_operation_out() {
    let document = imported(
        r"
openapi: 3.0.0
info: { title: a, version: '1' }
paths:
  /a:
    get:
      responses:
        '200': { description: Done., content: { application/json: { schema: { type: boolean } } } }
        '202': { description: Later., content: { application/json: { schema: { type: integer } } } }
        default: { description: No., content: { application/json: { schema: { type: string } } } }
",
    );
    let responses = &document["paths"]["/a"]["get"]["responses"];
    let told = responses["2XX"]["description"].as_str().unwrap();
    assert!(told.contains("202: Later."), "{responses}");
}
