//! Where the sign-in of the front page comes back to.

use axum::http::StatusCode;
use axum::response::Response;
use maud::html;

use super::respond;

/// Shows what an application would receive.
pub(crate) fn arrival(parameters: &[(String, String)]) -> Response {
    let main = html! {
        h1 { "This is what comes back" }
        p.lead { "An application would now trade the code for tokens, within 60 seconds." }
        dl {
            @for (name, value) in parameters {
                dt { (name) } dd { code { (value) } }
            }
        }
        div.actions { a.button.grow href="/" { "Back to the start" } }
    };
    respond(StatusCode::OK, "This is what comes back", &main)
}
