//! The command line: hand-written commands, and one for each operation.

mod global;
mod operations;
mod suggestions;

use std::ffi::OsString;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

pub(crate) use global::{Caller, GlobalOptions};
pub(crate) use operations::stream_of;

use crate::generated::CliCommand;
use crate::login::LoginArguments;
use crate::profiles::ProfileCommand;
use crate::request::RequestArguments;
use crate::sandbox::SandboxArguments;
use crate::shell::{CompletionsArguments, ManArguments};
use crate::status::StatusArguments;

/// Where the settings come from, and what the exit codes mean.
const AFTER_HELP: &str = "\
Settings:
  PERSPIO_CLIENT_ID         the application's client id
  PERSPIO_CLIENT_SECRET     its secret; a public client, which only signs in users, has none
  PERSPIO_CLIENT_CERTIFICATE, PERSPIO_FEDERATED_TOKEN_FILE
                            a file instead of the secret: a certificate with its private key
                            (PEM), or the token of Kubernetes workload identity
  PERSPIO_TENANT_ID         the Perspio tenant id (in-…)
  PERSPIO_SUBSCRIPTION_KEY  the tenant's subscription key
  PERSPIO_BASE_URL          another base URL of the API
  PERSPIO_AUTHORITY         another identity server: its URL up to /oauth2/v2.0
  PERSPIO_TOKEN_URL         another token endpoint
  PERSPIO_SCOPES            other scopes, separated by spaces
  PERSPIO_CA_FILE           a file of additional trusted certificates (PEM)
  PERSPIO_PAGER             the pager of a terminal instead of PAGER; an empty one is none
  PERSPIO_PROFILE           a profile (`perspio profile`), for the settings that are not set
  Client id, secret, tenant and key are in the Perspio web app under Admin → API.

Settings of a user's sign-in (`perspio login`):
  PERSPIO_STORE_KEY         the key of the encrypted file that stores it: `openssl rand -base64
                            32`; without one, the key is in the desktop's keyring
  PERSPIO_STORE             another file, or `keyring:` to store it in the desktop's keyring
  PERSPIO_REDIRECT_URI      another redirect URI, as it is registered; default http://localhost
  PERSPIO_AUTHORIZE_URL     another authorization endpoint
  PERSPIO_DEVICE_CODE_URL   another device authorization endpoint
  PERSPIO_ISSUER            the issuer of another identity server, if its responses name it
  PERSPIO_PROMPT            the prompt of the sign-in: see `perspio login --help`, --prompt
  PERSPIO_OFFLINE_ACCESS    whether offline_access is requested, for a refresh token: true or false

Endpoints without a command:
  perspio request GET /workflows/v3/
  perspio request PATCH /assets/v3/IN-000123 --json '{\"description\": \"Yard 4\"}'
  perspio request PATCH /assets/v3/IN-000123 --field description='Yard 4'

Output:
  On a terminal a table has a header, the columns that fit, and a footer. Elsewhere it has the
  rows only, with tabs between the cells. A response that is not JSON is printed as it is.
  perspio assets list --columns id,owner.name --output csv
  perspio assets list --jq '.[] | select(.assetType == \"Truck\") | .id'

Exit codes:
  0    done
  1    the API rejected the call, or the command failed for another reason
  2    invalid arguments or settings
  3    the credentials were rejected, or a user must sign in (again)
  4    the network: no connection, no response in time, or an interrupted one
  5    a rate limit
  6    not found (404)
  130  interrupted";

/// PerspioTalk on the command line.
#[derive(Parser)]
#[command(
    name = "perspio",
    version,
    after_help = AFTER_HELP,
    subcommand_required = true,
    arg_required_else_help = true
)]
struct Arguments {
    #[command(flatten)]
    options: GlobalOptions,
    #[command(subcommand)]
    command: HandWritten,
}

/// The commands that are not operations.
#[derive(Subcommand)]
pub(crate) enum HandWritten {
    /// Calls any endpoint, also one without a command.
    Request(RequestArguments),
    /// Signs a user in for the following commands. API users may write.
    Login(LoginArguments),
    /// Adds, lists, selects and removes profiles: named settings.
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Checks settings, connections, token and sign-in, and makes a first call.
    Doctor,
    /// Shows the identity, the lifetime of its token, and the limits, without a request.
    Status(StatusArguments),
    /// Deletes the sign-in of these settings.
    Logout,
    /// Keeps a sandbox running for other programs, and prints the settings to export.
    Sandbox(SandboxArguments),
    /// Prints a valid access token, for other programs.
    Token,
    /// Prints the completions of a shell.
    Completions(CompletionsArguments),
    /// Writes the manual pages of all commands.
    Man(ManArguments),
}

/// The command to run.
pub(crate) enum Command {
    HandWritten(HandWritten),
    Operation(CliCommand, ArgMatches),
}

/// Returns the definition of the whole command line.
pub(crate) fn definition() -> clap::Command {
    Arguments::command().subcommands(operations::groups())
}

/// Reads a command line.
///
/// # Errors
/// It is invalid, or it asks for help or the version.
pub(crate) fn parse(
    line: impl IntoIterator<Item = OsString>,
) -> Result<(GlobalOptions, Command), clap::Error> {
    let matches = definition()
        .try_get_matches_from(line)
        .map_err(suggestions::improve)?;
    let options = GlobalOptions::from_arg_matches(&matches)?;
    Ok((options, command_of(&matches)?))
}

fn command_of(matches: &ArgMatches) -> Result<Command, clap::Error> {
    if let Some((name, own)) = matches.subcommand()
        && let Some((verb, parameters)) = own.subcommand()
        && let Some(operation) = operations::operation(name, verb)
    {
        return Ok(Command::Operation(operation, parameters.clone()));
    }
    let arguments = Arguments::from_arg_matches(matches)?;
    Ok(Command::HandWritten(arguments.command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        definition().debug_assert();
    }
}
