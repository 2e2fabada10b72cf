//! A document as JSON: its operations, and access to its parts. The lowest layer.

pub(crate) mod order;
pub mod references;
pub(crate) mod structure;
pub mod walk;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

use crate::error::{DocumentPath, Error, Result, Step};

/// The members of a path item that are operations.
pub const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// The extension with the descriptions of the values of an enum, by value.
pub const VALUE_DESCRIPTIONS: &str = "x-value-descriptions";

/// The extension of a component that is the payload of webhooks: their names and descriptions.
pub const WEBHOOKS: &str = "x-webhooks";

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
    pub fn location(&self) -> DocumentPath {
        DocumentPath::of(&["paths", self.path, self.method])
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

/// Returns the first segment of a path that is no version and no parameter: `assets` of
/// `/v1/{tenant}/assets/{id}`.
pub fn subject(path: &str) -> Option<&str> {
    let is_version = |segment: &str| {
        let number = segment.strip_prefix(['v', 'V']).unwrap_or(segment);
        number.starts_with(|letter: char| letter.is_ascii_digit())
            && number
                .chars()
                .all(|it| it.is_ascii_digit() || ".-_".contains(it))
    };
    let mut segments = without_fragment(path).split('/');
    segments.find(|it| !it.is_empty() && !it.contains('{') && !is_version(it))
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

/// Returns the members of an object by name, mutably; none of any other value.
pub fn members_mut(value: Option<&mut Value>) -> impl Iterator<Item = (&String, &mut Value)> {
    value
        .and_then(Value::as_object_mut)
        .into_iter()
        .flat_map(order::by_name_mut)
}

/// Returns the members of an object by name; none of any other value.
pub fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(order::by_name)
}

/// Returns the object at a location, which is added if it is missing.
///
/// # Errors
/// If the value there, or one that contains it, is not an object.
pub(crate) fn object_at<'a>(
    document: &'a mut Value,
    names: &[&str],
) -> Result<&'a mut Map<String, Value>> {
    let error = |depth| {
        let names = names.get(..depth).unwrap_or_default();
        Error::new("not an object").at(DocumentPath::of(names))
    };
    let mut found = document.as_object_mut().ok_or_else(|| error(0))?;
    for (at, name) in names.iter().enumerate() {
        let member = found
            .entry(*name)
            .or_insert_with(|| Value::Object(Map::new()));
        found = member.as_object_mut().ok_or_else(|| error(at + 1))?;
    }
    Ok(found)
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
pub fn typed<T: DeserializeOwned>(value: &Value, location: &DocumentPath) -> Result<T> {
    // Tracking the location takes twice as long, so it is done only after a failure.
    if let Ok(typed) = T::deserialize(value) {
        return Ok(typed);
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let mut location = location.clone();
        location
            .0
            .extend(error.path().iter().filter_map(|segment| match segment {
                Segment::Seq { index } => Some(Step::Index(*index)),
                Segment::Map { key: name } | Segment::Enum { variant: name } => {
                    Some(Step::name(name))
                }
                Segment::Unknown => None,
            }));
        Error::new(error.into_inner().to_string()).at(location)
    })
}
