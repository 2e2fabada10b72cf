//! The end of a command: after its work, a failure or a signal, a refresh of the sign-in
//! that is in flight is completed and saved.

use std::cell::OnceCell;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use perspio::Client;
use perspio_auth::store::StoreError;
use perspio_auth::{TokenKey, TokenObserver};

use crate::failure::{Failure, print_message};
use crate::signals::Signals;

/// The longest wait for a refresh in flight. A second signal ends it.
const LONGEST_SETTLING: Duration = Duration::from_secs(30);

/// The client of the command, once it is built.
#[derive(Default)]
pub(crate) struct Session {
    client: OnceCell<Client>,
}

impl Session {
    pub(crate) fn uses(&self, client: &Client) {
        // A command has one client.
        let _ = self.client.set(client.clone());
    }

    /// Runs `work` until it ends or the process gets a signal, then completes a refresh.
    pub(crate) async fn run(
        &self,
        work: impl Future<Output = Result<(), Failure>>,
    ) -> Result<(), Failure> {
        let mut signals = Signals::listen()?;
        let outcome = tokio::select! {
            outcome = work => outcome,
            number = signals.next() => Err(Failure::interrupted(number)),
        };
        if let Some(client) = self.client.get() {
            tokio::select! {
                () = settle(client) => {}
                _ = signals.next() => {}
            }
        }
        outcome
    }
}

async fn settle(client: &Client) {
    let mut settling = std::pin::pin!(tokio::time::timeout(LONGEST_SETTLING, client.settle()));
    let settled = tokio::select! {
        biased;
        settled = &mut settling => settled,
        () = std::future::ready(()) => {
            print_message("note", "completing a refresh of the sign-in");
            settling.await
        }
    };
    warn(settled);
}

fn warn(settled: Result<Result<(), perspio::Error>, tokio::time::error::Elapsed>) {
    match settled {
        Ok(Ok(())) => {}
        Ok(Err(error)) => print_message("warning", &format!("the sign-in is not saved: {error}")),
        Err(_) => print_message(
            "warning",
            &format!(
                "the sign-in was being refreshed for more than {} s: the next command may ask to \
                 sign in again",
                LONGEST_SETTLING.as_secs()
            ),
        ),
    }
}

/// Prints the failures of the token store, each once.
#[derive(Default)]
pub(crate) struct StoreFailures(Mutex<Vec<String>>);

impl TokenObserver for StoreFailures {
    fn on_store_failed(&self, _: &TokenKey, error: &StoreError) {
        let text = error.to_string();
        let mut printed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !printed.contains(&text) {
            print_message("warning", &text);
            printed.push(text);
        }
    }
}
