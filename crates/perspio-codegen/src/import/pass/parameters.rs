//! Parameters as they are sent, each in its own style.

mod objects;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::names::rust_name;
use crate::document::resolve;
use crate::document::walk;
use crate::document::{operation_place, text};
use crate::import::leave_out;
use crate::import::notes::Notes;
use crate::model::{braces, is_json, path_key};

/// The generator has one style of parameters, takes no objects, and fails on
/// cookies and on `content`. What is sent in another way keeps its words here:
/// `generate` writes it in its style. An object in a query is a parameter per
/// member. What no style can say is left out; a required one takes its
/// operation along.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let mut paths = walk::paths_apart(document);
    let mut out = Vec::new();
    for (path, method, operation) in crate::document::operations_mut(&mut paths) {
        let place = operation_place(&path, &method);
        if let Some(cause) = bad_path(&path) {
            out.push((path, method, cause.to_owned()));
            continue;
        }
        let mut kept: Vec<Value> = Vec::new();
        let mut names = BTreeSet::new();
        let all: Vec<Value> = walk::items(operation.get("parameters")).cloned().collect();
        let expanded = all
            .into_iter()
            .flat_map(|parameter| objects::in_query(document, parameter, &place, notes));
        let expanded: Vec<_> = expanded.collect();
        for mut parameter in expanded {
            let name = text(&parameter, "name").to_owned();
            let place = format!("{place}.parameters.{name}");
            let outcome = if names.insert((name.clone(), text(&parameter, "in").to_owned())) {
                one(document, &mut parameter, &path)
            } else {
                Outcome::Needless("it stands there twice")
            };
            match outcome {
                Outcome::Kept(None) => kept.push(parameter),
                Outcome::Kept(Some(told)) => {
                    notes.changed(place, told);
                    kept.push(parameter);
                }
                Outcome::Needless(cause) => notes.changed(place, format!("taken out: {cause}")),
                Outcome::Impossible(cause) if parameter.get("required") == Some(&true.into()) => {
                    let cause = format!("the required parameter `{name}`: {cause}");
                    out.push((path.clone(), method.clone(), cause));
                }
                Outcome::Impossible(cause) => notes.left_out(place, cause),
            }
        }
        for name in braces(&path) {
            let stands = kept
                .iter()
                .any(|kept| text(kept, "in") == "path" && text(kept, "name") == name);
            if !stands {
                notes.changed(
                    format!("{place}.parameters.{name}"),
                    "it stands in the path only: a text",
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
    walk::joined(document, paths);
    for (path, method, cause) in out {
        leave_out(document, notes, &path, &method, &cause);
    }
}

/// The client fills in a path and compares what it sends with it. A fragment is
/// not sent: by it a document tells operations at one address apart.
fn bad_path(path: &str) -> Option<&'static str> {
    let (path, fragment) = path.split_once('#').unwrap_or((path, ""));
    if fragment.contains(['{', '}']) {
        return Some("the fragment of its path holds a parameter, and is not sent");
    }
    let fixed: String = path
        .split('{')
        .map(|part| part.split_once('}').map_or(part, |(_, after)| after))
        .collect::<Vec<_>>()
        .join("x");
    let stands_for_itself =
        |letter: char| letter.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@".contains(letter);
    // The generator would put it right behind the server's name.
    if !path.starts_with('/') {
        return Some("a path begins with a slash");
    }
    if fixed.contains('?') {
        return Some("its path holds a query");
    }
    if fixed.contains("//") || !fixed.chars().all(stands_for_itself) {
        return Some("its path holds what an address writes in another way");
    }
    let mut names = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for name in braces(path) {
        if seen.insert(name) && !names.insert(rust_name(&path_key(name))) {
            return Some("two parameters of its path have one name in Rust");
        }
    }
    None
}

/// What became of a parameter.
enum Outcome {
    /// With what was changed.
    Kept(Option<String>),
    /// Nothing is lost without it.
    Needless(&'static str),
    Impossible(&'static str),
}

/// Brings one parameter into the words of 3.0.3.
fn one(whole: &Value, parameter: &mut Value, path: &str) -> Outcome {
    if let Some(outcome) = misplaced(parameter, path) {
        return outcome;
    }
    let said = match said(whole, parameter) {
        Ok(said) => said,
        Err(cause) => return Outcome::Impossible(cause),
    };
    let in_query = text(parameter, "in") == "query";
    let in_path = text(parameter, "in") == "path";
    let Some(members) = parameter.as_object_mut() else {
        return Outcome::Impossible("no parameter");
    };
    let mut gone = Vec::new();
    members.retain(|name, _| {
        let is_kept = match name.as_str() {
            "name" | "in" | "description" | "required" | "deprecated" | "example" => true,
            "allowEmptyValue" => in_query,
            // Said otherwise.
            "style" | "explode" | "schema" | "content" => return false,
            _ => name.starts_with("x-"),
        };
        if !is_kept {
            gone.push(name.clone());
        }
        is_kept
    });
    if in_path {
        members.insert("required".to_owned(), true.into());
    }
    members.extend(said.members);
    let gone = (!gone.is_empty()).then(|| format!("without {}", gone.join(", ")));
    let told: Vec<_> = said.told.into_iter().chain(gone).collect();
    Outcome::Kept((!told.is_empty()).then(|| told.join("; ")))
}

/// A parameter that cannot or need not stand where it stands.
fn misplaced(parameter: &Value, path: &str) -> Option<Outcome> {
    let name = text(parameter, "name");
    let ignored = ["accept", "content-type", "authorization"];
    match text(parameter, "in") {
        // OpenAPI says to ignore these three: others say what they say.
        "header" if ignored.contains(&name.to_lowercase().as_str()) => {
            Some(Outcome::Needless("the client sets this header itself"))
        }
        "header" | "cookie" if !is_token(name) => {
            let cause = "its name cannot stand in a request";
            Some(Outcome::Impossible(cause))
        }
        "path" if !path.contains(&format!("{{{name}}}")) => {
            Some(Outcome::Needless("it does not stand in the path"))
        }
        "query" | "header" | "path" | "cookie" => None,
        "querystring" => Some(Outcome::Impossible("a whole query as one value")),
        _ => {
            let cause = "neither in the path, the query, a header nor a cookie";
            Some(Outcome::Impossible(cause))
        }
    }
}

/// How a parameter is sent, in the words of 3.0.3.
struct Said {
    /// `schema` or `content`, and `style` and `explode` where they are not the usual.
    members: Map<String, Value>,
    told: Option<String>,
}

fn said(whole: &Value, parameter: &Value) -> Result<Said, &'static str> {
    let kind = text(parameter, "in");
    let (by_default, fits): (_, &[&str]) = match kind {
        "query" => (
            "form",
            &["form", "spaceDelimited", "pipeDelimited", "deepObject"],
        ),
        "cookie" => ("form", &["form", "cookie"]),
        "path" => ("simple", &["simple", "label", "matrix"]),
        _ => ("simple", &["simple"]),
    };
    let style = match text(parameter, "style") {
        "" => by_default,
        style => style,
    };
    if !fits.contains(&style) {
        return Err("a style that is not known there");
    }
    let content = parameter.get("content").and_then(Value::as_object);
    if let Some((media, described)) = content.and_then(|content| content.iter().next()) {
        return Ok(of_content(whole, media, described));
    }
    let exploded = parameter.get("explode").and_then(Value::as_bool);
    let exploded = exploded.unwrap_or(style == "form");
    let schema = parameter.get("schema").cloned();
    let mut schema = schema.unwrap_or_else(|| json!({"type": "string"}));
    let (of, of_items) = objects::kinds(whole, &schema);
    let mut told = None;
    let described = |mut kind: Value| {
        let prose = schema.get("description").cloned();
        if let (Some(members), Some(prose)) = (kind.as_object_mut(), prose) {
            members.insert("description".to_owned(), prose);
        }
        kind
    };
    match of.as_str() {
        "array" if of_items == "array" || of_items == "object" => {
            return Err("a list of lists or objects, which no style can say");
        }
        "array" if style == "deepObject" => {
            return Err("a list as deepObject, which says nothing of lists");
        }
        "array" if kind == "cookie" && exploded => {
            return Err("a list in several cookies of one name");
        }
        "object" if kind == "cookie" => return Err("an object in a cookie"),
        "object" => {
            told = Some("an object that is written in its style: a map".to_owned());
            schema = described(json!({"type": "object", "additionalProperties": {}}));
        }
        "" => {
            let cause =
                "any JSON, written in its style; what nests deeper is not sent, but an error";
            told = Some(format!("of several types: {cause}"));
            schema = described(json!({}));
        }
        _ => {}
    }
    // A value that is not sent is not given; what may be null, the generator
    // takes for what need not be sent.
    let named = resolve(whole, &schema);
    if named.get("nullable") == Some(&true.into()) {
        schema = named.clone();
    }
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("nullable");
    }
    let mut members = Map::from_iter([("schema".to_owned(), schema)]);
    let is_single = !matches!(of.as_str(), "array" | "object" | "");
    // A list that is exploded in a query is the same in each style.
    let is_usual = style == by_default || (of == "array" && exploded && kind == "query");
    let is_told = !is_usual && (!is_single || matches!(style, "label" | "matrix"));
    if is_told {
        members.insert("style".to_owned(), style.into());
    }
    // What is not told is read as the style's own.
    let style = if is_told { style } else { by_default };
    if !is_single && exploded != (style == "form") {
        members.insert("explode".to_owned(), exploded.into());
    }
    Ok(Said { members, told })
}

/// A parameter that is JSON stays so; other content is a text.
fn of_content(whole: &Value, media: &str, described: &Value) -> Said {
    let of = |name: &str, value: Value, told| Said {
        members: Map::from_iter([(name.to_owned(), value)]),
        told,
    };
    if !is_json(media) {
        let told = Some(format!("a text of {media}"));
        return of("schema", json!({"type": "string"}), told);
    }
    let schema = described.get("schema").cloned();
    let mut schema = schema.unwrap_or_else(|| json!({}));
    let mut told = None;
    if matches!(objects::kinds(whole, &schema).0.as_str(), "object" | "") {
        // The generator's builders take no object for a parameter.
        told = Some("an object as JSON: any JSON".to_owned());
        schema = json!({});
    }
    of("content", json!({media: {"schema": schema}}), told)
}

/// What a header's or a cookie's name is made of (RFC 9110 §5.6.2).
fn is_token(name: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
    !name.is_empty() && name.chars().all(fits)
}

#[cfg(test)]
mod tests;
