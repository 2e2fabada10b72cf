//! Reads an OpenAPI document; every error names the file, the location and the cause.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use heck::{ToPascalCase, ToSnakeCase};
use openapiv3::OpenAPI;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::encoding::{self, Request};
use super::prepare::prepare;
use super::unsupported;
use crate::clients::Outputs;

/// A document, in the forms that the generator needs.
#[derive(Debug)]
pub(crate) struct Document {
    /// The document as it was written.
    pub(crate) value: Value,
    /// The document in the constructs that progenitor supports.
    pub(crate) openapi: OpenAPI,
    /// The request of each operation, by the name of its method.
    pub(crate) requests: BTreeMap<String, Request>,
}

/// The members of a path item that are operations.
pub(crate) const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Reads `path`, JSON or YAML by its ending, for these outputs.
pub(crate) fn read(path: &Path, outputs: &Outputs) -> Result<Document> {
    let text = std::fs::read_to_string(path).context("the file cannot be read")?;
    let value = if path.extension().is_some_and(|ending| ending == "json") {
        serde_json::from_str(&text).context("not valid JSON")?
    } else {
        parse_yaml(&text).context("not valid YAML")?
    };
    parse(value, outputs)
}

fn parse_yaml(text: &str) -> Result<Value> {
    // YAML 1.2, as OpenAPI requires: a parameter named `n` is no boolean.
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let text = error.without_snippet().to_string();
        // The rest is advice for programs that use the parser.
        anyhow!(
            "{}",
            text.split("; set ").next().unwrap_or(&text).to_owned()
        )
    })
}

/// Checks the document part by part: an error in the whole would say only "paths" where
/// one operation is wrong.
pub(crate) fn parse(value: Value, outputs: &Outputs) -> Result<Document> {
    check_form(&value)?;
    unsupported::check(&value, outputs)?;
    let mut prepared = value.clone();
    prepare(&mut prepared);
    Ok(Document {
        openapi: typed(&prepared, "")?,
        requests: encoding::all(&value),
        value,
    })
}

/// Checks that it is OpenAPI 3.0, and that every reference has a target.
pub(crate) fn check_form(value: &Value) -> Result<()> {
    if !value.is_object() {
        bail!("the document is no object with `openapi`, `info` and `paths`");
    }
    match value.get("openapi") {
        Some(Value::String(version)) if version.starts_with("3.0.") => {}
        Some(version) => bail!("openapi: {version} was found, a text \"3.0.x\" is needed"),
        None => bail!("openapi: missing; the document must say `openapi: 3.0.3`"),
    }
    let mut references = Vec::new();
    collect_references(value, "", &mut references);
    for (place, target) in references {
        let found = target
            .strip_prefix('#')
            .is_some_and(|pointer| value.pointer(pointer).is_some());
        if !found {
            bail!("{place}: `$ref` leads to {target}, which is not in the document");
        }
    }
    for operation in operations(value) {
        let place = operation.place();
        let parsed: openapiv3::Operation = typed(operation.own, &place)?;
        if parsed.operation_id.is_none() {
            bail!("{place}: operationId is missing; the client's method is named after it");
        }
    }
    for (section, part) in members(value.get("components")) {
        for (name, part) in members(Some(part)) {
            let place = format!("components.{section}.{name}");
            match section.as_str() {
                "schemas" => check::<openapiv3::Schema>(part, &place)?,
                "parameters" => check::<openapiv3::Parameter>(part, &place)?,
                "responses" => check::<openapiv3::Response>(part, &place)?,
                "requestBodies" => check::<openapiv3::RequestBody>(part, &place)?,
                _ => {}
            }
        }
    }
    Ok(())
}

/// An operation of a document.
pub(crate) struct Operation<'a> {
    pub(crate) path: &'a str,
    pub(crate) method: &'a str,
    /// The path's item, whose parameters are also the operation's.
    pub(crate) item: &'a Value,
    pub(crate) own: &'a Value,
}

impl Operation<'_> {
    /// `paths./a.get`
    pub(crate) fn place(&self) -> String {
        operation_place(self.path, self.method)
    }

    /// Its `operationId`; empty if it has none.
    pub(crate) fn id(&self) -> &str {
        text(self.own, "operationId")
    }
}

/// Every operation of the document.
pub(crate) fn operations(document: &Value) -> impl Iterator<Item = Operation<'_>> {
    let paths = members(document.get("paths"));
    let of_api = paths.filter(|(path, _)| !path.starts_with("x-"));
    of_api.flat_map(|(path, item)| {
        members(Some(item))
            .filter(|(method, _)| METHODS.contains(&method.as_str()))
            .map(move |(method, own)| Operation {
                path,
                method,
                item,
                own,
            })
    })
}

/// Every operation with its path and method, to change.
pub(crate) fn operations_mut(
    document: &mut Value,
) -> impl Iterator<Item = (String, String, &mut Value)> {
    let paths = members_mut(document.get_mut("paths"));
    let of_api = paths.filter(|(path, _)| !path.starts_with("x-"));
    of_api.flat_map(|(path, item)| {
        members_mut(Some(item))
            .filter(|(method, operation)| {
                METHODS.contains(&method.as_str()) && operation.is_object()
            })
            .map(move |(method, operation)| (path.clone(), method.clone(), operation))
    })
}

/// The name that progenitor gives to the method of an operation with this id, and to a
/// parameter with this name.
pub(crate) fn method_name(id: &str) -> String {
    let name = match id {
        "+1" => "plus1".to_owned(),
        "-1" => "minus1".to_owned(),
        _ => plain(id).to_snake_case(),
    };
    // `gen` is a keyword of this edition only.
    if name == "gen" {
        return "gen_".to_owned();
    }
    identifier(name, "x")
}

/// The name that progenitor gives to the builder of the method `name`.
pub(crate) fn builder_name(name: &str) -> String {
    identifier(plain(name).to_pascal_case(), "X")
}

fn plain(id: &str) -> String {
    let stays = |letter: char| letter.is_alphanumeric() || letter == '_';
    id.replace('\'', "").replace(|letter| !stays(letter), "-")
}

fn identifier(name: String, of_nothing: &str) -> String {
    let name = match name {
        empty if empty.is_empty() => of_nothing.to_owned(),
        name if name.starts_with(char::is_alphabetic) => name,
        name => format!("_{name}"),
    };
    // A keyword gets an ending.
    if syn::parse_str::<syn::Ident>(&name).is_err() {
        format!("{name}_")
    } else {
        name
    }
}

/// The path without its fragment. A document distinguishes operations at one address by
/// fragments, which are not sent.
pub(crate) fn without_fragment(path: &str) -> &str {
    path.split('#').next().unwrap_or(path)
}

/// The location of an operation, for messages.
pub(crate) fn operation_place(path: &str, method: &str) -> String {
    format!("paths.{path}.{method}")
}

/// A text member; empty if there is none.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A name as a part of a JSON pointer (RFC 6901).
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The members of an object, to change; none of any other value.
pub(crate) fn members_mut(
    value: Option<&mut Value>,
) -> impl Iterator<Item = (&String, &mut Value)> {
    value
        .and_then(Value::as_object_mut)
        .into_iter()
        .flat_map(Map::iter_mut)
}

/// The members of an object; none of any other value.
pub(crate) fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
}

/// Follows a `$ref` within the document; returns any other value.
pub(crate) fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    value
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|target| document.pointer(target.strip_prefix('#')?))
        .unwrap_or(value)
}

fn check<T: DeserializeOwned>(part: &Value, place: &str) -> Result<()> {
    typed::<openapiv3::ReferenceOr<Value>>(part, place)?;
    if part.get("$ref").is_none() {
        typed::<T>(part, place)?;
    }
    Ok(())
}

/// A part of the document in its type; `place` is its location in errors.
pub(crate) fn typed<T: DeserializeOwned>(value: &Value, place: &str) -> Result<T> {
    // Tracking the location takes twice as long, so it is done only after a failure.
    if let Ok(typed) = T::deserialize(value) {
        return Ok(typed);
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let inner = error.path().to_string();
        let place = match (place.is_empty(), inner.as_str()) {
            (true, "." | "?") => "the document".to_owned(),
            (false, "." | "?") => place.to_owned(),
            (true, _) => inner,
            (false, _) => format!("{place}.{inner}"),
        };
        anyhow!("{place}: {}", error.into_inner())
    })
}

/// Whether the members at this place have names that the author of the document chose.
fn names_are_free(place: &str) -> bool {
    let free = [
        "headers",
        "parameters",
        "properties",
        "responses",
        "schemas",
    ];
    free.contains(&place.rsplit('.').next().unwrap_or(place))
}

fn collect_references(value: &Value, place: &str, found: &mut Vec<(String, String)>) {
    let inside = |name: &str| match place {
        "" => name.to_owned(),
        _ => format!("{place}.{name}"),
    };
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                match member {
                    Value::String(target) if name == "$ref" => {
                        found.push((place.to_owned(), target.clone()));
                    }
                    // Examples and notes of other tools are data; a `$ref` in them is
                    // no reference.
                    _ if name == "example" || name == "examples" => {}
                    _ if name.starts_with("x-") && !names_are_free(place) => {}
                    _ => collect_references(member, &inside(name), found),
                }
            }
        }
        Value::Array(array) => {
            for (index, item) in array.iter().enumerate() {
                collect_references(item, &inside(&index.to_string()), found);
            }
        }
        _ => {}
    }
}
