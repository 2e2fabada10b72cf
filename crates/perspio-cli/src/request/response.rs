//! The response to `perspio request`, whose body may be anything.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use futures::TryStreamExt;
use perspio::List;
use perspio_http::Download;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::failure::Failure;
use crate::output::{Body, Head, Shape};
use crate::redaction::shown_header;

/// Returns the status and the headers of a response.
pub(super) fn head(response: &Download) -> Head {
    let headers = response.headers().iter();
    Head {
        status: response.status(),
        headers: headers
            .map(|(name, value)| (name.to_string(), shown_header(name, value)))
            .collect(),
    }
}

/// Writes the body to a file while it arrives.
pub(super) async fn save(mut response: Download, path: &Path) -> Result<(), Failure> {
    let failure = |cause: std::io::Error| {
        Failure::usage(format!("{} cannot be written: {cause}", path.display()))
    };
    let mut file = File::create(path).map_err(failure)?;
    while let Some(bytes) = response.try_next().await? {
        file.write_all(&bytes).map_err(failure)?;
    }
    file.flush().map_err(failure)
}

/// Reads the body. One that is labelled as JSON must be JSON.
pub(super) async fn body(mut response: Download) -> Result<Body, Failure> {
    let content_type = response.content_type().map(str::to_owned);
    let mut bytes = Vec::new();
    while let Some(part) = response.try_next().await? {
        bytes.extend_from_slice(&part);
    }
    of_bytes(bytes, content_type)
}

fn of_bytes(bytes: Vec<u8>, content_type: Option<String>) -> Result<Body, Failure> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    if text.is_empty() {
        return Ok(Body::Json(Shape::Item, Value::Null));
    }
    let is_json = content_type.as_deref().map(is_json);
    if is_json != Some(false) {
        match serde_json::from_slice(text) {
            Ok(value) => return Ok(Body::Json(shape_of(&value), value)),
            Err(cause) if is_json == Some(true) => {
                return Err(Failure::other(format!(
                    "the response is not JSON, although its Content-Type is {}: {cause}\n\
                     --output-file FILE writes it to a file as it is.",
                    printable(content_type)
                )));
            }
            Err(_) => {}
        }
    }
    Ok(Body::Other {
        bytes,
        content_type: printable(content_type),
    })
}

fn printable(content_type: Option<String>) -> String {
    let content_type = content_type.unwrap_or_else(|| "an unknown type".to_owned());
    perspio::auth::secret::printable(&content_type)
}

/// Returns whether a media type is JSON (RFC 6839 §3.1).
fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    let media_type = media_type.trim().to_ascii_lowercase();
    media_type.ends_with("/json") || media_type.ends_with("+json")
}

/// Returns the shape of a value: the same forms of a list that the typed commands know.
fn shape_of(value: &Value) -> Shape {
    match List::<IgnoredAny>::deserialize(value) {
        Ok(_) => Shape::List,
        Err(_) => Shape::Item,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], content_type: Option<&str>) -> Result<Body, Failure> {
        of_bytes(bytes.to_vec(), content_type.map(str::to_owned))
    }

    #[test]
    fn a_body_is_json_if_its_type_says_so_or_if_it_has_none_and_reads_as_json() {
        for (bytes, content_type, shape) in [
            (
                &b"{\"a\":1}"[..],
                Some("application/json; charset=utf-8"),
                Shape::Item,
            ),
            (b"[1]", Some("Application/Problem+JSON"), Shape::List),
            (b"{\"items\":[]}", None, Shape::List),
            (b"\xEF\xBB\xBF[1]", Some("text/json"), Shape::List),
            (b"", Some("application/json"), Shape::Item),
        ] {
            let Ok(Body::Json(found, _)) = read(bytes, content_type) else {
                panic!("{content_type:?}");
            };
            assert_eq!(found, shape, "{content_type:?}");
        }
    }

    #[test]
    fn any_other_body_stays_as_it_is() {
        for (bytes, content_type) in [
            (&b"1"[..], Some("text/csv")),
            (b"\"text\"", Some("text/plain")),
            (b"plain", None),
            (b"\xff\x00", Some("image/png")),
        ] {
            let Ok(Body::Other { bytes: found, .. }) = read(bytes, content_type) else {
                panic!("{content_type:?}");
            };
            assert_eq!(found, bytes, "{content_type:?}");
        }
    }

    #[test]
    fn a_wrong_content_type_is_an_error_that_names_the_file_option() {
        let error = read(b"<html>", Some("application/json")).unwrap_err();
        assert!(error.text().contains("--output-file"), "{}", error.text());
    }
}
