//! The pager: it receives the output of a terminal, which may be longer than the screen.

use std::env;
use std::io::{self, Stdout, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// A pager that runs. It is closed when this or the [`Destination`] is dropped: its input ends,
/// and the user closes it.
#[derive(Clone, Default)]
pub(super) struct Running(Arc<Mutex<Option<(Child, ChildStdin)>>>);

impl Running {
    fn lock(&self) -> MutexGuard<'_, Option<(Child, ChildStdin)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Locked until the pager has ended, so that each owner waits for it.
        let mut running = self.lock();
        if let Some((mut pager, input)) = running.take() {
            drop(input);
            // How the pager ends is no outcome of the command.
            let _ = pager.wait();
        }
    }
}

/// Where the output is written: to a pager, or to standard output. The pager is started by
/// the first byte.
pub(crate) struct Destination {
    pager: Option<Pager>,
    is_paging: bool,
    running: Running,
    stdout: Stdout,
}

impl Destination {
    pub(super) fn new(pager: Option<Pager>) -> Self {
        Self {
            pager,
            is_paging: false,
            running: Running::default(),
            stdout: io::stdout(),
        }
    }

    /// Returns the pager, which runs from the first byte on.
    pub(super) fn running(&self) -> Running {
        self.running.clone()
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(pager) = self.pager.take() {
            let started = pager.start();
            self.is_paging = started.is_some();
            *self.running.lock() = started;
        }
        if !self.is_paging {
            return self.stdout.write(bytes);
        }
        match &mut *self.running.lock() {
            Some((_, input)) => input.write(bytes),
            // It was closed because of a signal.
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        // The input of a pager is not buffered.
        self.stdout.flush()
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
