//! The parameters of an operation, and their names in the document that progenitor reads.

use std::collections::BTreeSet;

use heck::ToSnakeCase;
use serde_json::Value;

use super::multipart::{self, Member, Part};
use crate::document::{resolve, text};
use crate::model::method_name;

/// Where a parameter is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    Path,
    Query,
    Header,
    Cookie,
    /// A part of a body of several parts.
    Part,
}

impl Location {
    /// Returns the name of a parameter in this location.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Path => "path parameter",
            Self::Query => "query parameter",
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Part => "part",
        }
    }
}

#[derive(Debug)]
pub struct Parameter {
    pub name: String,
    /// Its name in the document that progenitor reads, unique as an identifier in its
    /// operation.
    pub key: String,
    /// The identifier that progenitor makes of the key.
    pub field: String,
    pub location: Location,
    pub style: String,
    pub explode: bool,
    pub is_required: bool,
    /// Whether the value is encoded by `Display`. Every other one is encoded in its style.
    pub is_plain: bool,
    pub description: String,
    /// How it is encoded, if it is a part of the body.
    pub part: Option<Part>,
}

/// The names of the functions and fields of every builder.
const RESERVED: [&str; 4] = ["body", "client", "new", "send"];

/// Returns the key of a path parameter: its name for progenitor, in the path and in the list
/// of parameters.
pub fn path_key(name: &str) -> String {
    if RESERVED.contains(&name.to_snake_case().as_str()) {
        format!("{name}_path")
    } else {
        name.to_owned()
    }
}

/// Returns the names in the braces of a path.
pub fn braces(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split('}').next())
}

/// Returns the parameters of an operation: its own, and those of its path that it does not
/// replace.
pub fn listed<'a>(document: &'a Value, item: &'a Value, own: &'a Value) -> Vec<&'a Value> {
    let of = |owner: &'a Value| {
        let listed = owner.get("parameters").and_then(Value::as_array);
        listed
            .into_iter()
            .flatten()
            .map(|parameter| resolve(document, parameter))
    };
    let identity = |parameter: &Value| {
        let of = |name| text(parameter, name).to_owned();
        (of("in"), of("name"))
    };
    let own: Vec<_> = of(own).collect();
    let replaced: BTreeSet<_> = own.iter().map(|parameter| identity(parameter)).collect();
    let inherited = of(item).filter(|parameter| !replaced.contains(&identity(parameter)));
    inherited.chain(own.iter().copied()).collect()
}

pub(super) fn of(document: &Value, item: &Value, own: &Value) -> Vec<Parameter> {
    let listed = listed(document, item, own);
    // A path parameter keeps its name, because the path contains it; the others are renamed.
    let mut taken: BTreeSet<String> = RESERVED.map(str::to_owned).into();
    let in_path = listed.iter().filter(|it| text(it, "in") == "path");
    taken.extend(in_path.map(|it| path_key(text(it, "name")).to_snake_case()));
    let mut all: Vec<_> = listed
        .iter()
        .map(|parameter| {
            let key = match text(parameter, "in") {
                "path" => path_key(text(parameter, "name")),
                location => free_key(text(parameter, "name"), location, &mut taken),
            };
            Parameter::new(document, parameter, key)
        })
        .collect();
    for member in multipart::parts(document, own) {
        let key = free_key(member.name, "part", &mut taken);
        all.push(Parameter::of_part(member, key));
    }
    all
}

fn free_key(name: &str, location: &str, taken: &mut BTreeSet<String>) -> String {
    let mut key = name.to_owned();
    let mut number = 2;
    while !taken.insert(key.to_snake_case()) {
        key = format!("{name}_{location}");
        if taken.contains(&key.to_snake_case()) {
            key = format!("{name}_{location}_{number}");
            number += 1;
        }
    }
    key
}

impl Parameter {
    fn new(document: &Value, parameter: &Value, key: String) -> Self {
        let name = text(parameter, "name");
        let location = match text(parameter, "in") {
            "path" => Location::Path,
            "header" => Location::Header,
            "cookie" => Location::Cookie,
            _ => Location::Query,
        };
        let style = match (text(parameter, "style"), location) {
            ("", Location::Query | Location::Cookie) => "form",
            ("", _) => "simple",
            (style, _) => style,
        };
        let explode = parameter.get("explode").and_then(Value::as_bool);
        let explode = explode.unwrap_or(style == "form");
        let schema = parameter.get("schema");
        let is_single = schema.is_some_and(|schema| is_single(document, schema, 0));
        let is_list = schema.is_some_and(|it| text(resolve(document, it), "type") == "array");
        let is_plain = match location {
            Location::Query => is_single || is_list && style == "form" && explode,
            Location::Cookie | Location::Part => false,
            Location::Path => is_single && displays_as_json(document, schema) && style == "simple",
            Location::Header => {
                is_single && displays_as_json(document, schema) && is_header_name(name)
            }
        };
        let has_content = parameter.get("content").is_some();
        Self {
            name: name.to_owned(),
            field: method_name(&key),
            key,
            location,
            style: if has_content { "json" } else { style }.to_owned(),
            explode,
            is_required: location == Location::Path
                || parameter.get("required") == Some(&true.into()),
            is_plain: is_plain && !has_content,
            description: text(parameter, "description").to_owned(),
            part: None,
        }
    }

    fn of_part(member: Member<'_>, key: String) -> Self {
        Self {
            name: member.name.to_owned(),
            field: method_name(&key),
            key,
            location: Location::Part,
            style: String::new(),
            explode: false,
            is_required: member.is_required,
            is_plain: false,
            description: member.description.to_owned(),
            part: Some(member.part),
        }
    }
}

/// Returns whether `HeaderMap` accepts a name: it panics on any other one (RFC 9110 §5.6.2).
fn is_header_name(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(is_token)
}

/// Returns whether every value of a schema is one string, number or boolean.
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

/// Returns whether `Display` of the generated type equals its value in JSON. It does not for a
/// nullable value, a union and a time.
fn displays_as_json(document: &Value, schema: Option<&Value>) -> bool {
    let Some(schema) = schema.map(|schema| resolve(document, schema)) else {
        return false;
    };
    !text(schema, "type").is_empty()
        && schema.get("nullable") != Some(&true.into())
        && text(schema, "format") != "date-time"
}
