//! What stands between this machine and the servers.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;
use crate::transport::root_cause;

/// How connections leave this machine: by which proxy, and whom they trust. For
/// the API and the identity server alike; see [`Profile::with_network`](crate::Profile::with_network).
///
/// By default the proxy is the one that `HTTPS_PROXY` and `NO_PROXY` name, if
/// any, and certificates are trusted that this machine trusts. Calls to this
/// machine never go through a proxy.
#[derive(Clone, Default)]
pub struct Network {
    proxy: Way,
    root_certificates: Vec<reqwest::Certificate>,
}

#[derive(Clone, Default)]
enum Way {
    /// As the environment says.
    #[default]
    Usual,
    Direct,
    Proxy(Box<reqwest::Proxy>),
}

impl Network {
    /// The usual way.
    pub fn new() -> Self {
        Self::default()
    }

    /// Through the proxy at `url`, `http://host:port`, which may hold a user and a
    /// password (percent-encoded).
    ///
    /// # Errors
    /// The address cannot be used; the text repeats nothing of it.
    pub fn with_proxy(mut self, url: &SecretString) -> Result<Self, Error> {
        let text = url.expose_secret().trim();
        let is_address = url::Url::parse(text)
            .is_ok_and(|url| url.has_host() && matches!(url.scheme(), "http" | "https"));
        let proxy = reqwest::Proxy::all(text).ok().filter(|_| is_address);
        let proxy = proxy.ok_or_else(|| {
            Error::configuration("the proxy's address must be like http://host:port")
        })?;
        self.proxy = Way::Proxy(Box::new(proxy));
        Ok(self)
    }

    /// Through no proxy, whatever the environment says.
    pub fn without_proxy(mut self) -> Self {
        self.proxy = Way::Direct;
        self
    }

    /// Trusts certificates of these authorities too: for a proxy that looks into
    /// the traffic, or a server of one's own. `pem` is one certificate or more in
    /// PEM format.
    ///
    /// # Errors
    /// There is no certificate in `pem`, or one cannot be used.
    pub fn with_root_certificates(mut self, pem: &[u8]) -> Result<Self, Error> {
        let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|cause| {
            Error::configuration(format!(
                "the root certificates cannot be read: {}",
                root_cause(&cause)
            ))
        })?;
        if certificates.is_empty() {
            return Err(Error::configuration(
                "no certificate stands in the root certificates: give them in PEM format \
                 (-----BEGIN CERTIFICATE-----)",
            ));
        }
        self.root_certificates.extend(certificates);
        Ok(self)
    }

    /// With these ways out for an https address; an http address is this machine's.
    pub(crate) fn apply(
        &self,
        builder: reqwest::ClientBuilder,
        scheme: &str,
    ) -> reqwest::ClientBuilder {
        if scheme == "http" {
            return builder.no_proxy();
        }
        let builder = match &self.proxy {
            Way::Usual => builder,
            Way::Direct => builder.no_proxy(),
            Way::Proxy(proxy) => builder.proxy((**proxy).clone()),
        };
        let certificates = self.root_certificates.iter().cloned();
        builder.https_only(true).tls_certs_merge(certificates)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let proxy = match self.proxy {
            Way::Usual => "as the environment says",
            Way::Direct => "none",
            // Its address may hold a password.
            Way::Proxy(_) => "one that was given",
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
    fn an_address_that_is_none_is_refused_without_a_word_of_it() {
        for url in ["canary", "ftp://canary", "http://", "canary://canary:1"] {
            let error = Network::new()
                .with_proxy(&SecretString::from(url))
                .unwrap_err();
            let text = format!("{error} {error:?}");
            assert!(
                text.contains("http://host:port") && !text.contains("canary"),
                "{text}"
            );
        }
    }

    #[test]
    fn no_debug_shows_the_proxys_password() {
        let url = SecretString::from("http://canary:canary@proxy.example:3128");
        let network = Network::new().with_proxy(&url).unwrap();
        assert!(!format!("{network:?}").contains("canary"), "{network:?}");
    }

    #[test]
    fn what_is_no_certificate_is_refused_with_what_is_wrong() {
        for pem in [
            "",
            "-----BEGIN CERTIFICATE-----\n%\n-----END CERTIFICATE-----\n",
        ] {
            let error = Network::new().with_root_certificates(pem.as_bytes());
            let text = error.unwrap_err().to_string();
            assert!(text.contains("root certificates"), "{text}");
        }
    }
}
