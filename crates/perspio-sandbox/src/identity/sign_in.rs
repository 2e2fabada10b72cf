//! A person's way through the pages, from the account picker to the end.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

use super::authorization_request::AuthorizationRequest;
use super::back::Parameters;
use super::codes::Grant;
use super::devices::Verdict;
use super::error::EntraError;
use super::form::Form;
use super::transactions::Purpose;
use crate::pages::{self, Stage};
use crate::person::Person;
use crate::shared::Shared;

/// What a click says.
#[derive(Clone, Copy, Debug, Default)]
struct Click {
    account: Option<Person>,
    decision: Option<Decision>,
}

#[derive(Clone, Copy, Debug)]
enum Decision {
    Accept,
    Cancel,
    Back,
}

/// What comes after a click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Pick,
    Consent(Person),
    PasswordExpired(Person),
    Declined,
    SignedIn(Person),
}

impl Click {
    fn read(form: &Form) -> Self {
        Self {
            account: form.get("account").and_then(Person::of_key),
            decision: match form.get("decision") {
                Some("accept") => Some(Decision::Accept),
                Some("cancel") => Some(Decision::Cancel),
                Some("back") => Some(Decision::Back),
                _ => None,
            },
        }
    }

    fn leads_to(self, everyone_must_consent: bool) -> Step {
        match (self.decision, self.account) {
            (Some(Decision::Cancel), _) => Step::Declined,
            (Some(Decision::Back), _) | (_, None) => Step::Pick,
            (_, Some(person)) if person.password_expired() => Step::PasswordExpired(person),
            (None, Some(person)) if person.must_consent() || everyone_must_consent => {
                Step::Consent(person)
            }
            (_, Some(person)) => Step::SignedIn(person),
        }
    }
}

/// Shows the account picker.
pub(crate) fn begin(shared: &Shared, purpose: Purpose, action: &str) -> Response {
    let now = shared.clock.since_1970();
    let (id, purpose) = shared.sign_ins.transactions().begin(purpose, now);
    pages::picker(&Stage {
        action,
        transaction: &id,
        purpose: &purpose,
    })
}

/// Answers a click on one of the pages.
pub(crate) fn go_on(shared: &Shared, form: &Form, action: &str) -> Response {
    let now = shared.clock.since_1970();
    let id = form.get("transaction").unwrap_or_default();
    let found = shared.sign_ins.transactions().find(id, now);
    let Some(purpose) = found else { return over() };
    let stage = Stage {
        action,
        transaction: id,
        purpose: &purpose,
    };
    let everyone_must_consent =
        matches!(&*purpose, Purpose::Application(request) if request.asks_consent);
    match (Click::read(form).leads_to(everyone_must_consent), &*purpose) {
        (Step::Pick, _) => pages::picker(&stage),
        (Step::Consent(person), _) => pages::consent(&stage, person),
        (Step::PasswordExpired(person), _) => {
            pages::password_expired(&stage, person, &password_expired(), now.as_secs())
        }
        (Step::Declined, Purpose::Application(request)) => {
            request.back.answer(declined().parameters(now.as_secs()))
        }
        (Step::SignedIn(person), Purpose::Application(request)) => {
            let issue = || issue_code(shared, request, person, now);
            let mut transactions = shared.sign_ins.transactions();
            let code = transactions.code_of(id, person, now, issue);
            drop(transactions);
            code.map_or_else(over, |code| request.back.answer(success(code)))
        }
        (Step::Declined, Purpose::Device { user_code, .. }) => {
            decide(shared, user_code, Verdict::Declined, now)
        }
        (Step::SignedIn(person), Purpose::Device { user_code, .. }) => {
            decide(shared, user_code, Verdict::Approved(person), now)
        }
    }
}

/// Where the browser ends up if the person picks the account and accepts all
/// that is asked; an error is shown to the person and not to the application.
pub(crate) fn at_once(
    shared: &Shared,
    request: &AuthorizationRequest,
    person: Person,
) -> Result<Parameters, EntraError> {
    if person.password_expired() {
        return Err(password_expired());
    }
    let now = shared.clock.since_1970();
    Ok(success(issue_code(shared, request, person, now)))
}

fn issue_code(
    shared: &Shared,
    request: &AuthorizationRequest,
    person: Person,
    now: Duration,
) -> String {
    let grant = Grant {
        person,
        scopes: request.scopes,
        redirect_uri: request.back.redirect_uri.clone(),
        challenge: request.challenge.clone(),
        nonce: request.nonce.clone(),
    };
    shared.sign_ins.codes().issue(grant, now)
}

/// Entra sends no `iss` (RFC 9207).
fn success(code: String) -> Parameters {
    vec![
        ("code", code),
        ("session_state", Uuid::new_v4().to_string()),
    ]
}

fn decide(shared: &Shared, user_code: &str, verdict: Verdict, now: Duration) -> Response {
    let decided = shared.sign_ins.devices().decide(user_code, verdict, now);
    match verdict {
        _ if !decided => over(),
        Verdict::Approved(person) => pages::device_signed_in(person),
        Verdict::Declined => pages::device_declined(),
    }
}

fn declined() -> EntraError {
    EntraError::bad_request(
        "access_denied",
        65_004,
        "User declined to consent to access the app.",
    )
    .with_suberror("cancel")
}

fn password_expired() -> EntraError {
    EntraError::bad_request("invalid_grant", 50_055, "The password is expired.")
}

fn over() -> Response {
    pages::notice(
        StatusCode::BAD_REQUEST,
        "This sign-in is over",
        "It was finished elsewhere, or it took longer than its time. Go back to the application \
         and begin again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_leads_to_the_next_step() {
        use Decision::{Accept, Back, Cancel};
        use Person::{Ada, Carl, Pia};
        for (account, decision, asked, expected) in [
            (None, None, false, Step::Pick),
            (None, Some(Accept), false, Step::Pick),
            (None, Some(Cancel), false, Step::Declined),
            (Some(Ada), None, false, Step::SignedIn(Ada)),
            (Some(Ada), None, true, Step::Consent(Ada)),
            (Some(Ada), Some(Accept), true, Step::SignedIn(Ada)),
            (Some(Carl), None, false, Step::Consent(Carl)),
            (Some(Carl), Some(Accept), false, Step::SignedIn(Carl)),
            (Some(Carl), Some(Cancel), false, Step::Declined),
            (Some(Carl), Some(Back), false, Step::Pick),
            (Some(Pia), None, true, Step::PasswordExpired(Pia)),
            (Some(Pia), Some(Accept), false, Step::PasswordExpired(Pia)),
            (Some(Pia), Some(Back), false, Step::Pick),
        ] {
            let click = Click { account, decision };
            assert_eq!(click.leads_to(asked), expected, "{click:?}, {asked}");
        }
    }
}
