//! The task that exchanges reports with the server of a shared budget.

use std::sync::{Arc, Weak};
use std::time::Duration;

use perspio_auth::clock::Clock;
use tokio::runtime::Handle;

use super::report::{BudgetServer, NextReport, Reply, Report};

/// The server replies within a millisecond; calls do not wait longer than this.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Supplies the reports of an exchange and takes its outcomes. At most one report
/// is under way; what happens meanwhile is collected for the next one.
pub(super) trait Mailbox: Send + Sync + 'static {
    /// Returns the next report, or ends the exchange.
    fn next(self: &Arc<Self>, now: Duration) -> NextReport;

    /// Takes the outcome of a report.
    fn exchanged(self: &Arc<Self>, report: Report, outcome: Result<Reply, String>);

    /// Takes back the report of an exchange that has ended in the middle.
    fn interrupted(self: &Arc<Self>, report: Option<Report>);
}

/// Starts an exchange on `runtime`, which ends when there is nothing to report. It
/// is a task, so that a cancelled caller does not lose slots that the server grants.
pub(super) fn spawn(
    runtime: &Handle,
    mailbox: Arc<impl Mailbox>,
    server: Arc<dyn BudgetServer>,
    clock: Arc<dyn Clock>,
) {
    let exchange = Exchange {
        mailbox: Arc::downgrade(&mailbox),
        server,
        clock,
        report: None,
        is_over: false,
    };
    runtime.spawn(exchange.run(mailbox));
}

struct Exchange<M: Mailbox> {
    /// Weak, so that the mailbox can be dropped during a cool-down.
    mailbox: Weak<M>,
    server: Arc<dyn BudgetServer>,
    clock: Arc<dyn Clock>,
    /// The report under way.
    report: Option<Report>,
    is_over: bool,
}

impl<M: Mailbox> Exchange<M> {
    async fn run(mut self, mailbox: Arc<M>) {
        let mut next = Some(mailbox);
        while let Some(mailbox) = next.take() {
            next = match mailbox.next(self.clock.monotonic()) {
                NextReport::Nothing => {
                    self.is_over = true;
                    None
                }
                NextReport::Wait(time) => {
                    drop(mailbox);
                    self.clock.sleep(time).await;
                    self.mailbox.upgrade()
                }
                NextReport::Send(report) => {
                    let outcome = self.send(report).await;
                    mailbox.exchanged(self.report.take().unwrap_or_default(), outcome);
                    Some(mailbox)
                }
            };
        }
    }

    async fn send(&mut self, report: Report) -> Result<Reply, String> {
        let report = self.report.insert(report);
        tokio::select! {
            outcome = self.server.exchange(report, self.clock.monotonic()) => outcome,
            () = self.clock.sleep(TIMEOUT) => {
                Err(format!("no reply within {} s", TIMEOUT.as_secs()))
            }
        }
    }
}

impl<M: Mailbox> Drop for Exchange<M> {
    /// Returns the report if the runtime has shut down in the middle.
    fn drop(&mut self) {
        if !self.is_over
            && let Some(mailbox) = self.mailbox.upgrade()
        {
            mailbox.interrupted(self.report.take());
        }
    }
}
