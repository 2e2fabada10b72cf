//! The task that exchanges reports with the server of a shared budget.

use std::sync::{Arc, Weak};
use std::time::Duration;

use perspio_auth::clock::Clock;
use tokio::runtime::Handle;

use super::report::{BudgetServer, NextReport, Reply};

/// The server replies within a millisecond; calls do not wait longer than this.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Supplies the reports of an exchange and takes its outcomes. At most one report
/// is under way; what happens meanwhile is collected for the next one.
pub(super) trait Mailbox: Send + Sync + 'static {
    /// Returns the next report, or ends the exchange.
    fn next(self: &Arc<Self>, now: Duration) -> NextReport;

    /// Takes the outcome of a report.
    fn exchanged(self: &Arc<Self>, outcome: Result<Reply, String>);

    /// Called when the runtime shuts down in the middle of the exchange.
    fn interrupted(self: &Arc<Self>);
}

/// Starts an exchange on `runtime`, which ends when there is nothing to report. It
/// is a task, so that a cancelled caller does not lose slots that the server grants.
pub(super) fn spawn(
    runtime: &Handle,
    mailbox: Arc<impl Mailbox>,
    server: Arc<dyn BudgetServer>,
    clock: Arc<dyn Clock>,
) {
    // Created here, because a runtime that shuts down does not poll the task.
    let mut guard = Guard(Some(Arc::downgrade(&mailbox)));
    runtime.spawn(async move {
        let mut next = Some(mailbox);
        while let Some(mailbox) = next.take() {
            match mailbox.next(clock.monotonic()) {
                NextReport::Nothing => guard.0 = None,
                NextReport::Wait(time) => {
                    // The mailbox can be dropped during a cool-down.
                    drop(mailbox);
                    clock.sleep(time).await;
                    next = guard.0.as_ref().and_then(Weak::upgrade);
                }
                NextReport::Send(report) => {
                    let outcome = tokio::select! {
                        outcome = server.exchange(&report, clock.monotonic()) => outcome,
                        () = clock.sleep(TIMEOUT) => {
                            Err(format!("no reply within {} s", TIMEOUT.as_secs()))
                        }
                    };
                    mailbox.exchanged(outcome);
                    next = Some(mailbox);
                }
            }
        }
    });
}

/// Notifies the mailbox if the exchange does not end regularly.
struct Guard<M: Mailbox>(Option<Weak<M>>);

impl<M: Mailbox> Drop for Guard<M> {
    fn drop(&mut self) {
        if let Some(mailbox) = self.0.as_ref().and_then(Weak::upgrade) {
            mailbox.interrupted();
        }
    }
}
