//! Clicks on the pages of a sign-in, and the step that each leads to.

use super::form::Form;
use crate::person::Person;

/// The choices that a click sends.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Click {
    account: Option<Person>,
    decision: Option<Decision>,
}

#[derive(Clone, Copy, Debug)]
enum Decision {
    Accept,
    Cancel,
    Back,
}

/// The step that follows a click.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Pick,
    Consent(Person),
    PasswordExpired(Person),
    Declined,
    SignedIn(Person),
}

impl Click {
    pub(super) fn read(form: &Form) -> Self {
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

    pub(super) fn leads_to(self, everyone_must_consent: bool) -> Step {
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
