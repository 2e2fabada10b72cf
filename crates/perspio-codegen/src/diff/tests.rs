//! Every kind of change, and what it does to the generated code.

mod cases;
mod properties;

use cases::{CASES, Case};

use super::document::{Key, facts};
use super::source::Source;
use super::version::{Step, Version};
use super::{Change, Difference, Effect, Kind, join};
use crate::config::{Client, Config};
use crate::load::parse;

const PLAIN: &str = "PUT /plain";
const THINGS: &str = include_str!("../surface/tests/things.yaml");

fn source_of(text: &str, client: &Client) -> Source {
    Source::new(parse(text, false).unwrap(), client).unwrap()
}

fn source(text: &str) -> Source {
    source_of(text, &Client::unconfigured())
}

/// `THINGS` with one text in place of another.
fn with(old: &str, new: &str) -> String {
    assert_eq!(THINGS.matches(old).count(), 1, "{old}");
    THINGS.replace(old, new)
}

fn surface_text(source: &Source) -> String {
    source.surface.text("things", "things.yaml")
}

#[test]
fn every_kind_of_change_is_told_with_its_place_and_whether_it_breaks() {
    let before = source(THINGS);
    for Case {
        old,
        new,
        expected,
        said,
    } in CASES
    {
        let after = source(&with(old, new));
        let difference = join::compare(&before, &after);
        let (kind, place, breaking) = expected;
        let Some(change) = difference
            .changes
            .iter()
            .find(|change| change.place == *place)
        else {
            panic!("{old} → {new}: {:#?}", difference.changes);
        };
        assert_eq!(
            (change.kind, change.breaking),
            (*kind, *breaking),
            "{old} → {new}: {change:#?}"
        );
        let all = format!("{change:?}");
        assert!(all.contains(said), "{old} → {new}: {said} is not in {all}");
        // What the reviewer sees in the text is told, and the reverse.
        let rust = difference
            .changes
            .iter()
            .any(|change| !change.rust.is_empty());
        assert_eq!(
            rust,
            surface_text(&before) != surface_text(&after),
            "{old} → {new}: {change:#?}"
        );
        assert!(rust || difference.breaking() == 0);
    }
}

#[test]
fn a_new_operation_and_a_gone_one_take_their_parts_along() {
    let start = THINGS.find("  /plain:").unwrap();
    let end = THINGS.find("components:").unwrap();
    let less = format!("{}{}", &THINGS[..start], &THINGS[end..]);
    let (less, more) = (source(&less), source(THINGS));
    for (old, new, kind) in [(&less, &more, Kind::Added), (&more, &less, Kind::Removed)] {
        let Difference { changes, words } = join::compare(old, new);
        let [
            Change {
                place,
                kind: found,
                breaking,
                document,
                ..
            },
        ] = changes.as_slice()
        else {
            panic!("{changes:#?}");
        };
        assert_eq!(
            (place.as_str(), *found, *breaking),
            (PLAIN, kind, kind == Kind::Removed)
        );
        assert!(document.is_empty() && words == 0);
    }
}

#[test]
fn words_for_people_are_counted_and_no_change() {
    let other = with("description: Done. }", "description: All done. }");
    let difference = join::compare(&source(THINGS), &source(&other));
    assert_eq!(
        difference,
        Difference {
            changes: Vec::new(),
            words: 1
        }
    );
}

#[test]
fn a_member_that_is_called_description_is_no_word_for_people() {
    let other = with(
        "        count:",
        "        description: { type: string }\n        count:",
    );
    let difference = join::compare(&source(THINGS), &source(&other));
    assert_eq!(difference.changes[0].place, "Thing.description");
}

#[test]
fn a_schema_whose_type_is_written_by_hand_is_told_as_such() {
    let text = include_str!("../../../../spec/perspiotalk.yaml");
    let config = Config::read(&crate::testing::workspace().join("codegen.yaml")).unwrap();
    let list = "    AssetList:\n";
    let other = text.replace(list, &format!("{list}      minItems: 1\n"));
    assert_ne!(text, other);
    let [old, new] = [text, &other].map(|text| source_of(text, &config.clients[0]));
    let difference = join::compare(&old, &new);
    let [change] = difference.changes.as_slice() else {
        panic!("{difference:#?}");
    };
    assert_eq!(
        (change.place.as_str(), change.breaking),
        ("AssetList", false)
    );
    assert!(
        change.rust[0].text.contains("written by hand"),
        "{change:#?}"
    );
}

#[test]
fn the_place_of_an_operation_is_a_pointer_that_leads_there() {
    let other = with("name: pageSize, in: query,", "name: pageSize, in: header,");
    let (old, new) = (source(THINGS), source(&other));
    let difference = join::compare(&old, &new);
    let found = new
        .document
        .pointer(&difference.changes[0].pointer)
        .unwrap();
    assert_eq!(found["name"], "pageSize");
    assert!(
        difference.changes[0]
            .place
            .starts_with("POST /things/{thingId}")
    );
}

#[test]
fn the_version_goes_on_as_cargo_counts() {
    let difference = |breaking: bool, kind: Kind| Difference {
        changes: vec![Change {
            place: String::new(),
            pointer: String::new(),
            kind,
            breaking,
            document: Vec::new(),
            rust: vec![Effect {
                kind,
                breaking,
                text: String::new(),
            }],
        }],
        words: 0,
    };
    let words = Difference {
        changes: Vec::new(),
        words: 1,
    };
    let table = [
        (
            "0.1.4",
            difference(true, Kind::Removed),
            Step::Minor,
            "0.2.0",
        ),
        (
            "0.1.4",
            difference(false, Kind::Added),
            Step::Patch,
            "0.1.5",
        ),
        (
            "0.0.4",
            difference(true, Kind::Removed),
            Step::Patch,
            "0.0.5",
        ),
        (
            "1.2.3",
            difference(true, Kind::Changed),
            Step::Major,
            "2.0.0",
        ),
        (
            "1.2.3",
            difference(false, Kind::Added),
            Step::Minor,
            "1.3.0",
        ),
        (
            "1.2.3",
            difference(false, Kind::Changed),
            Step::Patch,
            "1.2.4",
        ),
        ("1.2.3", words, Step::Patch, "1.2.4"),
        ("1.2.3", Difference::default(), Step::None, "1.2.3"),
    ];
    for (now, difference, step, after) in table {
        let now = Version::parse(now).unwrap();
        assert_eq!(now.step(&difference), step, "{now} {difference:?}");
        assert_eq!(now.after(step).to_string(), after);
    }
    for wrong in ["1.2", "1.2.3.4", "1.2.3-rc.1", "v1.2.3", ""] {
        assert!(Version::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn two_parameters_of_one_name_are_two() {
    let document = parse(
        "paths: { /a: { get: { parameters: [{ name: id, in: path }, { name: id, in: query }, { name: q, in: query }] } } }",
        false,
    );
    let facts = facts(&document.unwrap(), &std::collections::BTreeMap::new());
    let places: Vec<_> = facts.all.keys().map(Key::place).collect();
    let of = |name: &str| format!("GET /a, parameter {name}");
    for name in ["id (path)", "id (query)", "q"] {
        assert!(places.contains(&of(name)), "{places:?}");
    }
}
