//! A document as facts, each with a key under which the other one has its own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::leaves::without_words;
use crate::document::{escape, members, operations, resolve, text};

/// What a change is a change of.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Key {
    Operation {
        path: String,
        method: String,
        part: Part,
    },
    Schema {
        name: String,
        member: Option<String>,
    },
    /// What only the generated code has.
    Rust(String),
    /// What belongs to nothing else.
    Document,
}

/// A part of an operation.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Part {
    Whole,
    Parameter(String),
    Body,
    Answer(String),
}

impl Key {
    /// How people call it.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Operation { path, method, part } => {
                let of = format!("{} {path}", method.to_uppercase());
                match part {
                    Part::Whole => of,
                    Part::Parameter(name) => format!("{of}, parameter {name}"),
                    Part::Body => format!("{of}, body"),
                    Part::Answer(status) => format!("{of}, answer {status}"),
                }
            }
            Self::Schema {
                name,
                member: Some(member),
            } => format!("{name}.{member}"),
            Self::Schema { name, member: None } | Self::Rust(name) => name.clone(),
            Self::Document => "the document".to_owned(),
        }
    }

    /// What it is a part of; itself if it is whole.
    pub(crate) fn whole(&self) -> Self {
        match self.clone() {
            Self::Operation { path, method, .. } => Self::Operation {
                path,
                method,
                part: Part::Whole,
            },
            Self::Schema { name, .. } => Self::Schema { name, member: None },
            other => other,
        }
    }
}

/// What the document says under a key.
#[derive(Debug, PartialEq)]
pub(crate) struct Fact {
    pub(crate) pointer: String,
    pub(crate) value: Value,
}

#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) all: BTreeMap<Key, Fact>,
    /// The words for people, by their places.
    pub(crate) words: BTreeMap<String, Value>,
}

/// A path and a method.
pub(crate) type Route = (String, String);

/// The facts of a document. An operation in `moved` is filed where it went.
pub(crate) fn facts(document: &Value, moved: &BTreeMap<Route, Route>) -> Facts {
    let mut facts = Facts::default();
    let mut words = Vec::new();
    let plain = without_words(document, "", &mut words);
    facts.words = words.into_iter().collect();
    for at in operations(&plain) {
        let route = (at.path.to_owned(), at.method.to_owned());
        let filed = moved.get(&route).unwrap_or(&route);
        of_operation(&plain, at.item, at.own, &route, filed, &mut facts.all);
    }
    for (name, schema) in members(plain.pointer("/components/schemas")) {
        of_schema(name, schema, &mut facts.all);
    }
    facts.all.insert(
        Key::Document,
        Fact {
            pointer: String::new(),
            value: rest(&plain),
        },
    );
    facts
}

fn of_operation(
    document: &Value,
    item: &Value,
    operation: &Value,
    (path, method): &Route,
    filed: &Route,
    facts: &mut BTreeMap<Key, Fact>,
) {
    let base = format!("/paths/{}/{method}", escape(path));
    let mut add = |part: Part, pointer: String, value: Value| {
        let (path, method) = filed.clone();
        facts.insert(
            Key::Operation { path, method, part },
            Fact { pointer, value },
        );
    };
    let mut own = operation.as_object().cloned().unwrap_or_default();
    let parts = ["parameters", "requestBody", "responses"].map(|name| own.remove(name));
    own.insert("path".to_owned(), path.as_str().into());
    own.insert("method".to_owned(), method.as_str().into());
    add(Part::Whole, base.clone(), Value::Object(own));
    let mut parameters: BTreeMap<[String; 2], (String, Value)> = BTreeMap::new();
    let owners = [
        (item, format!("/paths/{}", escape(path))),
        (operation, base.clone()),
    ];
    for (owner, place) in owners {
        let listed = owner.get("parameters").and_then(Value::as_array);
        for (at, parameter) in listed.into_iter().flatten().enumerate() {
            let mut parameter = resolve(document, parameter).clone();
            let key = ["name", "in"].map(|member| text(&parameter, member).to_owned());
            required(&mut parameter);
            parameters.insert(key, (format!("{place}/parameters/{at}"), parameter));
        }
    }
    let names: Vec<_> = parameters.keys().map(|[name, _]| name.clone()).collect();
    for ([name, place], (pointer, parameter)) in parameters {
        // Without its place in the key, a parameter that moves is one change.
        let alone = names.iter().filter(|other| **other == name).count() == 1;
        let key = if alone {
            name
        } else {
            format!("{name} ({place})")
        };
        add(Part::Parameter(key), pointer, parameter);
    }
    let [_, body, answers] = parts;
    if let Some(body) = body {
        let mut body = resolve(document, &body).clone();
        required(&mut body);
        add(Part::Body, format!("{base}/requestBody"), body);
    }
    for (status, answer) in members(answers.as_ref()) {
        let pointer = format!("{base}/responses/{}", escape(status));
        add(
            Part::Answer(status.clone()),
            pointer,
            resolve(document, answer).clone(),
        );
    }
}

/// Absent and false are the same.
fn required(value: &mut Value) {
    if let Some(object) = value.as_object_mut() {
        object.entry("required").or_insert(Value::Bool(false));
    }
}

fn of_schema(name: &str, schema: &Value, facts: &mut BTreeMap<Key, Fact>) {
    let base = format!("/components/schemas/{}", escape(name));
    let key = |member: Option<&String>| Key::Schema {
        name: name.to_owned(),
        member: member.cloned(),
    };
    let mut own = schema.clone();
    let listed: BTreeSet<String> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    let properties = schema.get("properties");
    for (member, described) in members(properties) {
        let value = json!({"required": listed.contains(member), "schema": described});
        let pointer = format!("{base}/properties/{}", escape(member));
        facts.insert(key(Some(member)), Fact { pointer, value });
    }
    if let Some(own) = own.as_object_mut() {
        own.remove("properties");
        own.remove("required");
        // Those that are described elsewhere, by an `allOf`.
        let elsewhere: Vec<_> = listed
            .iter()
            .filter(|name| properties.is_none_or(|all| all.get(*name).is_none()))
            .collect();
        if !elsewhere.is_empty() {
            own.insert("required".to_owned(), json!(elsewhere));
        }
    }
    facts.insert(
        key(None),
        Fact {
            pointer: base,
            value: own,
        },
    );
}

/// The document without what has keys of its own, or is resolved where it is used.
fn rest(document: &Value) -> Value {
    let mut rest: Map<String, Value> = document.as_object().cloned().unwrap_or_default();
    rest.remove("paths");
    if let Some(components) = rest.get_mut("components").and_then(Value::as_object_mut) {
        for name in ["schemas", "parameters", "responses", "requestBodies"] {
            components.remove(name);
        }
        if components.is_empty() {
            rest.remove("components");
        }
    }
    Value::Object(rest)
}

/// Operations that went elsewhere under the same id.
pub(crate) fn moved(old: &Value, new: &Value) -> BTreeMap<Route, Route> {
    let (old, new) = (routes(old), routes(new));
    let mut moved = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (route, id) in &old {
        let went = new
            .iter()
            .find(|(to, other)| *other == id && !old.contains_key(*to));
        if let Some((to, _)) = went
            && !new.contains_key(route)
            && !id.is_empty()
            && taken.insert(to.clone())
        {
            moved.insert(route.clone(), to.clone());
        }
    }
    moved
}

fn routes(document: &Value) -> BTreeMap<Route, String> {
    operations(document)
        .map(|at| {
            let route = (at.path.to_owned(), at.method.to_owned());
            (route, at.id().to_owned())
        })
        .collect()
}
