//! The key that signs the sandbox's tokens.

use std::fmt;
use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde_json::{Value, json};

/// An RSA key, made at run time: no private key lies in the repository.
pub(crate) struct SigningKey {
    pair: RsaKeyPair,
    public: DecodingKey,
}

impl SigningKey {
    /// The name of the key in a token's header.
    pub(crate) const ID: &str = "perspio-sandbox";

    /// The one key of this process: generating it takes longer than all else a sandbox does.
    pub(crate) fn of_this_process() -> Option<&'static Self> {
        static KEY: OnceLock<Option<SigningKey>> = OnceLock::new();
        KEY.get_or_init(Self::generate).as_ref()
    }

    fn generate() -> Option<Self> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).ok()?;
        let public = DecodingKey::from_rsa_raw_components(
            pair.public_key()
                .modulus()
                .big_endian_without_leading_zero(),
            pair.public_key()
                .exponent()
                .big_endian_without_leading_zero(),
        );
        Some(Self { pair, public })
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256, which JWTs call RS256.
    ///
    /// jsonwebtoken would parse the key again for each token, and not the
    /// PKCS #8 form that aws-lc-rs exports; so the key signs by itself.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .ok()?;
        Some(signature)
    }

    /// The public half as a JSON Web Key (RFC 7517; RFC 7518, section 6.3.1).
    pub(crate) fn jwk(&self) -> Value {
        let public = self.pair.public_key();
        json!({
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": Self::ID,
            "n": URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            "e": URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
        })
    }

    pub(crate) fn public(&self) -> &DecodingKey {
        &self.public
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").finish_non_exhaustive()
    }
}
