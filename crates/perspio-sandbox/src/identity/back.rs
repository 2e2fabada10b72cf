//! The way back to the application.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use super::redirect_uri;
use crate::pages;

/// How the answer travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    /// In the query of a redirect.
    Query,
    /// In a form that a page of the sandbox submits.
    FormPost,
}

/// Where an answer goes, and what it must bring along. The address is a registered one.
pub(crate) struct Back {
    pub(crate) redirect_uri: String,
    pub(crate) mode: ResponseMode,
    pub(crate) state: Option<String>,
}

/// The parameters of an answer, without the state.
pub(crate) type Parameters = Vec<(&'static str, String)>;

impl Back {
    pub(crate) fn answer(&self, parameters: Parameters) -> Response {
        let parameters = self.with_state(parameters);
        match self.mode {
            ResponseMode::Query => redirect(&self.url(&parameters)),
            ResponseMode::FormPost => pages::form_post(&self.redirect_uri, &parameters),
        }
    }

    /// The address that the browser is sent to; none if a form is posted there.
    pub(crate) fn redirect(&self, parameters: Parameters) -> Option<String> {
        let parameters = self.with_state(parameters);
        (self.mode == ResponseMode::Query).then(|| self.url(&parameters))
    }

    /// Scheme, host and port.
    pub(crate) fn origin(&self) -> &str {
        redirect_uri::origin(&self.redirect_uri)
    }

    fn with_state(&self, mut parameters: Parameters) -> Parameters {
        let state = self.state.iter();
        parameters.extend(state.map(|state| ("state", state.clone())));
        parameters
    }

    /// No registered redirect URI has a query of its own.
    fn url(&self, parameters: &Parameters) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        format!("{}?{query}", self.redirect_uri)
    }
}

/// 302, as Entra; nobody may keep it, since it holds a code.
fn redirect(url: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(url) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::LOCATION, location),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
    ];
    (StatusCode::FOUND, headers).into_response()
}
