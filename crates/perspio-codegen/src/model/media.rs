//! Media types.

use serde_json::Value;

use crate::document::{resolve, text};

/// The extension with the media type that an operation requests, and no other.
pub const ACCEPT: &str = "x-accept";

/// The extension with the id of the operation from which an operation differs in its media type
/// only. The import adds it.
pub const ALTERNATIVE_OF: &str = "x-alternative-of";

/// The form in which a client sends and reads a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    Json,
    Form,
    Multipart,
    Text,
    EventStream,
    Bytes,
}

impl MediaKind {
    /// Returns the kind of a request body.
    pub fn of(media_type: &str) -> Self {
        match essence(media_type).as_str() {
            _ if is_json(media_type) => Self::Json,
            "application/x-www-form-urlencoded" => Self::Form,
            "multipart/form-data" => Self::Multipart,
            "text/plain" => Self::Text,
            _ => Self::Bytes,
        }
    }

    /// Returns the kind of the body of a response, which is JSON, an event stream or bytes.
    pub fn of_response(media_type: &str) -> Self {
        if is_json(media_type) {
            Self::Json
        } else if is_event_stream(media_type) {
            Self::EventStream
        } else {
            Self::Bytes
        }
    }
}

/// Returns whether a media type is JSON, by its own name or a vendor's.
pub fn is_json(media_type: &str) -> bool {
    let media_type = essence(media_type);
    media_type == "application/json" || media_type == "text/json" || media_type.ends_with("+json")
}

/// Returns whether a body is one typed value: JSON, or the plain text of a boolean or a number,
/// which is the same as its JSON.
pub fn is_value(document: &Value, media_type: &str, media: &Value) -> bool {
    let is_scalar = |schema: &Value| {
        let schema = resolve(document, schema);
        matches!(text(schema, "type"), "boolean" | "integer" | "number")
    };
    is_json(media_type)
        || essence(media_type) == "text/plain" && media.get("schema").is_some_and(is_scalar)
}

/// Returns whether a media type is that of server-sent events.
pub fn is_event_stream(media_type: &str) -> bool {
    essence(media_type) == "text/event-stream"
}

/// Returns a media type without its parameters.
pub fn essence(media_type: &str) -> String {
    let media_type = media_type.split(';').next().unwrap_or_default();
    media_type.trim().to_ascii_lowercase()
}
