//! The functions that the fuzz targets call, one for each decoder of bytes from an
//! identity server, an API or a store. The tests replay the seeds.

use std::sync::LazyLock;

use secrecy::ExposeSecret;

use crate::middleware::challenge::Challenge;
use crate::oauth::GrantType;
use crate::oauth::Profile;
use crate::oauth::{EntraError, TokenResponse};
use crate::sign_in::{AuthorizationResponse, Expected, read_callback};
use crate::testing;
use crate::token::AccessToken;
use crate::token::clock::{Clock, ManualClock};
use crate::token::scheme::Scheme;
use crate::token::store::TokenRecord;

/// Decodes a token response and makes a token of it. Its `Debug` output contains no
/// secret.
pub fn token_response(bytes: &[u8]) {
    let Ok(response) = serde_json::from_slice::<TokenResponse>(bytes) else {
        return;
    };
    let shown = format!("{response:?}");
    let parts = response.into_parts();
    // Not "the token is not in it": the fuzzer found a token that reads like this.
    let lifetime = parts.lifetime;
    assert_eq!(
        shown,
        format!("TokenResponse {{ expires_in: {lifetime:?}, .. }}")
    );
    let record = TokenRecord {
        access_token: parts.access_token.clone(),
        refresh_token: parts.refresh_token,
        id_token: parts.id_token,
        scopes: parts.scopes.unwrap_or_default(),
        requested_at: std::time::UNIX_EPOCH,
        lifetime: parts.lifetime.unwrap_or_default(),
        refresh_in: parts.refresh_in,
        redirect_uri: None,
        signed_in_at: std::time::UNIX_EPOCH,
        generation: 0,
    };
    let now = ManualClock::new().now();
    if let Some(token) = AccessToken::new(Scheme::Bearer, &record, now, 1) {
        let claims = token.id_token().and_then(crate::IdToken::unverified_claims);
        drop((token.remaining(now), claims));
    }
}

/// Decodes and formats an error response. The message does not contain a secret that
/// the response repeats.
pub fn error_response(bytes: &[u8]) {
    static PROFILE: LazyLock<Profile> = LazyLock::new(testing::profile);
    let Some(rejected) = EntraError::parse(bytes) else {
        return;
    };
    let error = rejected.explain(
        &PROFILE,
        "host",
        GrantType::RefreshToken,
        &["canary-secret"],
    );
    let claims = error
        .error_response()
        .and_then(|response| response.claims.clone())
        .unwrap_or_default();
    let text = format!("{error}");
    assert!(claims.contains("canary-secret") || !text.contains("canary-secret"));
    assert!(
        !text
            .chars()
            .any(|letter| letter.is_control() && letter != '\n')
    );
}

/// Decodes the response to an authorization request, from a browser or an attacker.
/// The first line is the expected state.
pub fn callback(bytes: &[u8]) {
    static PROFILE: LazyLock<Profile> = LazyLock::new(testing::profile);
    let text = String::from_utf8_lossy(bytes);
    let (state, response) = text.split_once('\n').unwrap_or((&text, ""));
    let expected = Expected {
        profile: &PROFILE,
        state,
    };
    match read_callback(response, &expected) {
        Ok(AuthorizationResponse::Code(code)) => {
            let sent: Vec<_> = url::form_urlencoded::parse(response.as_bytes()).collect();
            let has = |name: &str, value: &str| sent.iter().any(|(n, v)| n == name && v == value);
            assert!(has("state", state));
            assert!(has("code", code.expose_secret()));
        }
        Ok(AuthorizationResponse::Failed(error)) => {
            let text = error.to_string();
            let steers = |letter: char| letter.is_control() && letter != '\n';
            assert!(!text.contains(steers));
        }
        Err(mismatch) => assert!(!mismatch.to_string().is_empty()),
    }
}

/// Decodes a challenge in `WWW-Authenticate`.
pub fn challenge(bytes: &[u8]) {
    if let Ok(value) = http::HeaderValue::from_bytes(bytes) {
        let headers = http::HeaderMap::from_iter([(http::header::WWW_AUTHENTICATE, value)]);
        drop(Challenge::of(&headers).required_claims());
    }
}

/// Decodes the file of a token store and its content.
pub fn store_file(bytes: &[u8]) {
    crate::token::store::fuzz(bytes);
}

/// Decodes one sealed record of a token store and its content.
pub fn sealed_record(bytes: &[u8]) {
    crate::token::store::fuzz_record(bytes);
}

/// Decodes a sealed pending sign-in and its content.
pub fn pending_sign_in(bytes: &[u8]) {
    static PROFILE: LazyLock<Profile> = LazyLock::new(testing::profile);
    crate::sign_in::fuzz_sealed(&PROFILE, bytes);
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    fn replay(target: &str, run: fn(&[u8])) {
        let seeds = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../fuzz/seeds")
            .join(target);
        let mut count = 0;
        for seed in fs::read_dir(seeds).unwrap() {
            run(&fs::read(seed.unwrap().path()).unwrap());
            count += 1;
        }
        assert!(count >= 5, "{target} has seeds");
    }

    #[test]
    fn every_seed_of_the_fuzz_targets_passes() {
        replay("token_response", super::token_response);
        replay("error_response", super::error_response);
        replay("challenge", super::challenge);
        replay("callback", super::callback);
        replay("store_file", super::store_file);
        replay("sealed_record", super::sealed_record);
        replay("pending_sign_in", super::pending_sign_in);
    }
}
