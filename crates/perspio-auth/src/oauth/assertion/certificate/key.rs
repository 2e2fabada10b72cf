//! The private key of a client certificate.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaKeyPair,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use zeroize::Zeroizing;

use super::invalid;
use crate::oauth::error::Error;

/// A key of one of the two supported types.
pub(super) enum SigningKey {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
}

impl SigningKey {
    /// Reads the first private key in `pem`.
    pub(super) fn from_pem(pem: &[u8]) -> Result<Self, Error> {
        let encrypted = b"ENCRYPTED PRIVATE KEY";
        let is_encrypted = pem.windows(encrypted.len()).any(|part| part == encrypted);
        let der = PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
            invalid(if is_encrypted {
                "its private key is encrypted: remove the passphrase, for instance with \
                 `openssl pkey`"
            } else {
                "there is no private key in PEM format (-----BEGIN PRIVATE KEY-----)"
            })
        })?;
        let der = Zeroizing::new(der);
        let curve = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = match &*der {
            PrivateKeyDer::Pkcs1(der) => {
                RsaKeyPair::from_der(der.secret_pkcs1_der()).map(Self::Rsa)
            }
            PrivateKeyDer::Sec1(der) => {
                EcdsaKeyPair::from_private_key_der(curve, der.secret_sec1_der()).map(Self::P256)
            }
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                RsaKeyPair::from_pkcs8(der)
                    .map(Self::Rsa)
                    .or_else(|_| EcdsaKeyPair::from_pkcs8(curve, der).map(Self::P256))
            }
            _ => return Err(invalid(UNSUPPORTED)),
        };
        key.map_err(|_| invalid(UNSUPPORTED))
    }

    /// Returns the public key as a certificate contains it.
    pub(super) fn public_key(&self) -> &[u8] {
        match self {
            Self::Rsa(key) => key.public_key().as_ref(),
            Self::P256(key) => key.public_key().as_ref(),
        }
    }

    /// Returns the name of the signature algorithm (RFC 7518 §3.1).
    pub(super) fn algorithm(&self, pss: bool) -> &'static str {
        match self {
            Self::Rsa(_) if pss => "PS256",
            Self::Rsa(_) => "RS256",
            Self::P256(_) => "ES256",
        }
    }

    pub(super) fn sign(&self, pss: bool, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                if pss {
                    key.sign(&RSA_PSS_SHA256, &random, message, &mut signature)?;
                } else {
                    key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)?;
                }
                Ok(signature)
            }
            Self::P256(key) => Ok(key.sign(&random, message)?.as_ref().to_vec()),
        }
    }
}

const UNSUPPORTED: &str =
    "its private key is invalid or of another type than RSA (2048 to 8192 bits) and P-256";
