//! Values that cannot be guessed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// The letters of a user code: no vowels, so that no word comes out, and no
/// letter that looks like a digit (the set of RFC 8628, section 6.1).
const USER_CODE_LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// Returns 244 random bits, prefixed with the name of the value.
pub(crate) fn opaque(kind: &str) -> String {
    format!("sandbox-{kind}-{}", URL_SAFE_NO_PAD.encode(random()))
}

/// For instance `WDJB-MJHT`.
pub(crate) fn user_code() -> String {
    let mut code = String::with_capacity(9);
    // The first bytes of a UUID are random, the seventh and the ninth are not wholly so.
    let [one, two] = [Uuid::new_v4(), Uuid::new_v4()];
    let bytes = one
        .as_bytes()
        .iter()
        .take(4)
        .chain(two.as_bytes().iter().take(4));
    for (place, byte) in bytes.enumerate() {
        if place == 4 {
            code.push('-');
        }
        let letter = usize::from(*byte) % USER_CODE_LETTERS.len();
        code.extend(USER_CODE_LETTERS.get(letter).copied().map(char::from));
    }
    code
}

fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    let (first, second) = bytes.split_at_mut(16);
    first.copy_from_slice(Uuid::new_v4().as_bytes());
    second.copy_from_slice(Uuid::new_v4().as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_values_differ_and_say_what_they_are() {
        let [one, two] = [opaque("code"), opaque("code")];
        assert_ne!(one, two);
        assert!(one.starts_with("sandbox-code-"));
        assert_eq!(one.len(), "sandbox-code-".len() + 43);
    }

    #[test]
    fn a_user_code_is_two_groups_of_four_letters() {
        for _ in 0..100 {
            let code = user_code();
            let (one, two) = code.split_once('-').unwrap();
            assert_eq!((one.len(), two.len()), (4, 4));
            let letters = one.bytes().chain(two.bytes());
            assert!(letters.into_iter().all(|l| USER_CODE_LETTERS.contains(&l)));
        }
    }
}
