//! An observer that records its notifications.

use std::sync::Mutex;
use std::time::Duration;

use perspio_auth::store::StoreError;
use perspio_auth::{AccessToken, Error, TokenKey, TokenObserver};

/// An observer that records its notifications, each as a line.
#[derive(Default)]
pub(crate) struct TokenEvents(Mutex<Vec<String>>);

impl TokenEvents {
    /// Returns all notifications.
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// Returns those of failures of the store, and forgets all.
    pub(crate) fn take_store_failures(&self) -> Vec<String> {
        let mut all = std::mem::take(&mut *self.0.lock().unwrap());
        all.retain(|event| event.starts_with(STORE_FAILED));
        all
    }

    fn add(&self, event: String) {
        self.0.lock().unwrap().push(event);
    }
}

const STORE_FAILED: &str = "store failed: ";

impl TokenObserver for TokenEvents {
    fn on_renewed(&self, _: &TokenKey, _: &AccessToken, _: Duration) {
        self.add("renewed".to_owned());
    }

    fn on_failed(&self, _: &TokenKey, error: &Error) {
        self.add(format!("failed: {error}"));
    }

    fn on_store_failed(&self, _: &TokenKey, error: &StoreError) {
        self.add(format!("{STORE_FAILED}{error}"));
    }

    fn on_narrowed(&self, _: &TokenKey, missing: &[String]) {
        self.add(format!("narrowed: {}", missing.join(" ")));
    }
}
