//! A document as facts, each with a key that is the same in the other document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::canonical::canonical;
use super::descriptions::without_descriptions;
use super::rules::{self, Rule};
use crate::document::{escape, members, operations, resolve, text};

/// The part of the documents or of the generated code that a change is about.
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
    /// An item that only the generated code has.
    Rust(String),
    /// Everything of the document that has no key of its own.
    Document,
}

/// A part of an operation.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Part {
    Whole,
    Parameter(String),
    Body,
    Response(String),
}

impl Key {
    /// Returns the location for messages and for files of ignored changes.
    pub(crate) fn location(&self) -> String {
        match self {
            Self::Operation { path, method, part } => {
                let of = format!("{} {path}", method.to_uppercase());
                match part {
                    Part::Whole => of,
                    Part::Parameter(name) => format!("{of}, parameter {name}"),
                    Part::Body => format!("{of}, body"),
                    Part::Response(status) => format!("{of}, response {status}"),
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

    /// Returns the operation or the schema that it is a part of; itself if it is whole.
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

    /// Returns the rules of its changes.
    pub(crate) fn rules(&self) -> KeyRules {
        let (noun, added, removed, changed) = match self {
            Self::Operation { part, .. } => match part {
                Part::Whole => (
                    "operation",
                    &rules::OPERATION_ADDED,
                    &rules::OPERATION_REMOVED,
                    &rules::OPERATION_CHANGED,
                ),
                Part::Parameter(_) => (
                    "parameter",
                    &rules::PARAMETER_ADDED,
                    &rules::PARAMETER_REMOVED,
                    &rules::PARAMETER_CHANGED,
                ),
                Part::Body => (
                    "request body",
                    &rules::REQUEST_BODY_ADDED,
                    &rules::REQUEST_BODY_REMOVED,
                    &rules::REQUEST_BODY_CHANGED,
                ),
                Part::Response(_) => (
                    "response",
                    &rules::RESPONSE_ADDED,
                    &rules::RESPONSE_REMOVED,
                    &rules::RESPONSE_CHANGED,
                ),
            },
            Self::Schema { member: None, .. } => (
                "schema",
                &rules::SCHEMA_ADDED,
                &rules::SCHEMA_REMOVED,
                &rules::SCHEMA_CHANGED,
            ),
            Self::Schema { .. } => (
                "property",
                &rules::PROPERTY_ADDED,
                &rules::PROPERTY_REMOVED,
                &rules::PROPERTY_CHANGED,
            ),
            // Both documents have it.
            Self::Document | Self::Rust(_) => {
                let rule = &rules::DOCUMENT_CHANGED;
                ("document", rule, rule, rule)
            }
        };
        KeyRules {
            noun,
            added,
            removed,
            changed,
        }
    }
}

/// The rules of the changes of a key.
pub(crate) struct KeyRules {
    /// What the key is called in messages.
    pub(crate) noun: &'static str,
    pub(crate) added: &'static Rule,
    pub(crate) removed: &'static Rule,
    /// The rule of a change without a more specific rule.
    pub(crate) changed: &'static Rule,
}

/// The content of the document under a key.
#[derive(Debug, PartialEq)]
pub(crate) struct Fact {
    pub(crate) pointer: String,
    pub(crate) value: Value,
}

#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) all: BTreeMap<Key, Fact>,
    /// The descriptions, by their locations.
    pub(crate) descriptions: BTreeMap<String, Value>,
    /// The document in canonical form.
    pub(crate) document: Value,
}

/// A path and a method.
pub(crate) type Route = (String, String);

/// Returns the facts of a document. An operation in `moved` has the key of its new route.
pub(crate) fn facts(document: &Value, moved: &BTreeMap<Route, Route>) -> Facts {
    let mut facts = Facts::default();
    let mut descriptions = Vec::new();
    facts.document = canonical(document);
    let plain = without_descriptions(&facts.document, "", &mut descriptions);
    facts.descriptions = descriptions.into_iter().collect();
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
    // The canonical form may lack a composition that the document has.
    for fact in facts.all.values_mut() {
        while document.pointer(&fact.pointer).is_none()
            && let Some((parent, _)) = fact.pointer.rsplit_once('/')
        {
            fact.pointer.truncate(parent.len());
        }
    }
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
    for (owner, pointer) in owners {
        let listed = owner.get("parameters").and_then(Value::as_array);
        for (at, parameter) in listed.into_iter().flatten().enumerate() {
            let mut parameter = resolve(document, parameter).clone();
            let key = ["name", "in"].map(|member| text(&parameter, member).to_owned());
            required(&mut parameter);
            parameters.insert(key, (format!("{pointer}/parameters/{at}"), parameter));
        }
    }
    let names: Vec<_> = parameters.keys().map(|[name, _]| name.clone()).collect();
    for ([name, sent_in], (pointer, parameter)) in parameters {
        // Without `in` in the key, a parameter that moves is one change.
        let alone = names.iter().filter(|other| **other == name).count() == 1;
        let key = if alone {
            name
        } else {
            format!("{name} ({sent_in})")
        };
        add(Part::Parameter(key), pointer, parameter);
    }
    let [_, body, responses] = parts;
    if let Some(body) = body {
        let mut body = resolve(document, &body).clone();
        required(&mut body);
        add(Part::Body, format!("{base}/requestBody"), body);
    }
    for (status, response) in members(responses.as_ref()) {
        let pointer = format!("{base}/responses/{}", escape(status));
        add(
            Part::Response(status.clone()),
            pointer,
            resolve(document, response).clone(),
        );
    }
}

/// Adds `required: false` if it is absent, which has the same meaning.
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

/// Returns the document without the parts that have keys, or that are resolved where they
/// are used.
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

/// Returns the operations that have another route under the same id.
pub(crate) fn moved(old: &Value, new: &Value) -> BTreeMap<Route, Route> {
    let (old, new) = (routes(old), routes(new));
    let mut moved = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (route, id) in &old {
        let target = new
            .iter()
            .find(|(to, other)| *other == id && !old.contains_key(*to));
        if let Some((to, _)) = target
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
