//! What a person or a program can see and change while the sandbox runs.
//!
//! The front page and the HTTP interface are two views of the functions here.

mod curl;
mod guard;
mod http;
mod redact;
mod requests;
mod state;
mod updates;

use std::mem;
use std::time::Duration;

use serde::Deserialize;

use crate::shared::Shared;

pub(crate) use http::routes;
pub(crate) use requests::{Details, Summary, details, log_line, outcome_text, recent};
pub(crate) use state::{SignInStatus, TokenStatus, clock, sign_ins, tokens};

/// The settings of the clock to change; the others stay.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClockChange {
    offset_seconds: Option<i64>,
    speed: Option<u32>,
    frozen: Option<bool>,
}

pub(crate) fn change_clock(shared: &Shared, change: &ClockChange) {
    if let Some(speed) = change.speed {
        shared.clock.set_speed(speed);
    }
    match change.frozen {
        Some(true) => shared.clock.freeze(),
        Some(false) => shared.clock.unfreeze(),
        None => {}
    }
    if let Some(seconds) = change.offset_seconds {
        shared.clock.set_offset(seconds);
    }
}

/// How far the clock is moved forward.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClockAdvance {
    seconds: u64,
}

pub(crate) fn advance_clock(shared: &Shared, advance: &ClockAdvance) {
    shared.clock.advance(Duration::from_secs(advance.seconds));
}

/// Rejects every refresh token issued so far.
pub(crate) fn revoke_refresh_tokens(shared: &Shared) {
    shared.sign_ins.refresh_tokens().revoke_all();
    shared.issuer.register().sign_out();
}

/// Rejects every token issued so far.
pub(crate) fn sign_everyone_out(shared: &Shared) {
    revoke_refresh_tokens(shared);
    shared.issuer.revoke_all();
}

/// Restores the state of the start, except the settings of the builder. Numbers of requests and
/// sign-ins are not reused.
pub(crate) fn reset(shared: &Shared) {
    shared.sign_ins.refresh_tokens().revoke_all();
    shared.issuer.reset();
    mem::take(&mut *shared.sign_ins.codes());
    mem::take(&mut *shared.sign_ins.devices());
    mem::take(&mut *shared.sign_ins.transactions());
    shared.clock.reset();
    shared.faults.clear();
    shared.fault_script.queue(&shared.faults);
    shared.limits.reset();
    shared.fleet.reset();
    shared.ids.restart();
    shared.log.clear();
}

#[cfg(test)]
mod tests;
