//! Issuing tokens and judging them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation, decode};
use serde::Serialize;

use super::claims::{API_USER, APPLICATION_READ, Claims, IdClaims, Turn, USER, UserAccess};
use super::key::SigningKey;
use super::register::{IssuedToken, Register};
use crate::credentials::{CLIENT_ID, DIRECTORY_ID};
use crate::ids::Ids;
use crate::person::Person;

/// Why the API does not take a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Malformed,
    Audience,
    Issuer,
    Expired,
    Revoked,
}

impl Refusal {
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::Malformed => "The access token is malformed, or not signed by this sandbox.",
            Self::Audience => "The audience is invalid: the access token is for another API.",
            Self::Issuer => "The issuer is invalid: the access token is of another sandbox.",
            Self::Expired => "The access token expired.",
            Self::Revoked => "The access token was revoked.",
        }
    }
}

/// Issues the access and id tokens of one sandbox and judges them.
#[derive(Debug)]
pub(crate) struct TokenIssuer {
    key: &'static SigningKey,
    issuer: String,
    audience: String,
    lifetime: u64,
    generation: AtomicU64,
    ids: Ids,
    register: Mutex<Register>,
    validation: Validation,
    id_validation: Validation,
}

impl TokenIssuer {
    pub(crate) fn new(
        key: &'static SigningKey,
        audience: &str,
        authority: &str,
        lifetime: Duration,
        ids: Ids,
    ) -> Self {
        let issuer = format!("{authority}/v2.0");
        Self {
            key,
            validation: validation(&issuer, audience),
            id_validation: validation(&issuer, CLIENT_ID),
            issuer,
            audience: audience.to_owned(),
            lifetime: lifetime.as_secs(),
            generation: AtomicU64::new(0),
            ids,
            register: Mutex::default(),
        }
    }

    /// Seconds.
    pub(crate) fn lifetime(&self) -> u64 {
        self.lifetime
    }

    pub(crate) fn application_token(&self, now: u64) -> String {
        let claims = self.claims(now, APPLICATION_READ, None);
        self.register().record(&claims, None);
        self.sign(&claims)
    }

    /// The access token of a signed-in person. `scope` is as the claim `scp`
    /// names it; `turn` is absent if no refresh token came along.
    pub(crate) fn user_token(
        &self,
        person: Person,
        scope: &str,
        turn: Option<Turn>,
        now: u64,
    ) -> String {
        let role = match person.access() {
            UserAccess::ReadWrite => API_USER,
            UserAccess::ReadOnly => USER,
        };
        let mut claims = self.claims(now, role, Some(scope));
        claims.oid = Some(person.object_id().to_owned());
        claims.name = Some(person.name().to_owned());
        claims.upn = Some(person.email().to_owned());
        claims.preferred_username = Some(person.email().to_owned());
        claims.sandbox_turn = turn;
        self.register().record(&claims, Some(person));
        self.sign(&claims)
    }

    /// Returns an id token, which is valid as long as an access token.
    pub(crate) fn id_token(&self, person: Person, nonce: Option<&str>, now: u64) -> String {
        self.sign(&IdClaims {
            iss: self.issuer.clone(),
            aud: CLIENT_ID.to_owned(),
            tid: DIRECTORY_ID.to_owned(),
            // Entra's is another for each application, and not the object id.
            sub: format!("sandbox-{}", person.key()),
            oid: person.object_id().to_owned(),
            name: person.name().to_owned(),
            preferred_username: person.email().to_owned(),
            ver: "2.0".to_owned(),
            iat: now,
            nbf: now,
            exp: now.saturating_add(self.lifetime),
            nonce: nonce.map(str::to_owned),
        })
    }

    pub(crate) fn revoke_all(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Revokes every token, forgets them and starts their ids again.
    pub(crate) fn reset(&self) {
        self.revoke_all();
        // The ids of a seed come again, so their revocations are forgotten too.
        *self.register() = Register::default();
        self.ids.restart();
    }

    /// Whether the token was revoked, alone or with all others.
    pub(crate) fn is_revoked(&self, token: &IssuedToken, register: &Register) -> bool {
        token.generation != self.generation.load(Ordering::SeqCst) || register.is_revoked(&token.id)
    }

    /// Returns the issued tokens. The lock is held for one step.
    pub(crate) fn register(&self) -> MutexGuard<'_, Register> {
        let register = self.register.lock();
        register.unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn judge(&self, token: &str, now: u64) -> Result<Claims, Refusal> {
        let claims = decode::<Claims>(token, self.key.public(), &self.validation)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidAudience => Refusal::Audience,
                ErrorKind::InvalidIssuer => Refusal::Issuer,
                _ => Refusal::Malformed,
            })?
            .claims;
        if claims.exp <= now {
            return Err(Refusal::Expired);
        }
        let is_current = claims.sandbox_generation == self.generation.load(Ordering::SeqCst);
        if !is_current || self.register().is_revoked(&claims.jti) {
            return Err(Refusal::Revoked);
        }
        Ok(claims)
    }

    /// Whether an access token is of this sandbox, still good or not.
    pub(crate) fn issued(&self, token: &str) -> bool {
        decode::<Claims>(token, self.key.public(), &self.validation).is_ok()
    }

    /// Whether an id token is of this sandbox, still good or not.
    pub(crate) fn issued_id_token(&self, token: &str) -> bool {
        decode::<IdClaims>(token, self.key.public(), &self.id_validation).is_ok()
    }

    /// The issuer of all tokens, `{authority}/v2.0`.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    pub(crate) fn key(&self) -> &SigningKey {
        self.key
    }

    pub(crate) fn claims(&self, now: u64, role: &str, scope: Option<&str>) -> Claims {
        Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            tid: DIRECTORY_ID.to_owned(),
            appid: CLIENT_ID.to_owned(),
            azp: CLIENT_ID.to_owned(),
            iat: now,
            nbf: now,
            exp: now.saturating_add(self.lifetime),
            jti: self.ids.next().to_string(),
            roles: vec![role.to_owned()],
            scp: scope.map(str::to_owned),
            oid: None,
            name: None,
            upn: None,
            preferred_username: None,
            sandbox_generation: self.generation.load(Ordering::SeqCst),
            sandbox_turn: None,
        }
    }

    /// If signing fails, the token has an empty signature, which the API rejects.
    pub(crate) fn sign(&self, claims: &impl Serialize) -> String {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(SigningKey::ID.to_owned());
        let message = format!("{}.{}", part(&header), part(claims));
        let signature = self.key.sign(message.as_bytes()).unwrap_or_default();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn validation(issuer: &str, audience: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    // Expiry is judged here, by the sandbox's clock and without leeway.
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["exp", "aud", "iss"]);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[issuer]);
    validation
}

fn part(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).unwrap_or_default())
}
