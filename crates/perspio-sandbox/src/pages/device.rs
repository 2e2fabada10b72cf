//! The pages for the code that a device shows.

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use super::{identity, page, respond};
use crate::person::Person;

/// Shows the form for the code. `unknown` says that no device waits for the typed code.
pub(crate) fn device_code(typed: &str, unknown: bool) -> Response {
    let described_by = unknown.then_some("unknown");
    let content = html! {
        p.lead { "The device or the terminal that sent you here shows it." }
        @if unknown {
            p.alert id="unknown" role="alert" {
                "No device waits for this code. A code is used once and expires after 15 minutes."
            }
        }
        form method="post" action="/device" {
            label for="user_code" { "Code" }
            input type="text" id="user_code" name="user_code" value=(typed) placeholder="ABCD-EFGH"
                required maxlength="16" autocomplete="off" autocapitalize="characters"
                spellcheck="false" autofocus aria-invalid=[described_by.map(|_| "true")]
                aria-describedby=[described_by];
            div.actions { button.button.primary.grow type="submit" { "Next" } }
        }
    };
    let status = if unknown {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    respond(status, "Enter the code", &content)
}

pub(crate) fn device_signed_in(person: Person) -> Response {
    let main = html! {
        (tick())
        h1 { "You are signed in" }
        p.lead { "The device continues automatically. You can close this tab." }
        (identity(person, ""))
    };
    page(StatusCode::OK, "You are signed in", &main)
}

/// The mark of success.
fn tick() -> Markup {
    html! {
        span.mark aria-hidden="true" {
            svg width="24" height="24" viewBox="0 0 24 24" focusable="false" {
                path d="M5 12.5l4.5 4.5L19 7.5" fill="none" stroke-width="2.5"
                    stroke-linecap="round" stroke-linejoin="round" {}
            }
        }
    }
}
