//! `perspio login`: signs a user in, for the following commands.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use perspio_auth::clock::{Clock, SystemClock};
use perspio_auth::{Browser, Error, LoopbackRedirect, Prompt, SignIn, TokenSource};
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;

use crate::arguments::{Caller, GlobalOptions};
use crate::failure::{Failure, print_line};
use crate::output::{Output, Shape};
use crate::sign_ins::{self, Account, SignIns};
use crate::variables::Settings;

/// The arguments of `perspio login`.
#[derive(Args)]
pub(crate) struct LoginArguments {
    /// Signs in on another device, where a short code is typed.
    #[arg(long, conflicts_with_all = ["paste", "no_browser", "port", "prompt", "login_hint"])]
    device: bool,

    /// Signs in by pasting an address, for a machine without a browser.
    #[arg(long, conflicts_with_all = ["no_browser", "port"])]
    paste: bool,

    /// Opens no browser, and prints the address for one of this machine.
    #[arg(long)]
    no_browser: bool,

    /// The port of the redirect URI on this machine; a free one by default.
    #[arg(long)]
    port: Option<u16>,

    /// The user name to fill in at the sign-in page.
    #[arg(long, value_name = "USER")]
    login_hint: Option<String>,

    /// What the user is asked for in addition to signing in; at Entra a choice of accounts by
    /// default. `unspecified` sends no prompt, for a server that rejects it.
    #[arg(long, value_parser = PossibleValuesParser::new(Prompt::ALL.map(Prompt::name))
        .try_map(|name| name.parse::<Prompt>()))]
    prompt: Option<Prompt>,

    /// Claims that the sign-in must satisfy, as given by an error that requires them.
    #[arg(long, value_name = "JSON")]
    claims: Option<String>,
}

/// Rejects a login as the application.
pub(crate) fn reject_application(options: &GlobalOptions) -> Result<(), Failure> {
    if options.caller == Some(Caller::Application) {
        return Err(Failure::usage(
            "an application signs in by itself: `perspio login` is for users",
        ));
    }
    Ok(())
}

/// Signs a user in, stores the sign-in, and prints it.
pub(crate) async fn run(
    arguments: &LoginArguments,
    options: &GlobalOptions,
) -> Result<(), Failure> {
    reject_application(options)?;
    let output = Output::new(options)?;
    let settings = Settings::of_command(options).await?;
    let mut account = settings.account()?;
    if let Some(prompt) = arguments.prompt {
        account.profile = account.profile.with_prompt(prompt);
    }
    let login = Login {
        user: arguments.login_hint.clone(),
        redirect_uri: settings.redirect_uri()?,
        port: arguments.port,
        claims: arguments.claims.clone(),
        // Before the user signs in, because without a key the sign-in could not be stored.
        sign_ins: SignIns::create().await?,
        account,
    };
    let source = if arguments.device {
        login.on_another_device().await?
    } else if arguments.paste {
        login.by_pasting().await?
    } else {
        login.with_browser(!arguments.no_browser).await?
    };
    let token = source.token().await?;
    sign_ins::remember(&login.account)?;
    let description = sign_ins::describe(&login.account, &login.sign_ins, token.id_token());
    output.print(Shape::Item, description.into())
}

struct Login {
    account: Account,
    sign_ins: SignIns,
    user: Option<String>,
    redirect_uri: Option<String>,
    port: Option<u16>,
    claims: Option<String>,
}

impl Login {
    async fn with_browser(&self, opens: bool) -> Result<TokenSource, Failure> {
        let mut redirect = match &self.redirect_uri {
            Some(uri) => uri.parse::<LoopbackRedirect>()?,
            None => LoopbackRedirect::localhost(),
        };
        if let Some(port) = self.port {
            redirect = redirect.port(port);
        }
        let sign_in = SignIn::browser(self.account.application.clone()).redirect(redirect);
        let mut sign_in = self.account.stored(sign_in, self.sign_ins.store());
        if let Some(user) = &self.user {
            sign_in = sign_in.login_hint(user);
        }
        if let Some(claims) = &self.claims {
            sign_in = sign_in.claims(claims);
        }
        let sign_in = if opens {
            sign_in
                .on_url(|url| {
                    print_line(&format!(
                        "Opening the browser. If none opens, go to this address on this machine:\n\n\
                         {url}\n\n{WAITING}"
                    ));
                })
                .opener(|url| {
                    Browser::open(url).inspect_err(|cause| {
                        print_line(&format!(
                            "No browser could be opened ({cause}). Go to the address above in one \
                             of this machine, or end this and use --paste or --device."
                        ));
                    })
                })
        } else {
            sign_in.without_browser().on_url(|url| {
                print_line(&format!(
                    "Open this address in a browser of this machine:\n\n{url}\n\n{WAITING}"
                ));
            })
        };
        Ok(sign_in.run(&self.account.profile).await?)
    }

    async fn by_pasting(&self) -> Result<TokenSource, Failure> {
        let sign_in = SignIn::paste(self.account.application.clone());
        let mut sign_in = self.account.stored(sign_in, self.sign_ins.store());
        if let Some(uri) = &self.redirect_uri {
            sign_in = sign_in.redirect_uri(uri);
        }
        if let Some(user) = &self.user {
            sign_in = sign_in.login_hint(user);
        }
        if let Some(claims) = &self.claims {
            sign_in = sign_in.claims(claims);
        }
        let attempt = sign_in.begin(&self.account.profile).await?;
        print_line(&format!(
            "Open this address in a browser, on any machine, and sign in:\n\n{}\n\nThe browser then \
             shows a page that cannot be reached. Paste its address here, within {} seconds:",
            attempt.url(),
            self.account.profile.code_lifetime().as_secs()
        ));
        loop {
            let Some(line) = line().await? else {
                return Err(Failure::usage(
                    "nothing was pasted, so no user is signed in",
                ));
            };
            match attempt.finish(&line).await {
                Err(error @ Error::InvalidCallback { .. }) => print_line(&format!("{error}:")),
                outcome => return Ok(outcome?),
            }
        }
    }

    async fn on_another_device(&self) -> Result<TokenSource, Failure> {
        let sign_in = SignIn::device(self.account.application.clone());
        let mut sign_in = self.account.stored(sign_in, self.sign_ins.store());
        if let Some(claims) = &self.claims {
            sign_in = sign_in.claims(claims);
        }
        let attempt = sign_in.begin(&self.account.profile).await?;
        let code = attempt.code().clone();
        print_line(&format!(
            "Open {} on any device, and type the code\n\n    {}\n",
            code.verification_uri(),
            code.user_code()
        ));
        let remaining = || code.remaining(SystemClock.now()).as_secs();
        if !io::stderr().is_terminal() {
            print_line(&format!("It can be typed for {} seconds.", remaining()));
            return Ok(attempt.finish().await?);
        }
        let countdown = async {
            loop {
                let left = remaining();
                let text = format!("{}:{:02} left; Ctrl-C ends it", left / 60, left % 60);
                // A failed write to standard error cannot be reported.
                let _ = write!(io::stderr(), "\r{text:<40}");
                SystemClock.sleep(Duration::from_secs(1)).await;
            }
        };
        let outcome = tokio::select! {
            outcome = attempt.finish() => outcome,
            never = countdown => never,
        };
        print_line("");
        Ok(outcome?)
    }
}

/// The message while the command waits for the sign-in.
const WAITING: &str = "Waiting for the sign-in, five minutes at most; Ctrl-C ends it.";

/// Reads the next line of standard input; `None` at its end.
async fn line() -> Result<Option<String>, Failure> {
    let read = if io::stdin().is_terminal() {
        tokio::task::spawn_blocking(typed_line)
    } else {
        tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            let length = io::stdin().read_line(&mut line)?;
            Ok((length > 0).then_some(line))
        })
    };
    let line = read.await.map_err(io::Error::other).flatten();
    line.map_err(|cause| Failure::other(format!("standard input cannot be read: {cause}")))
}

/// Reads a line of a terminal that may be as long as an address with a code. The line buffer
/// of the terminal itself ends at 4095 bytes, on some systems at 1024.
fn typed_line() -> io::Result<Option<String>> {
    let settings = rustyline::Config::builder()
        // Standard output may be redirected to a file.
        .behavior(rustyline::Behavior::PreferTerm)
        .build();
    let editor = rustyline::Editor::<(), _>::with_history(settings, MemHistory::new());
    let line = editor.and_then(|mut editor| editor.readline(""));
    match line {
        Ok(line) => Ok(Some(line)),
        Err(ReadlineError::Eof | ReadlineError::Interrupted) => Ok(None),
        Err(cause) => Err(io::Error::other(cause)),
    }
}
