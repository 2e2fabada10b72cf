//! Asking a person for consent.

use axum::response::Response;
use maud::html;

use super::{Stage, identity};
use crate::identity::Purpose;
use crate::person::Person;

pub(crate) fn consent(stage: &Stage<'_>, person: Person) -> Response {
    let scopes = match stage.purpose {
        Purpose::Application(request) => request.scopes,
        Purpose::Device { scopes, .. } => *scopes,
    };
    let main = html! {
        h1 { "Permissions requested" }
        (identity(person, ""))
        p.lead { "The application would like to" }
        ul.permissions {
            li {
                strong { "Use PerspioTalk as you" }
                span.about { "It reads, and writes where you may." }
                code { "access_as_user" }
            }
            @if scopes.offline {
                li {
                    strong { "Keep that access while you are away" }
                    span.about { "For 90 days after its last use." }
                    code { "offline_access" }
                }
            }
        }
        form method="post" action=(stage.action) {
            (stage.hidden())
            input type="hidden" name="account" value=(person.key());
            div.actions {
                button.button.primary.grow type="submit" name="decision" value="accept" { "Accept" }
                button.button.grow type="submit" name="decision" value="cancel" { "Cancel" }
            }
        }
    };
    stage.respond("Permissions requested", &main)
}
