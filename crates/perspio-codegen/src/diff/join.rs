//! Joins the differences of the documents and their effects on the generated code.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;
use serde_json::Value;

use super::descriptions::at;
use super::document::{Facts, Key, Part, Route, facts, moved};
use super::leaves::leaves;
use super::protocol::{self, Usage};
use super::rules::{
    RUST_REPLACED_TYPE, RUST_TYPE_ADDED, RUST_TYPE_REMOVED, RUST_TYPE_RENAMED, Rule,
};
use super::rust::{Owner, effects};
use super::source::Source;
use super::types::{Titles, pascal, rest_of, schema_of_type, titles};
use super::{Change, Difference, Finding, Kind};
use crate::document::walk;
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
        titles: [
            titles(&new.generated, &BTreeMap::new()),
            titles(&old.generated, &moved),
        ],
        moved: &moved,
    };
    let mut rust: BTreeMap<Key, Vec<Finding>> = BTreeMap::new();
    for (owner, mut effect) in join.with_renamed_types(effects(&old.surface, &new.surface)) {
        let key = join.key(&owner, &changes);
        // The parts of an operation or a schema that is new or removed belong to its change.
        let whole = key.whole();
        let as_whole = changes
            .get(&whole)
            .is_some_and(|change| change.kind != Kind::Changed);
        if *effect.rule == RUST_TYPE_REMOVED && !as_whole && join.is_unused(&key) {
            effect.text.push_str(": no operation refers to the schema");
        }
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
            kind: if before.all.contains_key(&key) && after.all.contains_key(&key) {
                Kind::Changed
            } else {
                common_kind(&effects)
            },
            document: Vec::new(),
            protocol: Vec::new(),
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
    let usages = [before, after].map(|facts| Usage::of(&facts.document));
    for key in keys {
        let (old, new) = (before.all.get(key), after.all.get(key));
        let whole = key.whole();
        let rules = key.rules();
        let mut protocol = Vec::new();
        let (kind, document) = match (old, new) {
            (Some(old), Some(new)) if old.value == new.value => continue,
            (Some(old), Some(new)) => {
                let leaves = leaves(key, &old.value, &new.value);
                protocol = protocol::effects(key, &leaves, usages.each_ref(), [old, new]);
                let document = leaves.into_iter().map(|leaf| leaf.finding).collect();
                (Kind::Changed, document)
            }
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
            protocol,
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
    /// The inline schemas of the two clients, those of the new one first.
    titles: [Titles; 2],
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
            Some(setter) => match setter.sent_as.split_once(' ') {
                Some(("part", _)) => Part::Body,
                sent => Part::Parameter(sent.map_or("", |(_, name)| name).to_owned()),
            },
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

    /// Returns the part of the document that a type is made of, or named after.
    fn of_type(&self, path: &str, json_name: Option<&String>) -> Key {
        let name = path.trim_start_matches("types::");
        let schema = schema_of_type([self.before, self.after], name);
        if let Some((key, rest)) = &schema
            && rest.is_empty()
        {
            return self.member(key, |member| Some(member) == json_name);
        }
        let mut titled = self.titles.iter().filter_map(|titles| titles.get(name));
        if let Some(key) = titled.find_map(|inline| self.known(&inline.key)) {
            return key;
        }
        let operations = self
            .surfaces()
            .into_iter()
            .flat_map(|surface| surface.operations.keys());
        let operations = operations.filter_map(|operation| {
            let rest = rest_of(name, &pascal(operation))?;
            Some((operation, rest))
        });
        let operation = operations.min_by_key(|(_, rest)| rest.len());
        match (schema, operation) {
            // A type without a name of its own is named after the schema that contains it.
            (Some((key, rest)), operation)
                if operation.is_none_or(|(_, other)| rest.len() <= other.len()) =>
            {
                self.member(key, |member| rest.starts_with(&pascal(member)))
            }
            (_, Some((operation, rest))) if rest.starts_with("Body") => {
                self.setter(operation, "body")
            }
            (_, Some((operation, rest))) => self.setter(operation, &rest.to_snake_case()),
            (_, None) => Key::Rust(path.to_owned()),
        }
    }

    /// Returns the key if a document has it, else the whole of which it is a part.
    fn known(&self, key: &Key) -> Option<Key> {
        [key.clone(), key.whole()]
            .into_iter()
            .find(|key| self.knows(key))
    }

    /// Whether the client has no type of a schema because the new document does not use it.
    fn is_unused(&self, key: &Key) -> bool {
        matches!(key, Key::Schema { name, member: None } if !has_schema(&self.new.generated, name))
    }

    /// Replaces the effects of a type that is removed and one that is new by one effect, if both
    /// are made of the same inline schema.
    fn with_renamed_types(&self, mut effects: Vec<(Owner, Finding)>) -> Vec<(Owner, Finding)> {
        let [new_titles, old_titles] = &self.titles;
        let has = |effects: &[(Owner, Finding)], rule: &Rule, path: &str| {
            effects.iter().any(|(owner, finding)| {
                *finding.rule == *rule && matches!(owner, Owner::Type(own) if own == path)
            })
        };
        let old_names: BTreeMap<_, _> = old_titles
            .iter()
            .map(|(name, inline)| (inline, name))
            .collect();
        for (new_name, inline) in new_titles {
            let old_name = old_names.get(inline).filter(|name| **name != new_name);
            let Some(old_name) = old_name else {
                continue;
            };
            let added = format!("types::{new_name}");
            let removed = format!("types::{old_name}");
            if !has(&effects, &RUST_TYPE_ADDED, &added)
                || !has(&effects, &RUST_TYPE_REMOVED, &removed)
            {
                continue;
            }
            effects.retain(|(owner, _)| match owner {
                Owner::Type(path) => *path != added && *path != removed,
                _ => true,
            });
            let text = format!("{removed} → {added}: the type has another name");
            let finding = Finding::new(&RUST_TYPE_RENAMED, Kind::Changed, text);
            effects.push((Owner::Type(added), finding));
        }
        effects
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
            let is_needed = [self.old, self.new]
                .iter()
                .any(|source| has_schema(&source.generated, name));
            if is_needed && !generated && change.rust.is_empty() {
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
            let is_in = |facts: &Facts| {
                let parent = at(&facts.document, parent);
                parent.is_some_and(|parent| parent.get("$ref").is_none())
            };
            before.get(*pointer) != after.get(*pointer) && is_in(self.before) && is_in(self.after)
        });
        changed.count()
    }
}

/// Whether the client of a document may need a type of a schema: the import removes some.
fn has_schema(generated: &Value, name: &str) -> bool {
    walk::components(generated).is_some_and(|schemas| schemas.contains_key(name))
}
