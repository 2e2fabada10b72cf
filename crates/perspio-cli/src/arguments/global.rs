//! The options of every command.

use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use perspio_sandbox::Person;

use crate::output::{Color, Filter, Format};
use crate::sandbox_user;

/// The options of every command, which its help lists under their own heading.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalOptions {
    /// Calls a sandbox that is started for this command, instead of the service.
    #[arg(long, global = true)]
    pub(crate) sandbox: bool,

    /// Calls as the signed-in user or as the application itself, which may only read. By
    /// default as the user if one has signed in. With --sandbox also a user of the sandbox,
    /// such as ada.
    #[arg(long = "as", global = true, value_name = "IDENTITY")]
    pub(crate) caller: Option<Caller>,

    /// Uses the settings of this profile (`perspio profile`), where the environment has none.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// The longest time in seconds that a call may take, waiting for the service's limits
    /// included. Without it a call waits as long as the service asks for, two minutes at most
    /// each time.
    #[arg(long, global = true, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    timeout: Option<u64>,

    /// Prints each request to standard error: method, path, status and duration, waits and
    /// retries. Twice: with headers and bodies, without secrets.
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,

    /// Prints the request as HTTP and for curl, with variables instead of secrets, and sends
    /// nothing.
    #[arg(long, global = true)]
    pub(crate) dry_run: bool,

    /// The format of the output.
    #[arg(
        long,
        short,
        global = true,
        value_name = "FORMAT",
        default_value = "table"
    )]
    pub(crate) output: Format,

    /// The members to print: names, or dotted paths such as owner.name. By default a
    /// table has up to six columns, and any other format all members.
    #[arg(long, global = true, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,

    /// Prints the results of a filter in the language of jq, each in a line; texts without
    /// quotation marks.
    #[arg(long, global = true, value_name = "FILTER", conflicts_with = "columns",
        value_parser = |code: &str| code.parse::<Filter>())]
    pub(crate) jq: Option<Filter>,

    /// Prints to the terminal without a pager. By default the pager is that of `PERSPIO_PAGER`
    /// or `PAGER`, else `less -FRX`.
    #[arg(long, global = true)]
    pub(crate) no_pager: bool,

    /// When colours are used. `auto`: on a terminal, unless `NO_COLOR` is set.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

impl GlobalOptions {
    /// Returns the longest time that a call may take.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.timeout.map(Duration::from_secs)
    }
}

/// The identity that `--as` selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    User,
    Application,
    /// A user of the sandbox.
    Person(Person),
}

impl FromStr for Caller {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut people = Person::ALL.into_iter();
        match text {
            "user" => Ok(Self::User),
            "application" => Ok(Self::Application),
            name => people
                .find(|person| sandbox_user::name(*person) == name)
                .map(Self::Person)
                .ok_or_else(|| {
                    let people = Person::ALL.map(sandbox_user::name).join(", ");
                    format!("it is `user`, `application`, or with --sandbox one of {people}")
                }),
        }
    }
}
