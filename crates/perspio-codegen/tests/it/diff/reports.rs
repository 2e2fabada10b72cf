//! One change of a document each: its rules, levels and locations, in both directions.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::{diff_in, stdout};

/// A rule, its level and its location.
type Row = (&'static str, &'static str, &'static str);

const NEW_THING: &str = "NewThing";
const NAME: &str = "NewThing.name";
const RANK: &str = "NewThing.rank";
const TAGS: &str = "NewThing.tags";
const SCORE: &str = "Thing.score";
const BODY: &str = "PUT /things/{id}, body";
const IDS: &str = "GET /things/{id}, parameter ids";
const KIND: &str = "GET /things/{id}, parameter kind";
const MODE: &str = "GET /things/{id}, parameter mode";
const SIZE: &str = "GET /things/{id}, parameter size";

const TIGHTENED: &str = "protocol-request-tightened";
const RELAXED: &str = "protocol-request-relaxed";

const B: &str = "breaking";
const W: &str = "warning";
const I: &str = "info";

/// A file, the expected findings from `base.yaml` to it, and those back.
const TABLE: &[(&str, &[Row], &[Row])] = &[
    (
        "addprops_false",
        &[
            ("additional-properties-changed", I, NEW_THING),
            (TIGHTENED, B, NEW_THING),
        ],
        &[
            ("additional-properties-changed", I, NEW_THING),
            (RELAXED, I, NEW_THING),
        ],
    ),
    ("allof_flat", &[], &[]),
    ("base", &[], &[]),
    (
        "body_maxitems",
        &[("constraint-changed", I, TAGS), (TIGHTENED, B, TAGS)],
        &[("constraint-changed", I, TAGS), (RELAXED, I, TAGS)],
    ),
    (
        "body_optional",
        &[("became-optional", I, BODY), (RELAXED, I, BODY)],
        &[("became-required", I, BODY), (TIGHTENED, B, BODY)],
    ),
    (
        "default",
        &[
            ("default-changed", I, SIZE),
            ("protocol-request-default-changed", W, SIZE),
        ],
        &[
            ("default-changed", I, SIZE),
            ("protocol-request-default-changed", W, SIZE),
        ],
    ),
    (
        "max_down",
        &[("constraint-changed", I, RANK), (TIGHTENED, B, RANK)],
        &[("constraint-changed", I, RANK), (RELAXED, I, RANK)],
    ),
    (
        "max_unset",
        &[
            ("constraint-changed", I, SCORE),
            ("protocol-response-relaxed", W, SCORE),
        ],
        &[
            ("constraint-changed", I, SCORE),
            ("protocol-response-tightened", I, SCORE),
        ],
    ),
    (
        "maxitems",
        &[("constraint-changed", I, IDS), (TIGHTENED, B, IDS)],
        &[("constraint-changed", I, IDS), (RELAXED, I, IDS)],
    ),
    (
        "param_enum_removed",
        &[
            ("enum-value-removed", I, MODE),
            (TIGHTENED, B, MODE),
            ("rust-variant-removed", B, MODE),
        ],
        &[
            ("enum-value-added", I, MODE),
            (RELAXED, I, MODE),
            ("rust-variant-added", I, MODE),
        ],
    ),
    ("param_order", &[], &[]),
    (
        "param_string_to_enum",
        &[
            ("constraint-changed", I, KIND),
            (TIGHTENED, B, KIND),
            ("rust-setter-type-changed", B, KIND),
            ("rust-type-added", I, KIND),
            ("rust-type-added", I, KIND),
        ],
        &[
            ("constraint-changed", I, KIND),
            (RELAXED, I, KIND),
            ("rust-setter-type-changed", B, KIND),
            ("rust-type-removed", B, KIND),
            ("rust-type-removed", B, KIND),
        ],
    ),
    (
        "path_moved",
        &moved([
            "GET /v2/things/{id}",
            "GET /v2/things/{id}, parameter mode",
            "PUT /v2/things/{id}",
        ]),
        &moved(["GET /things/{id}", MODE, "PUT /things/{id}"]),
    ),
    (
        "pattern_req",
        &[("constraint-changed", I, NAME), (TIGHTENED, B, NAME)],
        &[("constraint-changed", I, NAME), (RELAXED, I, NAME)],
    ),
    (
        "unique",
        &[("constraint-changed", I, TAGS), (TIGHTENED, B, TAGS)],
        &[("constraint-changed", I, TAGS), (RELAXED, I, TAGS)],
    ),
];

/// Two operations that moved, one with an enum whose name contains the path.
const fn moved([get, mode, put]: [&'static str; 3]) -> [Row; 9] {
    [
        ("operation-moved", I, get),
        ("rust-request-line-changed", I, get),
        ("rust-variant-removed", B, mode),
        ("rust-variant-added", I, mode),
        ("rust-trait-removed", B, mode),
        ("rust-trait-added", I, mode),
        ("rust-type-renamed", B, mode),
        ("operation-moved", I, put),
        ("rust-request-line-changed", I, put),
    ]
}

/// Returns the rule, the level and the location of each finding.
fn findings(folder: &Path, old: &str, new: &str) -> Vec<(String, String, String)> {
    let output = stdout(&diff_in(folder, &[old, new, "--format", "json"]));
    let value: Value = serde_json::from_str(&output).unwrap();
    let descriptions = value.get("descriptions").and_then(Value::as_u64);
    assert_eq!(descriptions, Some(0), "{old} → {new}");
    let list =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_array).unwrap().clone();
    let text =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap().to_owned();
    let mut found = Vec::new();
    for change in list(&value, "changes") {
        for part in ["document", "protocol", "rust"] {
            for finding in list(&change, part) {
                let [rule, level] = ["rule", "level"].map(|name| text(&finding, name));
                found.push((rule, level, text(&change, "location")));
            }
        }
    }
    found
}

fn compare_all(folder: &Path) {
    for (file, there, back) in TABLE {
        let file = format!("{file}.yaml");
        for (old, new, expected) in [("base.yaml", &*file, there), (&*file, "base.yaml", back)] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(rule, level, at)| (rule.to_string(), level.to_string(), at.to_string()))
                .collect();
            assert_eq!(findings(folder, old, new), expected, "{old} → {new}");
        }
    }
}

fn inputs() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/diff/reports")
}

#[test]
fn each_change_has_its_rules_levels_and_location_in_both_directions() {
    let files = std::fs::read_dir(inputs()).unwrap().count();
    assert_eq!(files, TABLE.len());
    compare_all(&inputs());
}

#[test]
fn the_same_is_reported_of_documents_that_were_imported_before() {
    let folder = TempDir::new().unwrap();
    for (file, ..) in TABLE {
        let mut import = Command::new(env!("CARGO_BIN_EXE_cargo-perspio-codegen"));
        let file = format!("{file}.yaml");
        import.arg("import").arg(inputs().join(&file));
        import.arg("--into").arg(folder.path().join(&file));
        stdout(&import.output().unwrap());
    }
    compare_all(folder.path());
}
