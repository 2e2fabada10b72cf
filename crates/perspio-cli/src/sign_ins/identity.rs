//! The identity that the commands with one configuration have used, from one command to
//! the next: a change of it is never silent.
//!
//! It is a file of one line without secrets, next to the file of the sign-ins, or in the
//! folder of the keyring's lock files. `perspio login` creates it, so that a sign-in that
//! has disappeared from the store, because it ended or was lost, is an error in every
//! later command. `perspio logout` is the deliberate way back to the application.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process;

use crate::failure::print_message;

/// The identity of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    User,
    Application,
}

impl Identity {
    fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Application => "application",
        }
    }

    fn shown(self) -> &'static str {
        match self {
            Self::User => "the signed-in user",
            Self::Application => "the application itself",
        }
    }
}

/// What is remembered of one configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Remembered {
    /// A user has signed in, and has not signed out since.
    is_signed_in: bool,
    /// The identity of the last call.
    last: Identity,
}

impl Remembered {
    fn parse(text: &str) -> Option<Self> {
        let (state, last) = text.trim().split_once(' ')?;
        let last = [Identity::User, Identity::Application]
            .into_iter()
            .find(|identity| identity.name() == last)?;
        Some(Self {
            is_signed_in: state == SIGNED_IN,
            last,
        })
    }

    fn text(self) -> String {
        let state = if self.is_signed_in {
            SIGNED_IN
        } else {
            SIGNED_OUT
        };
        format!("{state} {}\n", self.last.name())
    }
}

const SIGNED_IN: &str = "signed-in";
const SIGNED_OUT: &str = "signed-out";

/// The identity file of one configuration.
#[derive(Clone, Debug)]
pub(crate) struct IdentityFile {
    path: PathBuf,
}

impl IdentityFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Returns whether a user has signed in and not signed out since.
    pub(crate) fn is_signed_in(&self) -> bool {
        self.read()
            .is_some_and(|remembered| remembered.is_signed_in)
    }

    /// Remembers a sign-in.
    pub(crate) fn sign_in(&self) {
        self.write(Remembered {
            is_signed_in: true,
            last: Identity::User,
        });
    }

    /// Remembers that the user has signed out. The next call reports the change.
    pub(crate) fn sign_out(&self) {
        if let Some(remembered) = self.read() {
            self.write(Remembered {
                is_signed_in: false,
                ..remembered
            });
        }
    }

    /// Remembers the identity of a call, and reports on standard error if the last call
    /// had another one.
    pub(crate) fn call_as(&self, identity: Identity) {
        let before = self.read();
        if let Some(before) = before
            && before.last != identity
        {
            let (now, last) = (identity.shown(), before.last.shown());
            print_message(
                "hint",
                &format!("calling as {now}; the last call was made as {last}"),
            );
        }
        let is_signed_in = before.is_some_and(|before| before.is_signed_in);
        match (identity, is_signed_in) {
            // The same as without a file.
            (Identity::Application, false) if before.is_some() => self.remove(),
            (Identity::Application, false) => {}
            (last, is_signed_in) => {
                let now = Remembered {
                    is_signed_in: is_signed_in || last == Identity::User,
                    last,
                };
                if before != Some(now) {
                    self.write(now);
                }
            }
        }
    }

    fn read(&self) -> Option<Remembered> {
        match fs::read_to_string(&self.path) {
            // A text that is not known was written by a later version, for a sign-in.
            Ok(text) => Some(Remembered::parse(&text).unwrap_or(Remembered {
                is_signed_in: true,
                last: Identity::User,
            })),
            Err(cause) => {
                if !matches!(
                    cause.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) {
                    self.failed("read", &cause);
                }
                None
            }
        }
    }

    /// Replaces the file, so that another command never reads a part of it.
    fn write(&self, remembered: Remembered) {
        let mut new = self.path.clone().into_os_string();
        new.push(format!(".{}", process::id()));
        let written = fs::write(&new, remembered.text());
        if let Err(cause) = written.and_then(|()| fs::rename(&new, &self.path)) {
            let _ = fs::remove_file(&new);
            self.failed("written", &cause);
        }
    }

    fn remove(&self) {
        if let Err(cause) = fs::remove_file(&self.path)
            && cause.kind() != io::ErrorKind::NotFound
        {
            self.failed("removed", &cause);
        }
    }

    fn failed(&self, what: &str, cause: &io::Error) {
        let path = self.path.display();
        print_message(
            "hint",
            &format!(
                "a change between user and application may not be noticed: {path} cannot be \
                 {what} ({cause})"
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_read_again() {
        for is_signed_in in [true, false] {
            for last in [Identity::User, Identity::Application] {
                let remembered = Remembered { is_signed_in, last };
                assert_eq!(Remembered::parse(&remembered.text()), Some(remembered));
            }
        }
    }

    #[test]
    fn a_sign_in_is_remembered_until_the_sign_out() {
        let folder = tempfile::tempdir().unwrap();
        let file = IdentityFile::new(folder.path().join("identity"));
        file.call_as(Identity::Application);
        assert!(!file.path.exists(), "applications leave no file");
        file.sign_in();
        file.call_as(Identity::Application);
        assert!(file.is_signed_in(), "another identity for one call");
        file.call_as(Identity::User);
        file.sign_out();
        assert!(!file.is_signed_in());
        file.call_as(Identity::Application);
        assert!(!file.path.exists());
    }

    #[test]
    fn a_sign_in_of_an_earlier_version_is_remembered_from_its_next_call() {
        let folder = tempfile::tempdir().unwrap();
        let file = IdentityFile::new(folder.path().join("identity"));
        file.call_as(Identity::User);
        assert!(file.is_signed_in());
    }
}
