//! Pages that only say something.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use super::respond;
use crate::identity::{EntraError, Report};

pub(crate) fn notice(status: StatusCode, title: &str, text: &str) -> Response {
    let main = html! {
        h1 { (title) }
        p { (text) }
    };
    respond(status, title, &main)
}

/// What is wrong with a request, told to the person: nothing may be sent to
/// an address that nobody vouches for.
pub(crate) fn refusal(error: &EntraError, now: u64) -> Response {
    let main = html! {
        h1 { "This sign-in cannot go on" }
        p { (error.message) }
        p.lead { "The application is not told: this is for whoever set it up." }
        (details(error, now))
    };
    respond(error.status, "This sign-in cannot go on", &main)
}

/// What Entra's support asks for.
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

/// Done.
pub(super) fn tick() -> Markup {
    html! {
        span.mark aria-hidden="true" {
            svg width="24" height="24" viewBox="0 0 24 24" focusable="false" {
                path d="M5 12.5l4.5 4.5L19 7.5" fill="none" stroke-width="2.5"
                    stroke-linecap="round" stroke-linejoin="round" {}
            }
        }
    }
}
