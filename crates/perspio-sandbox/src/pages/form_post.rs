//! An answer that travels in a form (OAuth 2.0 Form Post Response Mode).

use axum::http::StatusCode;
use axum::response::Response;
use maud::html;

use super::document::Document;
use crate::identity::origin;

/// Submits itself; without scripts there is a button.
pub(crate) fn form_post(redirect_uri: &str, parameters: &[(&'static str, String)]) -> Response {
    let main = html! {
        h1 { "Back to the application" }
        p.lead { "Your browser takes the answer to " code { (redirect_uri) } }
        form method="post" action=(redirect_uri) {
            @for (name, value) in parameters {
                input type="hidden" name=(name) value=(value);
            }
            noscript {
                div.actions { button.button.primary.grow type="submit" { "Go on" } }
            }
        }
    };
    Document {
        status: StatusCode::OK,
        title: "Back to the application",
        form_target: origin(redirect_uri),
        script: Some("document.forms[0].submit();"),
        connects: false,
    }
    .respond(&main)
}
