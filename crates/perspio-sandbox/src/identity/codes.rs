//! Authorization codes: 60 seconds, one use.

use std::time::Duration;

use super::bounded::Bounded;
use super::error::EntraError;
use super::opaque::opaque;
use super::pkce::Challenge;
use super::scopes::Scopes;
use crate::person::Person;

/// As the vendor's page says.
pub(crate) const CODE_LIFETIME: Duration = Duration::from_secs(60);
const ROOM: usize = 10_000;

/// The permission that a user granted.
#[derive(Clone)]
pub(crate) struct Grant {
    pub(crate) person: Person,
    pub(crate) scopes: Scopes,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) nonce: Option<String>,
}

struct Code {
    grant: Grant,
    issued: Duration,
    redeemed: bool,
}

/// The codes of one sandbox. Used and expired codes stay, so that the error names the cause.
pub(crate) struct Codes(Bounded<String, Code>);

impl Default for Codes {
    fn default() -> Self {
        Self(Bounded::new(ROOM))
    }
}

impl Codes {
    pub(crate) fn issue(&mut self, grant: Grant, now: Duration) -> String {
        let text = opaque("code");
        let code = Code {
            grant,
            issued: now,
            redeemed: false,
        };
        self.0.insert(text.clone(), code);
        text
    }

    /// Redeems a code. A wrong redirect URI or verifier does not use it up.
    pub(crate) fn redeem(
        &mut self,
        code: &str,
        redirect_uri: &str,
        verifier: Option<&str>,
        now: Duration,
    ) -> Result<Grant, EntraError> {
        let Some(code) = self.0.get_mut(code) else {
            return Err(refused(
                70_000,
                "Provided grant is invalid or malformed: the sandbox has issued no such code.",
            ));
        };
        if code.redeemed {
            return Err(refused(
                54_005,
                "OAuth2 Authorization code was already redeemed, please retry with a new valid \
                 code or use an existing refresh token.",
            ));
        }
        if now >= code.issued.saturating_add(CODE_LIFETIME) {
            return Err(refused(
                70_008,
                "The provided authorization code or refresh token has expired due to inactivity. \
                 A code lives for 60 seconds. Send a new interactive authorization request for \
                 this user and resource.",
            ));
        }
        if redirect_uri != code.grant.redirect_uri {
            return Err(refused(
                500_112,
                "The reply address does not match the reply address provided when requesting \
                 Authorization code.",
            ));
        }
        Challenge::check(code.grant.challenge.as_ref(), verifier)?;
        code.redeemed = true;
        Ok(code.grant.clone())
    }

    /// Whether a code is of this sandbox, still good or not.
    pub(crate) fn issued(&self, code: &str) -> bool {
        self.0.get(code).is_some()
    }
}

fn refused(code: u32, message: &str) -> EntraError {
    EntraError::bad_request("invalid_grant", code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUED: Duration = Duration::from_millis(1_999);
    const LAST: Duration = Duration::from_millis(61_998);
    const OVER: Duration = Duration::from_millis(61_999);

    fn issued() -> (Codes, String) {
        let mut codes = Codes::default();
        let grant = Grant {
            person: Person::Ada,
            scopes: Scopes::default(),
            redirect_uri: "http://localhost".to_owned(),
            challenge: None,
            nonce: None,
        };
        let code = codes.issue(grant, ISSUED);
        (codes, code)
    }

    #[test]
    fn a_code_is_taken_once_until_its_60_seconds_are_over() {
        let (mut codes, code) = issued();
        assert!(codes.redeem(&code, "http://localhost", None, LAST).is_ok());
        let again = codes.redeem(&code, "http://localhost", None, LAST);
        assert_eq!(again.err().map(|error| error.code), Some(54_005));
        let (mut codes, code) = issued();
        let late = codes.redeem(&code, "http://localhost", None, OVER);
        assert_eq!(late.err().map(|error| error.code), Some(70_008));
    }

    #[test]
    fn a_refused_exchange_does_not_use_the_code_up() {
        let (mut codes, code) = issued();
        let wrong = codes.redeem(&code, "http://localhost/", None, ISSUED);
        assert_eq!(wrong.err().map(|error| error.code), Some(500_112));
        let wrong = codes.redeem(&code, "http://localhost", Some("verifier"), ISSUED);
        assert_eq!(wrong.err().map(|error| error.code), Some(501_481));
        assert!(
            codes
                .redeem(&code, "http://localhost", None, ISSUED)
                .is_ok()
        );
    }
}
