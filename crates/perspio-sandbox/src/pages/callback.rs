//! The result of the sign-in that the front page starts.

use axum::http::StatusCode;
use axum::response::Response;
use maud::html;

use super::respond;

/// Shows the parameters that an application would receive: a code, an error, or neither.
pub(crate) fn callback(parameters: &[(String, String)]) -> Response {
    let value = |name: &str| {
        let mut parameters = parameters.iter();
        let found = parameters.find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    };
    // The lines that follow the first one contain ids and the time.
    let description = value("error_description").and_then(|text| text.lines().next());
    let (status, title, content) = match (value("error"), value("code")) {
        (Some(error), _) => (
            StatusCode::OK,
            "The sign-in failed",
            html! {
                p { "The response contains the error " code { (error) } " instead of a code." }
                @if let Some(description) = description { p.alert { (description) } }
                p { strong { "What to do: " } (remedy(error)) }
            },
        ),
        (None, Some(_)) => (
            StatusCode::OK,
            "A code has arrived",
            html! {
                p.lead { "An application would now exchange the code for tokens, within "
                    "60 seconds." }
            },
        ),
        (None, None) => (
            StatusCode::BAD_REQUEST,
            "Neither a code nor an error",
            html! {
                p { "A sign-in adds a code or an error to this address, and this request has "
                    "neither. A sign-out that redirects here has neither as well." }
                p { strong { "What to do: " } "start a sign-in on the front page." }
            },
        ),
    };
    let content = html! {
        (content)
        dl {
            @for (name, value) in parameters {
                dt { (name) } dd { code { (value) } }
            }
        }
        div.actions { a.button.grow href="/" { "Back to the front page" } }
    };
    respond(status, title, &content)
}

fn remedy(error: &str) -> &'static str {
    match error {
        "access_denied" => "start the sign-in again and accept the requested permissions.",
        "invalid_scope" => {
            "correct the parameter “scope” of the authorization request, then start the sign-in \
             again."
        }
        _ => {
            "correct the authorization request as the description says, then start the sign-in \
             again."
        }
    }
}
