//! The pages for the code that a device shows.

use axum::http::StatusCode;
use axum::response::Response;
use maud::html;

use super::notice::{notice, tick};
use super::{identity, respond};
use crate::person::Person;

/// Where the code is typed. `unknown` says that it was, in vain.
pub(crate) fn device_code(typed: &str, unknown: bool) -> Response {
    let described_by = unknown.then_some("unknown");
    let main = html! {
        h1 { "Enter the code" }
        p.lead { "It stands on the device or in the terminal that asked you to come here." }
        @if unknown {
            p.alert id="unknown" role="alert" {
                "No device waits for this code. Codes are used once and live for 15 minutes."
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
    respond(status, "Enter the code", &main)
}

pub(crate) fn device_signed_in(person: Person) -> Response {
    let main = html! {
        (tick())
        h1 { "You are signed in" }
        p.lead { "The device goes on by itself. You can close this tab." }
        (identity(person, ""))
    };
    respond(StatusCode::OK, "You are signed in", &main)
}

pub(crate) fn device_declined() -> Response {
    notice(
        StatusCode::OK,
        "You declined",
        "The device is told so. You can close this tab.",
    )
}
