//! Parameters as the generator sends them right.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::names::rust_name;
use crate::import::leave_out;
use crate::import::notes::Notes;
use crate::import::walk::{self, describe, operation_place, text};

/// The generator fails on cookies, `content`, the styles of arrays and objects
/// but one, and arrays in headers and paths; and it sends `explode: false`
/// exploded. Such a list becomes one text, as the document's style writes it.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let whole = document.clone();
    let mut out = Vec::new();
    for (path, method, operation) in walk::operations(document) {
        let place = operation_place(&path, &method);
        let mut kept: Vec<Value> = Vec::new();
        // `body` is what the request's body is called.
        let mut names = BTreeSet::from(["body".to_owned(), "client".to_owned()]);
        let all: Vec<Value> = walk::items(operation.get("parameters")).cloned().collect();
        let expanded = all
            .into_iter()
            .flat_map(|parameter| deep(&whole, parameter));
        for mut parameter in expanded {
            let name = text(&parameter, "name").to_owned();
            let cause = one(&whole, &mut parameter, &path).err().or_else(|| {
                (!names.insert(rust_name(&name))).then_some("another has its name in Rust")
            });
            match cause {
                None => kept.push(parameter),
                Some("") => {}
                Some(cause) if parameter.get("required") == Some(&true.into()) => {
                    out.push((
                        path.clone(),
                        method.clone(),
                        format!("the required parameter `{name}`: {cause}"),
                    ));
                }
                Some(cause) => notes.left_out(format!("{place}, parameter `{name}`"), cause),
            }
        }
        for name in path
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
        {
            let stands = kept
                .iter()
                .any(|kept| text(kept, "in") == "path" && text(kept, "name") == name);
            if !stands {
                notes.changed(
                    &place,
                    format!("the path's `{name}` is a parameter, a text"),
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

/// An object in a query is a parameter per member: `filter[name]` as
/// deepObject, `name` as an exploded form.
fn deep(whole: &Value, parameter: Value) -> Vec<Value> {
    let schema = parameter
        .get("schema")
        .map(|schema| crate::generate::resolve(whole, schema));
    let style = text(&parameter, "style");
    let exploded = matches!(style, "" | "form") && parameter.get("explode") != Some(&false.into());
    let members = schema
        .and_then(|schema| schema.get("properties"))
        .and_then(Value::as_object);
    let Some(members) = members.filter(|members| {
        text(&parameter, "in") == "query"
            && !members.is_empty()
            && (style == "deepObject" || exploded)
    }) else {
        return vec![parameter];
    };
    let name = text(&parameter, "name");
    let required: Vec<_> = walk::items(schema.and_then(|schema| schema.get("required"))).collect();
    let needed = parameter.get("required") == Some(&true.into());
    members
        .iter()
        .map(|(member, schema)| {
            let name = if exploded {
                member.clone()
            } else {
                format!("{name}[{member}]")
            };
            let required = needed && required.contains(&&Value::from(member.clone()));
            json!({"name": name, "in": "query", "required": required, "schema": schema})
        })
        .collect()
}

/// Changes one parameter, or says why it cannot be; "" if nothing is lost.
fn one(whole: &Value, parameter: &mut Value, path: &str) -> Result<(), &'static str> {
    let (name, kind) = (
        text(parameter, "name").to_owned(),
        text(parameter, "in").to_owned(),
    );
    let style = text(parameter, "style").to_owned();
    match kind.as_str() {
        "cookie" => return Err("a cookie"),
        // OpenAPI says to ignore these three: others say what they say.
        "header"
            if ["accept", "content-type", "authorization"]
                .contains(&name.to_lowercase().as_str()) =>
        {
            return Err("");
        }
        "path" if !path.contains(&format!("{{{name}}}")) => return Err(""),
        "query" | "header" | "path" => {}
        _ => return Err("a parameter that is neither in the path, the query nor a header"),
    }
    let mut schema = parameter
        .get("schema")
        .cloned()
        .unwrap_or_else(|| json!({"type": "string"}));
    if parameter.get("content").is_some() {
        schema = json!({"type": "string"});
        describe(parameter, "A text in JSON.");
    }
    let exploded = parameter
        .get("explode")
        .and_then(Value::as_bool)
        .unwrap_or(matches!(style.as_str(), "" | "form"));
    match (kind_of(whole, &schema, 0).as_str(), kind.as_str()) {
        ("object", _) => return Err("an object that cannot be said as single parameters"),
        ("array", "query") if exploded && matches!(style.as_str(), "" | "form") => {}
        ("array", "query") if exploded => return Err("a style of lists that is not known"),
        ("array", _) => {
            let between = match style.as_str() {
                "spaceDelimited" => "a space",
                "pipeDelimited" => "a |",
                "deepObject" | "label" | "matrix" => {
                    return Err("a style of lists that is not known");
                }
                _ => "a comma",
            };
            describe(
                parameter,
                &format!("Several values stand in one text, with {between} between them."),
            );
            schema = json!({"type": "string"});
        }
        ("", _) => schema = json!({"type": "string"}),
        _ if matches!(style.as_str(), "label" | "matrix") => {
            return Err("a style of the path that is not known");
        }
        _ => {}
    }
    if let Some(members) = parameter.as_object_mut() {
        members.retain(|name, _| {
            matches!(
                name.as_str(),
                "name" | "in" | "description" | "required" | "deprecated" | "example"
            ) || name.starts_with("x-")
        });
        if kind == "path" {
            members.insert("required".to_owned(), true.into());
        }
        members.insert("schema".to_owned(), schema);
    }
    Ok(())
}

/// The type of a schema, through references and unions; of several, the worst.
fn kind_of(whole: &Value, schema: &Value, depth: usize) -> String {
    let schema = crate::generate::resolve(whole, schema);
    if depth > 20 {
        return String::new();
    }
    let kind = text(schema, "type");
    if !kind.is_empty() {
        return kind.to_owned();
    }
    if schema.get("properties").is_some() {
        return "object".to_owned();
    }
    let parts = ["allOf", "oneOf", "anyOf"]
        .into_iter()
        .flat_map(|name| walk::items(schema.get(name)));
    let kinds: BTreeSet<_> = parts.map(|part| kind_of(whole, part, depth + 1)).collect();
    // A list among single values cannot be told apart: all are texts.
    if kinds.len() > 1 && (kinds.contains("array") || kinds.contains("object")) {
        return String::new();
    }
    kinds.into_iter().next().unwrap_or_default()
}
