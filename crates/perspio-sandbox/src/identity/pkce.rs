//! Proof key for code exchange (RFC 7636).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::error::EntraError;
use super::form::Form;

/// The `code_challenge` of an authorization request, of the method S256.
#[derive(Clone)]
pub(crate) struct Challenge(String);

impl Challenge {
    /// Absent is legal, since Entra takes requests without PKCE; `plain`,
    /// which protects nothing, is refused, named or implied.
    pub(crate) fn read(form: &Form) -> Result<Option<Self>, EntraError> {
        let method = form.get("code_challenge_method");
        let Some(challenge) = form.get("code_challenge") else {
            return match method {
                None => Ok(None),
                Some(_) => Err(invalid(
                    50_147,
                    "Missing code challenge: the parameter 'code_challenge_method' is there, \
                     'code_challenge' is not.",
                )),
            };
        };
        if method != Some("S256") {
            return Err(invalid(
                90_023,
                "The parameter 'code_challenge_method' must be 'S256'. The sandbox refuses \
                 'plain', which is also what a missing method means (RFC 7636, section 4.3).",
            ));
        }
        // A SHA-256 hash in base64url is always this long.
        if challenge.len() != 43 || !challenge.bytes().all(is_base64url) {
            return Err(invalid(
                501_491,
                "Invalid size of Code_Challenge parameter.",
            ));
        }
        Ok(Some(Self(challenge.to_owned())))
    }

    /// Whether the `code_verifier` of the exchange is the one that the request began with.
    pub(crate) fn check(
        challenge: Option<&Self>,
        verifier: Option<&str>,
    ) -> Result<(), EntraError> {
        match (challenge, verifier) {
            (None, None) => Ok(()),
            (Some(_), None) => Err(refused(
                50_148,
                "The code_verifier is missing: the authorization request came with a \
                 code_challenge.",
            )),
            (Some(Self(challenge)), Some(verifier))
                if is_verifier(verifier) && *challenge == hash(verifier) =>
            {
                Ok(())
            }
            // A verifier without a challenge is a sign that an attacker removed the challenge.
            (_, Some(_)) => Err(refused(
                501_481,
                "The Code_Verifier does not match the code_challenge supplied in the \
                 authorization request for PKCE.",
            )),
        }
    }
}

fn hash(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

/// 43 to 128 unreserved letters: what is shorter could be guessed.
fn is_verifier(verifier: &str) -> bool {
    let is_unreserved = |byte: u8| is_base64url(byte) || byte == b'.' || byte == b'~';
    (43..=128).contains(&verifier.len()) && verifier.bytes().all(is_unreserved)
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn invalid(code: u32, message: &str) -> EntraError {
    EntraError::bad_request("invalid_request", code, message)
}

fn refused(code: u32, message: &str) -> EntraError {
    EntraError::bad_request("invalid_grant", code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pair of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn read(query: &str) -> Result<Option<Challenge>, u32> {
        let form = Form::parse(query.as_bytes()).unwrap();
        Challenge::read(&form).map_err(|error| error.code)
    }

    #[test]
    fn a_verifier_that_could_be_guessed_is_refused_even_if_its_hash_fits() {
        for verifier in [
            "x",
            " ",
            &"a/".repeat(25),
            &"a".repeat(42),
            &"a".repeat(129),
        ] {
            let challenge = Challenge(hash(verifier));
            assert!(
                Challenge::check(Some(&challenge), Some(verifier)).is_err(),
                "{verifier}"
            );
        }
    }

    #[test]
    fn the_pair_of_the_rfc_matches() {
        let query = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
        let challenge = read(&query).unwrap();
        let check = |verifier| Challenge::check(challenge.as_ref(), verifier);
        assert!(check(Some(VERIFIER)).is_ok());
        assert_eq!(check(Some("another")).unwrap_err().code, 501_481);
        // What `plain` would take.
        assert_eq!(check(Some(CHALLENGE)).unwrap_err().code, 501_481);
        assert_eq!(check(None).unwrap_err().code, 50_148);
    }

    #[test]
    fn without_a_challenge_there_must_be_no_verifier() {
        assert!(read("").unwrap().is_none());
        assert!(Challenge::check(None, None).is_ok());
        let error = Challenge::check(None, Some(VERIFIER)).unwrap_err();
        assert_eq!((error.error, error.code), ("invalid_grant", 501_481));
    }

    #[test]
    fn a_challenge_that_is_not_s256_is_refused() {
        for (query, code) in [
            (
                format!("code_challenge={CHALLENGE}&code_challenge_method=plain"),
                90_023,
            ),
            (
                format!("code_challenge={CHALLENGE}&code_challenge_method=s256"),
                90_023,
            ),
            (format!("code_challenge={CHALLENGE}"), 90_023),
            ("code_challenge_method=S256".to_owned(), 50_147),
            (
                "code_challenge=short&code_challenge_method=S256".to_owned(),
                501_491,
            ),
            (
                format!(
                    "code_challenge={}&code_challenge_method=S256",
                    "+".repeat(43)
                ),
                501_491,
            ),
        ] {
            assert_eq!(read(&query).err(), Some(code), "{query}");
        }
    }
}
