//! A document as JSON: its operations, and access to its parts. The lowest layer.

pub mod references;
pub mod walk;

use anyhow::{Result, anyhow};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The members of a path item that are operations.
pub const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// An operation of a document.
pub struct Operation<'a> {
    pub path: &'a str,
    pub method: &'a str,
    /// The path's item, whose parameters are also the operation's.
    pub item: &'a Value,
    pub own: &'a Value,
}

impl Operation<'_> {
    /// Returns its location, such as `paths./a.get`.
    pub fn location(&self) -> String {
        operation_location(self.path, self.method)
    }

    /// Returns its `operationId`; empty if it has none.
    pub fn id(&self) -> &str {
        text(self.own, "operationId")
    }
}

/// Returns every operation of the document.
pub fn operations(document: &Value) -> impl Iterator<Item = Operation<'_>> {
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

/// Returns every operation with its path and method, mutably.
pub fn operations_mut(document: &mut Value) -> impl Iterator<Item = (String, String, &mut Value)> {
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

/// Returns the path without its fragment. A document distinguishes operations at one address by
/// fragments, which are not sent.
pub fn without_fragment(path: &str) -> &str {
    path.split('#').next().unwrap_or(path)
}

/// Returns the location of an operation, for messages.
pub fn operation_location(path: &str, method: &str) -> String {
    format!("paths.{path}.{method}")
}

/// Returns a string member; empty if there is none.
pub fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Escapes a name for a JSON pointer (RFC 6901).
pub fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Returns the name in a part of a JSON pointer (RFC 6901).
pub fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

/// Returns the members of an object, mutably; none of any other value.
pub fn members_mut(value: Option<&mut Value>) -> impl Iterator<Item = (&String, &mut Value)> {
    value
        .and_then(Value::as_object_mut)
        .into_iter()
        .flat_map(Map::iter_mut)
}

/// Returns the members of an object; none of any other value.
pub fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
}

/// Follows a `$ref` within the document; returns any other value.
pub fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    value
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|target| document.pointer(target.strip_prefix('#')?))
        .unwrap_or(value)
}

/// Deserializes a part of the document; errors contain `location`.
pub fn typed<T: DeserializeOwned>(value: &Value, location: &str) -> Result<T> {
    // Tracking the location takes twice as long, so it is done only after a failure.
    if let Ok(typed) = T::deserialize(value) {
        return Ok(typed);
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let inner = error.path().to_string();
        let location = match (location.is_empty(), inner.as_str()) {
            (true, "." | "?") => "the document".to_owned(),
            (false, "." | "?") => location.to_owned(),
            (true, _) => inner,
            (false, _) => format!("{location}.{inner}"),
        };
        anyhow!("{location}: {}", error.into_inner())
    })
}
