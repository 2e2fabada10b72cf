//! The checks of the clock, of the connections, and of the identity server.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use perspio_auth::Profile;
use perspio_auth::endpoint::Endpoint;

use super::finding::{Check, Finding, Report};
use super::probe::{Probe, Seen};
use crate::exit_code;
use crate::failure::Failure;

/// A larger difference of the clocks is a warning, in seconds.
const LARGEST_SKEW: i64 = 60;

/// The path of the token endpoint below an authority, and that of its discovery document.
const TOKEN_PATH: &str = "/oauth2/v2.0/token";
const DISCOVERY_PATH: &str = "/v2.0/.well-known/openid-configuration";

/// The responses of the API and of the identity server to requests without credentials.
pub(super) struct Connections {
    api: Probe,
    identity: Probe,
}

impl Connections {
    /// Sends a request to each server.
    pub(super) async fn probe(profile: &Profile, timeout: Duration) -> Self {
        let token_path = profile.token_url().url().path();
        let discovery = match token_path.strip_suffix(TOKEN_PATH) {
            Some(authority) => format!("{authority}{DISCOVERY_PATH}"),
            // OpenID Connect Discovery 1.0 §4.
            None => "/.well-known/openid-configuration".to_owned(),
        };
        let api = origin(profile.base_url());
        let identity = origin(profile.token_url());
        Self {
            api: Probe::send(profile, api, "/", timeout).await,
            identity: Probe::send(profile, identity, &discovery, timeout).await,
        }
    }

    pub(super) fn report(&self, report: &mut Report, profile: &Profile) -> Result<(), Failure> {
        report.add(self.clock())?;
        report.add(connection(&self.api))?;
        if !self.identity.server.same_origin(self.api.server.url()) {
            report.add(connection(&self.identity))?;
        }
        report.add(identity_server(&self.identity, profile))
    }

    /// Returns why no token can be requested, if that is so.
    pub(super) fn why_no_token(&self) -> Option<String> {
        match &self.identity.outcome {
            Ok(seen) if seen.status >= 500 => Some("the identity server fails".to_owned()),
            _ => unreachable(&self.identity),
        }
    }

    /// Returns why the API cannot be called, if that is so.
    pub(super) fn why_no_call(&self) -> Option<String> {
        unreachable(&self.api)
    }

    fn clock(&self) -> Finding {
        let mut dates = [&self.api, &self.identity].into_iter().filter_map(|probe| {
            let (date, now) = probe.outcome.as_ref().ok()?.date?;
            Some((probe.server.host(), date, now))
        });
        match dates.next() {
            Some((host, date, now)) => clock(host, date, now),
            None => Finding::skipped(Check::Clock, "no server has sent its time"),
        }
    }
}

/// Returns the server of an address.
fn origin(address: &Endpoint) -> Endpoint {
    let mut url = address.url().clone();
    url.set_path("/");
    // The origin of a valid address is one too.
    url.as_str().parse().unwrap_or_else(|_| address.clone())
}

/// Returns why nothing that needs this server is checked, if it cannot be reached.
fn unreachable(probe: &Probe) -> Option<String> {
    let is_unreachable = probe.outcome.is_err();
    is_unreachable.then(|| no_connection(&probe.server))
}

fn no_connection(server: &Endpoint) -> String {
    format!("there is no connection to {}", server.host())
}

fn clock(host: &str, date: Timestamp, now: SystemTime) -> Finding {
    let Ok(now) = Timestamp::try_from(now) else {
        let help = "Set the clock of this machine.";
        return Finding::warning(
            Check::Clock,
            "the time of this machine is beyond the year 9999",
            help,
        );
    };
    let skew = now.as_second().saturating_sub(date.as_second());
    let direction = if skew < 0 { "slow" } else { "fast" };
    let message = match skew.abs() {
        0..=LARGEST_SKEW => {
            return Finding::ok(
                Check::Clock,
                format!("within {LARGEST_SKEW} s of the time of {host}"),
            );
        }
        seconds => {
            format!("the clock of this machine is {seconds} s {direction}, compared to {host}")
        }
    };
    let help = "Set the clock of this machine, for instance with NTP: the lifetimes of tokens and \
                certificates are compared with it.";
    Finding::warning(Check::Clock, message, help)
}

fn connection(probe: &Probe) -> Finding {
    if let Err(error) = &probe.outcome {
        return Finding::of_error(Check::Connection, error);
    }
    let host = probe.server.host();
    let path = match &probe.proxy {
        Some(proxy) => format!("through the proxy {proxy}"),
        None => "without a proxy".to_owned(),
    };
    let protection = match probe.server.url().scheme() {
        "https" => "with a trusted certificate",
        _ => "without TLS, on this machine",
    };
    Finding::ok(Check::Connection, format!("{host}: {path}, {protection}"))
}

fn identity_server(probe: &Probe, profile: &Profile) -> Finding {
    const CHECK: Check = Check::IdentityServer;
    const ADDRESS: &str = "Check PERSPIO_AUTHORITY and PERSPIO_TOKEN_URL.";
    let Ok(seen) = &probe.outcome else {
        return Finding::skipped(CHECK, no_connection(&probe.server));
    };
    let token_url = profile.token_url().base();
    let host = probe.server.host();
    match token_endpoint(seen) {
        Some(known) if known == token_url => {
            let message =
                format!("{host} responds, and its discovery document has this token endpoint");
            Finding::ok(CHECK, message)
        }
        Some(other) => {
            let message = format!(
                "the discovery document of {host} has the token endpoint {other}, not {token_url}"
            );
            Finding::warning(CHECK, message, ADDRESS)
        }
        None if seen.status >= 500 => {
            let message = format!("{host} fails with {}", seen.status);
            let help = "The identity server is unavailable or busy: wait, then call again.";
            Finding::failed(CHECK, &message, help, exit_code::NETWORK)
        }
        None if seen.status == 404 => Finding::ok(
            CHECK,
            format!("{host} responds; it has no discovery document"),
        ),
        None => {
            let message = format!(
                "{host} responds with {} and no discovery document",
                seen.status
            );
            Finding::warning(CHECK, message, ADDRESS)
        }
    }
}

fn token_endpoint(seen: &Seen) -> Option<&str> {
    seen.body.as_ref()?.get("token_endpoint")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_wrong_from_a_minute_in_either_direction() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        for (second, text) in [
            (1_700_000_060, "within 60 s of the time of host"),
            (1_699_999_940, "within 60 s of the time of host"),
            (1_700_000_061, "61 s slow, compared to host"),
            (1_699_996_400, "3600 s fast, compared to host"),
        ] {
            let finding = clock("host", Timestamp::from_second(second).unwrap(), now);
            assert!(format!("{finding:?}").contains(text), "{finding:?}");
        }
    }
}
