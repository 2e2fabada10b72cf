//! The pager: it receives the output of a terminal, which may be longer than the screen.

use std::env;
use std::io::{self, Stdout, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::print_message;

/// The pager without a setting: it ends if everything fits on the screen, and passes colours.
const DEFAULT: &str = "less -FRX";

/// The command of a pager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pager {
    /// The program and its arguments, separated by spaces.
    line: String,
    is_default: bool,
}

impl Pager {
    /// Returns the pager that the environment selects. An empty variable, and `cat`, select
    /// none.
    pub(crate) fn of_environment() -> Option<Self> {
        Self::of(|name| env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let line = variable("PERSPIO_PAGER").or_else(|| variable("PAGER"));
        let pager = Self {
            is_default: line.is_none(),
            line: line.unwrap_or_else(|| DEFAULT.to_owned()),
        };
        (!matches!(pager.line.trim(), "" | "cat")).then_some(pager)
    }

    /// Starts the program. One that cannot be started is no failure: the output is printed.
    fn start(&self) -> Option<(Child, ChildStdin)> {
        let mut words = self.line.split_whitespace();
        let started = Command::new(words.next()?)
            .args(words)
            .stdin(Stdio::piped())
            .spawn();
        match started {
            Ok(mut child) => child.stdin.take().map(|input| (child, input)),
            Err(cause) => {
                if !self.is_default {
                    let text = format!("the pager `{}` cannot be started: {cause}", self.line);
                    print_message("note", &text);
                }
                None
            }
        }
    }
}

/// Where the output is written: to a pager, or to standard output. The pager is started by
/// the first byte. When this is dropped, it waits until the user has closed the pager.
pub(crate) struct Destination {
    pager: Option<Pager>,
    started: Option<(Child, ChildStdin)>,
    stdout: Stdout,
    is_paging: Arc<AtomicBool>,
}

impl Destination {
    /// Returns the destination. `is_paging` is true while the pager runs.
    pub(crate) fn new(pager: Option<Pager>, is_paging: Arc<AtomicBool>) -> Self {
        Self {
            pager,
            started: None,
            stdout: io::stdout(),
            is_paging,
        }
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(pager) = self.pager.take() {
            self.started = pager.start();
            self.is_paging
                .store(self.started.is_some(), Ordering::Release);
        }
        match &mut self.started {
            Some((_, input)) => input.write(bytes),
            None => self.stdout.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.started {
            Some((_, input)) => input.flush(),
            None => self.stdout.flush(),
        }
    }
}

impl Drop for Destination {
    fn drop(&mut self) {
        if let Some((mut child, input)) = self.started.take() {
            drop(input);
            // How the pager ends is no outcome of the command.
            let _ = child.wait();
            self.is_paging.store(false, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pager_of_this_command_has_precedence() {
        let line = |set: &[(&str, &str)]| {
            let variable = |name: &str| {
                let (_, value) = set.iter().find(|(known, _)| *known == name)?;
                Some((*value).to_owned())
            };
            Pager::of(variable).map(|pager| pager.line)
        };
        assert_eq!(line(&[]).as_deref(), Some("less -FRX"));
        assert_eq!(line(&[("PAGER", "more")]).as_deref(), Some("more"));
        let both = [("PAGER", "more"), ("PERSPIO_PAGER", "most -s")];
        assert_eq!(line(&both).as_deref(), Some("most -s"));
        for none in ["", " ", "cat"] {
            assert_eq!(line(&[("PAGER", "more"), ("PERSPIO_PAGER", none)]), None);
        }
    }
}
