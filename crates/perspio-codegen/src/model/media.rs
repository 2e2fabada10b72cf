//! Media types.

/// Returns whether a media type is JSON, by its own name or a vendor's.
pub fn is_json(media_type: &str) -> bool {
    let media_type = essence(media_type);
    media_type == "application/json" || media_type == "text/json" || media_type.ends_with("+json")
}

/// Returns a media type without its parameters.
pub fn essence(media_type: &str) -> String {
    let media_type = media_type.split(';').next().unwrap_or_default();
    media_type.trim().to_ascii_lowercase()
}
