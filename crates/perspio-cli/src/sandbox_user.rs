//! The user of the sandboxes of `--sandbox`, from one command to the next.
//!
//! Such a sandbox lives for one command and keeps no sign-in. `perspio --sandbox login`
//! therefore remembers only which of its users has signed in, in a file of one word next to
//! the sign-ins of the service; each later command signs that user in to its own sandbox.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use perspio::ClientBuilder;
use perspio_auth::{SignIn, TokenSource};
use perspio_sandbox::{PageShown, Person, Sandbox};
use serde_json::json;

use crate::arguments::{Caller, GlobalOptions};
use crate::failure::Failure;
use crate::login::reject_application;
use crate::output::{Output, Shape};
use crate::sign_ins::state_folder;
use crate::variables::Settings;

/// Returns the short name of a user: `ada` of `ada@sandbox.example`.
pub(crate) fn name(person: Person) -> &'static str {
    let email = person.email();
    email.split_once('@').map_or(email, |(name, _)| name)
}

/// Returns the user that the options select, or the one who has signed in. `None`: the
/// application itself.
pub(crate) fn selected(options: &GlobalOptions) -> Result<Option<Person>, Failure> {
    match options.caller {
        Some(Caller::Person(person)) => Ok(Some(person)),
        Some(Caller::Application) => Ok(None),
        Some(Caller::User) => signed_in()?.ok_or_else(no_user).map(Some),
        // Without a folder for it, no user can have signed in.
        None => Ok(signed_in().unwrap_or_default()),
    }
}

/// Rejects a user of the sandbox as the caller of the service.
pub(crate) fn reject_without_sandbox(options: &GlobalOptions) -> Result<(), Failure> {
    match options.caller {
        Some(Caller::Person(person)) => Err(Failure::usage(format!(
            "--as {0}: {0} is a user of the sandbox, which is called with --sandbox",
            name(person)
        ))),
        _ => Ok(()),
    }
}

/// Signs a user in to `sandbox`, as in a browser but without one.
pub(crate) async fn sign_in(
    builder: &ClientBuilder,
    sandbox: &Sandbox,
    person: Person,
) -> Result<TokenSource, Failure> {
    let (profile, application) = builder.profile_and_application()?;
    let attempt = SignIn::paste(application).begin(&profile).await?;
    let callback = sandbox.authorize(attempt.url().as_str(), person);
    let callback = callback.map_err(|page: PageShown| {
        Failure::credentials(format!(
            "{} cannot sign in to the sandbox: {}",
            name(person),
            page.message
        ))
    })?;
    Ok(attempt.finish(&callback).await?)
}

/// `perspio --sandbox login`: remembers the user of the following commands, ada by default.
pub(crate) async fn login(options: &GlobalOptions) -> Result<(), Failure> {
    reject_application(options)?;
    let person = match options.caller {
        Some(Caller::Person(person)) => person,
        _ => Person::Ada,
    };
    let sandbox = crate::connect::sandbox().await?;
    let builder = Settings::of_sandbox(&sandbox).client_builder();
    sign_in(&builder, &sandbox, person).await?;
    let path = file()?;
    let written = path.parent().map_or(Ok(()), fs::create_dir_all);
    written
        .and_then(|()| fs::write(&path, name(person)))
        .map_err(|cause| unusable(&path, &cause))?;
    print(options, person)
}

/// `perspio --sandbox status`: prints the user who has signed in.
pub(crate) fn status(options: &GlobalOptions) -> Result<(), Failure> {
    print(options, signed_in()?.ok_or_else(no_user)?)
}

/// `perspio --sandbox logout`: forgets the user.
pub(crate) fn logout() -> Result<(), Failure> {
    signed_in()?.ok_or_else(no_user)?;
    let path = file()?;
    fs::remove_file(&path).map_err(|cause| unusable(&path, &cause))?;
    writeln!(io::stdout(), "signed out of the sandbox")?;
    Ok(())
}

fn print(options: &GlobalOptions, person: Person) -> Result<(), Failure> {
    let user = json!({
        "name": person.name(),
        "user": person.email(),
        "server": "a sandbox for each command",
    });
    Output::new(options)?.print(Shape::Item, user)
}

fn signed_in() -> Result<Option<Person>, Failure> {
    let path = file()?;
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Person::ALL.into_iter().find(|it| name(*it) == text.trim())),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(unusable(&path, &cause)),
    }
}

fn file() -> Result<PathBuf, Failure> {
    Ok(state_folder()?.join("sandbox-user"))
}

fn no_user() -> Failure {
    Failure::credentials(
        "no user is signed in to the sandbox: sign in with `perspio --sandbox login`",
    )
}

fn unusable(path: &std::path::Path, cause: &io::Error) -> Failure {
    Failure::usage(format!(
        "the user of the sandbox, {}: {cause}",
        path.display()
    ))
}
