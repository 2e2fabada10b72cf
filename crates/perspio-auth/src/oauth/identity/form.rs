//! The form of a token request, with its secrets.

use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::byte_serialize;
use zeroize::Zeroizing;

/// The name of a parameter, and its secret value.
pub(crate) type Secret = (&'static str, SecretString);

/// Returns `form` with a pair for each secret; the empty pairs of these names, which
/// `oauth2` writes, are dropped. The capacity is reserved in advance, because a vector that
/// grows leaves a copy of its content in memory.
pub(crate) fn with_secrets(form: &[u8], secrets: &[Secret]) -> Zeroizing<Vec<u8>> {
    let length = |(name, secret): &Secret| name.len() + 3 * secret.expose_secret().len() + 2;
    let added: usize = secrets.iter().map(length).sum();
    let mut filled = Zeroizing::new(Vec::with_capacity(form.len() + added));
    let is_secret = |pair: &&[u8]| {
        let name = pair.strip_suffix(b"=");
        name.is_some_and(|name| secrets.iter().any(|(known, _)| known.as_bytes() == name))
    };
    for pair in form.split(|byte| *byte == b'&').filter(|it| !is_secret(it)) {
        filled.extend_from_slice(pair);
        filled.push(b'&');
    }
    for (name, secret) in secrets {
        filled.extend_from_slice(name.as_bytes());
        filled.push(b'=');
        for piece in byte_serialize(secret.expose_secret().as_bytes()) {
            filled.extend_from_slice(piece.as_bytes());
        }
        filled.push(b'&');
    }
    filled.pop();
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_replace_the_empty_pairs_of_their_names_and_are_encoded() {
        let secrets = [
            ("client_secret", SecretString::from("a~b&c=d")),
            ("code", SecretString::from("0.A+")),
        ];
        let filled = with_secrets(b"code=&client_id=1&scope=&code=2", &secrets);
        let text = String::from_utf8(filled.to_vec()).unwrap();
        assert_eq!(
            text,
            "client_id=1&scope=&code=2&client_secret=a%7Eb%26c%3Dd&code=0.A%2B"
        );
    }

    #[test]
    fn a_form_without_secrets_is_unchanged() {
        assert_eq!(*with_secrets(b"a=1&b=", &[]), b"a=1&b=");
    }

    #[test]
    fn the_reserved_capacity_is_sufficient_for_any_secret() {
        let secrets = [("s", SecretString::from("\u{0}~&".repeat(1000)))];
        let form = b"s=&a=1";
        let reserved = Vec::<u8>::with_capacity(form.len() + 3 * 3000 + 3).capacity();
        assert!(with_secrets(form, &secrets).len() <= reserved);
    }
}
