//! Proxies and trusted certificate authorities.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::oauth::certificates;
use crate::oauth::error::{Error, TransportError};
use crate::oauth::proxy::ProxyServer;
use crate::token::causes::root_cause;

/// The proxy and the certificate authorities of the connections to the API and to
/// the identity server; see [`Profile::with_network`](crate::Profile::with_network).
///
/// By default the proxy is the one of `HTTPS_PROXY` (or `ALL_PROXY`) and `NO_PROXY`, if any,
/// and the system's certificate authorities are trusted. Calls over http, which are to this
/// machine, never use a proxy.
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
    /// The proxy of `HTTPS_PROXY` and `NO_PROXY`.
    #[default]
    Environment,
    Direct,
    Proxy(Box<ProxyServer>),
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
        let proxy = ProxyServer::parse(url.expose_secret())
            .map_err(|reason| Error::configuration(format!("the proxy's address {reason}")))?;
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
    /// [`Error::Configuration`] if `pem` contains no certificate or an invalid one, whose
    /// number is in the message.
    pub fn root_certificates(mut self, pem: &[u8]) -> Result<Self, Error> {
        let certificates = certificates::parse(pem).map_err(|reason| {
            Error::configuration(format!("the root certificates cannot be used: {reason}"))
        })?;
        self.root_certificates.extend(certificates);
        Ok(self)
    }

    /// Returns the error of a failed request to `host`, with the name of the proxy.
    pub fn transport_error(
        &self,
        host: impl Into<String>,
        error: &reqwest::Error,
    ) -> TransportError {
        TransportError::new(host, error).through(error.url().and_then(|url| self.proxy_of(url)))
    }

    /// Returns `host:port` of the proxy that requests to `url` use, without user and password;
    /// `None` if they use none, or if the proxy of the environment is invalid.
    pub fn proxy_of(&self, url: &url::Url) -> Option<String> {
        let host = url.host_str()?;
        // A client with an invalid proxy cannot be built.
        let proxy = self.proxy_server().ok()??;
        (url.scheme() == "https" && proxy.intercepts(host)).then(|| proxy.name())
    }

    fn proxy_server(&self) -> Result<Option<ProxyServer>, Error> {
        match &self.proxy {
            ProxyMode::Environment => ProxyServer::from_variables(|name| std::env::var_os(name))
                .map_err(Error::configuration),
            ProxyMode::Direct => Ok(None),
            ProxyMode::Proxy(proxy) => Ok(Some((**proxy).clone())),
        }
    }

    /// Applies the settings for an https address; an http address is this machine's
    /// and needs none.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the proxy of the environment is invalid.
    pub(crate) fn apply(
        &self,
        builder: reqwest::ClientBuilder,
        scheme: &str,
    ) -> Result<reqwest::ClientBuilder, Error> {
        if scheme == "http" {
            return Ok(builder.no_proxy());
        }
        let proxy = self.proxy_server()?;
        let builder = match (&self.proxy, proxy) {
            // The HTTP client reads it itself, unless `HttpOptions::configure` sets another.
            (ProxyMode::Environment, _) => builder,
            (ProxyMode::Proxy(_), Some(proxy)) => {
                builder.proxy(proxy.to_reqwest().map_err(|cause| {
                    let cause = root_cause(&cause);
                    Error::configuration(format!("the proxy's address cannot be used: {cause}"))
                })?)
            }
            (ProxyMode::Direct | ProxyMode::Proxy(_), _) => builder.no_proxy(),
        };
        let certificates = self.root_certificates.iter().cloned();
        Ok(builder.https_only(true).tls_certs_merge(certificates))
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
