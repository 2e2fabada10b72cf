//! Parses `WWW-Authenticate` (RFC 6750 §3, and Entra's claims challenge).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

/// The requirements of an API for the next token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// The error of RFC 6750, such as `invalid_token`.
    pub(crate) error: Option<String>,
    /// The required claims, JSON.
    pub(crate) claims: Option<String>,
}

impl Challenge {
    /// Returns the Bearer challenge of a response; empty if there is none.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(|value| {
                let (scheme, parameters) = value.trim().split_once(char::is_whitespace)?;
                scheme
                    .eq_ignore_ascii_case("bearer")
                    .then(|| Self::parse(parameters))
            })
            .unwrap_or_default()
    }

    /// Returns the claims that the API requires, if its error is `insufficient_claims`.
    pub(crate) fn required_claims(self) -> Option<String> {
        self.claims
            .filter(|_| self.error.as_deref() == Some("insufficient_claims"))
    }

    fn parse(parameters: &str) -> Self {
        let mut challenge = Self::default();
        let mut rest = parameters;
        while let Some((name, value, after)) = parameter(rest) {
            match name.to_ascii_lowercase().as_str() {
                "error" => challenge.error = Some(value),
                // Entra sends them in base64; other servers may not.
                "claims" => challenge.claims = Some(decoded(&value).unwrap_or(value)),
                _ => {}
            }
            rest = after;
        }
        challenge
    }
}

fn decoded(text: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(text).ok()?).ok()
}

/// Returns the next `name=value` or `name="value"`, and the text after it.
fn parameter(text: &str) -> Option<(&str, String, &str)> {
    let text = text.trim_start_matches([' ', '\t', ',']);
    let (name, rest) = text.split_once('=')?;
    let rest = rest.trim_start();
    let Some(quoted) = rest.strip_prefix('"') else {
        let end = rest.find(',').unwrap_or(rest.len());
        let (value, after) = rest.split_at(end);
        return Some((name.trim(), value.trim().to_owned(), after));
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((index, letter)) = letters.next() {
        match letter {
            '"' => {
                return Some((
                    name.trim(),
                    value,
                    quoted.get(index + 1..).unwrap_or_default(),
                ));
            }
            '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
            letter => value.push(letter),
        }
    }
    // An unclosed quote ends with the header.
    Some((name.trim(), value, ""))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn challenge(value: &str) -> Challenge {
        Challenge::of(&HeaderMap::from_iter([(
            WWW_AUTHENTICATE,
            HeaderValue::from_str(value).unwrap(),
        )]))
    }

    #[test]
    fn claims_are_decoded_and_belong_to_insufficient_claims() {
        let claims = r#"{"access_token":{"nbf":{"essential":true}}}"#;
        let header = format!(
            r#"Bearer realm="", authorization_uri="https://a,b", error="insufficient_claims", claims="{}""#,
            STANDARD.encode(claims)
        );
        assert_eq!(
            challenge(&header).required_claims().as_deref(),
            Some(claims)
        );
        assert_eq!(
            challenge(r#"Bearer error="invalid_token", claims="e30=""#).required_claims(),
            None
        );
    }

    #[test]
    fn an_error_is_read_quoted_and_unquoted_from_bearer_only() {
        let error = |value: &str| challenge(value).error;
        assert_eq!(
            error(r#"Bearer error="invalid_token""#).as_deref(),
            Some("invalid_token")
        );
        assert_eq!(
            error("bearer a=b,error=invalid_token").as_deref(),
            Some("invalid_token")
        );
        assert_eq!(
            error(r#"Bearer a="x\", error=\"no", error="yes""#).as_deref(),
            Some("yes")
        );
        assert_eq!(error(r#"AzureApiManagementKey error="no""#), None);
        assert_eq!(error("Bearer"), None);
    }

    proptest! {
        #[test]
        fn any_header_is_parsed_without_a_panic(value in "Bearer [ -~]{0,200}") {
            challenge(&value);
        }
    }
}
