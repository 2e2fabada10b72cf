//! The account picker, and the page for the user who cannot sign in.

use axum::response::Response;
use maud::{Markup, html};

use super::notice::details;
use super::{Stage, application, identity, who};
use crate::identity::{EntraError, Purpose};
use crate::person::Person;

/// Lists all users. A login hint marks an account, which still has to be clicked.
pub(crate) fn picker(stage: &Stage<'_>) -> Response {
    let hint = match stage.purpose {
        Purpose::Application(request) => request.login_hint.as_deref(),
        Purpose::Device { .. } => None,
    };
    let hinted = hint.and_then(of_email);
    let content = html! {
        (lead(stage))
        @if let (Some(hint), None) = (hint, hinted) {
            p.alert { "The application suggests “" (hint) "”, which is no account of the sandbox." }
        }
        form method="post" action=(stage.action) {
            (stage.hidden())
            ul.accounts {
                @for person in Person::ALL {
                    li { (account(person, hinted == Some(person))) }
                }
            }
            div.actions {
                button.button.grow type="submit" name="decision" value="cancel" { "Cancel" }
            }
        }
        @if let Purpose::Application(request) = stage.purpose {
            p.fine { "The result is sent to " code { (request.target.redirect_uri) } }
        }
    };
    stage.respond("Pick an account", &content)
}

/// The application receives nothing, as with Entra.
pub(crate) fn password_expired(
    stage: &Stage<'_>,
    person: Person,
    error: &EntraError,
    now: u64,
) -> Response {
    let content = html! {
        (identity(person, ""))
        p { "Entra would ask for a new password here. The sandbox's users have none, so this one "
            "cannot sign in. The application does not receive this error." }
        form method="post" action=(stage.action) {
            (stage.hidden())
            div.actions {
                button.button.primary.grow type="submit" name="decision" value="back" {
                    "Pick another account"
                }
            }
        }
        (details(error, now))
    };
    stage.respond("The password has expired", &content)
}

fn lead(stage: &Stage<'_>) -> Markup {
    match stage.purpose {
        Purpose::Application(_) => html! {
            p.lead { "to continue to " (application()) ". A click signs you in: the accounts "
                "have no passwords." }
        },
        Purpose::Device { user_code, .. } => html! {
            p.lead { "to sign in to " (application()) " on the device that shows this code. "
                "Continue only if the device is yours." }
            p.code { (user_code) }
        },
    }
}

fn account(person: Person, hinted: bool) -> Markup {
    html! {
        button.account.hinted[hinted] type="submit" name="account" value=(person.key())
            autofocus[hinted] {
            (who(person, about(person)))
            @if hinted { span.badge { "suggested" } }
        }
    }
}

/// Describes what the user can do.
pub(super) fn about(person: Person) -> &'static str {
    match person {
        Person::Ada => "Reads and writes",
        Person::Rosa => "Reads only",
        Person::Carl => "Reads and writes, must consent",
        Person::Pia => "Cannot sign in: password expired",
    }
}

fn of_email(hint: &str) -> Option<Person> {
    let mut all = Person::ALL.into_iter();
    all.find(|person| person.email().eq_ignore_ascii_case(hint))
}
