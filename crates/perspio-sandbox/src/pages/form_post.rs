//! Responses of `response_mode=form_post` (OAuth 2.0 Form Post Response Mode).

use axum::http::StatusCode;
use axum::response::Response;
use maud::html;

use super::document::Document;
use crate::identity::origin;

/// Responds with a form that submits itself, or by a button if scripts are disabled.
pub(crate) fn form_post(redirect_uri: &str, parameters: &[(&'static str, String)]) -> Response {
    let main = html! {
        h1 { "Back to the application" }
        p.lead { "Your browser sends the result to " code { (redirect_uri) } }
        form method="post" action=(redirect_uri) {
            @for (name, value) in parameters {
                input type="hidden" name=(name) value=(value);
            }
            noscript {
                div.actions { button.button.primary.grow type="submit" { "Continue" } }
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
