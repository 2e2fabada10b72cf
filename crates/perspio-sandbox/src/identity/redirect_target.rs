//! The response to an application, in a redirect or in a form that the browser posts.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded;

use super::redirect_uri;
use crate::pages;

/// How the parameters are sent (OAuth 2.0 Multiple Response Type Encoding Practices).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseMode {
    /// In the query of a redirect.
    Query,
    /// In a form that a page of the sandbox submits.
    FormPost,
}

/// A registered redirect URI, and the `state` to return.
pub(crate) struct RedirectTarget {
    pub(crate) redirect_uri: String,
    pub(crate) mode: ResponseMode,
    pub(crate) state: Option<String>,
}

/// The parameters of a response, without the state.
pub(crate) type Parameters = Vec<(&'static str, String)>;

impl RedirectTarget {
    pub(crate) fn respond(&self, parameters: Parameters) -> Response {
        let parameters = self.with_state(parameters);
        match self.mode {
            ResponseMode::Query => redirect(&self.url(&parameters)),
            ResponseMode::FormPost => pages::form_post(&self.redirect_uri, &parameters),
        }
    }

    /// Returns the URL that the browser is redirected to, unless a form is posted.
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

    /// No registered redirect URI has a query.
    fn url(&self, parameters: &Parameters) -> String {
        if parameters.is_empty() {
            return self.redirect_uri.clone();
        }
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        format!("{}?{query}", self.redirect_uri)
    }
}

/// Responds with 302, as Entra does. The response is not cached, because it contains a code.
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
