//! The account picker, and the person who cannot sign in.

use axum::response::Response;
use maud::{Markup, html};

use super::notice::details;
use super::{Stage, identity, who};
use crate::identity::{EntraError, Purpose};
use crate::person::Person;

/// Shows everyone; a login hint marks an account, and it still takes a click.
pub(crate) fn picker(stage: &Stage<'_>) -> Response {
    let hint = match stage.purpose {
        Purpose::Application(request) => request.login_hint.as_deref(),
        Purpose::Device { .. } => None,
    };
    let hinted = hint.and_then(of_email);
    let main = html! {
        h1 { "Pick an account" }
        (lead(stage))
        @if let (Some(hint), None) = (hint, hinted) {
            p.alert { "The application suggests “" (hint) "”. Nobody here has that name." }
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
            p.fine { "The answer goes to " code { (request.back.redirect_uri) } }
        }
    };
    stage.respond("Pick an account", &main)
}

/// What Entra shows too, instead of telling the application.
pub(crate) fn password_expired(
    stage: &Stage<'_>,
    person: Person,
    error: &EntraError,
    now: u64,
) -> Response {
    let main = html! {
        h1 { "The password has expired" }
        (identity(person, ""))
        p { "Entra would ask for a new password here. The sandbox's people have none, so this "
            "one cannot sign in. The application is not told." }
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
    stage.respond("The password has expired", &main)
}

fn lead(stage: &Stage<'_>) -> Markup {
    match stage.purpose {
        Purpose::Application(_) => html! {
            p.lead { "to go on to the application. A click is enough: these people have no "
                "passwords." }
        },
        Purpose::Device { user_code, .. } => html! {
            p.lead { "to sign in on the device that shows this code. Go on only if it is yours." }
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

/// What makes the person worth a try.
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
