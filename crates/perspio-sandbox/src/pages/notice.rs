//! Pages of text.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use super::respond;
use crate::identity::{EntraError, Report};

/// A page with one paragraph.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Notice {
    DeviceDeclined,
    NotFound,
    SignInOver,
    SignedOut,
}

impl Notice {
    pub(crate) fn respond(self) -> Response {
        let (status, title, text) = match self {
            Self::DeviceDeclined => (
                StatusCode::OK,
                "You declined",
                "The device receives an error. You can close this tab.",
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "Page not found",
                "The sandbox has no page at this address. The front page links to its pages.",
            ),
            Self::SignInOver => (
                StatusCode::BAD_REQUEST,
                "This sign-in is over",
                "It was finished elsewhere, or it took longer than ten minutes. Go back to the \
                 application and start again.",
            ),
            Self::SignedOut => (
                StatusCode::OK,
                "You are signed out",
                "A sign-out ends the session of the browser, and the sandbox keeps none. As with \
                 Entra, it revokes no tokens: an application can use its refresh token and its \
                 access token until they expire. The front page can revoke both.",
            ),
        };
        respond(status, title, &html! { p { (text) } })
    }
}

/// Shows an error to the user. Nothing is sent to an address that is not registered.
pub(crate) fn rejected(title: &str, error: &EntraError, now: u64) -> Response {
    let content = html! {
        p { (error.message) }
        p.lead { "The application does not receive this error. Correct its request, then start "
            "again." }
        (details(error, now))
    };
    respond(error.status, title, &content)
}

/// The details that Entra's support asks for.
pub(super) fn details(error: &EntraError, now: u64) -> Markup {
    let report = Report::new(now);
    html! {
        dl {
            dt { "Error" } dd { code { "AADSTS" (error.code) } }
            dt { "Trace ID" } dd { code { (report.trace_id) } }
            dt { "Correlation ID" } dd { code { (report.correlation_id) } }
            dt { "Timestamp" } dd { code { (report.timestamp) } }
        }
    }
}
