//! Bodies of several parts, whose parts are parameters of the builder.

use serde_json::Value;

use super::{essence, is_json};
use crate::document::{members, resolve, text};

/// The media type of a form of several parts, which can be sent without a description of them.
pub const FORM_DATA: &str = "multipart/form-data";

/// The media types of bodies of several parts that can be sent.
const MULTIPART: [&str; 3] = [FORM_DATA, "multipart/mixed", "multipart/related"];

/// A body of several parts, which are described.
#[derive(Debug)]
pub struct Multipart {
    /// Its type, without parameters.
    pub media_type: &'static str,
    pub is_optional: bool,
}

/// How a part is encoded.
#[derive(Debug)]
pub struct Part {
    pub content: PartContent,
    /// The media type that the document gives it, if it gives a single one.
    pub media_type: Option<String>,
    /// Its schema, in the terms that progenitor supports.
    pub schema: Value,
}

/// The content of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartContent {
    File,
    Files,
    /// Objects as JSON, scalars as text, a list as one part per item.
    Value,
    /// One part of JSON for any value.
    Json,
}

/// A member of the schema of a body of several parts.
pub(super) struct Member<'a> {
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    pub(super) is_required: bool,
    pub(super) part: Part,
}

impl Multipart {
    pub(super) fn of(document: &Value, operation: &Value) -> Option<Self> {
        let body = resolve(document, operation.get("requestBody")?);
        let (media_type, media) = members(body.get("content")).next()?;
        let media_type = multipart(media_type)?;
        described(document, media).next()?;
        Some(Self {
            media_type,
            is_optional: body.get("required") != Some(&true.into()),
        })
    }
}

/// Returns the type of a body of several parts, without its parameters.
pub fn multipart(media_type: &str) -> Option<&'static str> {
    let media_type = essence(media_type);
    MULTIPART.into_iter().find(|it| *it == media_type)
}

/// Returns the parts that a media type describes: their names and schemas.
fn described<'a>(
    document: &'a Value,
    media: &'a Value,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let schema = media.get("schema");
    members(schema.and_then(|schema| resolve(document, schema).get("properties")))
}

/// Returns the parts of a body.
pub(super) fn parts<'a>(document: &'a Value, operation: &'a Value) -> Vec<Member<'a>> {
    let Some(body) = operation.get("requestBody") else {
        return Vec::new();
    };
    let body = resolve(document, body);
    let Some((media_type, media)) = members(body.get("content")).next() else {
        return Vec::new();
    };
    if multipart(media_type).is_none() {
        return Vec::new();
    }
    let schema = media.get("schema").unwrap_or(&Value::Null);
    let schema = resolve(document, schema);
    let required = schema.get("required").and_then(Value::as_array);
    let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|it| it == name));
    let body_is_required = body.get("required") == Some(&true.into());
    described(document, media)
        .map(|(name, schema)| {
            let encoding = media.get("encoding").and_then(|all| all.get(name));
            let media_types = encoding.map_or("", |encoding| text(encoding, "contentType"));
            Member {
                name,
                description: text(schema, "description"),
                is_required: body_is_required && is_required(name),
                part: Part::of(document, schema, media_types),
            }
        })
        .collect()
}

impl Part {
    fn of(document: &Value, schema: &Value, media_types: &str) -> Self {
        let content = part_content(document, schema, media_types);
        let media_type = match content {
            PartContent::Json => media_types.split(',').find(|it| is_json(it)),
            _ if media_types.contains([',', '*']) => None,
            _ => Some(media_types).filter(|it| !it.is_empty()),
        };
        Self {
            content,
            media_type: media_type.map(|it| it.trim().to_owned()),
            schema: schema.clone(),
        }
    }
}

impl PartContent {
    pub fn is_file(self) -> bool {
        matches!(self, Self::File | Self::Files)
    }
}

/// Returns the content of a part with a schema and the media types of its encoding.
pub fn part_content(document: &Value, schema: &Value, media_types: &str) -> PartContent {
    let own = resolve(document, schema);
    let is_list = text(own, "type") == "array";
    if media_types.split(',').any(is_json) {
        PartContent::Json
    } else if is_file(document, own) {
        PartContent::File
    } else if is_list && own.get("items").is_some_and(|it| is_file(document, it)) {
        PartContent::Files
    } else {
        PartContent::Value
    }
}

/// Returns whether a schema describes bytes (OpenAPI 3.0.3, "Considerations for File Uploads").
fn is_file(document: &Value, schema: &Value) -> bool {
    let schema = resolve(document, schema);
    text(schema, "type") == "string" && text(schema, "format") == "binary"
}
