//! One sealed secret that is not a token, such as an application's client secret.

use secrecy::{ExposeSecret, SecretString};

use super::envelope::{Envelope, EnvelopeError};
use super::{SealError, StoreKey};

const SEALED_SECRET: Envelope = Envelope::named("oauth-secret");

impl StoreKey {
    /// Encrypts a secret, such as an application's client secret, and binds it to `name`, for
    /// programs that save it next to a token store. Sealing the same secret twice gives
    /// different bytes.
    ///
    /// ```
    /// use perspio_auth::SecretString;
    /// use perspio_auth::store::StoreKey;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let key = StoreKey::random()?;
    /// let sealed = key.seal_secret("client secret", &SecretString::from("…"))?;
    /// let secret: SecretString = key.unseal_secret("client secret", &sealed)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The system's random number generator failed.
    pub fn seal_secret(&self, name: &str, secret: &SecretString) -> Result<Vec<u8>, SealError> {
        Ok(SEALED_SECRET.seal(self, name, secret.expose_secret().as_bytes())?)
    }

    /// Decrypts a secret that was sealed with this key for `name`.
    ///
    /// # Errors
    /// The bytes are not a sealed secret, are damaged, or were sealed with another key, for
    /// another name, or by a newer release; the message says which.
    pub fn unseal_secret(&self, name: &str, bytes: &[u8]) -> Result<SecretString, SealError> {
        let plain = SEALED_SECRET.open(self, name, bytes)?;
        let text = str::from_utf8(&plain).map_err(|_| EnvelopeError::Content)?;
        Ok(SecretString::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> (StoreKey, Vec<u8>) {
        let key = StoreKey::random().unwrap();
        let sealed = key.seal_secret("name", &SecretString::from("canary"));
        (key, sealed.unwrap())
    }

    #[test]
    fn a_sealed_secret_is_unsealed_with_its_key_and_name_only() {
        let (key, sealed) = sealed();
        let secret = key.unseal_secret("name", &sealed).unwrap();
        assert_eq!(secret.expose_secret(), "canary");
        assert!(key.unseal_secret("other", &sealed).is_err());
        let other = StoreKey::random().unwrap();
        let error = other.unseal_secret("name", &sealed).unwrap_err();
        assert!(error.to_string().contains("key"), "{error}");
    }

    #[test]
    fn a_sealed_secret_is_not_readable_and_not_a_record() {
        let (key, sealed) = sealed();
        assert!(!String::from_utf8_lossy(&sealed).contains("canary"));
        assert!(crate::store::TokenRecord::unseal(&key, "name", &sealed).is_err());
    }

    #[test]
    fn a_damaged_secret_is_an_error_and_not_another_secret() {
        let (key, mut sealed) = sealed();
        for length in [0, 5, sealed.len() - 1] {
            assert!(key.unseal_secret("name", &sealed[..length]).is_err());
        }
        let last = sealed.len() - 1;
        sealed[last] ^= 1;
        assert!(key.unseal_secret("name", &sealed).is_err());
    }
}
