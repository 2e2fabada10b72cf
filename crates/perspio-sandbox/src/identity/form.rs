//! The parameters of a request, from a form body or a query.

use std::collections::HashMap;

use axum::http::{HeaderMap, header};
use url::form_urlencoded;

use super::error::EntraError;

const FORM: &str = "application/x-www-form-urlencoded";

/// The parameters of a request, each of them once.
pub(crate) struct Form(HashMap<String, String>);

impl Form {
    pub(crate) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, EntraError> {
        if !is_form(headers) {
            return Err(EntraError::bad_request(
                "invalid_request",
                900_561,
                format!("The endpoint only accepts bodies of the type {FORM}."),
            ));
        }
        Self::parse(body)
    }

    /// From a query, which is written like a form.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, EntraError> {
        let mut parameters = HashMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            if parameters
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return Err(EntraError::bad_request(
                    "invalid_request",
                    900_144,
                    "The request body must not contain a parameter more than once.",
                ));
            }
        }
        Ok(Self(parameters))
    }

    /// A parameter without a value counts as absent (RFC 6749, section 3.2).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn require(&self, name: &str) -> Result<&str, EntraError> {
        self.get(name).ok_or_else(|| {
            EntraError::bad_request(
                "invalid_request",
                900_144,
                format!("The request body must contain the following parameter: '{name}'."),
            )
        })
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(FORM))
}
