//! `perspio profile`: named settings of several tenants and accounts.

mod add;
mod file;
mod private_file;
pub(crate) mod secrets;
mod setting;

use std::io::{self, Write};

use clap::Subcommand;
use serde_json::{Value, json};

pub(crate) use add::AddArguments;
pub(crate) use file::{ProfilesFile, Values};
pub(crate) use setting::{CREDENTIALS, SETTINGS};

use crate::arguments::GlobalOptions;
use crate::failure::{Failure, print_message};
use crate::output::{Output, Shape};
use crate::sign_ins::{self, Account};
use crate::variables::Settings;

/// The commands of `perspio profile`.
#[derive(Subcommand)]
pub(crate) enum ProfileCommand {
    /// Adds a profile: asks for missing settings on a terminal, and tests them.
    Add(Box<AddArguments>),
    /// Lists the profiles.
    List,
    /// Makes a profile the default one.
    Use {
        /// The name of the profile.
        name: String,
    },
    /// Removes a profile with its secrets, and signs its user out.
    Remove {
        /// The name of the profile.
        name: String,
    },
}

/// Runs a command of `perspio profile`.
pub(crate) async fn run(command: &ProfileCommand, options: &GlobalOptions) -> Result<(), Failure> {
    match command {
        ProfileCommand::Add(arguments) => add::run(arguments, options).await,
        ProfileCommand::List => list(options),
        ProfileCommand::Use { name } => make_default(name),
        ProfileCommand::Remove { name } => remove(name).await,
    }
}

fn list(options: &GlobalOptions) -> Result<(), Failure> {
    let file = ProfilesFile::read()?;
    let mut profiles = Vec::new();
    for (name, values) in file.profiles() {
        let stored = secrets::stored(name)?;
        let stored: Vec<_> = stored.iter().map(|secret| secret.key()).collect();
        let mut profile = json!({
            "name": name,
            "default": file.default() == Some(name),
            "secrets": stored,
        });
        if let Value::Object(members) = &mut profile {
            for setting in &SETTINGS {
                if let Some(value) = values.get(setting.name) {
                    members.insert(setting.key(), value.as_str().into());
                }
            }
        }
        profiles.push(profile);
    }
    Output::new(options)?.print(Shape::List, Value::Array(profiles))
}

fn make_default(name: &str) -> Result<(), Failure> {
    let mut file = ProfilesFile::read()?;
    file.select(Some(name))?;
    file.set_default(name);
    file.save()?;
    writeln!(io::stdout(), "{name} is the default profile")?;
    Ok(())
}

/// Removes a profile with its secrets and its sign-in.
async fn remove(name: &str) -> Result<(), Failure> {
    let mut file = ProfilesFile::read()?;
    let account = match file.select(Some(name))? {
        Some((name, values)) => Settings::of_profile(name, values).account().ok(),
        None => None,
    };
    // Without valid settings there cannot be a sign-in.
    if let Some(account) = account {
        sign_out(&account).await;
    }
    file.remove(name)?;
    file.save()?;
    secrets::remove(name)?;
    writeln!(
        io::stdout(),
        "the profile {name} was removed with its secrets"
    )?;
    Ok(())
}

/// Deletes the sign-in of a profile. A failure is a warning, so that a profile whose key is lost
/// can be removed.
async fn sign_out(account: &Account) {
    if let Err(failure) = sign_ins::sign_out_account(account).await {
        let warning = format!("a sign-in of the profile may remain: {}", failure.text());
        print_message("warning", &warning);
    }
}
