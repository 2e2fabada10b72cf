//! Pending sign-ins that another instance of a web service completes.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use oauth2::{PkceCodeChallenge, PkceCodeVerifier};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{AuthorizationRequest, RequestSettings, ResponseMode};
use crate::oauth::{Application, Error, Profile, Prompt};
use crate::token::clock::{Moment, unix_seconds};
use crate::token::store::{StoreKey, hashed_name};

/// The version of the format, which the text begins with.
const VERSION: u64 = 1;
/// The separator of the version and the sealed content.
const SEPARATOR: char = '.';
/// The longest text that is decoded.
const LONGEST: usize = 64 * 1024;

/// The content of a sealed attempt.
#[derive(Serialize, Deserialize)]
struct Content<'a> {
    redirect_uri: Cow<'a, str>,
    state: Cow<'a, str>,
    verifier: Cow<'a, str>,
    nonce: Option<Cow<'a, str>>,
    prompt: Option<Cow<'a, str>>,
    login_hint: Option<Cow<'a, str>>,
    claims: Option<Cow<'a, str>>,
    form_post: bool,
    /// The time limit, in seconds of the wall clock, and how long it was.
    expires_at: u64,
    lifetime: u64,
}

impl AuthorizationRequest {
    /// Encrypts the attempt, so that another instance of a web service can complete it
    /// with [`Self::unseal`] within `lifetime`. The text consists of letters, digits and
    /// `.-_`, and fits into a cookie. It contains the state and the PKCE verifier, but
    /// none of the application's credentials.
    ///
    /// The text must belong to the browser's session, as in the example. It can be
    /// unsealed more than once; the identity server accepts the code once.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use perspio_auth::clock::{Clock, SystemClock};
    /// use perspio_auth::{Application, AuthorizationRequest, Profile, StoreKey, TokenSource};
    ///
    /// # fn set_cookie(_: &str) {}
    /// # fn cookie() -> String { String::new() }
    /// # fn query() -> String { String::new() }
    /// # async fn example(profile: Profile, application: Application, key: StoreKey)
    /// #     -> Result<(), perspio_auth::Error> {
    /// let redirect_uri = "https://app.example/back";
    /// let request = AuthorizationRequest::new(&profile, application.clone(), redirect_uri)?;
    /// set_cookie(&request.seal(&key, SystemClock.now(), Duration::from_secs(600))?);
    /// // … and when the browser returns, perhaps to another instance:
    /// let now = SystemClock.now();
    /// let request = AuthorizationRequest::unseal(&profile, application, &key, &cookie(), now)?;
    /// let source = TokenSource::new(&profile, request.credential(&query())?)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Configuration`] if this machine gives no random numbers, or the claims or
    /// the redirect URI are longer than about 48 kB.
    pub fn seal(&self, key: &StoreKey, now: Moment, lifetime: Duration) -> Result<String, Error> {
        let settings = &self.settings;
        let lifetime = lifetime.as_secs();
        let content = Content {
            redirect_uri: Cow::Borrowed(&self.redirect_uri),
            state: Cow::Borrowed(self.state.expose_secret()),
            verifier: Cow::Borrowed(self.verifier.expose_secret()),
            nonce: self
                .nonce
                .as_ref()
                .map(|nonce| nonce.expose_secret().into()),
            prompt: settings.prompt.map(|prompt| prompt.name().into()),
            login_hint: settings.login_hint.as_deref().map(Cow::Borrowed),
            claims: settings.claims.as_deref().map(Cow::Borrowed),
            form_post: settings.response_mode == ResponseMode::FormPost,
            expires_at: unix_seconds(now.wall).saturating_add(lifetime),
            lifetime,
        };
        let failed = || Error::configuration("the sign-in cannot be sealed on this machine");
        // Allocated once: growing would leave copies of the verifier in memory.
        let mut plain = Zeroizing::new(Vec::with_capacity(LONGEST));
        serde_json::to_writer(&mut *plain, &content).map_err(|_| failed())?;
        let sealed = key.seal(&associated(&self.profile, &self.application), &plain);
        let sealed = URL_SAFE_NO_PAD.encode(sealed.map_err(|_| failed())?);
        let text = format!("{VERSION}{SEPARATOR}{sealed}");
        if text.len() > LONGEST {
            return Err(Error::configuration(
                "the claims or the redirect URI are too long for a sealed sign-in",
            ));
        }
        Ok(text)
    }

    /// Decrypts an attempt that was [sealed](Self::seal) with the same key, profile and
    /// client id.
    ///
    /// # Errors
    /// [`Error::SignInTimedOut`] if its lifetime is over; [`Error::SignInRejected`] if
    /// the text was changed, or sealed with another key, for another application or
    /// identity server, or by a newer release.
    pub fn unseal(
        profile: &Profile,
        application: Application,
        key: &StoreKey,
        sealed: &str,
        now: Moment,
    ) -> Result<Self, Error> {
        let plain = key
            .open(&associated(profile, &application), &decode(sealed)?)
            .map_err(|_| {
                rejected(
                    "it was changed, or sealed with another key or for another application: use \
                     the same key and settings in all instances",
                )
            })?;
        Self::of_content(profile, application, &plain, now)
    }

    fn of_content(
        profile: &Profile,
        application: Application,
        plain: &[u8],
        now: Moment,
    ) -> Result<Self, Error> {
        let invalid = || rejected("its content is invalid");
        let content: Content<'_> = serde_json::from_slice(plain).map_err(|_| invalid())?;
        if unix_seconds(now.wall) >= content.expires_at {
            let after = Duration::from_secs(content.lifetime);
            return Err(Error::SignInTimedOut { after });
        }
        // RFC 7636 §4.1; `oauth2` panics on other lengths.
        if !(43..=128).contains(&content.verifier.len()) {
            return Err(invalid());
        }
        let prompt = content.prompt.as_deref().map(str::parse::<Prompt>);
        let secret = |text: Cow<'_, str>| SecretString::from(text.into_owned());
        let verifier = PkceCodeVerifier::new(content.verifier.into_owned());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let response_mode = if content.form_post {
            ResponseMode::FormPost
        } else {
            ResponseMode::Query
        };
        Ok(Self {
            profile: profile.clone(),
            application,
            redirect_uri: content.redirect_uri.into_owned(),
            settings: RequestSettings {
                prompt: prompt.transpose().map_err(|_| invalid())?,
                login_hint: content.login_hint.map(Cow::into_owned),
                claims: content.claims.map(Cow::into_owned),
                response_mode,
            },
            state: secret(content.state),
            verifier: SecretString::from(verifier.into_secret()),
            challenge: challenge.as_str().to_owned(),
            nonce: content.nonce.map(secret),
        })
    }
}

/// Returns the sealed bytes of a text.
fn decode(text: &str) -> Result<Vec<u8>, Error> {
    let unknown = || rejected("it is not a sealed sign-in");
    if text.len() > LONGEST {
        return Err(unknown());
    }
    let (version, sealed) = text.split_once(SEPARATOR).ok_or_else(unknown)?;
    match version.parse() {
        Ok(VERSION) => URL_SAFE_NO_PAD.decode(sealed).map_err(|_| unknown()),
        Ok(VERSION..) => Err(rejected(
            "it was sealed by a newer release: update this program",
        )),
        _ => Err(unknown()),
    }
}

fn rejected(reason: &str) -> Error {
    Error::SignInRejected {
        reason: format!("its sealed state cannot be used, because {reason}. Sign in again"),
    }
}

/// Returns what a sealed attempt is bound to.
fn associated(profile: &Profile, application: &Application) -> Vec<u8> {
    let parts = [
        "pending sign-in",
        profile.authorize_url().base(),
        profile.token_url().base(),
        application.client_id(),
    ];
    format!("{VERSION}\n{}", hashed_name(parts.map(Some))).into_bytes()
}

/// Checks that unsealing any text ends in an attempt or an error, and that an attempt
/// which is sealed and unsealed again is unchanged.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(profile: &Profile, bytes: &[u8]) {
    use crate::token::clock::{Clock, ManualClock};

    let key = SecretString::from("A".repeat(43) + "=");
    let Ok(key) = StoreKey::from_base64(&key) else {
        unreachable!("the text is a key");
    };
    let application = Application::public("client");
    let now = ManualClock::new().now();
    let unseal =
        |text: &str| AuthorizationRequest::unseal(profile, application.clone(), &key, text, now);
    drop(unseal(&String::from_utf8_lossy(bytes)));
    // A fuzzer cannot forge a seal, so the decoder is called without one.
    let attempt = AuthorizationRequest::of_content(profile, application.clone(), bytes, now);
    if let Ok(attempt) = attempt {
        // Only one that is too long is not sealed.
        let Ok(sealed) = attempt.seal(&key, now, Duration::from_secs(60)) else {
            return;
        };
        let again = unseal(&sealed);
        let again = again.map(|again| (again.url(), again.verifier));
        let again = again.as_ref().ok();
        let verifier = again.map(|(_, verifier)| verifier.expose_secret());
        assert_eq!(verifier, Some(attempt.verifier.expose_secret()));
        assert_eq!(again.map(|(url, _)| url), Some(&attempt.url()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::Scopes;
    use crate::oauth::endpoint::Endpoint;
    use crate::testing;
    use crate::token::clock::{Clock, ManualClock};

    const LIFETIME: Duration = Duration::from_secs(600);

    struct Service {
        profile: Profile,
        key: StoreKey,
        clock: ManualClock,
    }

    impl Service {
        fn new() -> Self {
            let scopes = Scopes::uniform(["openid", "api"]);
            Self {
                profile: testing::profile().with_scopes(scopes),
                key: StoreKey::random().unwrap(),
                clock: ManualClock::new(),
            }
        }

        fn attempt(&self) -> AuthorizationRequest {
            let application = Application::confidential("client", "canary-secret");
            let redirect_uri = "https://app.example/back?a=b";
            AuthorizationRequest::new(&self.profile, application, redirect_uri)
                .unwrap()
                .prompt(Prompt::Unspecified)
                .login_hint("ada")
                .claims("{}")
                .unwrap()
                .response_mode(ResponseMode::FormPost)
        }

        fn seal(&self) -> String {
            let sealed = self.attempt().seal(&self.key, self.clock.now(), LIFETIME);
            sealed.unwrap()
        }

        fn unseal(&self, text: &str) -> Result<AuthorizationRequest, Error> {
            let application = Application::confidential("client", "canary-secret");
            let now = self.clock.now();
            AuthorizationRequest::unseal(&self.profile, application, &self.key, text, now)
        }
    }

    #[test]
    fn another_instance_completes_the_sign_in_with_the_sealed_text() {
        let service = Service::new();
        let attempt = service.attempt();
        let text = attempt.seal(&service.key, service.clock.now(), LIFETIME);
        let text = text.unwrap();
        let is_safe = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
        assert!(text.chars().all(is_safe) && text.len() < 1000, "{text}");
        let again = service.unseal(&text).unwrap();
        assert_eq!(again.url(), attempt.url());
        assert_eq!(again.expected_response_mode(), ResponseMode::FormPost);
        let response = format!("code=c&state={}", attempt.state.expose_secret());
        let code = again.credential(&response).unwrap();
        assert_eq!(code.redirect_uri(), "https://app.example/back?a=b");
        let secrets = |attempt: &AuthorizationRequest| {
            let nonce = attempt.nonce.as_ref().unwrap().expose_secret();
            [nonce, attempt.verifier.expose_secret()].map(str::to_owned)
        };
        assert_eq!(secrets(&again), secrets(&attempt));
        assert!(again.credential("code=c&state=other").is_err());
    }

    #[test]
    fn a_changed_text_is_rejected() {
        let service = Service::new();
        let text = service.seal();
        for index in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            let error = service.unseal(&changed).unwrap_err();
            assert!(matches!(error, Error::SignInRejected { .. }), "{error}");
        }
        for text in ["", "1", "1.", "1.AAAA", "x.AAAA", &text[2..], &text[..50]] {
            let error = service.unseal(text).unwrap_err();
            assert!(matches!(error, Error::SignInRejected { .. }), "{error}");
        }
        let newer = format!("2{}", &text[1..]);
        let error = service.unseal(&newer).unwrap_err().to_string();
        assert!(error.contains("newer release"), "{error}");
    }

    #[test]
    fn another_key_server_or_client_does_not_open_it() {
        let service = Service::new();
        let text = service.seal();
        let unseal = |profile: &Profile, client_id: &str, key: &StoreKey| {
            let application = Application::public(client_id);
            let now = service.clock.now();
            AuthorizationRequest::unseal(profile, application, key, &text, now)
        };
        let (profile, key) = (&service.profile, &service.key);
        let server = "https://other.example".parse::<Endpoint>().unwrap();
        let other = profile.clone().with_authority(&server);
        assert!(unseal(profile, "client", key).is_ok());
        for outcome in [
            unseal(&other, "client", key),
            unseal(profile, "other", key),
            unseal(profile, "client", &StoreKey::random().unwrap()),
        ] {
            let error = outcome.unwrap_err();
            assert!(error.needs_sign_in(), "{error}");
            assert!(error.to_string().contains("another key"), "{error}");
        }
    }

    #[test]
    fn an_attempt_that_is_too_long_is_not_sealed_and_a_long_text_not_decoded() {
        let service = Service::new();
        let claims = format!(r#"{{"a":"{}"}}"#, "x".repeat(LONGEST));
        let attempt = service.attempt().claims(claims).unwrap();
        let sealed = attempt.seal(&service.key, service.clock.now(), LIFETIME);
        assert!(sealed.unwrap_err().is_configuration());
        let long = format!("1.{}", "A".repeat(LONGEST));
        let error = service.unseal(&long).unwrap_err().to_string();
        assert!(error.contains("not a sealed sign-in"), "{error}");
    }

    #[test]
    fn a_sealed_sign_in_expires() {
        let service = Service::new();
        let text = service.seal();
        service.clock.advance(Duration::from_secs(599));
        assert!(service.unseal(&text).is_ok());
        service.clock.advance(Duration::from_secs(1));
        let error = service.unseal(&text).unwrap_err();
        assert!(matches!(error, Error::SignInTimedOut { after } if after == LIFETIME));
    }
}
