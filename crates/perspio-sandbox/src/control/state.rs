//! The state of the sandbox, as the page and the HTTP interface show it.

use std::time::Duration;

use serde::Serialize;

use crate::calendar::iso_8601;
use crate::fault::QueuedFault;
use crate::limits::Usage;
use crate::person::Person;
use crate::shared::Shared;
use crate::token::UserAccess;

/// Everything but the requests.
#[derive(Debug, Serialize)]
pub(crate) struct State {
    base_url: String,
    authority: String,
    latency_ms: u64,
    clock: ClockState,
    limits: Usage,
    faults: Vec<QueuedFault>,
    tokens: Vec<TokenState>,
    sign_ins: Vec<SignInState>,
    requests: LogState,
}

#[derive(Debug, Serialize)]
struct LogState {
    recorded: usize,
    revision: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct ClockState {
    pub(crate) now: String,
    pub(crate) unix_seconds: u64,
    /// The seconds added to the system's time; may be negative.
    pub(crate) offset_seconds: i64,
    pub(crate) speed: u32,
    pub(crate) frozen: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct TokenState {
    pub(crate) id: String,
    /// The e-mail address, or `None` for the application.
    pub(crate) user: Option<&'static str>,
    pub(crate) scope: Option<String>,
    pub(crate) issued_at: String,
    pub(crate) expires_at: String,
    pub(crate) expires_in_seconds: u64,
    pub(crate) status: TokenStatus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenStatus {
    Active,
    Expired,
    Revoked,
}

#[derive(Debug, Serialize)]
pub(crate) struct SignInState {
    pub(crate) id: u64,
    pub(crate) user: &'static str,
    pub(crate) signed_in_at: String,
    pub(crate) last_refresh_at: Option<String>,
    pub(crate) refreshes: u64,
    pub(crate) status: SignInStatus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SignInStatus {
    SignedIn,
    SignedOut,
}

#[derive(Debug, Serialize)]
pub(crate) struct UserState {
    email: &'static str,
    name: &'static str,
    can_write: bool,
    must_consent: bool,
    password_expired: bool,
}

pub(crate) fn state(shared: &Shared) -> State {
    let (recorded, revision) = shared.log.size();
    State {
        base_url: shared.base_url.clone(),
        authority: shared.authority.clone(),
        latency_ms: milliseconds(shared.latency),
        clock: clock(shared),
        limits: shared.limits.usage(&shared.clock),
        faults: shared.faults.waiting(),
        tokens: tokens(shared),
        sign_ins: sign_ins(shared),
        requests: LogState { recorded, revision },
    }
}

pub(crate) fn clock(shared: &Shared) -> ClockState {
    let reading = shared.clock.reading();
    ClockState {
        now: iso_8601(reading.now.as_secs()),
        unix_seconds: reading.now.as_secs(),
        offset_seconds: reading.offset,
        speed: reading.speed,
        frozen: reading.frozen,
    }
}

/// Returns the last thousand tokens, the newest first.
pub(crate) fn tokens(shared: &Shared) -> Vec<TokenState> {
    let now = shared.clock.unix_seconds();
    let register = shared.issuer.register();
    let tokens = register.tokens().map(|token| {
        let is_revoked = shared.issuer.is_revoked(token, &register);
        (token.clone(), is_revoked)
    });
    let tokens: Vec<_> = tokens.collect();
    // The locks are not held together.
    drop(register);
    let refresh_tokens = shared.sign_ins.refresh_tokens();
    let tokens = tokens.into_iter().map(|(token, is_revoked)| {
        let is_replaced = token.turn.is_some_and(|turn| !refresh_tokens.holds(turn));
        TokenState {
            id: token.id,
            user: token.person.map(Person::email),
            scope: token.scope,
            issued_at: iso_8601(token.issued),
            expires_at: iso_8601(token.expires),
            expires_in_seconds: token.expires.saturating_sub(now),
            status: match () {
                () if is_revoked || is_replaced => TokenStatus::Revoked,
                () if token.expires <= now => TokenStatus::Expired,
                () => TokenStatus::Active,
            },
        }
    });
    tokens.collect()
}

/// Returns the last thousand sign-ins with a refresh token, the newest first.
pub(crate) fn sign_ins(shared: &Shared) -> Vec<SignInState> {
    let register = shared.issuer.register();
    let sign_ins = register.sign_ins().map(|sign_in| SignInState {
        id: sign_in.family,
        user: sign_in.person.email(),
        signed_in_at: iso_8601(sign_in.signed_in),
        last_refresh_at: sign_in.last_refresh.map(iso_8601),
        refreshes: sign_in.refreshes,
        status: if sign_in.is_signed_out {
            SignInStatus::SignedOut
        } else {
            SignInStatus::SignedIn
        },
    });
    sign_ins.collect()
}

pub(crate) fn users() -> Vec<UserState> {
    let users = Person::ALL.into_iter().map(|person| UserState {
        email: person.email(),
        name: person.name(),
        can_write: person.access() == UserAccess::ReadWrite,
        must_consent: person.must_consent(),
        password_expired: person.password_expired(),
    });
    users.collect()
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
