//! Every kind of change, and its effects on the generated code.

mod cases;
mod ignore;
mod parts;
mod properties;
mod rules;

use cases::{CASES, Case};

use super::document::{Key, facts};
use super::rules as table;
use super::source::Source;
use super::version::{Step, Version};
use super::{Change, Difference, Finding, Kind, join};
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

/// `THINGS` with a text replaced.
fn with(old: &str, new: &str) -> String {
    assert_eq!(THINGS.matches(old).count(), 1, "{old}");
    THINGS.replace(old, new)
}

fn surface_text(source: &Source) -> String {
    source.surface.text("things", "things.yaml")
}

#[test]
fn each_kind_of_change_has_a_location_and_a_level() {
    let before = source(THINGS);
    for Case {
        old,
        new,
        expected,
        text,
    } in CASES
    {
        let after = source(&with(old, new));
        let difference = join::compare(&before, &after);
        let (kind, location, breaking) = expected;
        let Some(change) = difference
            .changes
            .iter()
            .find(|change| change.location == *location)
        else {
            panic!("{old} → {new}: {:#?}", difference.changes);
        };
        assert_eq!(
            (change.kind, change.is_breaking()),
            (*kind, *breaking),
            "{old} → {new}: {change:#?}"
        );
        let all = format!("{change:?}");
        assert!(all.contains(text), "{old} → {new}: {text} is not in {all}");
        // An effect is reported if and only if the text of the surface is different.
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
fn the_parts_of_an_added_or_removed_operation_belong_to_its_change() {
    let start = THINGS.find("  /plain:").unwrap();
    let end = THINGS.find("components:").unwrap();
    let less = format!("{}{}", &THINGS[..start], &THINGS[end..]);
    let (less, more) = (source(&less), source(THINGS));
    for (old, new, kind) in [(&less, &more, Kind::Added), (&more, &less, Kind::Removed)] {
        let difference = join::compare(old, new);
        let [change] = difference.changes.as_slice() else {
            panic!("{difference:#?}");
        };
        let is_removed = kind == Kind::Removed;
        assert_eq!((change.location.as_str(), change.kind), (PLAIN, kind));
        assert_eq!(change.is_breaking(), is_removed);
        assert_eq!((change.document.len(), difference.descriptions), (1, 0));
    }
}

#[test]
fn a_changed_description_is_counted_and_is_not_a_change() {
    let other = with("description: Done. }", "description: All done. }");
    let difference = join::compare(&source(THINGS), &source(&other));
    assert_eq!(
        difference,
        Difference {
            descriptions: 1,
            ..Difference::default()
        }
    );
}

#[test]
fn a_property_with_the_name_description_is_not_a_description() {
    let other = with(
        "        count:",
        "        description: { type: string }\n        count:",
    );
    let difference = join::compare(&source(THINGS), &source(&other));
    assert_eq!(difference.changes[0].location, "Thing.description");
}

#[test]
fn a_schema_whose_type_is_replaced_has_an_effect() {
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
        (change.location.as_str(), change.is_breaking()),
        ("AssetList", false)
    );
    assert!(
        change.rust[0].text.contains("written by hand"),
        "{change:#?}"
    );
}

#[test]
fn the_pointer_of_a_change_leads_to_its_part() {
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
            .location
            .starts_with("POST /things/{thingId}")
    );
}

#[test]
fn the_next_version_follows_the_rules_of_cargo() {
    let difference = |breaking: bool, kind: Kind| {
        let rule = if breaking {
            &table::RUST_TRAIT_REMOVED
        } else {
            &table::RUST_TRAIT_ADDED
        };
        let change = Change {
            location: String::new(),
            pointer: String::new(),
            kind,
            document: Vec::new(),
            protocol: Vec::new(),
            rust: vec![Finding::new(rule, kind, String::new())],
            line: None,
        };
        Difference {
            changes: vec![change],
            ..Difference::default()
        }
    };
    let descriptions = Difference {
        descriptions: 1,
        ..Difference::default()
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
        ("1.2.3", descriptions, Step::Patch, "1.2.4"),
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
fn parameters_with_the_same_name_are_distinguished_by_where_they_are_sent() {
    let document = parse(
        "paths: { /a: { get: { parameters: [{ name: id, in: path }, { name: id, in: query }, { name: q, in: query }] } } }",
        false,
    );
    let facts = facts(&document.unwrap(), &std::collections::BTreeMap::new());
    let locations: Vec<_> = facts.all.keys().map(Key::location).collect();
    let of = |name: &str| format!("GET /a, parameter {name}");
    for name in ["id (path)", "id (query)", "q"] {
        assert!(locations.contains(&of(name)), "{locations:?}");
    }
}
