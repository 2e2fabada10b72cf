//! Parameters, and the styles in which they are sent.

mod objects;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::names::rust_name;
use crate::document::resolve;
use crate::document::walk;
use crate::document::{operation_location, text};
use crate::import::leave_out;
use crate::import::notes::Notes;
use crate::model::{braces, is_json, path_key};

/// Replaces an object in a query by a parameter for each member, and leaves out parameters
/// that no style can encode; an operation that requires one is left out. Every other
/// parameter keeps its style, which `generate` implements.
///
/// The generator itself supports one style, and neither objects nor cookies nor `content`.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let mut paths = walk::take_paths(document);
    let mut out = Vec::new();
    for (path, method, operation) in crate::document::operations_mut(&mut paths) {
        let location = operation_location(&path, &method);
        if let Some(cause) = check_path(&path) {
            out.push((path, method, cause.to_owned()));
            continue;
        }
        let mut kept: Vec<Value> = Vec::new();
        let mut names = BTreeSet::new();
        let all: Vec<Value> = walk::items(operation.get("parameters")).cloned().collect();
        let expanded = all
            .into_iter()
            .flat_map(|parameter| objects::in_query(document, parameter, &location, notes));
        let expanded: Vec<_> = expanded.collect();
        for mut parameter in expanded {
            let name = text(&parameter, "name").to_owned();
            let location = format!("{location}.parameters.{name}");
            let outcome = if names.insert((name.clone(), text(&parameter, "in").to_owned())) {
                one(document, &mut parameter, &path)
            } else {
                Outcome::Ignored("a duplicate")
            };
            match outcome {
                Outcome::Kept(None) => kept.push(parameter),
                Outcome::Kept(Some(change)) => {
                    notes.changed(location, change);
                    kept.push(parameter);
                }
                Outcome::Ignored(cause) => notes.changed(location, format!("removed: {cause}")),
                Outcome::Unsupported(cause) if parameter.get("required") == Some(&true.into()) => {
                    let cause = format!("the required parameter `{name}`: {cause}");
                    out.push((path.clone(), method.clone(), cause));
                }
                Outcome::Unsupported(cause) => notes.left_out(location, cause),
            }
        }
        for name in braces(&path) {
            let is_declared = kept
                .iter()
                .any(|kept| text(kept, "in") == "path" && text(kept, "name") == name);
            if !is_declared {
                notes.changed(
                    format!("{location}.parameters.{name}"),
                    "declared in the path only: a string",
                );
                kept.push(json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
            }
        }
        if let Some(members) = operation.as_object_mut() {
            members.remove("parameters");
            if !kept.is_empty() {
                members.insert("parameters".to_owned(), kept.into());
            }
        }
    }
    walk::restore(document, paths);
    for (path, method, cause) in out {
        leave_out(document, notes, &path, &method, &cause);
    }
}

/// Returns whether every brace of a path encloses the name of a parameter. The generator
/// rejects a path with any other brace, and a name with a slash.
fn has_valid_braces(path: &str) -> bool {
    let mut parts = path.split('{');
    let is_closed = |part: &str| {
        let closed = part.split_once('}');
        closed.is_some_and(|(name, after)| !name.contains('/') && !after.contains('}'))
    };
    parts.next().is_some_and(|first| !first.contains('}')) && parts.all(is_closed)
}

/// Returns why the client does not support a path. It fills in the parameters, and compares
/// the path of a request with it. Fragments are not sent; a document distinguishes
/// operations at one URL by them.
fn check_path(path: &str) -> Option<&'static str> {
    let (path, fragment) = path.split_once('#').unwrap_or((path, ""));
    if fragment.contains(['{', '}']) {
        return Some("the fragment of the path contains a parameter, and is not sent");
    }
    if !has_valid_braces(path) {
        return Some("a brace of the path does not enclose the name of a parameter");
    }
    let fixed: String = path
        .split('{')
        .map(|part| part.split_once('}').map_or(part, |(_, after)| after))
        .collect::<Vec<_>>()
        .join("x");
    let is_literal =
        |letter: char| letter.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@".contains(letter);
    // The generator would append it to the name of the server.
    if !path.starts_with('/') {
        return Some("the path does not begin with a slash");
    }
    // A query is sent as it is written.
    let (fixed, query) = fixed.split_once('?').unwrap_or((&fixed, ""));
    let is_of_query = |letter: char| is_literal(letter) || "?%".contains(letter);
    if fixed.contains("//") || !fixed.chars().all(is_literal) || !query.chars().all(is_of_query) {
        return Some("the path contains characters that a URL must encode");
    }
    let mut names = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for name in braces(path) {
        if seen.insert(name) && !names.insert(rust_name(&path_key(name))) {
            return Some("two parameters of the path have the same name in Rust");
        }
    }
    None
}

/// The outcome of the pass for a parameter.
enum Outcome {
    /// Kept, with the changes.
    Kept(Option<String>),
    /// Removed, because it has no effect.
    Ignored(&'static str),
    Unsupported(&'static str),
}

/// Converts one parameter to `OpenAPI` 3.0.3.
fn one(document: &Value, parameter: &mut Value, path: &str) -> Outcome {
    if let Some(outcome) = misplaced(parameter, path) {
        return outcome;
    }
    let encoding = match encoding(document, parameter) {
        Ok(encoding) => encoding,
        Err(cause) => return Outcome::Unsupported(cause),
    };
    let in_query = text(parameter, "in") == "query";
    let in_path = text(parameter, "in") == "path";
    let Some(members) = parameter.as_object_mut() else {
        return Outcome::Unsupported("not a parameter");
    };
    let mut removed = Vec::new();
    members.retain(|name, _| {
        let is_kept = match name.as_str() {
            "name" | "in" | "description" | "required" | "deprecated" | "example" => true,
            "allowEmptyValue" => in_query,
            // Set from the encoding.
            "style" | "explode" | "schema" | "content" => return false,
            _ => name.starts_with("x-"),
        };
        if !is_kept {
            removed.push(name.clone());
        }
        is_kept
    });
    if in_path {
        members.insert("required".to_owned(), true.into());
    }
    members.extend(encoding.members);
    let removed = (!removed.is_empty()).then(|| format!("without {}", removed.join(", ")));
    let changes: Vec<_> = encoding.change.into_iter().chain(removed).collect();
    Outcome::Kept((!changes.is_empty()).then(|| changes.join("; ")))
}

/// Returns the outcome for a parameter whose location or name is not supported or has no
/// effect.
fn misplaced(parameter: &Value, path: &str) -> Option<Outcome> {
    let name = text(parameter, "name");
    let ignored = ["accept", "content-type", "authorization"];
    match text(parameter, "in") {
        // OpenAPI ignores these three, because other members describe them.
        "header" if ignored.contains(&name.to_lowercase().as_str()) => {
            Some(Outcome::Ignored("the client sets this header itself"))
        }
        "header" | "cookie" if !is_token(name) => {
            let cause = "its name is not a valid token";
            Some(Outcome::Unsupported(cause))
        }
        "path" if !path.contains(&format!("{{{name}}}")) => {
            Some(Outcome::Ignored("the path does not contain it"))
        }
        "query" | "header" | "path" | "cookie" => None,
        "querystring" => Some(Outcome::Unsupported("the complete query as one value")),
        _ => {
            let cause = "its location is not path, query, header or cookie";
            Some(Outcome::Unsupported(cause))
        }
    }
}

/// The encoding of a parameter in `OpenAPI` 3.0.3.
struct Encoding {
    /// `schema` or `content`, and `style` and `explode` unless they are the defaults.
    members: Map<String, Value>,
    /// The change of the parameter, if there is one.
    change: Option<String>,
}

/// Returns the encoding of a parameter, or why no style can encode it.
fn encoding(document: &Value, parameter: &Value) -> Result<Encoding, &'static str> {
    let sent_in = text(parameter, "in");
    let (default_style, supported): (_, &[&str]) = match sent_in {
        "query" => (
            "form",
            &["form", "spaceDelimited", "pipeDelimited", "deepObject"],
        ),
        "cookie" => ("form", &["form", "cookie"]),
        "path" => ("simple", &["simple", "label", "matrix"]),
        _ => ("simple", &["simple"]),
    };
    let style = match text(parameter, "style") {
        "" => default_style,
        style => style,
    };
    if !supported.contains(&style) {
        return Err("a style that is not defined for its location");
    }
    let content = parameter.get("content").and_then(Value::as_object);
    if let Some((media, described)) = content.and_then(|content| content.iter().next()) {
        return Ok(of_content(document, media, described));
    }
    let explode = parameter.get("explode").and_then(Value::as_bool);
    let explode = explode.unwrap_or(style == "form");
    let schema = parameter.get("schema").cloned();
    let mut schema = schema.unwrap_or_else(|| json!({"type": "string"}));
    let (ty, item_ty) = objects::types(document, &schema);
    let mut change = None;
    let with_description = |mut value: Value| {
        let prose = schema.get("description").cloned();
        if let (Some(members), Some(prose)) = (value.as_object_mut(), prose) {
            members.insert("description".to_owned(), prose);
        }
        value
    };
    match ty.as_str() {
        "array" if item_ty == "array" || item_ty == "object" => {
            return Err("a list of lists or objects, which no style can encode");
        }
        "array" if style == "deepObject" => {
            return Err("a list as deepObject, which is not defined for lists");
        }
        "array" if sent_in == "cookie" && explode => {
            return Err("a list in several cookies of one name");
        }
        "object" if sent_in == "cookie" => return Err("an object in a cookie"),
        "object" => {
            change = Some("an object in its style: the type is a map".to_owned());
            schema = with_description(json!({"type": "object", "additionalProperties": {}}));
        }
        "" => {
            let ty = "any JSON in its style; a nested value is an error";
            change = Some(format!("several types: {ty}"));
            schema = with_description(json!({}));
        }
        _ => {}
    }
    // The generator makes a nullable parameter optional; no style can encode null.
    let named = resolve(document, &schema);
    if named.get("nullable") == Some(&true.into()) {
        schema = named.clone();
    }
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("nullable");
    }
    let mut members = Map::from_iter([("schema".to_owned(), schema)]);
    let is_single = !matches!(ty.as_str(), "array" | "object" | "");
    // An exploded list in a query is the same in each style.
    let is_default = style == default_style || (ty == "array" && explode && sent_in == "query");
    let has_style = !is_default && (!is_single || matches!(style, "label" | "matrix"));
    if has_style {
        members.insert("style".to_owned(), style.into());
    }
    // Without `explode`, that of the written style applies.
    let style = if has_style { style } else { default_style };
    if !is_single && explode != (style == "form") {
        members.insert("explode".to_owned(), explode.into());
    }
    Ok(Encoding { members, change })
}

/// Returns the encoding of a parameter with `content`: JSON or a string.
fn of_content(document: &Value, media: &str, described: &Value) -> Encoding {
    let encoding = |name: &str, value: Value, change| Encoding {
        members: Map::from_iter([(name.to_owned(), value)]),
        change,
    };
    if !is_json(media) {
        let change = Some(format!("a string of {media}"));
        return encoding("schema", json!({"type": "string"}), change);
    }
    let schema = described.get("schema").cloned();
    let mut schema = schema.unwrap_or_else(|| json!({}));
    let mut change = None;
    if matches!(objects::types(document, &schema).0.as_str(), "object" | "") {
        // The generator's builders do not support an object as a parameter.
        change = Some("an object as JSON: any JSON".to_owned());
        schema = json!({});
    }
    encoding("content", json!({media: {"schema": schema}}), change)
}

/// Returns whether a name is valid for a header or a cookie (RFC 9110 §5.6.2).
fn is_token(name: &str) -> bool {
    let is_valid =
        |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
    !name.is_empty() && name.chars().all(is_valid)
}

#[cfg(test)]
mod tests;
