//! Sign-ins that are in progress.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::authorization_request::AuthorizationRequest;
use super::bounded::Bounded;
use super::codes::CODE_LIFETIME;
use super::opaque::opaque;
use super::scopes::Scopes;
use crate::person::Person;

/// Ten minutes.
const LIFETIME: Duration = Duration::from_secs(600);
const ROOM: usize = 1_000;

/// The caller that a user signs in for.
pub(crate) enum Purpose {
    /// An application that waits for its redirect.
    Application(AuthorizationRequest),
    /// A device that waits elsewhere.
    Device { user_code: String, scopes: Scopes },
}

struct Transaction {
    purpose: Arc<Purpose>,
    begun: Duration,
    /// The code of each user's click, and when it was issued.
    codes: HashMap<Person, (String, Duration)>,
}

/// The validated requests. A form contains only the transaction's id, which cannot be guessed,
/// so a request cannot be changed by the browser.
pub(crate) struct Transactions(Bounded<String, Transaction>);

impl Default for Transactions {
    fn default() -> Self {
        Self(Bounded::new(ROOM))
    }
}

impl Transactions {
    pub(crate) fn begin(&mut self, purpose: Purpose, now: Duration) -> (String, Arc<Purpose>) {
        let id = opaque("transaction");
        let purpose = Arc::new(purpose);
        let transaction = Transaction {
            purpose: Arc::clone(&purpose),
            begun: now,
            codes: HashMap::new(),
        };
        self.0.insert(id.clone(), transaction);
        (id, purpose)
    }

    pub(crate) fn find(&self, id: &str, now: Duration) -> Option<Arc<Purpose>> {
        let transaction = self.0.get(id)?;
        let over = now >= transaction.begun.saturating_add(LIFETIME);
        (!over).then(|| Arc::clone(&transaction.purpose))
    }

    /// Returns the code of a user's click. A double click sends two requests, and the browser
    /// follows the second response, so both get the same code.
    pub(crate) fn code_of(
        &mut self,
        id: &str,
        person: Person,
        now: Duration,
        issue: impl FnOnce() -> String,
    ) -> Option<String> {
        let codes = &mut self.0.get_mut(id)?.codes;
        if let Some((code, issued)) = codes.get(&person)
            && now < issued.saturating_add(CODE_LIFETIME)
        {
            return Some(code.clone());
        }
        let code = issue();
        codes.insert(person, (code.clone(), now));
        Some(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn begun() -> (Transactions, String) {
        let mut transactions = Transactions::default();
        let purpose = Purpose::Device {
            user_code: "BCDF-GHJK".to_owned(),
            scopes: Scopes::default(),
        };
        let (id, _) = transactions.begin(purpose, at(1_000));
        (transactions, id)
    }

    #[test]
    fn a_transaction_lives_for_ten_minutes() {
        let (transactions, id) = begun();
        assert!(transactions.find(&id, at(1_599)).is_some());
        assert!(transactions.find(&id, at(1_600)).is_none());
        assert!(
            transactions
                .find("sandbox-transaction-x", at(1_000))
                .is_none()
        );
    }

    #[test]
    fn a_second_click_on_a_person_gives_the_code_of_the_first_while_it_lives() {
        let (mut transactions, id) = begun();
        let mut click = |person, now, new: &str| {
            let code = transactions.code_of(&id, person, now, || new.to_owned());
            code.unwrap()
        };
        assert_eq!(click(Person::Ada, at(1_000), "a"), "a");
        assert_eq!(click(Person::Ada, at(1_059), "b"), "a");
        assert_eq!(click(Person::Rosa, at(1_059), "c"), "c");
        assert_eq!(click(Person::Ada, at(1_060), "d"), "d");
    }
}
