//! Names that would collide in the outputs with each other, with options of the command line,
//! or with members that the generator adds.

use std::collections::BTreeMap;

use heck::ToKebabCase;
use serde_json::Value;

use super::listed;
use crate::document::{members, operations, resolve};
use crate::model::method_name;

/// The options of every command.
const OPTIONS: [&str; 5] = ["help", "json-body", "output", "sandbox", "version"];
/// The commands in addition to the groups of operations.
const COMMANDS: [&str; 2] = ["help", "sandbox"];

/// Returns every name that would collide.
pub(crate) fn check(document: &Value, has_commands: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut ids: BTreeMap<String, String> = BTreeMap::new();
    for operation in operations(document) {
        let (location, id) = (operation.location(), operation.id());
        if let Some(other) = ids.insert(method_name(id), location.clone()) {
            found.push(format!(
                "{location}: the operationId {id} is also that of {other}"
            ));
        }
        let group = id.split('_').next().unwrap_or_default();
        if has_commands && COMMANDS.contains(&group) {
            found.push(format!(
                "{location}: the command line has its own command `{group}`"
            ));
        }
        found.extend(parameters(
            document,
            operation.item,
            operation.own,
            operation.path,
            &location,
            has_commands,
        ));
    }
    for (name, schema) in members(document.pointer("/components/schemas")) {
        if schema.pointer("/properties/extra").is_some() {
            found.push(format!(
                "components.schemas.{name}: a member `extra`, which is the name of the map of unnamed members"
            ));
        }
    }
    found
}

fn parameters(
    document: &Value,
    item: &Value,
    operation: &Value,
    path: &str,
    location: &str,
    has_commands: bool,
) -> Vec<String> {
    let mut found = Vec::new();
    let mut options: Vec<String> = Vec::new();
    for parameter in listed(document, item).chain(listed(document, operation)) {
        let text = |name| {
            parameter
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let name = text("name");
        let option = name.to_kebab_case();
        if has_commands && OPTIONS.contains(&option.as_str()) {
            found.push(format!(
                "{location}, parameter `{name}`: the command line has its own option --{option}"
            ));
        }
        if text("in") == "path" && !path.contains(&format!("{{{name}}}")) {
            found.push(format!(
                "{location}, parameter `{name}`: the path does not contain it"
            ));
        }
        options.push(option);
    }
    for name in path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
    {
        if !options.contains(&name.to_kebab_case()) {
            found.push(format!(
                "{location}: the {{{name}}} of the path is not a parameter"
            ));
        }
    }
    if !has_commands {
        return found;
    }
    let body = operation
        .get("requestBody")
        .map(|body| resolve(document, body));
    let schema = body.and_then(|body| body.pointer("/content/application~1json/schema"));
    let schema = schema.map(|schema| resolve(document, schema));
    for (member, _) in members(schema.and_then(|schema| schema.get("properties"))) {
        let option = member.to_kebab_case();
        if options.contains(&option) || OPTIONS.contains(&option.as_str()) {
            found.push(format!(
                "{location}, request body: its member `{member}` and another option are both --{option}"
            ));
        }
    }
    found
}
