//! How a failure is told, and with which exit code.

use std::io;
use std::process::ExitCode;

use perspio::Error;

/// Why the command did not do its job.
pub(crate) struct Failure {
    text: String,
    code: u8,
}

impl Failure {
    const CALL: u8 = 1;
    const USAGE: u8 = 2;
    const CREDENTIALS: u8 = 3;

    /// The arguments, or a file that they name, cannot be used.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: Self::USAGE,
        }
    }

    /// Anything that is neither the user's arguments nor the API's answer.
    pub(crate) fn other(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: Self::CALL,
        }
    }

    /// Tells it on standard error.
    pub(crate) fn report(self) -> ExitCode {
        if !self.text.is_empty() {
            eprintln!("error: {}", self.text);
        }
        ExitCode::from(self.code)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Settings(_) | Error::InvalidRequest { .. } => Self::USAGE,
            Error::Auth(cause) if cause.is_configuration() => Self::CREDENTIALS,
            Error::Api { status, .. } if status.as_u16() == 401 => Self::CREDENTIALS,
            _ => Self::CALL,
        };
        Self {
            text: error.to_string(),
            code,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            // Whoever reads has had enough (`perspio … | head`): that is no failure.
            return Self {
                text: String::new(),
                code: 0,
            };
        }
        Self::other(format!("the answer cannot be printed: {error}"))
    }
}
