//! The effects of a change on the requests that a server accepts and the responses that it
//! sends, whatever the generated code checks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::document::{Fact, Key, Part};
use super::leaves::Leaf;
use super::limits::Effect;
use super::rules::{
    PROTOCOL_REQUEST_DEFAULT_CHANGED, PROTOCOL_REQUEST_RELAXED, PROTOCOL_REQUEST_TIGHTENED,
    PROTOCOL_RESPONSE_RELAXED, PROTOCOL_RESPONSE_TIGHTENED, Rule,
};
use super::{Finding, Kind};
use crate::document::references::{target, targets};
use crate::document::{members, operations, resolve, walk};

/// The schemas that the requests and the responses of a document contain.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    requests: BTreeSet<String>,
    responses: BTreeSet<String>,
}

impl Usage {
    pub(crate) fn of(document: &Value) -> Self {
        let mut usage = Self::default();
        for at in operations(document) {
            for owner in [at.item, at.own] {
                usage
                    .requests
                    .extend(inside(document, owner.get("parameters")));
            }
            let body = at.own.get("requestBody");
            usage.requests.extend(
                body.map(|body| targets(resolve(document, body)))
                    .unwrap_or_default(),
            );
            usage
                .responses
                .extend(inside(document, at.own.get("responses")));
        }
        let children = children(document);
        for names in [&mut usage.requests, &mut usage.responses] {
            let mut open = std::mem::take(names);
            while let Some(name) = open.pop_first() {
                let schema = walk::components(document).and_then(|all| all.get(&name));
                if let Some(schema) = schema.filter(|_| names.insert(name.clone())) {
                    open.extend(targets(schema));
                    if schema.get("discriminator").is_some() {
                        open.extend(children.get(&name).cloned().unwrap_or_default());
                    }
                }
            }
        }
        usage
    }
}

/// Returns the schemas that extend each schema by an `allOf`: they are variants of it if it has a
/// discriminator.
fn children(document: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, schema) in walk::components(document).into_iter().flatten() {
        // The canonical form of an `allOf` with one reference is the reference.
        let parts = walk::items(schema.get("allOf"))
            .chain([schema])
            .filter_map(target);
        for parent in parts {
            found.entry(parent).or_default().insert(name.clone());
        }
    }
    found
}

/// Returns the schemas in the items or the members of a part of an operation, each of which may
/// be a reference to a component.
fn inside(document: &Value, part: Option<&Value>) -> BTreeSet<String> {
    let members = members(part).map(|(_, member)| member);
    let all = members.chain(walk::items(part));
    all.flat_map(|one| targets(resolve(document, one)))
        .collect()
}

/// Whether a part of a document is sent in requests, and in responses.
#[derive(Clone, Copy)]
struct Direction {
    request: bool,
    response: bool,
}

/// Returns the direction of a key that both documents have.
fn direction(key: &Key, usages: [&Usage; 2], facts: [&Fact; 2]) -> Direction {
    match key {
        Key::Operation { part, .. } => Direction {
            request: matches!(part, Part::Parameter(_) | Part::Body),
            response: matches!(part, Part::Response(_)),
        },
        Key::Schema { name, .. } => {
            let is = |keyword: &str| {
                facts.iter().all(|fact| {
                    fact.value.pointer(&format!("/schema/{keyword}")) == Some(&Value::Bool(true))
                })
            };
            Direction {
                request: usages.iter().all(|it| it.requests.contains(name)) && !is("readOnly"),
                response: usages.iter().all(|it| it.responses.contains(name)) && !is("writeOnly"),
            }
        }
        Key::Rust(_) | Key::Document => Direction {
            request: false,
            response: false,
        },
    }
}

/// Returns the effects of the differences of a key that both documents have.
pub(crate) fn effects(
    key: &Key,
    leaves: &[Leaf],
    usages: [&Usage; 2],
    facts: [&Fact; 2],
) -> Vec<Finding> {
    let direction = direction(key, usages, facts);
    let mut found = Vec::new();
    for Leaf { finding, effect } in leaves {
        let Some(effect) = *effect else {
            continue;
        };
        let mut add = |rule: &'static Rule, consequence: &str| {
            let text = format!("{}: {consequence}", finding.text);
            found.push(Finding::new(rule, Kind::Changed, text));
        };
        let is_tighter = matches!(effect, Effect::Tighter | Effect::Both);
        let is_looser = matches!(effect, Effect::Looser | Effect::Both);
        if direction.request && is_tighter {
            let consequence = "a request that was accepted may be rejected";
            add(&PROTOCOL_REQUEST_TIGHTENED, consequence);
        } else if direction.request && is_looser {
            add(&PROTOCOL_REQUEST_RELAXED, "more requests are accepted");
        }
        if direction.response && is_looser {
            let consequence = "a response may contain what it could not contain before";
            add(&PROTOCOL_RESPONSE_RELAXED, consequence);
        } else if direction.response && is_tighter {
            let consequence = "a response contains only what it could contain before";
            add(&PROTOCOL_RESPONSE_TIGHTENED, consequence);
        }
        if direction.request && effect == Effect::Default {
            let consequence = "a request that leaves the value out may have another effect";
            add(&PROTOCOL_REQUEST_DEFAULT_CHANGED, consequence);
        }
    }
    found
}

#[cfg(test)]
mod tests;
