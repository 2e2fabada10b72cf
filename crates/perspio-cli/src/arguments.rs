//! The tree of commands: `perspio GROUP VERB`, made from the operations.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, Command};
use perspio_auth::Prompt;

use crate::generated::{Cli, CliCommand};
use crate::printer::Printer;
use crate::request;
use crate::sandbox;

/// What the exit codes mean, and where the settings come from.
const AFTER_HELP: &str = "\
Settings:
  PERSPIO_CLIENT_ID         the application's client id
  PERSPIO_CLIENT_SECRET     its secret; a public client, which only signs in users, has none
  PERSPIO_CLIENT_CERTIFICATE, PERSPIO_FEDERATED_TOKEN_FILE
                            a file instead of the secret: a certificate with its private key
                            (PEM), or the token of Kubernetes workload identity
  PERSPIO_TENANT_ID         the Perspio tenant id (in-…)
  PERSPIO_SUBSCRIPTION_KEY  the tenant's subscription key
  PERSPIO_BASE_URL          another address of the API
  PERSPIO_AUTHORITY         another identity server: all before /oauth2/v2.0
  PERSPIO_TOKEN_URL         another token endpoint
  PERSPIO_SCOPES            other scopes, separated by spaces
  PERSPIO_CA_FILE           a file of certificates (PEM) whose authorities are trusted too
  Client id, secret, tenant and key are found in the Perspio web app under Admin → API.

Settings of a person's sign-in (`perspio login`):
  PERSPIO_STORE_KEY         the key of the file that keeps it: `openssl rand -base64 32`; without
                            one, the desktop's keyring holds it
  PERSPIO_STORE             another file to keep it in, or `keyring:`, by which the desktop's
                            keyring itself keeps it
  PERSPIO_REDIRECT_URI      another redirect URI, as it is registered; default http://localhost
  PERSPIO_AUTHORIZE_URL     another address to sign in at
  PERSPIO_DEVICE_CODE_URL   another address for the device flow
  PERSPIO_ISSUER            what another identity server calls itself, if its answers say so
  PERSPIO_PROMPT            what the user is asked for: see `perspio login --help`, --prompt
  PERSPIO_OFFLINE_ACCESS    whether offline_access is requested, for a refresh token: true or false

Endpoints without a command, for instance a first try of the credentials:
  perspio request GET /sites/v3/ --query top=1
  perspio request PATCH /assets/v3/IN-000123 --json change.json

Exit codes:
  0  done
  1  the call failed: network, service, or an answer that cannot be read
  2  wrong arguments or settings
  3  the credentials were rejected, or a user must sign in (again)";

/// The whole command line.
pub(crate) fn command() -> Command {
    let groups = groups().into_iter().map(|(group, verbs)| {
        let names: Vec<_> = verbs
            .iter()
            .map(|verb| verb.get_name().to_owned())
            .collect();
        Command::new(group)
            .about(format!("API: {}", names.join(", ")))
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommands(verbs)
    });
    Command::new("perspio")
        .version(env!("CARGO_PKG_VERSION"))
        .about("PerspioTalk on the command line")
        .after_help(AFTER_HELP)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(
            Arg::new("sandbox")
                .long("sandbox")
                .global(true)
                .action(ArgAction::SetTrue)
                .help("Calls a sandbox that is started for this one call, instead of the service"),
        )
        .arg(
            Arg::new("output")
                .long("output")
                .short('o')
                .global(true)
                .value_parser(["table", "json"])
                .default_value("table")
                .help("How the answer is printed"),
        )
        .arg(
            Arg::new("as")
                .long("as")
                .value_name("WHO")
                .global(true)
                .value_parser(["user", "application"])
                .help(
                    "Calls as the user who has signed in, or as the application itself, which may \
                     only read; by default as the user if there is one",
                ),
        )
        .arg(
            Arg::new("timeout")
                .long("timeout")
                .value_name("SECONDS")
                .global(true)
                .value_parser(clap::value_parser!(u64).range(1..))
                .help(
                    "The longest that a call may take, waiting for the service's limits included; \
                     without it a call waits as long as the service asks for, two minutes at most \
                     each time",
                ),
        )
        .subcommands(groups)
        .subcommand(request::command())
        .subcommand(login())
        .subcommand(Command::new("status").about("Says who has signed in, without asking anybody"))
        .subcommand(Command::new("logout").about("Forgets the sign-in with these settings"))
        .subcommand(sandbox::command())
}

fn login() -> Command {
    let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    Command::new("login")
        .about("Signs a person in, for the commands that follow: as an API user, they may write")
        .arg(
            flag("device")
                .help("On another device: a short code is typed there")
                .conflicts_with_all(["paste", "no-browser", "port", "prompt", "login-hint"]),
        )
        .arg(
            flag("paste")
                .help("By pasting, for a machine without a browser")
                .conflicts_with_all(["no-browser", "port"]),
        )
        .arg(
            flag("no-browser")
                .help("Opens no browser, and prints the address for one of this machine"),
        )
        .arg(
            Arg::new("port")
                .long("port")
                .value_parser(clap::value_parser!(u16))
                .help("The port that the browser comes back to; a free one by default"),
        )
        .arg(
            Arg::new("login-hint")
                .long("login-hint")
                .value_name("USER")
                .help("Who will sign in: filled in at the sign-in page"),
        )
        .arg(
            Arg::new("prompt")
                .long("prompt")
                .value_parser(
                    PossibleValuesParser::new(Prompt::ALL.map(Prompt::name))
                        .try_map(|name| name.parse::<Prompt>()),
                )
                .help(
                    "What the user is asked for in addition to signing in; at Entra a choice of \
                     accounts. `unspecified` sends no prompt, for a server that rejects it",
                ),
        )
        .arg(
            Arg::new("claims")
                .long("claims")
                .value_name("JSON")
                .help("Claims that the sign-in must satisfy, as an error that requires them says"),
        )
}

/// The operation of `perspio GROUP VERB`.
pub(crate) fn operation(group: &str, verb: &str) -> Option<CliCommand> {
    CliCommand::iter().find(|operation| names(*operation) == (group, verb))
}

fn groups() -> Vec<(&'static str, Vec<Command>)> {
    let mut groups: Vec<(&'static str, Vec<Command>)> = Vec::new();
    for operation in CliCommand::iter() {
        let (group, verb) = names(operation);
        let command = with_short_help(Cli::<&Printer>::get_command(operation).name(verb));
        match groups.iter_mut().find(|(name, _)| *name == group) {
            Some((_, verbs)) => verbs.push(command),
            None => groups.push((group, vec![command])),
        }
    }
    groups
}

/// An operation id is `{group}_{verb}`.
fn names(operation: CliCommand) -> (&'static str, &'static str) {
    let id = operation.operation_id();
    id.split_once('_').unwrap_or((id, "call"))
}

/// The generated help is summary and origin together; a list of commands
/// shows the summary only.
fn with_short_help(command: Command) -> Command {
    let whole = command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    let summary = whole.split("\n\n").next().unwrap_or_default().to_owned();
    command.about(summary).long_about(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn every_operation_is_a_command_of_its_own() {
        for operation in CliCommand::iter() {
            let (group, verb) = names(operation);
            let found = super::operation(group, verb).map(|found| found.operation_id());
            assert_eq!(found, Some(operation.operation_id()));
        }
    }

    #[test]
    fn the_help_of_a_command_says_where_its_operation_is_known_from() {
        for (_, verbs) in groups() {
            for verb in verbs {
                let long = verb
                    .get_long_about()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let known = [
                    "Documented",
                    "Known from the vendor's public sample",
                    "Inferred",
                ];
                assert!(known.iter().any(|origin| long.contains(origin)), "{long}");
            }
        }
    }
}
