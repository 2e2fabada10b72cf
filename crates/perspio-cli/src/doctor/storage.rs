//! The checks of the store of sign-ins and of the sign-in in it.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use perspio_auth::clock::{Clock, SystemClock};

use super::finding::{Check, Finding, Report};
use crate::arguments::GlobalOptions;
use crate::failure::Failure;
use crate::sign_ins::place::{existing_key, file};
use crate::sign_ins::{self, Account, LoadedSignIn, SignIns};
use crate::variables::variable;

/// The stored sign-in of an account.
pub(super) enum Stored {
    SignIn(Box<LoadedSignIn>),
    Nothing,
    /// The store cannot be used.
    Unusable(Failure),
    /// A sandbox stores no sign-in.
    Sandbox,
}

/// Looks for the sign-in of an account.
pub(super) async fn find(account: &Account, options: &GlobalOptions) -> Stored {
    if options.sandbox {
        return Stored::Sandbox;
    }
    match LoadedSignIn::find(account.clone()).await {
        Ok(Some(sign_in)) => Stored::SignIn(Box::new(sign_in)),
        Ok(None) => Stored::Nothing,
        Err(failure) => Stored::Unusable(failure),
    }
}

/// Reports the store and the sign-in.
pub(super) async fn report(
    report: &mut Report,
    account: &Account,
    stored: &Stored,
) -> Result<(), Failure> {
    let (store, sign_in) = match stored {
        Stored::Sandbox => {
            let skipped = |check| Finding::skipped(check, "a sandbox stores no sign-in");
            (skipped(Check::Store), skipped(Check::SignIn))
        }
        Stored::Unusable(failure) => (
            Finding::of_failure(Check::Store, failure),
            Finding::skipped(Check::SignIn, "the store cannot be used"),
        ),
        Stored::SignIn(loaded) => (
            store(account).await,
            sign_in(loaded, SystemClock.now().wall),
        ),
        Stored::Nothing => (store(account).await, no_sign_in(account)),
    };
    report.add(store)?;
    report.add(sign_in)
}

/// Checks that a sign-in could be saved, without saving one.
async fn store(account: &Account) -> Finding {
    match check_store(account).await {
        Ok(finding) => finding,
        Err(failure) => Finding::of_failure(Check::Store, &failure),
    }
}

async fn check_store(account: &Account) -> Result<Finding, Failure> {
    let Some(sign_ins) = SignIns::existing().await? else {
        return Ok(match file()? {
            Some(path) => missing_file(&path).await,
            None => Finding::skipped(Check::Store, "there is none"),
        });
    };
    let lock = sign_ins.store().lock(&account.key()).await;
    lock.map_err(perspio_auth::Error::Store)?;
    let kept_in = sign_ins.kept_in();
    let message = match file()? {
        Some(_) => {
            let key = key_location()?;
            format!("{kept_in} is an encrypted file with the key in {key}, and is writable")
        }
        None => format!("{kept_in} is available"),
    };
    Ok(Finding::ok(Check::Store, message))
}

/// Returns the finding about a file that the first sign-in creates.
async fn missing_file(path: &Path) -> Finding {
    let shown = path.display();
    if let Err((folder, cause)) = create_in_folder(path) {
        let message = format!(
            "{shown} cannot be created: {} is not writable ({cause})",
            folder.display()
        );
        let help = "Only `perspio login` needs it: make the folder writable, or name another file in \
                    PERSPIO_STORE.";
        return Finding::warning(Check::Store, message, help);
    }
    match existing_key().await {
        Ok(_) => {
            let message = format!("{shown} does not exist yet: the first sign-in creates it");
            Finding::ok(Check::Store, message)
        }
        Err(failure) => {
            let (reason, help) = failure
                .text()
                .split_once('\n')
                .unwrap_or((failure.text(), ""));
            let message =
                format!("there is no key for {shown}, which only a sign-in needs: {reason}");
            Finding::warning(Check::Store, message, help)
        }
    }
}

/// Creates a temporary file in the folder of `path`, or in that of its parents that exists.
fn create_in_folder(path: &Path) -> Result<(), (PathBuf, std::io::Error)> {
    let mut folders = path.ancestors().skip(1);
    let folder = folders.find(|folder| folder.exists());
    let folder = folder.unwrap_or(Path::new("."));
    match tempfile::tempfile_in(folder) {
        Ok(_) => Ok(()),
        Err(cause) => Err((folder.to_owned(), cause)),
    }
}

fn key_location() -> Result<&'static str, Failure> {
    Ok(match variable("STORE_KEY")? {
        Some(_) => "PERSPIO_STORE_KEY",
        None => "the keyring",
    })
}

fn sign_in(loaded: &LoadedSignIn, now: SystemTime) -> Finding {
    let record = &loaded.record;
    let claim = |name| record.id_token()?.unverified_claim(name);
    let user = claim("preferred_username").unwrap_or_else(|| "a user".to_owned());
    let is_expired = record.expires_at() <= now;
    match (&record.refresh_token, is_expired) {
        (Some(_), _) => Finding::ok(
            Check::SignIn,
            format!("{user} is signed in, and the token is renewed when needed"),
        ),
        (None, false) => {
            let message =
                format!("{user} is signed in until the token expires: there is no refresh token");
            let help = "PERSPIO_OFFLINE_ACCESS=true requests one at the next `perspio login`.";
            Finding::warning(Check::SignIn, message, help)
        }
        (None, true) => {
            let message =
                format!("the sign-in of {user} has expired, and there is no refresh token");
            Finding::warning(Check::SignIn, message, "Sign in again: perspio login")
        }
    }
}

fn no_sign_in(account: &Account) -> Finding {
    if sign_ins::is_signed_in(account) {
        return Finding::of_failure(Check::SignIn, &sign_ins::missing_sign_in(account));
    }
    let message = "No user is signed in: calls are made as the application, which only reads";
    Finding::ok(Check::SignIn, message)
}
