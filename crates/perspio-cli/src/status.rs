//! `perspio status`: the identity, its token, and the limits, without a request.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, SystemTime};

use clap::Args;
use jiff::Timestamp;
use perspio::{Limit, Unit};
use perspio_auth::clock::{Clock, SystemClock};
use perspio_auth::secret::printable;
use perspio_auth::store::TokenRecord;
use serde_json::{Map, Value, json};

use crate::arguments::GlobalOptions;
use crate::failure::Failure;
use crate::output::{Output, Shape};
use crate::sandbox_user;
use crate::sign_ins::{self, Account, LoadedSignIn};
use crate::variables::Settings;

/// The arguments of `perspio status`.
#[derive(Args)]
pub(crate) struct StatusArguments {
    /// Shows the status every second until Ctrl-C. Without a terminal it prints lines of JSON,
    /// with --output json.
    #[arg(long)]
    watch: bool,
}

/// The time between two outputs of `--watch`.
const INTERVAL: Duration = Duration::from_secs(1);

/// The order of the lines about the account.
const ORDER: [&str; 7] = [
    "identity",
    "name",
    "user",
    "application",
    "tenant",
    "server",
    "keptIn",
];

/// The reason why the used part of the limits is not shown.
const USED_PART: &str = "unknown: the service does not report it, and all programs of the \
     tenant share the limits";

/// Prints the status.
pub(crate) async fn run(
    arguments: &StatusArguments,
    options: &GlobalOptions,
) -> Result<(), Failure> {
    if options.sandbox {
        if arguments.watch {
            return Err(Failure::usage(
                "the status of a sandbox that runs for one command does not change: --watch is for \
                 `perspio sandbox`, with the settings that it prints",
            ));
        }
        return sandbox_user::status(options);
    }
    let output = Output::new(options)?;
    let settings = Settings::without_secrets(options)?;
    if !arguments.watch {
        let status = Status::of(settings.account()?).await?;
        status.print(&output)?;
        return status.conclude();
    }
    let redraws = output.is_table();
    if redraws && !io::stdout().is_terminal() {
        return Err(Failure::usage(
            "--watch redraws a terminal, and standard output is none: use --output json, which \
             prints a line of JSON each second",
        ));
    }
    loop {
        let status = Status::of(settings.account()?).await?;
        if redraws {
            // Clears the terminal (ECMA-48 CUP, ED).
            write!(io::stdout(), "\x1b[H\x1b[2J")?;
            status.print(&output)?;
        } else {
            let mut out = io::stdout().lock();
            writeln!(out, "{}", Value::Object(status.json()))?;
            out.flush()?;
        }
        SystemClock.sleep(INTERVAL).await;
    }
}

/// The status at one moment.
struct Status {
    account: Account,
    sign_in: Option<LoadedSignIn>,
    limits: Vec<Limit>,
    now: SystemTime,
}

impl Status {
    async fn of(account: Account) -> Result<Self, Failure> {
        // A client keeps to the limits of the service only, not to those of this machine.
        let is_service = account.profile.base_url().url().scheme() == "https";
        let limits = perspio::limits();
        Ok(Self {
            sign_in: LoadedSignIn::find(account.clone()).await?,
            account,
            limits: limits.iter().filter(|_| is_service).cloned().collect(),
            now: SystemClock.now().wall,
        })
    }

    /// Returns the outcome of the command: a missing sign-in has its exit code.
    fn conclude(&self) -> Result<(), Failure> {
        match self.sign_in {
            Some(_) => Ok(()),
            None => Err(sign_ins::missing_sign_in(&self.account)),
        }
    }

    fn print(&self, output: &Output) -> Result<(), Failure> {
        if !output.is_table() {
            return output.print(Shape::Item, self.json().into());
        }
        let mut out = io::stdout().lock();
        for (name, text) in self.lines() {
            writeln!(out, "{name:<11}  {}", printable(&text))?;
        }
        out.flush()?;
        Ok(())
    }

    /// Returns the identity, and what is known of the account.
    fn description(&self) -> Map<String, Value> {
        let mut members = Map::new();
        let (identity, more) = match &self.sign_in {
            Some(sign_in) => {
                let id_token = sign_in.record.id_token();
                let more =
                    sign_ins::describe(&sign_in.account, &sign_in.sign_ins, id_token.as_ref());
                ("user", more)
            }
            None => ("application", sign_ins::describe_application(&self.account)),
        };
        members.insert("identity".to_owned(), identity.into());
        members.extend(more);
        let server = self.account.profile.base_url().base();
        members.insert("server".to_owned(), server.into());
        members
    }

    fn json(&self) -> Map<String, Value> {
        let mut members = self.description();
        let mut insert = |name: &str, value: Value| members.insert(name.to_owned(), value);
        if let Some(LoadedSignIn { record, .. }) = &self.sign_in {
            insert("scopes", record.scopes.join(" ").into());
            insert("token", validity(record, self.now).into());
            insert("tokenRequestedAt", instant(record.requested_at));
            insert("tokenExpiresAt", instant(record.expires_at()));
            insert("renewal", renewal(record).into());
        }
        let limits = self.limits.iter().map(|limit| {
            json!({
                "name": limit.name(),
                "most": limit.most(),
                "unit": unit(limit),
                "windowSeconds": limit.window().as_secs(),
                // Not known to this process.
                "used": null,
            })
        });
        insert("limits", limits.collect());
        members
    }

    /// Returns the names and texts of the lines for a terminal.
    fn lines(&self) -> Vec<(String, String)> {
        let description = self.description();
        let text = |value: &Value| value.as_str().map(str::to_owned).unwrap_or_default();
        let described = ORDER.into_iter().filter_map(|name| {
            let value = description.get(name)?;
            Some((name.to_owned(), text(value)))
        });
        let mut lines: Vec<_> = described.collect();
        let mut add = |name: &str, text: String| lines.push((name.to_owned(), text));
        match &self.sign_in {
            Some(LoadedSignIn { record, .. }) => {
                add("scopes", record.scopes.join(" "));
                let left = record
                    .expires_at()
                    .duration_since(self.now)
                    .unwrap_or_default();
                let until = text(&instant(record.expires_at()));
                let bar = bar(left, record.lifetime);
                add(
                    "token",
                    format!("{bar} {}, until {until}", validity(record, self.now)),
                );
                add("renewal", renewal(record).to_owned());
            }
            None => add(
                "token",
                "not stored: each command requests its own".to_owned(),
            ),
        }
        for limit in &self.limits {
            let most = format!(
                "{} {} in {} s",
                limit.most(),
                unit(limit),
                limit.window().as_secs()
            );
            add("limit", format!("{most:<27} {}", limit.name()));
        }
        if self.limits.is_empty() {
            add(
                "limit",
                "none is kept to: the server is on this machine".to_owned(),
            );
        } else {
            let window = "each request counts until its window has passed".to_owned();
            add("used", format!("{USED_PART}; {window}"));
        }
        lines
    }
}

fn unit(limit: &Limit) -> &'static str {
    match limit.unit() {
        Unit::Requests => "requests",
        Unit::Bytes => "bytes",
        _ => "units",
    }
}

fn validity(record: &TokenRecord, now: SystemTime) -> String {
    match record.expires_at().duration_since(now) {
        Ok(left) if left.as_secs() < 60 => format!("valid for {} seconds", left.as_secs()),
        Ok(left) => format!("valid for {} minutes", left.as_secs() / 60),
        Err(_) => "expired".to_owned(),
    }
}

fn renewal(record: &TokenRecord) -> &'static str {
    match record.refresh_token {
        Some(_) => "by the next command that needs it",
        None => {
            "not possible: sign in again when it has expired (PERSPIO_OFFLINE_ACCESS=true requests \
             a refresh token)"
        }
    }
}

/// Returns an instant as RFC 3339 has it, in seconds; null beyond the year 9999.
fn instant(time: SystemTime) -> Value {
    let seconds = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let seconds = i64::try_from(seconds.as_secs()).ok();
    let time = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map_or(Value::Null, |time| time.to_string().into())
}

/// Returns a bar of 20 characters that shows the part `left` of `whole`.
fn bar(left: Duration, whole: Duration) -> String {
    const WIDTH: u128 = 20;
    let whole = whole.as_millis().max(1);
    let filled = (left.as_millis() * WIDTH).div_ceil(whole).min(WIDTH);
    let filled = usize::try_from(filled).unwrap_or_default();
    format!("[{:-<20}]", "#".repeat(filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_shows_what_is_left_and_is_empty_only_at_the_end() {
        let seconds = Duration::from_secs;
        for (left, whole, filled) in [(0, 100, 0), (1, 100, 1), (50, 100, 10), (100, 100, 20)] {
            let bar = bar(seconds(left), seconds(whole));
            assert_eq!(bar.matches('#').count(), filled, "{left}: {bar}");
            assert_eq!(bar.len(), 22, "{bar}");
        }
        assert_eq!(bar(seconds(9), seconds(0)).matches('#').count(), 20);
    }

    #[test]
    fn an_instant_is_written_as_rfc_3339_has_it() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_500);
        assert_eq!(instant(time), "2023-11-14T22:13:20Z");
    }
}
