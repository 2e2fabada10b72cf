//! The differences of two values, one finding for each, its rule, and its effect on the values
//! that a schema accepts.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::Key;
use super::limits::{Effect, Limit};
use super::rules::{self, Rule};
use super::{Finding, Kind};
use crate::model::PAGINATION;

/// A member of the document that has rules of its own.
#[derive(Clone, Copy)]
enum Keyword {
    Route,
    OperationId,
    Pagination,
    In,
    Required,
    Nullable,
    Enum,
    Type,
    Default,
    Constraint,
    AdditionalProperties,
}

/// A difference of one member or item.
#[derive(Debug, PartialEq)]
pub(crate) struct Leaf {
    pub(crate) finding: Finding,
    /// Its effect on the values that the schema accepts.
    pub(crate) effect: Option<Effect>,
}

/// What the names of an object's members are.
#[derive(Clone, Copy, PartialEq)]
enum Names {
    OfOperation,
    OfParameter,
    OfSchema,
    /// The author of the document chose them.
    Free,
    /// The object is data, or has no keywords.
    Data,
}

/// The part of the document in which differences are looked for.
#[derive(Clone, Copy)]
struct Scope {
    /// The rule of everything that no keyword classifies.
    changed: &'static Rule,
    names: Names,
    keyword: Option<Keyword>,
    /// Present if the keyword limits values.
    limit: Option<Limit>,
    /// Whether values are limited by schemas here: not inside `not`, which inverts limits.
    is_limiting: bool,
}

impl Scope {
    fn of(key: &Key) -> Self {
        let changed = key.rules().changed;
        let names = if *changed == rules::OPERATION_CHANGED {
            Names::OfOperation
        } else if *changed == rules::PARAMETER_CHANGED {
            Names::OfParameter
        } else if *changed == rules::DOCUMENT_CHANGED {
            Names::Data
        } else {
            Names::OfSchema
        };
        Self {
            changed,
            names,
            keyword: None,
            limit: None,
            is_limiting: true,
        }
    }

    /// Returns the scope of a member.
    fn inside(self, name: &str) -> Self {
        let keyword = match (self.names, name) {
            (Names::Data, _) => return self,
            (Names::OfOperation, "path" | "method") => Some(Keyword::Route),
            (Names::OfOperation, "operationId") => Some(Keyword::OperationId),
            (Names::OfOperation, PAGINATION) => Some(Keyword::Pagination),
            (Names::OfOperation | Names::Free, _) => None,
            (Names::OfParameter, "in") => Some(Keyword::In),
            (_, "required") => Some(Keyword::Required),
            (_, "nullable") => Some(Keyword::Nullable),
            (_, "enum") => Some(Keyword::Enum),
            (_, "type" | "format" | "$ref") => Some(Keyword::Type),
            (_, "default") => Some(Keyword::Default),
            (
                _,
                "minLength" | "maxLength" | "pattern" | "minimum" | "maximum" | "exclusiveMinimum"
                | "exclusiveMaximum" | "multipleOf" | "minItems" | "maxItems" | "uniqueItems"
                | "minProperties" | "maxProperties",
            ) => Some(Keyword::Constraint),
            (_, "additionalProperties") => Some(Keyword::AdditionalProperties),
            _ => None,
        };
        let names = match (self.names, name) {
            (Names::OfOperation, _) => Names::Data,
            (Names::Free, _) | (_, "additionalProperties") => Names::OfSchema,
            _ if keyword.is_some() || name.starts_with("x-") => Names::Data,
            (_, "properties" | "content" | "headers") => Names::Free,
            _ => Names::OfSchema,
        };
        let is_limiting = self.is_limiting && name != "not";
        let limit = keyword
            .filter(|_| is_limiting)
            .and_then(|_| Limit::of(name));
        Self {
            names,
            keyword,
            limit,
            is_limiting,
            ..self
        }
    }

    /// Returns the rule of a value that is different, new or removed.
    fn rule(self, old: Option<&Value>, new: Option<&Value>) -> &'static Rule {
        let is_set = new.is_some_and(|value| *value != Value::Bool(false));
        let is_flag = [old, new].into_iter().flatten().any(Value::is_boolean);
        match self.keyword {
            Some(Keyword::AdditionalProperties) if is_flag => &rules::ADDITIONAL_PROPERTIES_CHANGED,
            None | Some(Keyword::AdditionalProperties) => self.changed,
            Some(Keyword::Route) => &rules::OPERATION_MOVED,
            Some(Keyword::OperationId) => &rules::OPERATION_ID_CHANGED,
            Some(Keyword::Pagination) => &rules::PAGINATION_CHANGED,
            Some(Keyword::In) => &rules::PARAMETER_MOVED,
            Some(Keyword::Required) if is_set => &rules::BECAME_REQUIRED,
            Some(Keyword::Required) => &rules::BECAME_OPTIONAL,
            Some(Keyword::Nullable) if is_set => &rules::BECAME_NULLABLE,
            Some(Keyword::Nullable) => &rules::BECAME_NON_NULLABLE,
            Some(Keyword::Type) => &rules::TYPE_CHANGED,
            Some(Keyword::Default) => &rules::DEFAULT_CHANGED,
            Some(Keyword::Enum | Keyword::Constraint) => &rules::CONSTRAINT_CHANGED,
        }
    }

    /// Returns the rule of an item of a list that is new or removed.
    fn rule_of_item(self, kind: Kind) -> &'static Rule {
        match (self.keyword, kind) {
            (Some(Keyword::Enum), Kind::Added) => &rules::ENUM_VALUE_ADDED,
            (Some(Keyword::Enum), Kind::Removed) => &rules::ENUM_VALUE_REMOVED,
            (Some(Keyword::Enum), Kind::Changed) => &rules::ENUM_REORDERED,
            (Some(Keyword::Required), Kind::Added) => &rules::BECAME_REQUIRED,
            (Some(Keyword::Required), Kind::Removed) => &rules::BECAME_OPTIONAL,
            (Some(Keyword::Required), Kind::Changed) => self.changed,
            _ => self.rule(None, None),
        }
    }

    /// Returns the difference of a value that is different, new or removed.
    fn leaf(self, kind: Kind, text: String, old: Option<&Value>, new: Option<&Value>) -> Leaf {
        Leaf {
            finding: Finding::new(self.rule(old, new), kind, text),
            effect: self.limit.and_then(|limit| limit.effect(old, new)),
        }
    }

    /// Returns the difference of an item of a list.
    fn item(self, kind: Kind, text: String) -> Leaf {
        let effect = match kind {
            Kind::Added => self.limit.and_then(|limit| limit.effect_of_item(true)),
            Kind::Removed => self.limit.and_then(|limit| limit.effect_of_item(false)),
            Kind::Changed => None,
        };
        Leaf {
            finding: Finding::new(self.rule_of_item(kind), kind, text),
            effect,
        }
    }
}

/// Returns the differences of two values of a key, `location: before → after`.
pub(crate) fn leaves(key: &Key, old: &Value, new: &Value) -> Vec<Leaf> {
    let mut found = Vec::new();
    between(old, new, "", Scope::of(key), &mut found);
    found
}

fn between(old: &Value, new: &Value, location: &str, scope: Scope, found: &mut Vec<Leaf>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Object(before), Value::Object(after)) => {
            let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
            for name in names {
                let location = inside(location, name);
                let scope = scope.inside(name);
                of_one(before.get(name), after.get(name), &location, scope, found);
            }
        }
        (Value::Array(before), Value::Array(after)) if scalars(before) && scalars(after) => {
            let start = found.len();
            let mut add = |kind: Kind, text: String| {
                found.push(scope.item(kind, text));
            };
            for value in after.iter().filter(|value| !before.contains(value)) {
                add(Kind::Added, format!("{location}: {} is new", short(value)));
            }
            for value in before.iter().filter(|value| !after.contains(value)) {
                let text = format!("{location}: {} is removed", short(value));
                add(Kind::Removed, text);
            }
            if found.len() == start {
                let text = format!("{location}: the same in another order");
                found.push(scope.item(Kind::Changed, text));
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            for at in 0..before.len().max(after.len()) {
                let location = inside(location, &at.to_string());
                of_one(before.get(at), after.get(at), &location, scope, found);
            }
        }
        _ => {
            let line = format!("{location}: {} → {}", short(old), short(new));
            let text = line.trim_start_matches(": ").to_owned();
            found.push(scope.leaf(Kind::Changed, text, Some(old), Some(new)));
        }
    }
}

/// Compares one member or item.
fn of_one(
    old: Option<&Value>,
    new: Option<&Value>,
    location: &str,
    scope: Scope,
    found: &mut Vec<Leaf>,
) {
    let (kind, text) = match (old, new) {
        (Some(before), Some(after)) => return between(before, after, location, scope, found),
        (None, Some(after)) => (Kind::Added, format!("{location}: {} is new", short(after))),
        (Some(before), None) => {
            let text = format!("{location}: {} is removed", short(before));
            (Kind::Removed, text)
        }
        (None, None) => return,
    };
    found.push(scope.leaf(kind, text, old, new));
}

fn inside(location: &str, name: &str) -> String {
    // `schema` only wraps a type in OpenAPI.
    match (location, name) {
        ("" | "schema", _) => name.to_owned(),
        _ => format!("{location}.{name}"),
    }
}

fn scalars(values: &[Value]) -> bool {
    values
        .iter()
        .all(|value| !value.is_object() && !value.is_array())
}

/// Returns a value in about 80 characters at most; a reference by its name.
fn short(value: &Value) -> String {
    let target = value.as_object().filter(|object| object.len() == 1);
    if let Some(target) = target
        .and_then(|object| object.get("$ref"))
        .and_then(Value::as_str)
    {
        return target
            .trim_start_matches("#/components/schemas/")
            .to_owned();
    }
    let text = match value {
        Value::String(text) => text.trim_start_matches("#/components/schemas/").to_owned(),
        other => other.to_string(),
    };
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
