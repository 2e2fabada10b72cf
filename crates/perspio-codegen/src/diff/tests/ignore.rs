//! The file of ignored changes.

use std::path::Path;

use super::{THINGS, source, with};
use crate::diff::day::Day;
use crate::diff::ignore::{apply, read};
use crate::diff::{Change, Difference, join};

fn today() -> Day {
    Day::parse("2026-11-30").unwrap()
}

/// The changes of a document that removes `Thing.count` and shortens `Thing.name`.
fn difference() -> Difference {
    let removed = with("        count: { type: integer, default: 5 }\n", "");
    let new = removed.replace("maxLength: 20", "maxLength: 10");
    join::compare(&source(THINGS), &source(&new))
}

/// Applies the text of a file to the changes.
fn ignoring(text: &str) -> Result<Difference, String> {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("ignore.yaml");
    std::fs::write(&file, text).unwrap();
    let mut difference = difference();
    let outcome = read(&file)
        .and_then(|entries| apply(&mut difference, &entries, Path::new("ignore.yaml"), today()));
    match outcome {
        Ok(()) => Ok(difference),
        Err(error) => Err(format!("{error:#}")),
    }
}

/// The locations of the changes that fail the command.
fn failing(difference: &Difference) -> Vec<&str> {
    let failing = difference.changes.iter().filter(|change| change.fails());
    failing.map(|change| change.location.as_str()).collect()
}

fn change<'a>(difference: &'a Difference, location: &str) -> &'a Change {
    let mut changes = difference.changes.iter();
    changes.find(|change| change.location == location).unwrap()
}

#[test]
fn an_ignored_rule_of_the_code_does_not_fail_the_command() {
    assert_eq!(failing(&difference()), ["Thing.count", "Thing.name"]);
    let text = "- {rule: rust-field-removed, location: Thing.count, reason: Not read.}";
    let difference = ignoring(text).unwrap();
    assert_eq!(failing(&difference), ["Thing.name"]);
    let count = change(&difference, "Thing.count");
    assert!(count.is_ignored() && count.is_breaking());
    assert_eq!(count.document[0].ignored, None);
    assert_eq!(count.rust[0].ignored.as_deref(), Some("Not read."));
}

#[test]
fn an_ignored_rule_of_the_document_includes_its_effects_on_the_code() {
    let text = "- {rule: property-removed, location: Thing.count, reason: Not read.}";
    let difference = ignoring(text).unwrap();
    let count = change(&difference, "Thing.count");
    assert!(count.is_ignored() && count.findings().all(|finding| finding.ignored.is_some()));
}

#[test]
fn effects_are_not_ignored_if_another_change_of_the_document_remains() {
    let new = with(
        "type: string, maxLength: 20",
        "type: string, maxLength: 10, nullable: true",
    );
    let mut difference = join::compare(&source(THINGS), &source(&new));
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("ignore.yaml");
    let text = "- {rule: became-nullable, location: Thing.name, reason: Never null.}";
    std::fs::write(&file, text).unwrap();
    apply(&mut difference, &read(&file).unwrap(), &file, today()).unwrap();
    assert_eq!(failing(&difference), ["Thing.name"]);
}

#[test]
fn an_entry_applies_up_to_and_including_its_last_day() {
    let entry = "- {rule: rust-field-removed, location: Thing.count, reason: Not read.";
    let last_day = ignoring(&format!("{entry}, until: 2026-11-30}}")).unwrap();
    assert_eq!(failing(&last_day), ["Thing.name"]);
    assert!(last_day.expired.is_empty());
    let expired = ignoring(&format!("{entry}, until: 2026-11-29}}")).unwrap();
    assert_eq!(failing(&expired), ["Thing.count", "Thing.name"]);
    assert_eq!(
        expired.expired,
        [
            "ignore.yaml: [0]: rust-field-removed at Thing.count expired on 2026-11-29 and is not ignored"
        ]
    );
}

#[test]
fn an_invalid_entry_is_an_error_with_its_location() {
    let cases = [
        (
            "- {rule: field-lost, location: A, reason: B.}",
            "[0].rule: there is no rule field-lost",
        ),
        (
            "- {rule: type-changed, location: A}",
            "missing field `reason`",
        ),
        (
            "- {rule: type-changed, location: A, reason: ' '}",
            "[0].reason: is empty",
        ),
        (
            "- {rule: type-changed, location: A, reason: B., untill: 2027-01-01}",
            "[0]",
        ),
        (
            "- {rule: type-changed, location: A, reason: B., until: 2026-02-30}",
            "[0].until: 2026-02-30 is not a date",
        ),
        (
            "- {rule: type-changed, location: A, reason: B., until: 20270101}",
            "[0].until",
        ),
        (
            "- {rule: rust-field-removed, location: Thing.name, reason: B.}",
            "[0]: no change has the rule rust-field-removed at Thing.name",
        ),
        ("rule: type-changed", "expected a sequence"),
    ];
    for (text, expected) in cases {
        let error = ignoring(text).unwrap_err();
        assert!(
            error.contains(expected) && error.contains("ignore.yaml"),
            "{text}: {error}"
        );
    }
}
