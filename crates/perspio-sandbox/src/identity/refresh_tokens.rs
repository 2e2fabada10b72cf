//! Refresh tokens: 90 days, and two ways to replace them.

use std::time::Duration;

use super::bounded::Bounded;
use super::error::EntraError;
use super::opaque::opaque;
use crate::person::Person;
use crate::token::Turn;

/// 90 days, counted from the last refresh.
const LIFETIME: Duration = Duration::from_secs(90 * 86_400);
const ROOM: usize = 50_000;

/// What happens to the old tokens at a refresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rotation {
    /// A new refresh token is given; the old one still works but should be
    /// discarded. This is how Entra, and with it PerspioTalk, does it.
    #[default]
    Replaces,
    /// The old access token and the old refresh token die at once, which is
    /// dispoGas' documented behaviour. Whoever uses a dead refresh token
    /// loses all tokens that descend from the same sign-in.
    Invalidates,
}

struct RefreshToken {
    person: Person,
    turn: Turn,
    issued: Duration,
    generation: u64,
}

/// All tokens that descend from one sign-in.
struct Family {
    latest: u64,
    dead: bool,
    /// Of the sign-in, if it had one.
    redirect_uri: Option<String>,
}

/// The refresh tokens of one sandbox.
pub(crate) struct RefreshTokens {
    rotation: Rotation,
    /// Grows when all sign-ins are revoked.
    generation: u64,
    next_family: u64,
    families: Bounded<u64, Family>,
    tokens: Bounded<String, RefreshToken>,
}

/// A refresh token just issued, and for what.
pub(crate) struct Renewed {
    pub(crate) refresh_token: String,
    pub(crate) turn: Turn,
    pub(crate) person: Person,
}

impl RefreshTokens {
    pub(crate) fn new(rotation: Rotation) -> Self {
        Self {
            rotation,
            generation: 0,
            next_family: 0,
            families: Bounded::new(ROOM),
            tokens: Bounded::new(ROOM),
        }
    }

    /// The first refresh token of a sign-in.
    pub(crate) fn begin(
        &mut self,
        person: Person,
        redirect_uri: Option<&str>,
        now: Duration,
    ) -> Renewed {
        let family = self.next_family;
        self.next_family += 1;
        let latest = Family {
            latest: 0,
            dead: false,
            redirect_uri: redirect_uri.map(str::to_owned),
        };
        self.families.insert(family, latest);
        self.issue(person, Turn { family, number: 0 }, now)
    }

    /// dispoGas wants the redirect URI of the sign-in with every refresh. A token
    /// that is not known passes: there is more to say about it.
    pub(crate) fn check_redirect_uri(&self, token: &str, sent: &str) -> Result<(), EntraError> {
        let token = self.tokens.get(token);
        let family = token.and_then(|token| self.families.get(&token.turn.family));
        if family.is_none_or(|family| family.redirect_uri.as_deref() == Some(sent)) {
            return Ok(());
        }
        Err(refused(
            500_112,
            "The redirect_uri does not match the redirect_uri used in the original authorization \
             request.",
        ))
    }

    /// Takes a refresh token and gives the next one.
    pub(crate) fn renew(&mut self, token: &str, now: Duration) -> Result<Renewed, EntraError> {
        let Some(old) = self.tokens.get(token) else {
            return Err(refused(
                70_000,
                "Provided grant is invalid or malformed: the sandbox has issued no such refresh \
                 token.",
            ));
        };
        if old.generation != self.generation {
            return Err(refused(
                50_173,
                "The provided grant has expired due to it being revoked, a fresh auth token is \
                 needed. The sign-ins were revoked.",
            ));
        }
        if now >= old.issued.saturating_add(LIFETIME) {
            return Err(refused(
                700_082,
                "The refresh token has expired due to inactivity: it was inactive for 90 days.",
            ));
        }
        let (person, turn) = (old.person, old.turn);
        let number = self.next_turn(turn)?;
        let turn = Turn { number, ..turn };
        Ok(self.issue(person, turn, now))
    }

    /// Whether a later refresh has not taken the access tokens of `turn` along.
    pub(crate) fn holds(&self, turn: Turn) -> bool {
        self.rotation == Rotation::Replaces
            || self
                .families
                .get(&turn.family)
                .is_some_and(|family| !family.dead && family.latest == turn.number)
    }

    pub(crate) fn revoke_all(&mut self) {
        self.generation += 1;
    }

    /// Whether a refresh token is of this sandbox, still good or not.
    pub(crate) fn issued(&self, token: &str) -> bool {
        self.tokens.get(token).is_some()
    }

    fn next_turn(&mut self, turn: Turn) -> Result<u64, EntraError> {
        if self.rotation == Rotation::Replaces {
            return Ok(turn.number + 1);
        }
        let Some(family) = self.families.get_mut(&turn.family) else {
            return Err(dead());
        };
        if family.dead || family.latest != turn.number {
            // One of the two who hold a token of this sign-in is not meant to
            // (RFC 9700, section 4.14.2); it is unknown which.
            family.dead = true;
            return Err(dead());
        }
        family.latest += 1;
        Ok(family.latest)
    }

    fn issue(&mut self, person: Person, turn: Turn, now: Duration) -> Renewed {
        let refresh_token = opaque("refresh");
        let record = RefreshToken {
            person,
            turn,
            issued: now,
            generation: self.generation,
        };
        self.tokens.insert(refresh_token.clone(), record);
        Renewed {
            refresh_token,
            turn,
            person,
        }
    }
}

fn dead() -> EntraError {
    refused(
        700_082,
        "The refresh token is no longer valid: a refresh has replaced it. All tokens of this \
         sign-in are revoked.",
    )
}

fn refused(code: u32, message: &str) -> EntraError {
    EntraError::bad_request("invalid_grant", code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(rotation: Rotation) -> (RefreshTokens, Renewed) {
        let mut tokens = RefreshTokens::new(rotation);
        let first = tokens.begin(Person::Ada, None, at(0));
        (tokens, first)
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn code(result: Result<Renewed, EntraError>) -> Option<u32> {
        result.err().map(|error| error.code)
    }

    #[test]
    fn a_replaced_token_still_works_and_its_access_token_too() {
        let (mut tokens, first) = begun(Rotation::Replaces);
        let second = tokens.renew(&first.refresh_token, at(1)).unwrap();
        assert_ne!(first.refresh_token, second.refresh_token);
        assert!(tokens.renew(&first.refresh_token, at(2)).is_ok());
        assert!(tokens.renew(&second.refresh_token, at(3)).is_ok());
        assert!(tokens.holds(first.turn) && tokens.holds(second.turn));
    }

    #[test]
    fn an_invalidated_token_takes_its_access_token_along() {
        let (mut tokens, first) = begun(Rotation::Invalidates);
        assert!(tokens.holds(first.turn));
        let second = tokens.renew(&first.refresh_token, at(1)).unwrap();
        assert!(!tokens.holds(first.turn) && tokens.holds(second.turn));
        assert!(tokens.renew(&second.refresh_token, at(2)).is_ok());
    }

    #[test]
    fn whoever_uses_a_dead_token_loses_the_whole_family_and_no_other() {
        let (mut tokens, first) = begun(Rotation::Invalidates);
        let other = tokens.begin(Person::Ada, None, at(0));
        let second = tokens.renew(&first.refresh_token, at(1)).unwrap();
        assert_eq!(
            code(tokens.renew(&first.refresh_token, at(2))),
            Some(700_082)
        );
        assert!(!tokens.holds(second.turn));
        assert_eq!(
            code(tokens.renew(&second.refresh_token, at(3))),
            Some(700_082)
        );
        assert!(tokens.holds(other.turn));
        assert!(tokens.renew(&other.refresh_token, at(3)).is_ok());
    }

    #[test]
    fn each_refresh_token_lives_for_90_days_of_its_own() {
        let (mut tokens, first) = begun(Rotation::Replaces);
        let second = tokens
            .renew(&first.refresh_token, at(90 * 86_400 - 1))
            .unwrap();
        assert_eq!(
            code(tokens.renew(&first.refresh_token, LIFETIME)),
            Some(700_082)
        );
        assert!(tokens.renew(&second.refresh_token, LIFETIME).is_ok());
    }

    #[test]
    fn a_revocation_reaches_the_earlier_sign_ins_only() {
        let (mut tokens, first) = begun(Rotation::Replaces);
        tokens.revoke_all();
        assert_eq!(
            code(tokens.renew(&first.refresh_token, at(1))),
            Some(50_173)
        );
        let later = tokens.begin(Person::Ada, None, at(1));
        assert!(tokens.renew(&later.refresh_token, at(1)).is_ok());
    }

    #[test]
    fn an_unknown_token_is_refused() {
        let (mut tokens, first) = begun(Rotation::Replaces);
        let mangled = format!("{}x", first.refresh_token);
        assert_eq!(code(tokens.renew(&mangled, at(1))), Some(70_000));
    }
}
