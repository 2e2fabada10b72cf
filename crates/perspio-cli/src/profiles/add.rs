//! `perspio profile add`: asks for the settings, tests them, and saves the profile.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::str::FromStr;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use perspio::ClientBuilder;
use perspio_auth::SecretString;
use perspio_auth::secret::ExposeSecret;
use perspio_http::settings::misplaced_characters;

use super::file::{ProfilesFile, Values, check_name};
use super::secrets;
use super::setting::{SETTINGS, Setting};
use crate::arguments::GlobalOptions;
use crate::failure::Failure;
use crate::variables::Settings;

/// The number of settings that are asked for on a terminal: the first ones.
const ASKED: usize = 4;

/// The arguments of `perspio profile add`.
#[derive(Args)]
pub(crate) struct AddArguments {
    /// The name of the profile: lower-case letters, digits, `-` and `_`.
    name: ProfileName,

    #[command(flatten)]
    given: Given,

    /// Replaces a profile of this name.
    #[arg(long)]
    replace: bool,

    /// Saves the profile without a token request and a call.
    #[arg(long)]
    no_test: bool,
}

/// A valid name of a profile.
#[derive(Clone, Debug)]
pub(crate) struct ProfileName(pub(super) String);

impl FromStr for ProfileName {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        check_name(name).map(|()| Self(name.to_owned()))
    }
}

/// The options, by the names of their settings: a value, or for a secret the file with it.
#[derive(Clone, Default)]
struct Given(BTreeMap<&'static str, String>);

impl Args for Given {
    fn augment_args(command: Command) -> Command {
        SETTINGS.iter().fold(command, |command, setting| {
            let (value, help) = if setting.is_secret {
                let help = format!(
                    "{}: a file that contains it, - is a line of standard input",
                    setting.help
                );
                ("FILE", help)
            } else {
                ("VALUE", setting.help.to_owned())
            };
            command.arg(
                Arg::new(setting.name)
                    .long(setting.option())
                    .value_name(value)
                    .help(help),
            )
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Self::default();
        given.update_from_arg_matches(matches)?;
        Ok(given)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for setting in &SETTINGS {
            if let Some(value) = matches.get_one::<String>(setting.name) {
                self.0.insert(setting.name, value.clone());
            }
        }
        Ok(())
    }
}

/// The settings of a new profile.
#[derive(Default)]
struct NewProfile {
    values: Values,
    secrets: BTreeMap<&'static str, SecretString>,
}

/// Adds a profile.
pub(super) async fn run(arguments: &AddArguments, options: &GlobalOptions) -> Result<(), Failure> {
    if options.sandbox || options.dry_run {
        return Err(Failure::usage(
            "`perspio profile add` saves the settings of a lasting server: use neither --sandbox nor \
             --dry-run, and --no-test to send nothing",
        ));
    }
    let ProfileName(name) = &arguments.name;
    let mut file = ProfilesFile::read()?;
    let replaced = file.profiles().get(name).cloned();
    if replaced.is_some() && !arguments.replace {
        return Err(Failure::usage(format!(
            "there is already a profile {name:?}: replace it with --replace, or remove it with \
             `perspio profile remove {name}`"
        )));
    }
    let given = arguments.given.clone();
    // Reading a terminal blocks its thread, and a signal must end the command meanwhile.
    let new = tokio::task::spawn_blocking(move || NewProfile::given(&given)).await;
    let new =
        new.map_err(|cause| Failure::other(format!("the settings cannot be read: {cause}")))??;
    let account = Settings::of_profile(name, &new.values).account();
    let account = account.map_err(|error| with_options(error.into()))?;
    let outcome = new.test(arguments.no_test).await?;
    save(&mut file, name, &new).await?;
    if let Some(replaced) = replaced {
        let before = Settings::of_profile(name, &replaced).account();
        if let Ok(before) = before
            && before.key() != account.key()
        {
            super::sign_out(&before).await;
        }
    }
    writeln!(
        io::stdout(),
        "{outcome}\nThe profile {name} is saved in {}.",
        file.path().display()
    )?;
    let next = if file.default() == Some(name) {
        "It is the default profile.".to_owned()
    } else {
        format!(
            "Use it with `--profile {name}`, or as the default with `perspio profile use {name}`."
        )
    };
    writeln!(io::stdout(), "{next}")?;
    Ok(())
}

impl NewProfile {
    /// Reads the options and, on a terminal, asks for the rest.
    fn given(given: &Given) -> Result<Self, Failure> {
        let mut new = Self::default();
        for setting in &SETTINGS {
            let Some(value) = given.0.get(setting.name) else {
                continue;
            };
            if setting.is_secret {
                new.add_secret(setting, read_secret(value)?)?;
            } else {
                new.add(setting, value)?;
            }
        }
        if io::stdin().is_terminal() && io::stderr().is_terminal() {
            for setting in SETTINGS.iter().take(ASKED) {
                if !given.0.contains_key(setting.name) && new.needs(setting) {
                    new.ask(setting)?;
                }
            }
        }
        Ok(new)
    }

    fn needs(&self, setting: &Setting) -> bool {
        let has = |name| self.values.contains_key(name);
        setting.name != "CLIENT_SECRET"
            || !(has("CLIENT_CERTIFICATE") || has("FEDERATED_TOKEN_FILE"))
    }

    /// Asks for a value until it is valid. An empty one is left out.
    fn ask(&mut self, setting: &'static Setting) -> Result<(), Failure> {
        loop {
            let prompt = match setting.found_at() {
                "" => format!("{}: ", setting.help),
                found_at => format!("{} ({found_at}): ", setting.help),
            };
            let added = if setting.is_secret {
                let typed =
                    rpassword::prompt_password(prompt).map_err(|cause| unreadable(&cause))?;
                self.add_secret(setting, SecretString::from(typed))
            } else {
                let _ = write!(io::stderr(), "{prompt}");
                let _ = io::stderr().flush();
                let mut line = String::new();
                let length = io::stdin().read_line(&mut line);
                if length.map_err(|cause| unreadable(&cause))? == 0 {
                    return Err(Failure::usage(
                        "standard input has ended: nothing was saved",
                    ));
                }
                self.add(setting, &line)
            };
            match added {
                Ok(()) => return Ok(()),
                Err(failure) => {
                    let _ = writeln!(io::stderr(), "{}", failure.text());
                }
            }
        }
    }

    fn add(&mut self, setting: &'static Setting, value: &str) -> Result<(), Failure> {
        check(setting, value)?;
        if !value.trim().is_empty() {
            self.values.insert(setting.name, value.trim().to_owned());
        }
        Ok(())
    }

    fn add_secret(
        &mut self,
        setting: &'static Setting,
        value: SecretString,
    ) -> Result<(), Failure> {
        check(setting, value.expose_secret())?;
        if !value.expose_secret().trim().is_empty() {
            self.secrets.insert(setting.name, value);
        }
        Ok(())
    }

    /// Tests the settings with a token request and a call, and returns the outcome as a text.
    async fn test(&self, is_skipped: bool) -> Result<String, Failure> {
        let is_public = !self.secrets.contains_key("CLIENT_SECRET")
            && ["CLIENT_CERTIFICATE", "FEDERATED_TOKEN_FILE"]
                .iter()
                .all(|name| !self.values.contains_key(name));
        if is_skipped {
            return Ok("The settings were not tested.".to_owned());
        }
        if is_public {
            return Ok(
                "The settings were not tested, because a public client only signs in users: \
                       `perspio login`."
                    .to_owned(),
            );
        }
        let client = self
            .builder()
            .build()
            .map_err(|error| with_options(error.into()))?;
        let call = client.locations_labels().send().await;
        call.map_err(|error| {
            Failure::from(error).with_hint(
                "The settings were tested with this call, and the profile was not saved. \
                 --no-test saves it untested.",
            )
        })?;
        Ok("The settings work: a token was issued, and a call succeeded.".to_owned())
    }

    fn builder(&self) -> ClientBuilder {
        ClientBuilder::from_variables(|variable| {
            let setting = SETTINGS
                .iter()
                .find(|setting| setting.variable() == variable)?;
            let secret = self.secrets.get(setting.name);
            let value = self.values.get(setting.name).map(String::as_str);
            value
                .or(secret.map(ExposeSecret::expose_secret))
                .map(OsString::from)
        })
    }
}

/// Saves the secrets, then the file. A failure leaves a new profile without secrets.
async fn save(file: &mut ProfilesFile, name: &str, new: &NewProfile) -> Result<(), Failure> {
    let is_new = !file.profiles().contains_key(name);
    let is_first = file.profiles().is_empty();
    file.set(name, &new.values)?;
    if is_first {
        file.set_default(name);
    }
    let saved = match save_secrets(name, new).await {
        Ok(()) => file.save(),
        Err(failure) => Err(failure),
    };
    if saved.is_err() && is_new {
        // The first failure is the one to report.
        let _ = secrets::remove(name);
    }
    saved
}

async fn save_secrets(name: &str, new: &NewProfile) -> Result<(), Failure> {
    if new.secrets.is_empty() {
        return secrets::remove(name);
    }
    let key = secrets::key().await?;
    for setting in SETTINGS.iter().filter(|setting| setting.is_secret) {
        secrets::set(&key, name, setting, new.secrets.get(setting.name))?;
    }
    Ok(())
}

/// Reads a secret from a file, or from the next line of standard input.
fn read_secret(file: &str) -> Result<SecretString, Failure> {
    let mut text = String::new();
    let read = match file {
        "-" => io::stdin().lock().read_line(&mut text),
        _ => fs::File::open(file).and_then(|mut file| file.read_to_string(&mut text)),
    };
    let secret = SecretString::from(text);
    read.map(|_| secret)
        .map_err(|cause| Failure::usage(format!("{file} cannot be read: {cause}")))
}

fn check(setting: &Setting, value: &str) -> Result<(), Failure> {
    match misplaced_characters(value) {
        Some(problem) => Err(Failure::usage(format!("{} {problem}", setting.option()))),
        None => Ok(()),
    }
}

fn unreadable(cause: &io::Error) -> Failure {
    const INTERRUPT: u8 = 2;
    match cause.kind() {
        // Ctrl-C is no signal while a secret is typed.
        io::ErrorKind::Interrupted => Failure::interrupted(INTERRUPT),
        _ => Failure::other(format!("the terminal cannot be read: {cause}")),
    }
}

/// Names the options that set what a text names by its variables.
fn with_options(failure: Failure) -> Failure {
    let options = SETTINGS
        .iter()
        .take(ASKED)
        .map(|setting| format!("--{}", setting.option()));
    let options: Vec<_> = options.collect();
    failure.with_hint(&format!(
        "The profile was not saved. Its settings are options: {}, …; without them `perspio \
         profile add` asks for them on a terminal",
        options.join(", ")
    ))
}
