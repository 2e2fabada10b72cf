//! Parameters as they are sent, each in its own style.

mod objects;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::names::rust_name;
use crate::generate::{braces, is_json};
use crate::import::leave_out;
use crate::import::notes::Notes;
use crate::import::walk::{self, operation_place, text};

/// The generator has one style of parameters, takes no objects, and fails on
/// cookies and on `content`. What is sent in another way keeps its words here:
/// `generate` writes it in its style. An object in a query is a parameter per
/// member. What no style can say is left out; a required one takes its
/// operation along.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let whole = document.clone();
    let mut out = Vec::new();
    for (path, method, operation) in walk::operations(document) {
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
            .flat_map(|parameter| objects::in_query(&whole, parameter, &place, notes));
        let expanded: Vec<_> = expanded.collect();
        for mut parameter in expanded {
            let name = text(&parameter, "name").to_owned();
            let place = format!("{place}.parameters.{name}");
            let outcome = if names.insert((name.clone(), text(&parameter, "in").to_owned())) {
                one(&whole, &mut parameter, &path)
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
    for (path, method, cause) in out {
        leave_out(document, notes, &path, &method, &cause);
    }
}

/// The client fills in a path and compares what it sends with it.
fn bad_path(path: &str) -> Option<&'static str> {
    let fixed: String = path
        .split('{')
        .map(|part| part.split_once('}').map_or(part, |(_, after)| after))
        .collect::<Vec<_>>()
        .join("x");
    let stands_for_itself =
        |letter: char| letter.is_ascii_alphanumeric() || "/-._~!$&'()*+,;=:@".contains(letter);
    if fixed.contains(['?', '#']) {
        return Some("its path holds a query or a fragment");
    }
    if fixed.contains("//") || !fixed.chars().all(stands_for_itself) {
        return Some("its path holds what an address writes in another way");
    }
    let mut names = BTreeSet::from(["body".to_owned(), "new".to_owned(), "send".to_owned()]);
    let mut seen = BTreeSet::new();
    for name in braces(path) {
        if seen.insert(name) && !names.insert(rust_name(name)) {
            return Some("a parameter of its path has a name that is taken in Rust");
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
    let own = |member: &str| text(parameter, member).to_owned();
    let (name, kind, style) = (own("name"), own("in"), own("style"));
    match kind.as_str() {
        // OpenAPI says to ignore these three: others say what they say.
        "header"
            if ["accept", "content-type", "authorization"]
                .contains(&name.to_lowercase().as_str()) =>
        {
            return Outcome::Needless("the client sets this header itself");
        }
        "header" | "cookie" if !is_token(&name) => {
            return Outcome::Impossible("its name cannot stand in a request");
        }
        "path" if !path.contains(&format!("{{{name}}}")) => {
            return Outcome::Needless("it does not stand in the path");
        }
        "query" | "header" | "path" | "cookie" => {}
        "querystring" => return Outcome::Impossible("a whole query as one value"),
        _ => return Outcome::Impossible("neither in the path, the query, a header nor a cookie"),
    }
    let by_default = match kind.as_str() {
        "query" | "cookie" => "form",
        _ => "simple",
    };
    let style = if style.is_empty() { by_default } else { &style };
    let fits: &[&str] = match kind.as_str() {
        "query" => &["form", "spaceDelimited", "pipeDelimited", "deepObject"],
        "path" => &["simple", "label", "matrix"],
        "header" => &["simple"],
        _ => &["form", "cookie"],
    };
    if !fits.contains(&style) {
        return Outcome::Impossible("a style that is not known there");
    }
    let exploded = parameter.get("explode").and_then(Value::as_bool);
    let exploded = exploded.unwrap_or(style == "form");
    let mut told = None;
    let mut said = serde_json::Map::new();
    let mut schema = parameter
        .get("schema")
        .cloned()
        .unwrap_or_else(|| json!({"type": "string"}));
    let content = parameter.get("content").and_then(Value::as_object);
    if let Some((media, described)) = content.and_then(|content| content.iter().next()) {
        if is_json(media) {
            let mut within = described
                .get("schema")
                .cloned()
                .unwrap_or_else(|| json!({}));
            if matches!(objects::kinds(whole, &within).0.as_str(), "object" | "") {
                // The generator's builders take no object for a parameter.
                told = Some("an object as JSON: any JSON".to_owned());
                within = json!({});
            }
            said.insert("content".to_owned(), json!({media: {"schema": within}}));
        } else {
            told = Some(format!("a text of {media}"));
            schema = json!({"type": "string"});
        }
    } else {
        let (of, of_items) = objects::kinds(whole, &schema);
        match of.as_str() {
            "array" if of_items == "array" || of_items == "object" => {
                return Outcome::Impossible("a list of lists or objects, which no style can say");
            }
            "array" if style == "deepObject" => {
                return Outcome::Impossible("a list as deepObject, which says nothing of lists");
            }
            "array" if kind == "cookie" && exploded => {
                return Outcome::Impossible("a list in several cookies of one name");
            }
            "object" if kind == "cookie" => return Outcome::Impossible("an object in a cookie"),
            "object" => {
                told = Some("an object that is written in its style: a map".to_owned());
                schema = json!({"type": "object", "additionalProperties": {}});
            }
            "" => {
                told = Some("of several types: any JSON, written in its style".to_owned());
                schema = json!({});
            }
            _ => {}
        }
        let is_list = matches!(of.as_str(), "array" | "object" | "");
        if is_list && style != by_default && !(of == "array" && exploded && kind == "query") {
            said.insert("style".to_owned(), style.into());
        }
        if !is_list && matches!(style, "label" | "matrix") {
            said.insert("style".to_owned(), style.into());
        }
        if is_list && exploded != (by_default == "form") {
            said.insert("explode".to_owned(), exploded.into());
        }
    }
    let Some(members) = parameter.as_object_mut() else {
        return Outcome::Impossible("no parameter");
    };
    let mut gone = Vec::new();
    members.retain(|name, _| {
        let words = [
            "name",
            "in",
            "description",
            "required",
            "deprecated",
            "example",
            "allowEmptyValue",
        ];
        let is_kept = words.contains(&name.as_str()) || name.starts_with("x-");
        let is_said_otherwise = ["style", "explode", "schema", "content"].contains(&name.as_str());
        if !is_kept && !is_said_otherwise {
            gone.push(name.clone());
        }
        is_kept
    });
    if !gone.is_empty() {
        let without = format!("without {}", gone.join(", "));
        told = Some(told.map_or(without.clone(), |told| format!("{told}; {without}")));
    }
    if kind == "path" {
        members.insert("required".to_owned(), true.into());
    }
    if kind != "query" {
        members.remove("allowEmptyValue");
    }
    if !said.contains_key("content") {
        if let Some(schema) = schema.as_object_mut() {
            // A value that is not sent is not given.
            schema.remove("nullable");
        }
        members.insert("schema".to_owned(), schema);
    }
    members.extend(said);
    Outcome::Kept(told)
}

/// What a header's or a cookie's name is made of (RFC 9110 §5.6.2).
fn is_token(name: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter);
    !name.is_empty() && name.chars().all(fits)
}

#[cfg(test)]
mod tests;
