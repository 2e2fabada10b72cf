//! `perspio token`: prints the access token, for other programs.

use std::io::{self, IsTerminal, Write};

use perspio::Client;

use crate::failure::{Failure, print_message};

/// Prints a valid access token of the client.
pub(crate) async fn print(client: &Client) -> Result<(), Failure> {
    let Some(source) = client.token_source() else {
        return Err(Failure::usage("these settings need no access token"));
    };
    let token = source.token().await?;
    let mut stdout = io::stdout().lock();
    if stdout.is_terminal() {
        print_message(
            "warning",
            "the access token is a secret: it gives access to the tenant until it expires",
        );
    }
    writeln!(stdout, "{}", token.expose_secret())?;
    Ok(())
}
