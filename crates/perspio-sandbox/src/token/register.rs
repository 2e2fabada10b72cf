//! The issued tokens and sign-ins, for the control interface.

use std::collections::{HashSet, VecDeque};

use super::claims::{Claims, Turn};
use crate::person::Person;

/// A sandbox that runs for days must not fill the memory.
const ROOM: usize = 1_000;

/// An access token, without its text.
#[derive(Clone, Debug)]
pub(crate) struct IssuedToken {
    pub(crate) id: String,
    /// The signed-in person, or `None` for the application.
    pub(crate) person: Option<Person>,
    pub(crate) scope: Option<String>,
    pub(crate) turn: Option<Turn>,
    /// In seconds since 1970.
    pub(crate) issued: u64,
    pub(crate) expires: u64,
    pub(crate) generation: u64,
}

/// A sign-in with a refresh token.
#[derive(Clone, Debug)]
pub(crate) struct SignIn {
    pub(crate) family: u64,
    pub(crate) person: Person,
    /// In seconds since 1970.
    pub(crate) signed_in: u64,
    pub(crate) last_refresh: Option<u64>,
    pub(crate) refreshes: u64,
    pub(crate) is_signed_out: bool,
}

/// The last thousand tokens and sign-ins, and every token that was revoked by its id.
#[derive(Debug, Default)]
pub(crate) struct Register {
    tokens: VecDeque<IssuedToken>,
    sign_ins: VecDeque<SignIn>,
    revoked: HashSet<String>,
}

impl Register {
    pub(crate) fn record(&mut self, claims: &Claims, person: Option<Person>) {
        push(
            &mut self.tokens,
            IssuedToken {
                id: claims.jti.clone(),
                person,
                scope: claims.scp.clone(),
                turn: claims.sandbox_turn,
                issued: claims.iat,
                expires: claims.exp,
                generation: claims.sandbox_generation,
            },
        );
        if let (Some(turn), Some(person)) = (claims.sandbox_turn, person) {
            self.record_turn(turn, person, claims.iat);
        }
    }

    fn record_turn(&mut self, turn: Turn, person: Person, now: u64) {
        let mut known = self.sign_ins.iter_mut();
        if let Some(sign_in) = known.find(|sign_in| sign_in.family == turn.family) {
            sign_in.last_refresh = Some(now);
            sign_in.refreshes += 1;
            return;
        }
        push(
            &mut self.sign_ins,
            SignIn {
                family: turn.family,
                person,
                signed_in: now,
                last_refresh: None,
                refreshes: 0,
                is_signed_out: false,
            },
        );
    }

    /// Returns the tokens, the newest first.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &IssuedToken> {
        self.tokens.iter().rev()
    }

    /// Returns the sign-ins, the newest first.
    pub(crate) fn sign_ins(&self) -> impl Iterator<Item = &SignIn> {
        self.sign_ins.iter().rev()
    }

    /// Revokes one token. Returns false if no such token is known.
    pub(crate) fn revoke(&mut self, id: &str) -> bool {
        let is_known = self.tokens.iter().any(|token| token.id == id);
        if is_known {
            self.revoked.insert(id.to_owned());
        }
        is_known
    }

    pub(crate) fn is_revoked(&self, id: &str) -> bool {
        self.revoked.contains(id)
    }

    /// Marks every sign-in as signed out.
    pub(crate) fn sign_out(&mut self) {
        for sign_in in &mut self.sign_ins {
            sign_in.is_signed_out = true;
        }
    }
}

fn push<T>(list: &mut VecDeque<T>, item: T) {
    if list.len() >= ROOM {
        list.pop_front();
    }
    list.push_back(item);
}
