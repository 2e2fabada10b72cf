//! The key that encrypts the records of a store.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::error::Unspecified;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, ExposeSecretMut, SecretBox, SecretString};
use zeroize::Zeroizing;

/// The length of a key, in bytes.
const KEY_LEN: usize = 32;

/// The key that encrypts the records of a store: 256 random bits, wiped on drop.
///
/// ```
/// use perspio_auth::SecretString;
/// use perspio_auth::store::StoreKey;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // Create a key once, with `openssl rand -base64 32` or in the program:
/// let text: SecretString = StoreKey::random()?.to_base64();
/// // Use it for every store from then on:
/// let key = StoreKey::from_base64(&text)?;
/// # Ok(())
/// # }
/// ```
pub struct StoreKey {
    bytes: SecretBox<[u8; KEY_LEN]>,
}

/// Why a key could not be created or read.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreKeyError {
    /// The text is not a key.
    #[error(
        "the key of a token store is 32 random bytes in standard base64 (44 characters, \
         the last of them =): make one with `openssl rand -base64 32`"
    )]
    Malformed,

    /// The system's random number generator failed.
    #[error(
        "the random number generator of this machine failed: no key of a token store can be \
         created"
    )]
    NoRandomness,

    /// The machine has no keyring, or it cannot be reached.
    #[error(
        "no keyring on this machine ({reason}): start a Secret Service, or create a key with \
         `openssl rand -base64 32` and pass it to StoreKey::from_base64"
    )]
    #[non_exhaustive]
    NoKeyring {
        /// The error of the operating system.
        reason: String,
    },

    /// The keyring rejected the request or is locked.
    #[error("the keyring failed on the entry {user} of {service}: {reason}")]
    #[non_exhaustive]
    Keyring {
        /// The service of the entry.
        service: String,
        /// The user of the entry.
        user: String,
        /// The keyring's error and what to do; contains no secret.
        reason: String,
    },
}

impl StoreKey {
    /// Decodes a key. Surrounding white space, such as the line break at the end of
    /// a file, is ignored.
    ///
    /// # Errors
    /// [`StoreKeyError::Malformed`] if the text is not a key, and
    /// [`StoreKeyError::NoRandomness`].
    pub fn from_base64(text: &SecretString) -> Result<Self, StoreKeyError> {
        let mut decoded = Zeroizing::new([0; KEY_LEN + 4]);
        let length = STANDARD
            .decode_slice(text.expose_secret().trim(), decoded.as_mut_slice())
            .map_err(|_| StoreKeyError::Malformed)?;
        let bytes = decoded
            .get(..length)
            .and_then(|bytes| <&[u8; KEY_LEN]>::try_from(bytes).ok())
            .ok_or(StoreKeyError::Malformed)?;
        // The first random number of a process takes the library 20 ms. It is taken
        // here, so that callers do not wait for it at the first seal.
        drop(Self::random()?);
        Ok(Self {
            bytes: SecretBox::init_with_mut(|own: &mut [u8; KEY_LEN]| own.copy_from_slice(bytes)),
        })
    }

    /// Creates a random key.
    ///
    /// # Errors
    /// [`StoreKeyError::NoRandomness`].
    pub fn random() -> Result<Self, StoreKeyError> {
        let mut bytes = SecretBox::new(Box::new([0; KEY_LEN]));
        aws_lc_rs::rand::fill(bytes.expose_secret_mut())
            .map_err(|_| StoreKeyError::NoRandomness)?;
        Ok(Self { bytes })
    }

    /// Encodes the key for [`Self::from_base64`]. The text is as secret as the key.
    pub fn to_base64(&self) -> SecretString {
        SecretString::from(STANDARD.encode(self.bytes.expose_secret()))
    }

    /// Returns the nonce followed by the encrypted `plain`. `associated` is not part
    /// of the result and must be the same when it is opened.
    pub(crate) fn seal(&self, associated: &[u8], plain: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let cipher = self.cipher()?;
        // Allocated once: growing would leave copies of the plain bytes in memory.
        let room = NONCE_LEN + plain.len() + AES_256_GCM_SIV.tag_len();
        let mut sealed = Zeroizing::new(Vec::with_capacity(room));
        sealed.extend_from_slice(&[0; NONCE_LEN]);
        sealed.extend_from_slice(plain);
        let (head, body) = sealed.split_at_mut_checked(NONCE_LEN).ok_or(Unspecified)?;
        let (nonce, tag) = cipher.seal_in_place_separate_tag(Aad::from(associated), body)?;
        head.copy_from_slice(nonce.as_ref());
        sealed.extend_from_slice(tag.as_ref());
        Ok(std::mem::take(&mut *sealed))
    }

    /// Decrypts bytes that were sealed with the same `associated`.
    pub(crate) fn open(
        &self,
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
        let (nonce, body) = sealed.split_first_chunk().ok_or(Unspecified)?;
        let mut plain = Zeroizing::new(body.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self
            .cipher()?
            .open_in_place(nonce, Aad::from(associated), &mut plain)?
            .len();
        plain.truncate(length);
        Ok(plain)
    }

    /// Returns the cipher, AES-256-GCM-SIV (RFC 8452). One key seals a store for
    /// years, on machines that are cloned and restored from snapshots. A repeated
    /// nonce breaks plain GCM completely, and reveals here only that two contents
    /// are equal. The cost is negligible next to writing the file.
    fn cipher(&self) -> Result<RandomizedNonceKey, Unspecified> {
        RandomizedNonceKey::new(&AES_256_GCM_SIV, self.bytes.expose_secret())
    }
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key() -> StoreKey {
        StoreKey::random().unwrap()
    }

    #[test]
    fn a_key_is_standard_base64_of_exactly_32_bytes() {
        let text = "A".repeat(43) + "=";
        for good in [text.clone(), format!(" {text}\n")] {
            let key = StoreKey::from_base64(&SecretString::from(good)).unwrap();
            assert_eq!(key.to_base64().expose_secret(), text);
        }
        let other_lengths = [0, 31, 33, 64].map(|length| STANDARD.encode(vec![7; length]));
        let other_alphabet = "_".repeat(43) + "=";
        let without_padding = "A".repeat(43);
        for bad in other_lengths
            .into_iter()
            .chain([other_alphabet, without_padding])
        {
            let error = StoreKey::from_base64(&SecretString::from(bad.clone())).unwrap_err();
            assert!(error.to_string().contains("openssl rand -base64 32"));
            assert!(bad.is_empty() || !format!("{error} {error:?}").contains(&bad));
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let key = key();
        let text = key.to_base64();
        assert_eq!(format!("{key:?}"), "StoreKey([redacted])");
        assert!(!format!("{text:?}").contains(text.expose_secret()));
    }

    #[test]
    fn checklist_30_a_store_key_is_wiped_on_drop() {
        fn is_wiped<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        is_wiped(&key().bytes);
    }

    #[test]
    fn two_keys_differ_and_so_do_two_seals_of_the_same() {
        let key = key();
        assert_ne!(
            key.to_base64().expose_secret(),
            self::key().to_base64().expose_secret()
        );
        assert_ne!(key.seal(b"a", b"b").unwrap(), key.seal(b"a", b"b").unwrap());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_sealed_opens_with_the_same_key_and_associated_data_only(
            associated: Vec<u8>, plain: Vec<u8>, flipped: prop::sample::Index
        ) {
            let key = key();
            let sealed = key.seal(&associated, &plain).unwrap();
            prop_assert_eq!(&*key.open(&associated, &sealed).unwrap(), &plain);
            prop_assert!(self::key().open(&associated, &sealed).is_err());
            let mut other = associated.clone();
            other.push(0);
            prop_assert!(key.open(&other, &sealed).is_err());
            let mut damaged = sealed.clone();
            damaged[flipped.index(sealed.len())] ^= 1;
            prop_assert!(key.open(&associated, &damaged).is_err());
        }
    }
}
