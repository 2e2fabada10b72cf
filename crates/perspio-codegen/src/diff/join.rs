//! Joins the differences of the documents and their effects on the generated code.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value;

use super::document::{Facts, Key, Part, Route, facts, moved};
use super::leaves::leaves;
use super::rules::RUST_REPLACED_TYPE;
use super::rust::{Owner, effects};
use super::source::Source;
use super::{Change, Difference, Finding, Kind};
use crate::surface::Surface;

/// Returns the changes from one document and client to the next.
pub(crate) fn compare(old: &Source, new: &Source) -> Difference {
    let moved = moved(&old.document, &new.document);
    let before = facts(&old.document, &moved);
    let after = facts(&new.document, &BTreeMap::new());
    let mut changes = of_documents(&before, &after);
    let join = Join {
        old,
        new,
        before: &before,
        after: &after,
        moved: &moved,
    };
    let mut rust: BTreeMap<Key, Vec<Finding>> = BTreeMap::new();
    for (owner, effect) in effects(&old.surface, &new.surface) {
        let key = join.key(&owner, &changes);
        // The parts of an operation or a schema that is new or removed belong to its change.
        let whole = key.whole();
        let as_whole = changes
            .get(&whole)
            .is_some_and(|change| change.kind != Kind::Changed);
        rust.entry(if as_whole { whole } else { key })
            .or_default()
            .push(effect);
    }
    for (key, effects) in rust {
        let change = changes.entry(key.clone()).or_insert_with(|| Change {
            location: key.location(),
            pointer: after
                .all
                .get(&key)
                .map(|fact| fact.pointer.clone())
                .unwrap_or_default(),
            kind: common_kind(&effects),
            document: Vec::new(),
            rust: Vec::new(),
            line: None,
        });
        change.rust = effects;
    }
    join.add_replaced_types(&mut changes);
    Difference {
        descriptions: join.changed_descriptions(),
        changes: changes.into_values().collect(),
        ..Difference::default()
    }
}

/// Returns the kind of all effects, `Changed` if they differ.
fn common_kind(effects: &[Finding]) -> Kind {
    match effects.first().map(|effect| effect.kind) {
        Some(kind) if effects.iter().all(|effect| effect.kind == kind) => kind,
        _ => Kind::Changed,
    }
}

fn of_documents(before: &Facts, after: &Facts) -> BTreeMap<Key, Change> {
    let mut changes = BTreeMap::new();
    let keys: BTreeSet<_> = before.all.keys().chain(after.all.keys()).collect();
    for key in keys {
        let (old, new) = (before.all.get(key), after.all.get(key));
        let whole = key.whole();
        let rules = key.rules();
        let (kind, document) = match (old, new) {
            (Some(old), Some(new)) if old.value == new.value => continue,
            (Some(old), Some(new)) => (Kind::Changed, leaves(key, &old.value, &new.value)),
            (None, Some(_)) if whole == *key || before.all.contains_key(&whole) => {
                let text = format!("the {} is new", rules.noun);
                let finding = Finding::new(rules.added, Kind::Added, text);
                (Kind::Added, vec![finding])
            }
            (Some(_), None) if whole == *key || after.all.contains_key(&whole) => {
                let text = format!("the {} is removed", rules.noun);
                let finding = Finding::new(rules.removed, Kind::Removed, text);
                (Kind::Removed, vec![finding])
            }
            // A part of an operation or a schema that is added or removed.
            _ => continue,
        };
        let fact = new.or(old);
        let change = Change {
            location: key.location(),
            pointer: fact.map(|fact| fact.pointer.clone()).unwrap_or_default(),
            kind,
            document,
            rust: Vec::new(),
            line: None,
        };
        changes.insert(key.clone(), change);
    }
    changes
}

/// Finds the part of the documents to which a difference of the code belongs.
struct Join<'a> {
    old: &'a Source,
    new: &'a Source,
    before: &'a Facts,
    after: &'a Facts,
    moved: &'a BTreeMap<Route, Route>,
}

impl Join<'_> {
    fn key(&self, owner: &Owner, changes: &BTreeMap<Key, Change>) -> Key {
        match owner {
            Owner::Operation(name) => self.operation(name, Part::Whole),
            Owner::Setter(name, setter) => self.setter(name, setter),
            Owner::Success(name) => self.response(name, |status| status.starts_with('2'), changes),
            Owner::Responses(name) => self.response(name, |_| true, changes),
            Owner::Type(path) => self.of_type(path, None),
            Owner::Member(path, json_name) => self.of_type(path, Some(json_name)),
            Owner::Other(line) => self.other(line),
        }
    }

    /// Returns the key of the type that a line names, or of the line itself.
    fn other(&self, line: &str) -> Key {
        if let Some(at) = line.find("types::") {
            let path = line.get(at..).unwrap_or_default();
            let is_of_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            let end = path.find(|c| !is_of_path(c)).unwrap_or(path.len());
            let path = path.get(..end).unwrap_or_default();
            return self.of_type(&path.replace("builder::", ""), None);
        }
        Key::Rust(line.to_owned())
    }

    /// The two surfaces, the new one first.
    fn surfaces(&self) -> [&Surface; 2] {
        [&self.new.surface, &self.old.surface]
    }

    fn knows(&self, key: &Key) -> bool {
        self.before.all.contains_key(key) || self.after.all.contains_key(key)
    }

    fn operation(&self, name: &str, part: Part) -> Key {
        let mut found = self
            .surfaces()
            .into_iter()
            .filter_map(|surface| surface.operations.get(name));
        let Some(operation) = found.next() else {
            return Key::Rust(format!("client.{name}()"));
        };
        let route = (operation.path.clone(), operation.method.to_lowercase());
        let (path, method) = self.moved.get(&route).unwrap_or(&route).clone();
        Key::Operation { path, method, part }
    }

    fn setter(&self, name: &str, setter: &str) -> Key {
        let mut found = self.surfaces().into_iter().filter_map(|surface| {
            let operation = surface.operations.get(name)?;
            operation.setters.get(setter)
        });
        let part = match found.next() {
            _ if setter == "body" => Part::Body,
            Some(setter) => {
                let name = setter.sent_as.split_once(' ').map_or("", |(_, name)| name);
                Part::Parameter(name.to_owned())
            }
            None => Part::Whole,
        };
        let key = self.operation(name, part);
        if self.knows(&key) { key } else { key.whole() }
    }

    /// Returns the first changed response with a wanted status; else the operation.
    fn response(
        &self,
        name: &str,
        is_wanted: impl Fn(&str) -> bool,
        changes: &BTreeMap<Key, Change>,
    ) -> Key {
        let whole = self.operation(name, Part::Whole);
        let mut responses = changes.keys().filter(|key| match key {
            Key::Operation {
                part: Part::Response(status),
                ..
            } => key.whole() == whole && is_wanted(status),
            _ => false,
        });
        responses.next().cloned().unwrap_or(whole)
    }

    /// Returns the schema or the operation that a type is named after.
    fn of_type(&self, path: &str, json_name: Option<&String>) -> Key {
        let name = path.trim_start_matches("types::");
        let wholes: Vec<(String, &Key)> = self
            .before
            .all
            .keys()
            .chain(self.after.all.keys())
            .filter_map(|key| match key {
                Key::Schema { name, member: None } => Some((pascal(name), key)),
                _ => None,
            })
            .collect();
        if let Some((_, key)) = wholes.iter().find(|(own, _)| own == name) {
            return self.member(key, |member| Some(member) == json_name);
        }
        // A type without a name of its own is named after the schema that contains it.
        let within = wholes
            .iter()
            .filter(|(own, _)| !own.is_empty() && name.starts_with(own));
        if let Some((own, key)) = within.max_by_key(|(own, _)| own.len()) {
            let rest = name.get(own.len()..).unwrap_or_default();
            return self.member(key, |member| rest.starts_with(&pascal(member)));
        }
        let operations = self
            .surfaces()
            .into_iter()
            .flat_map(|surface| surface.operations.keys());
        let within = operations.filter(|operation| name.starts_with(&pascal(operation)));
        let Some(operation) = within.max_by_key(|operation| operation.len()) else {
            return Key::Rust(path.to_owned());
        };
        let rest = name.get(pascal(operation).len()..).unwrap_or_default();
        if rest.starts_with("Body") {
            return self.setter(operation, "body");
        }
        self.setter(operation, &rest.to_snake_case())
    }

    /// Returns the matching member with the longest name; else the whole.
    fn member(&self, whole: &Key, matches: impl Fn(&String) -> bool) -> Key {
        let members = self
            .before
            .all
            .keys()
            .chain(self.after.all.keys())
            .filter(|key| match key {
                Key::Schema {
                    member: Some(member),
                    ..
                } => key.whole() == *whole && matches(member),
                _ => false,
            });
        let found = members.max_by_key(|key| key.location().len());
        found.unwrap_or(whole).clone()
    }

    /// Adds an effect to each changed schema that has no generated type.
    fn add_replaced_types(&self, changes: &mut BTreeMap<Key, Change>) {
        for (key, change) in changes {
            let Key::Schema { name, .. } = key else {
                continue;
            };
            let path = format!("types::{}", pascal(name));
            let generated = self
                .surfaces()
                .iter()
                .any(|surface| surface.types.contains_key(&path));
            if !generated && change.rust.is_empty() {
                let text = format!(
                    "no generated type is called {name}: if it is written by hand, check that it still fits"
                );
                let effect = Finding::new(&RUST_REPLACED_TYPE, Kind::Changed, text);
                change.rust.push(effect);
            }
        }
    }

    /// Counts the descriptions that changed.
    fn changed_descriptions(&self) -> usize {
        let (before, after) = (&self.before.descriptions, &self.after.descriptions);
        let pointers: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        let changed = pointers.into_iter().filter(|pointer| {
            // The descriptions of a part that is new or removed are not counted, nor those
            // that only moved to the target of a reference.
            let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            let is_in = |document: &Value| {
                let parent = document.pointer(parent);
                parent.is_some_and(|parent| parent.get("$ref").is_none())
            };
            before.get(*pointer) != after.get(*pointer)
                && is_in(&self.old.document)
                && is_in(&self.new.document)
        });
        changed.count()
    }
}

/// A name as the generator writes it for a type.
fn pascal(name: &str) -> String {
    name.replace(|letter: char| !letter.is_alphanumeric(), "-")
        .to_pascal_case()
}
