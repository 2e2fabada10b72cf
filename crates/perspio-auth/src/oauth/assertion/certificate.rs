//! Assertions that are signed with the private key of a certificate.

mod key;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use key::SigningKey;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{AssertionRequest, ClientAssertion};
use crate::oauth::error::Error;
use crate::token::clock::unix_seconds;

/// The lifetime of an assertion. It leaves room for clocks that differ by minutes.
const LIFETIME: Duration = Duration::from_secs(600);

/// A certificate with its private key, which signs a client assertion for each request.
///
/// An RSA key signs with PS256, which Entra recommends, an elliptic curve key (P-256)
/// with ES256. The identity server identifies the certificate by its SHA-256 thumbprint
/// (`x5t#S256`).
///
/// ```no_run
/// use perspio_auth::{Application, ClientCertificate, SecretString};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pem = SecretString::from(std::fs::read_to_string("client.pem")?);
/// let certificate = ClientCertificate::from_pem(&pem)?;
/// let application = Application::with_assertion("client id", certificate);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ClientCertificate {
    key: Arc<SigningKey>,
    /// The certificate, then those of its issuers.
    chain: Vec<CertificateDer<'static>>,
    pss: bool,
    sends_chain: bool,
}

impl ClientCertificate {
    /// Reads a certificate and its private key, in PEM format and any order: RSA as
    /// PKCS#8 or PKCS#1, P-256 as PKCS#8 or SEC 1. Further certificates are those of
    /// its issuers.
    ///
    /// # Errors
    /// [`Error::Configuration`] if one of the two is missing or invalid, or the key is
    /// not the certificate's. The message contains nothing of the text.
    pub fn from_pem(pem: &SecretString) -> Result<Self, Error> {
        let pem = pem.expose_secret().as_bytes();
        let key = SigningKey::from_pem(pem)?;
        let mut chain = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| invalid("a certificate is not valid PEM"))?;
        let public_key = key.public_key();
        let certifies = |certificate: &CertificateDer<'_>| {
            let mut parts = certificate.windows(public_key.len());
            parts.any(|part| part == public_key)
        };
        let own = chain.iter().position(certifies);
        match own {
            Some(own) => {
                let own = chain.remove(own);
                chain.insert(0, own);
            }
            None if chain.is_empty() => {
                return Err(invalid(
                    "there is no certificate (-----BEGIN CERTIFICATE-----)",
                ));
            }
            None => return Err(invalid("the private key is not the certificate's")),
        }
        Ok(Self {
            key: Arc::new(key),
            chain,
            pss: true,
            sends_chain: false,
        })
    }

    /// Signs with RS256 instead of PS256, for identity servers that do not support PSS.
    /// Has no effect on an elliptic curve key.
    pub fn without_pss(mut self) -> Self {
        self.pss = false;
        self
    }

    /// Sets whether assertions contain the certificates (`x5c`), for an application that
    /// is registered with the subject name and the issuer; false by default.
    pub fn certificate_chain(mut self, sent: bool) -> Self {
        self.sends_chain = sent;
        self
    }

    /// Returns the protected header (RFC 7515 §4).
    fn header(&self) -> serde_json::Value {
        let thumbprint = self.chain.first().map(|own| digest(&SHA256, own));
        let thumbprint = thumbprint.map(|hash| URL_SAFE_NO_PAD.encode(hash.as_ref()));
        let mut header = json!({
            "typ": "JWT",
            "alg": self.key.algorithm(self.pss),
            "x5t#S256": thumbprint,
        });
        if self.sends_chain
            && let Some(header) = header.as_object_mut()
        {
            let chain = self.chain.iter();
            let chain: Vec<_> = chain.map(|it| STANDARD.encode(it)).collect();
            header.insert("x5c".to_owned(), chain.into());
        }
        header
    }

    fn sign(&self, request: &AssertionRequest<'_>) -> Result<SecretString, Error> {
        let mut id = [0; 16];
        aws_lc_rs::rand::fill(&mut id)
            .map_err(|_| invalid("this machine gives no random numbers"))?;
        let now = unix_seconds(request.now);
        let claims = json!({
            "aud": request.audience,
            "iss": request.client_id,
            "sub": request.client_id,
            "jti": URL_SAFE_NO_PAD.encode(id),
            "iat": now,
            "nbf": now,
            "exp": now.saturating_add(LIFETIME.as_secs()),
        });
        let encode = |part: &serde_json::Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let mut token = format!("{}.{}", encode(&self.header()), encode(&claims));
        let signature = self.key.sign(self.pss, token.as_bytes());
        let signature = signature.map_err(|_| invalid("its private key cannot sign"))?;
        token.push('.');
        token.push_str(&URL_SAFE_NO_PAD.encode(signature));
        Ok(SecretString::from(token))
    }
}

#[async_trait]
impl ClientAssertion for ClientCertificate {
    async fn assertion(&self, request: &AssertionRequest<'_>) -> Result<SecretString, Error> {
        self.sign(request)
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate")
            .field("algorithm", &self.key.algorithm(self.pss))
            .finish_non_exhaustive()
    }
}

fn invalid(reason: &str) -> Error {
    Error::configuration(format!("the client certificate cannot be used: {reason}"))
}
