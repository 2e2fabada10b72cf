//! Names that would collide in the outputs with each other, with options of the command line,
//! or with members that the generator adds.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToKebabCase;
use serde_json::Value;

use crate::document::{Operation, members, resolve};
use crate::error::DocumentPath;
use crate::model::{Location, Parameter, Request, braces, operations_with_requests};

/// The options of every command.
const OPTIONS: [&str; 5] = ["help", "json-body", "output", "sandbox", "version"];
/// The commands in addition to the groups of operations.
const COMMANDS: [&str; 2] = ["help", "sandbox"];

/// Returns every name that would collide.
pub(crate) fn check(document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut ids: BTreeMap<String, DocumentPath> = BTreeMap::new();
    for (operation, request) in operations_with_requests(document) {
        let (location, id) = (&request.location, operation.id());
        if let Some(other) = ids.insert(request.name.clone(), location.clone()) {
            found.push(format!(
                "{location}: the operationId {id} is also that of {other}"
            ));
        }
        found.extend(of_path(&request));
    }
    found
}

/// Returns the names of a command that would collide.
pub(super) fn of_command(
    document: &Value,
    operation: &Operation<'_>,
    request: &Request,
) -> Vec<String> {
    let group = operation.id().split('_').next().unwrap_or_default();
    let mut found = options(document, operation.own, request);
    if COMMANDS.contains(&group) {
        found.push(format!("the command line has its own command `{group}`"));
    }
    found
}

/// Compares the names in the path with the parameters.
fn of_path(request: &Request) -> Vec<String> {
    let (location, mut found) = (&request.location, Vec::new());
    for Parameter {
        name,
        location: sent_in,
        ..
    } in &request.parameters
    {
        if *sent_in == Location::Path && !request.path.contains(&format!("{{{name}}}")) {
            found.push(format!(
                "{location}, parameter `{name}`: the path does not contain it"
            ));
        }
    }
    for name in braces(&request.path) {
        let kebab = name.to_kebab_case();
        if !request
            .parameters
            .iter()
            .any(|it| it.name.to_kebab_case() == kebab)
        {
            found.push(format!(
                "{location}: the {{{name}}} of the path is not a parameter"
            ));
        }
    }
    found
}

/// Returns the options of a command that would collide.
fn options(document: &Value, operation: &Value, request: &Request) -> Vec<String> {
    let mut found = Vec::new();
    let mut taken: BTreeSet<String> = OPTIONS.map(str::to_owned).into();
    for Parameter { name, .. } in &request.parameters {
        let option = name.to_kebab_case();
        if OPTIONS.contains(&option.as_str()) {
            found.push(format!(
                "parameter `{name}`: the command line has its own option --{option}"
            ));
        }
        taken.insert(option);
    }
    let body = operation
        .get("requestBody")
        .map(|body| resolve(document, body));
    let schema = body.and_then(|body| body.pointer("/content/application~1json/schema"));
    let schema = schema.map(|schema| resolve(document, schema));
    for (member, _) in members(schema.and_then(|schema| schema.get("properties"))) {
        let option = member.to_kebab_case();
        if taken.contains(&option) {
            found.push(format!(
                "the member `{member}` of the body and another option are both --{option}"
            ));
        }
    }
    found
}
