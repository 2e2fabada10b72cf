//! What goes over the wire is what the document says, also where the generator
//! has one way only (progenitor 0.15.1): one style of parameters, no cookies,
//! four media types of bodies, one of answers, and bodies that must be there.
//!
//! The document is said in what the generator knows ([`mod@prepare`]), and what it
//! makes of that is changed back ([`restore`]). Both read the same [`Wire`].

mod code;
mod prepare;
mod trial;

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;
use serde_json::Value;

use super::document::{members, method_name, operations, resolve, text};

pub(in crate::generate) use code::id_in_info;
pub(crate) use code::restore;
pub(crate) use prepare::prepare;
pub(crate) use trial::can_restore;

/// How one operation is sent, by its document.
#[derive(Debug, Default)]
pub(crate) struct Wire {
    parameters: Vec<Parameter>,
    body: Option<Body>,
    /// What is asked for, unless that is `application/json`.
    accept: Option<String>,
    /// Whether any answer is JSON.
    pub(crate) reads_json: bool,
    /// The names in the path's braces, in their order.
    path: Vec<String>,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    /// The name under which the generator gets it: no two are one in Rust.
    key: String,
    place: String,
    style: String,
    explode: bool,
    /// The generator would write it otherwise, or not compile.
    is_own: bool,
}

#[derive(Debug)]
struct Body {
    kind: String,
    is_optional: bool,
    /// Name, style and explode of the members of a form that say theirs.
    styles: Vec<(String, String, bool)>,
}

/// The names that a builder or the generated code needs for itself.
const TAKEN: [&str; 8] = [
    "body",
    "body_is_given",
    "client",
    "header_map",
    "new",
    "request",
    "response",
    "send",
];

/// The name under which the generator gets a parameter of a path, in its braces
/// and where it is described.
pub(crate) fn path_key(name: &str) -> String {
    if TAKEN.contains(&name.to_snake_case().as_str()) {
        format!("{name}_path")
    } else {
        name.to_owned()
    }
}

/// What each operation of a document sends, by the name of its method.
pub(crate) fn all(document: &Value) -> BTreeMap<String, Wire> {
    operations(document)
        .filter(|operation| !operation.id().is_empty())
        .map(|operation| {
            let wire = Wire::of(document, operation.path, operation.own);
            (method_name(operation.id()), wire)
        })
        .collect()
}

impl Wire {
    fn of(document: &Value, path: &str, operation: &Value) -> Self {
        let kinds = kinds(document, operation);
        Self {
            parameters: parameters(document, operation),
            body: operation
                .get("requestBody")
                .map(|body| resolve(document, body))
                .and_then(body),
            accept: (kinds.iter().any(|kind| *kind != "application/json"))
                .then(|| kinds.join(", ")),
            reads_json: !kinds.is_empty(),
            path: braces(path).map(str::to_owned).collect(),
        }
    }

    /// Nothing has to be found in what the generator makes.
    fn is_as_generated(&self) -> bool {
        self.body.is_none() && !self.parameters.iter().any(Parameter::needs_change)
    }
}

/// The names in the braces of a path.
pub(crate) fn braces(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
}

/// Whether a media type is JSON, by its own name or a vendor's.
pub(crate) fn is_json(kind: &str) -> bool {
    let kind = essence(kind);
    kind == "application/json" || kind == "text/json" || kind.ends_with("+json")
}

/// A media type without its parameters.
pub(crate) fn essence(kind: &str) -> String {
    let kind = kind.split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}

/// The parameters that stand in the operation itself: an import puts all there.
fn parameters(document: &Value, operation: &Value) -> Vec<Parameter> {
    let listed = operation.get("parameters").and_then(Value::as_array);
    let listed: Vec<_> = listed
        .into_iter()
        .flatten()
        .filter(|parameter| parameter.get("$ref").is_none())
        .collect();
    // The path says these, too: all others make room for them.
    let in_path = |parameter: &&Value| text(parameter, "in") == "path";
    let mut taken: BTreeSet<String> = TAKEN.map(str::to_owned).into();
    taken.extend(
        listed
            .iter()
            .copied()
            .filter(in_path)
            .map(|parameter| path_key(text(parameter, "name")).to_snake_case()),
    );
    listed
        .iter()
        .map(|parameter| {
            let (name, place) = (text(parameter, "name"), text(parameter, "in"));
            let mut key = match place {
                "path" => path_key(name),
                _ => name.to_owned(),
            };
            let mut number = 2;
            while place != "path" && !taken.insert(key.to_snake_case()) {
                key = format!("{name}_{place}");
                if taken.contains(&key.to_snake_case()) {
                    key = format!("{name}_{place}_{number}");
                    number += 1;
                }
            }
            let by_default = match place {
                "query" | "cookie" => "form",
                _ => "simple",
            };
            let style = match text(parameter, "style") {
                "" => by_default,
                said => said,
            };
            let explode = parameter.get("explode").and_then(Value::as_bool);
            let has_content = parameter.get("content").is_some();
            let schema = parameter.get("schema");
            let single = schema.is_some_and(|schema| is_single(document, schema, 0));
            let list =
                schema.is_some_and(|schema| text(resolve(document, schema), "type") == "array");
            let explode = explode.unwrap_or(style == "form");
            let is_own = match place {
                "query" => !(single || list && style == "form" && explode),
                "cookie" => true,
                _ => !single || !is_display(document, schema) || style != "simple",
            };
            Parameter {
                name: name.to_owned(),
                key,
                place: place.to_owned(),
                style: if has_content { "json" } else { style }.to_owned(),
                explode,
                is_own: is_own || has_content,
            }
        })
        .collect()
}

/// Whether every value of a schema is one text, number or boolean.
fn is_single(document: &Value, schema: &Value, depth: usize) -> bool {
    let schema = resolve(document, schema);
    let mut parts = ["allOf", "oneOf", "anyOf"]
        .into_iter()
        .filter_map(|name| schema.get(name).and_then(Value::as_array))
        .flatten()
        .peekable();
    match text(schema, "type") {
        "string" | "integer" | "number" | "boolean" => true,
        "" if parts.peek().is_some() && depth < 20 => {
            parts.all(|part| is_single(document, part, depth + 1))
        }
        _ => false,
    }
}

/// Whether the type that the generator makes prints as it stands in JSON: one
/// that may be null or is a union does not, and a time prints with a space.
fn is_display(document: &Value, schema: Option<&Value>) -> bool {
    let Some(schema) = schema.map(|schema| resolve(document, schema)) else {
        return false;
    };
    !text(schema, "type").is_empty()
        && schema.get("nullable") != Some(&true.into())
        && text(schema, "format") != "date-time"
}

fn body(body: &Value) -> Option<Body> {
    let (kind, media) = members(body.get("content")).next()?;
    let mut styles = Vec::new();
    for (member, encoding) in members(media.get("encoding")) {
        let style = text(encoding, "style");
        let explode = encoding.get("explode").and_then(Value::as_bool);
        if !style.is_empty() || explode.is_some() {
            let style = if style.is_empty() { "form" } else { style };
            let explode = explode.unwrap_or(style == "form");
            styles.push((member.clone(), style.to_owned(), explode));
        } else if is_json(text(encoding, "contentType")) {
            styles.push((member.clone(), "json".to_owned(), true));
        }
    }
    Some(Body {
        kind: kind.clone(),
        is_optional: body.get("required") != Some(&true.into()),
        styles,
    })
}

/// All kinds of JSON that the answers have, the successes' first.
fn kinds<'a>(document: &'a Value, operation: &'a Value) -> Vec<&'a str> {
    let mut kinds: Vec<&str> = Vec::new();
    for wanted in [true, false] {
        for (status, response) in members(operation.get("responses")) {
            if status.starts_with('2') != wanted {
                continue;
            }
            for (kind, _) in members(resolve(document, response).get("content")) {
                if is_json(kind) && !kinds.contains(&kind.as_str()) {
                    kinds.push(kind);
                }
            }
        }
    }
    kinds
}

#[cfg(test)]
mod tests;
