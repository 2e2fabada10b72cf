//! Bodies of several parts.

use serde_json::{Map, Value, json};

use super::super::composed;
use super::super::direction::marked;
use crate::document::walk::{self, DocumentLocation};
use crate::document::{members, resolve, text};
use crate::import::notes::Notes;
use crate::model::{FORM_DATA, PartContent, essence, is_json, multipart, part_content};

/// The limit of the depth of a part's schema; a deeper one is recursive.
const MAX_DEPTH: usize = 20;
/// Keywords that restrict the type of a value.
const TYPES: [&str; 9] = [
    "$ref",
    "allOf",
    "anyOf",
    "const",
    "enum",
    "items",
    "oneOf",
    "properties",
    "type",
];

/// Writes the parts of a body as one object, with the media type of each in `encoding`. A file
/// is a string of the format `binary`. The object of a form whose parts are not described has no
/// members: the caller of the client adds any parts by name.
///
/// The generator reads the members of one object only, and each becomes a setter.
///
/// # Errors
/// The parts are not described, and the body is no form.
pub(super) fn parts(
    document: &Value,
    media_type: &str,
    media: &mut Value,
    location: &str,
    notes: &mut Notes,
) -> Result<(), String> {
    let schema = media.get("schema").cloned().unwrap_or_else(|| json!({}));
    let schema_location = format!("{location}.schema");
    let is_form = essence(media_type) == FORM_DATA;
    let mut object = match object(document, &schema, &schema_location, notes) {
        Err(cause) if is_form => {
            notes.lost(&schema_location, format!("a form {cause}: any parts"));
            Parts::default()
        }
        outcome => outcome.map_err(|cause| format!("a request body of {media_type} {cause}"))?,
    };
    remove_read_only(document, &schema, &schema_location, &mut object, notes);
    if object.properties.is_empty() && !is_form {
        return Err(format!(
            "a request body of {media_type} whose parts are not described"
        ));
    }
    let encodings = media.get("encoding").cloned().unwrap_or_else(|| json!({}));
    let mut kept = Map::new();
    for (name, member) in &mut object.properties {
        let location = format!("{location}.encoding.{name}");
        let media_types = encoding(encodings.get(name), &location, notes);
        let location = format!("{schema_location}.properties.{name}");
        part(document, member, &media_types, &location, notes);
        if !media_types.is_empty() {
            kept.insert(name.clone(), json!({"contentType": media_types}));
        }
    }
    for (name, _) in
        members(Some(&encodings)).filter(|(name, _)| !object.properties.contains_key(*name))
    {
        let location = format!("{location}.encoding.{name}");
        notes.changed(location, "removed: the body has no such part");
    }
    let written = object.into_schema();
    if written != schema {
        let change = match written.get("properties") {
            Some(_) => "the parts of the body",
            None => "any parts, because none is described",
        };
        notes.changed(schema_location, change);
    }
    for (member, _) in members(Some(media)) {
        if !["schema", "encoding"].contains(&member.as_str()) {
            notes.changed(
                format!("{location}.{member}"),
                "removed: the parts are sent",
            );
        }
    }
    *media = if kept.is_empty() {
        json!({"schema": written})
    } else {
        json!({"schema": written, "encoding": kept})
    };
    Ok(())
}

/// Returns whether a location is that of the schema of a body of several parts. No type is
/// generated for it.
pub(in crate::import::pass) fn is_schema_of_parts(location: &DocumentLocation) -> bool {
    let names: Vec<_> = location.names().collect();
    matches!(names.as_slice(), [.., "requestBody", "content", media_type, "schema"]
        if multipart(media_type).is_some())
}

/// The members of a body.
#[derive(Default)]
struct Parts {
    properties: Map<String, Value>,
    required: Vec<String>,
}

impl Parts {
    fn into_schema(self) -> Value {
        let Self {
            properties,
            required,
        } = self;
        // OpenAPI 3.0 does not allow an empty list.
        if properties.is_empty() {
            json!({"type": "object"})
        } else if required.is_empty() {
            json!({"type": "object", "properties": properties})
        } else {
            json!({"type": "object", "properties": properties, "required": required})
        }
    }
}

/// Returns the members of a schema, of all of its parts.
fn object(
    document: &Value,
    schema: &Value,
    location: &str,
    notes: &mut Notes,
) -> Result<Parts, String> {
    let empty = Map::new();
    let schemas = walk::components(document).unwrap_or(&empty);
    let mut differ = Vec::new();
    let variants = composed::variants(schemas, schema, 0, &mut differ);
    let variants = variants.ok_or("whose schema is not an object")?;
    let [variant] = variants.as_slice() else {
        return Err("whose schema is a union".to_owned());
    };
    let properties = variant.get("properties").and_then(Value::as_object);
    let mut properties = properties.cloned().unwrap_or_default();
    let required: Vec<_> = walk::items(variant.get("required"))
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    for name in &required {
        properties.entry(name.clone()).or_insert_with(|| json!({}));
    }
    for name in differ {
        notes.left_out(
            format!("{location}.properties.{name}"),
            "the parts of the object define it with different types: any JSON is accepted",
        );
    }
    let more = variant.get("additionalProperties");
    let is_typed = more.is_some_and(|more| members(Some(more)).next().is_some());
    if is_typed && !properties.is_empty() {
        let cause = "a body of several parts has the described ones only";
        notes.left_out(format!("{location}.additionalProperties"), cause);
    }
    Ok(Parts {
        properties,
        required,
    })
}

/// Removes the members that a request must not contain.
fn remove_read_only(
    document: &Value,
    schema: &Value,
    location: &str,
    parts: &mut Parts,
    notes: &mut Notes,
) {
    for name in marked(document, schema, "readOnly") {
        parts.properties.remove(&name);
        parts.required.retain(|required| *required != name);
        notes.left_out(
            format!("{location}.properties.{name}"),
            "read-only: a request does not contain it",
        );
    }
}

/// Returns the media types that an encoding declares.
fn encoding(encoding: Option<&Value>, location: &str, notes: &mut Notes) -> String {
    let mut media_types = String::new();
    for (member, value) in members(encoding) {
        let location = format!("{location}.{member}");
        let text = value.as_str().unwrap_or_default();
        let is_header_text = text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        match member.as_str() {
            "contentType" if is_header_text => text.clone_into(&mut media_types),
            "contentType" => notes.changed(location, "removed: not a media type"),
            "headers" => notes.left_out(location, "headers of a part"),
            // OpenAPI 3.0.3, Encoding Object.
            _ => notes.changed(
                location,
                "removed: it has no effect in a body of several parts",
            ),
        }
    }
    media_types
}

/// Writes the schema of a file, or of a list of files, as such.
fn part(
    document: &Value,
    member: &mut Value,
    media_types: &str,
    location: &str,
    notes: &mut Notes,
) {
    let of_bytes = media_types.split(',').all(is_of_bytes) && !media_types.is_empty();
    let is_json = part_content(document, member, media_types) == PartContent::Json;
    let found = file(document, member, of_bytes, 0);
    let Some(is_list) = found.filter(|_| !is_json) else {
        return;
    };
    let file = json!({"type": "string", "format": "binary"});
    let mut schema = if is_list {
        json!({"type": "array", "items": file})
    } else {
        file
    };
    let description = resolve(document, member).get("description").cloned();
    if let Some(schema) = schema.as_object_mut() {
        schema.extend(description.map(|text| ("description".to_owned(), text)));
    }
    if schema != *member {
        let change = if is_list { "a list of files" } else { "a file" };
        notes.changed(location, change);
        *member = schema;
    }
}

/// Returns whether a schema describes a list of files, or one file; `None` if it describes
/// other values. A union of both is a list. `of_bytes` is the meaning of a schema that does not
/// restrict the type.
fn file(document: &Value, schema: &Value, of_bytes: bool, depth: usize) -> Option<bool> {
    if depth > MAX_DEPTH {
        return None;
    }
    let own = resolve(document, schema);
    let inner = |schema: &Value| file(document, schema, of_bytes, depth + 1);
    match text(own, "type") {
        "string" if text(own, "format") == "binary" => Some(false),
        // Swagger 2.0.
        "file" => Some(false),
        "array" => match inner(own.get("items")?) {
            Some(false) => Some(true),
            _ => None,
        },
        "" if of_bytes && is_untyped(own) => Some(false),
        "" => {
            let variants = ["allOf", "anyOf", "oneOf"].iter();
            let variants = variants.flat_map(|union| walk::items(own.get(*union)));
            variants.filter_map(inner).max()
        }
        _ => None,
    }
}

/// Returns whether a schema allows values of any type.
pub(in crate::import::pass) fn is_untyped(schema: &Value) -> bool {
    members(Some(schema)).all(|(keyword, _)| !TYPES.contains(&keyword.as_str()))
}

/// Returns whether a media type is neither text nor JSON.
pub(in crate::import::pass) fn is_of_bytes(media_type: &str) -> bool {
    let media_type = essence(media_type);
    let is_text = media_type.starts_with("text/") || media_type.ends_with("xml");
    !is_text && !is_json(&media_type) && media_type != super::FORM
}

#[cfg(test)]
mod tests;
