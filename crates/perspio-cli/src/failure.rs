//! Failures: their text on standard error and their exit code.

use std::io::{self, Write};
use std::process::ExitCode;

use perspio::Error;
use perspio::auth::TransportCause;

use crate::exit_code;
use crate::next_command::login_command;
use crate::sign_ins::variables_for;

/// Why the command did not do its job.
#[derive(Debug)]
pub(crate) struct Failure {
    text: String,
    code: u8,
}

impl Failure {
    /// The arguments, or a file that they name, cannot be used.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: exit_code::USAGE,
        }
    }

    /// The credentials are missing or rejected.
    pub(crate) fn credentials(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: exit_code::AUTHENTICATION,
        }
    }

    /// The process got the signal of this number.
    pub(crate) fn interrupted(signal: u8) -> Self {
        Self {
            text: "interrupted".to_owned(),
            // As a shell reports a process that a signal has ended.
            code: 128_u8.saturating_add(signal),
        }
    }

    /// A failure that is caused neither by the arguments nor by the API.
    pub(crate) fn other(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: exit_code::FAILED,
        }
    }

    /// Adds a hint about an alternative.
    pub(crate) fn with_hint(mut self, hint: &str) -> Self {
        self.text = format!("{}\n{hint}", self.text);
        self
    }

    /// A failure that is reported already.
    pub(crate) fn reported(code: u8) -> Self {
        Self {
            text: String::new(),
            code,
        }
    }

    /// Returns the exit code.
    pub(crate) fn code(&self) -> u8 {
        self.code
    }

    /// Returns the text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Prints the failure to standard error and returns its exit code.
    pub(crate) fn report(self) -> ExitCode {
        if !self.text.is_empty() {
            print_message("error", &self.text);
        }
        ExitCode::from(self.code)
    }
}

/// Prints a line to standard error. A failed write is ignored, because it cannot be reported.
pub(crate) fn print_line(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Prints a labelled message to standard error.
pub(crate) fn print_message(label: &str, text: &str) {
    print_line(&format!("{}: {text}", crate::output::label(label)));
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = exit_code::of(&error);
        let mut text = error.to_string();
        if let Some(help) = further_help(&error, &text) {
            text = format!("{text}\n{help}");
        }
        if error.transport().map(|it| it.cause) == Some(TransportCause::UnknownIssuer) {
            text.push_str(" PERSPIO_CA_FILE names such a file.");
        }
        if let Some(command) = auth_cause(&error).and_then(|cause| login_command(cause, &text)) {
            text = format!("{text}\n{command}");
        }
        let failure = Self { text, code };
        match &error {
            Error::Auth(perspio::auth::Error::Store(cause)) => match variables_for(cause) {
                Some(hint) => failure.with_hint(hint),
                None => failure,
            },
            _ => failure,
        }
    }
}

impl From<perspio::auth::Error> for Failure {
    fn from(error: perspio::auth::Error) -> Self {
        Error::from(error).into()
    }
}

/// Returns why no token was obtained, if that is so.
fn auth_cause(error: &Error) -> Option<&perspio::auth::Error> {
    match error {
        Error::Auth(cause) | Error::AuthAfterSend { cause, .. } => Some(cause),
        _ => None,
    }
}

/// Returns what the user can do, unless `text` already says so.
fn further_help(error: &Error, text: &str) -> Option<String> {
    use perspio::auth::Error as Auth;
    let has_advice = match error {
        // The text of these errors includes the advice.
        Error::Settings(_) | Error::Decode { .. } | Error::InvalidRequest { .. } => true,
        Error::Auth(cause) => {
            let is_rejected_with_help =
                cause.error_response().is_some_and(|it| !it.help.is_empty());
            let reason_helps = matches!(
                cause.cause(),
                Auth::Store(_)
                    | Auth::SignInRejected { .. }
                    | Auth::InvalidCallback { .. }
                    | Auth::InvalidToken { .. }
                    | Auth::ClaimsRequired { .. }
            );
            is_rejected_with_help || reason_helps || cause.is_configuration()
        }
        _ => false,
    };
    let help = error.help();
    let words = help.trim_end_matches('.').to_lowercase();
    (!has_advice && !text.to_lowercase().contains(&words)).then_some(help)
}

/// Returns the text of an error with its immediate cause.
pub(crate) fn with_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            // The reader has closed the pipe (`perspio … | head`), which is not a failure.
            return Self {
                text: String::new(),
                code: 0,
            };
        }
        Self::other(format!("the answer cannot be printed: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use perspio::auth::store::StoreError;

    use super::*;

    #[test]
    fn only_an_error_of_the_keyring_names_the_variables_that_replace_it() {
        for (store, is_named) in [("keyring:perspio", true), ("/home/ada/tokens", false)] {
            let cause = StoreError::new(store, "it is locked: unlock it");
            let failure = Failure::from(perspio::auth::Error::Store(cause));
            for name in ["PERSPIO_STORE_KEY", "PERSPIO_STORE names"] {
                assert_eq!(failure.text.contains(name), is_named, "{}", failure.text);
            }
        }
    }
}
