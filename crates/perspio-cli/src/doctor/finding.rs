//! The findings of the checks, and their output.

use std::io::{self, Write};

use perspio_auth::secret::printable;
use serde_json::{Value, json};

use crate::exit_code;
use crate::failure::Failure;
use crate::output::{Output, Shape};

/// What is checked, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    Settings,
    Clock,
    Connection,
    IdentityServer,
    Token,
    Headers,
    FirstCall,
    Limits,
    Store,
    SignIn,
}

impl Check {
    const ALL: [Self; 10] = [
        Self::Settings,
        Self::Clock,
        Self::Connection,
        Self::IdentityServer,
        Self::Token,
        Self::Headers,
        Self::FirstCall,
        Self::Limits,
        Self::Store,
        Self::SignIn,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Clock => "clock",
            Self::Connection => "connection",
            Self::IdentityServer => "identity server",
            Self::Token => "token",
            Self::Headers => "headers",
            Self::FirstCall => "first call",
            Self::Limits => "rate limits",
            Self::Store => "store",
            Self::SignIn => "sign-in",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Ok,
    Warning,
    /// With the exit code of the failure.
    Failed(u8),
    Skipped,
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed(_) => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// The outcome of one check.
#[derive(Debug)]
pub(super) struct Finding {
    check: Check,
    status: Status,
    message: String,
    /// What to do; empty if there is nothing to do.
    help: String,
}

impl Finding {
    fn new(check: Check, status: Status, message: &str, help: &str) -> Self {
        Self {
            check,
            status,
            message: one_line(message),
            help: one_line(help),
        }
    }

    pub(super) fn ok(check: Check, message: impl AsRef<str>) -> Self {
        Self::new(check, Status::Ok, message.as_ref(), "")
    }

    pub(super) fn warning(check: Check, message: impl AsRef<str>, help: &str) -> Self {
        Self::new(check, Status::Warning, message.as_ref(), help)
    }

    pub(super) fn skipped(check: Check, reason: impl AsRef<str>) -> Self {
        Self::new(check, Status::Skipped, reason.as_ref(), "")
    }

    pub(super) fn failed(check: Check, message: &str, help: &str, code: u8) -> Self {
        Self::new(check, Status::Failed(code), message, help)
    }

    /// The failure of a call.
    pub(super) fn of_error(check: Check, error: &perspio::Error) -> Self {
        let message = error.to_string();
        let failure = Failure::from(error.clone());
        // The advice that a command prints below the error.
        let advice = failure.text().strip_prefix(&message).unwrap_or_default();
        let help = match advice.trim() {
            "" => error.help(),
            advice => advice.to_owned(),
        };
        Self::failed(check, &message, &help, exit_code::of(error))
    }

    /// The failure of a part of this command; the lines after the first one are the help.
    pub(super) fn of_failure(check: Check, failure: &Failure) -> Self {
        let text = failure.text();
        let (message, help) = match text.split_once('\n') {
            Some(parts) => parts,
            None if failure.code() == exit_code::AUTHENTICATION => (text, "Sign in: perspio login"),
            None => (text, "Correct what the text names."),
        };
        Self::failed(check, message, help, failure.code())
    }

    fn line(&self) -> String {
        let (status, check) = (self.status.name(), self.check.name());
        let line = format!("{status:<8} {check:<16} {}", self.message);
        match self.help.as_str() {
            "" => line,
            help => format!("{line}\n{:<25} {help}", ""),
        }
    }

    fn json(&self) -> Value {
        json!({
            "check": self.check.name(),
            "status": self.status.name(),
            "message": self.message,
            "help": Some(&self.help).filter(|help| !help.is_empty()),
        })
    }
}

/// Returns `text` in one line that cannot control the terminal.
fn one_line(text: &str) -> String {
    let words = printable(text);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The findings so far. A table is printed line by line.
pub(super) struct Report {
    output: Output,
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(output: Output) -> Self {
        Self {
            output,
            findings: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, finding: Finding) -> Result<(), Failure> {
        if self.output.is_table() {
            writeln!(io::stdout(), "{}", finding.line())?;
        }
        self.findings.push(finding);
        Ok(())
    }

    /// Adds the checks that have no finding.
    pub(super) fn skip_rest(&mut self, reason: &str) -> Result<(), Failure> {
        for check in Check::ALL {
            if self.findings.iter().all(|finding| finding.check != check) {
                self.add(Finding::skipped(check, reason))?;
            }
        }
        Ok(())
    }

    /// Prints what is not printed yet. The first failure has the exit code.
    pub(super) fn conclude(self) -> Result<(), Failure> {
        if !self.output.is_table() {
            let findings = self.findings.iter().map(Finding::json).collect();
            self.output.print(Shape::List, findings)?;
        }
        let mut codes = self
            .findings
            .iter()
            .filter_map(|finding| match finding.status {
                Status::Failed(code) => Some(code),
                _ => None,
            });
        match codes.next() {
            Some(code) => Err(Failure::reported(code)),
            None => Ok(()),
        }
    }
}
