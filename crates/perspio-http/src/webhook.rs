//! Payloads of the requests that a server sends.

use perspio_auth::secret::printable;
use serde::de::DeserializeOwned;

use crate::decode::{BYTE_ORDER_MARK, explain};

/// The payload of a webhook or callback does not fit its type. It shows nothing of the payload,
/// which may be confidential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the payload of {webhook} cannot be decoded: {path}: {reason}")]
#[non_exhaustive]
pub struct WebhookError {
    /// The name of the webhook or callback.
    pub webhook: &'static str,
    /// The JSON path of what does not fit; `.` is the whole payload.
    pub path: String,
    /// Why it does not fit.
    pub reason: String,
}

/// Decodes the payload of a webhook or callback.
///
/// # Errors
/// [`WebhookError`] with the JSON path of what does not fit.
pub fn webhook<T: DeserializeOwned>(name: &'static str, body: &[u8]) -> Result<T, WebhookError> {
    let json = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    serde_json::from_slice(json).map_err(|_| {
        let mismatch = explain::<T>(json, None);
        WebhookError {
            webhook: name,
            path: printable(&mismatch.path),
            reason: printable(&mismatch.reason),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_that_does_not_fit_is_reported_with_its_path() {
        let body = br#"{"ids": ["1", 2]}"#;
        let ids: Result<std::collections::BTreeMap<String, Vec<u8>>, _> = webhook("done", body);
        let error = ids.unwrap_err().to_string();
        assert!(
            error.contains("done") && error.contains("ids[0]"),
            "{error}"
        );
        let empty = webhook::<u8>("done", b"").unwrap_err().to_string();
        assert!(empty.contains("the body is empty"), "{empty}");
        assert_eq!(webhook("done", b"\xEF\xBB\xBF1"), Ok(1));
    }
}
