//! Proxies and trusted certificate authorities.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::oauth::error::Error;
use crate::token::root_cause::root_cause;

/// The proxy and the certificate authorities of the connections to the API and to
/// the identity server; see [`Profile::with_network`](crate::Profile::with_network).
///
/// By default the proxy is the one of `HTTPS_PROXY` and `NO_PROXY`, if any, and the
/// system's certificate authorities are trusted. Calls to this machine never use a
/// proxy.
///
/// ```
/// use perspio_auth::{Network, SecretString};
///
/// # fn main() -> Result<(), perspio_auth::Error> {
/// let proxy = SecretString::from("http://proxy.internal:3128");
/// let network = Network::new().proxy(&proxy)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Network {
    proxy: ProxyMode,
    root_certificates: Vec<reqwest::Certificate>,
}

#[derive(Clone, Default)]
enum ProxyMode {
    /// As `HTTPS_PROXY` and `NO_PROXY` say.
    #[default]
    Environment,
    Direct,
    Proxy(Box<reqwest::Proxy>),
}

impl Network {
    /// Creates the default settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the proxy for https connections: `http://host:port`, which may contain a
    /// user and a password (percent-encoded).
    ///
    /// # Errors
    /// [`Error::Configuration`] if the address is invalid. The message does not
    /// contain the address.
    pub fn proxy(mut self, url: &SecretString) -> Result<Self, Error> {
        let text = url.expose_secret().trim();
        let is_address = url::Url::parse(text)
            .is_ok_and(|url| url.has_host() && matches!(url.scheme(), "http" | "https"));
        let proxy = reqwest::Proxy::all(text).ok().filter(|_| is_address);
        let proxy = proxy.ok_or_else(|| {
            Error::configuration("the proxy's address must be like http://host:port")
        })?;
        self.proxy = ProxyMode::Proxy(Box::new(proxy));
        Ok(self)
    }

    /// Disables the proxy, including the one of the environment.
    pub fn without_proxy(mut self) -> Self {
        self.proxy = ProxyMode::Direct;
        self
    }

    /// Adds trusted certificate authorities, for a proxy that inspects TLS or a
    /// private server. `pem` is one or more certificates in PEM format.
    ///
    /// # Errors
    /// [`Error::Configuration`] if `pem` contains no certificate or an invalid one.
    pub fn root_certificates(mut self, pem: &[u8]) -> Result<Self, Error> {
        let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|cause| {
            Error::configuration(format!(
                "the root certificates cannot be read: {}",
                root_cause(&cause)
            ))
        })?;
        if certificates.is_empty() {
            return Err(Error::configuration(
                "the root certificates contain no certificate: they must be in PEM format \
                 (-----BEGIN CERTIFICATE-----)",
            ));
        }
        self.root_certificates.extend(certificates);
        Ok(self)
    }

    /// Applies the settings for an https address; an http address is this machine's
    /// and needs none.
    pub(crate) fn apply(
        &self,
        builder: reqwest::ClientBuilder,
        scheme: &str,
    ) -> reqwest::ClientBuilder {
        if scheme == "http" {
            return builder.no_proxy();
        }
        let builder = match &self.proxy {
            ProxyMode::Environment => builder,
            ProxyMode::Direct => builder.no_proxy(),
            ProxyMode::Proxy(proxy) => builder.proxy((**proxy).clone()),
        };
        let certificates = self.root_certificates.iter().cloned();
        builder.https_only(true).tls_certs_merge(certificates)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxy = match self.proxy {
            ProxyMode::Environment => "from the environment",
            ProxyMode::Direct => "none",
            // The address may contain a password.
            ProxyMode::Proxy(_) => "configured",
        };
        f.debug_struct("Network")
            .field("proxy", &proxy)
            .field("root_certificates", &self.root_certificates.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_address_is_rejected_and_not_repeated() {
        for url in ["canary", "ftp://canary", "http://", "canary://canary:1"] {
            let error = Network::new().proxy(&SecretString::from(url)).unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(
                text.contains("http://host:port") && !text.contains("canary"),
                "{text}"
            );
        }
    }

    #[test]
    fn debug_does_not_show_the_password_of_the_proxy() {
        let url = SecretString::from("http://canary:canary@proxy.example:3128");
        let network = Network::new().proxy(&url).unwrap();
        assert!(!format!("{network:?}").contains("canary"), "{network:?}");
    }

    #[test]
    fn an_invalid_certificate_is_rejected_with_a_reason() {
        for pem in [
            "",
            "-----BEGIN CERTIFICATE-----\n%\n-----END CERTIFICATE-----\n",
        ] {
            let error = Network::new().root_certificates(pem.as_bytes());
            let text = error.unwrap_err().to_string();
            assert!(text.contains("root certificates"), "{text}");
        }
    }
}
