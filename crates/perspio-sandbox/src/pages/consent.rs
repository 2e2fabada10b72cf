//! The page that asks a user for consent.

use axum::response::Response;
use maud::html;

use super::{Stage, application, identity};
use crate::identity::Purpose;
use crate::person::Person;

pub(crate) fn consent(stage: &Stage<'_>, person: Person) -> Response {
    let scopes = match stage.purpose {
        Purpose::Application(request) => request.scopes,
        Purpose::Device { scopes, .. } => *scopes,
    };
    let content = html! {
        (identity(person, ""))
        p.lead { (application()) " requests these permissions:" }
        ul.permissions {
            li {
                strong { "Use " (stage.service.name) " as you" }
                span.about { "It reads, and writes if you have write access." }
                code { (stage.service.sign_in_scope) }
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
    stage.respond("Permissions requested", &content)
}
