//! The form of a token request, with the secrets filled in.

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// `form` with the value of each named pair replaced by a secret. Room for the
/// whole is made first: a vector that grows leaves its old contents behind.
pub(crate) fn fill(form: &[u8], secrets: &[(&'static str, SecretString)]) -> Zeroizing<Vec<u8>> {
    let length: usize = secrets
        .iter()
        .map(|(_, secret)| 3 * secret.expose_secret().len())
        .sum();
    let mut filled = Zeroizing::new(Vec::with_capacity(form.len() + length));
    for (index, pair) in form.split(|byte| *byte == b'&').enumerate() {
        if index > 0 {
            filled.push(b'&');
        }
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
        match secrets.iter().find(|(known, _)| known.as_bytes() == name) {
            Some((_, secret)) => {
                filled.extend_from_slice(name);
                filled.push(b'=');
                for piece in url::form_urlencoded::byte_serialize(secret.expose_secret().as_bytes())
                {
                    filled.extend_from_slice(piece.as_bytes());
                }
            }
            None => filled.extend_from_slice(pair),
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_filled_in_by_name_and_encoded() {
        let secrets = [
            ("client_secret", SecretString::from("a~b&c=d")),
            ("code", SecretString::from("0.A+")),
        ];
        let filled = fill(b"code=&client_id=1&code_verifier=&client_secret=", &secrets);
        let text = String::from_utf8(filled.to_vec()).unwrap();
        assert_eq!(
            text,
            "code=0.A%2B&client_id=1&code_verifier=&client_secret=a%7Eb%26c%3Dd"
        );
    }

    #[test]
    fn the_room_made_is_enough_for_any_secret() {
        let secrets = [("s", SecretString::from("\u{0}~&".repeat(1000)))];
        let form = b"s=";
        let filled = fill(form, &secrets);
        assert!(filled.len() <= form.len() + 3 * 3000);
    }
}
