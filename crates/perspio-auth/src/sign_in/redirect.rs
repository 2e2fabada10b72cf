//! The loopback redirect URI of a sign-in (RFC 8252 §7.3).

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use crate::oauth::Error;

/// The loopback redirect URI that the browser returns to (RFC 8252 §7.3). Each form
/// must be registered in Entra's portal:
///
/// | redirect | registration |
/// |---|---|
/// | [`LoopbackRedirect::localhost`], the default | `http://localhost` among the redirect URIs, under "Mobile and desktop applications" for a public client and under "Web" for one with a secret (see [`Application`](crate::Application)); Entra ignores the port |
/// | the same with a [`port`](LoopbackRedirect::port) | the same; other identity servers may require the port as well |
/// | [`LoopbackRedirect::ipv4`] | `http://127.0.0.1:PORT` in the application's manifest (the portal's form rejects it), with the same port as here |
/// | with a [`path`](LoopbackRedirect::path) | the address with that path |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoopbackRedirect {
    host: LoopbackHost,
    /// 0 selects a free port.
    port: u16,
    /// The path of the redirect URI: empty, or with a leading slash.
    path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoopbackHost {
    Localhost,
    Ipv4,
}

impl LoopbackRedirect {
    /// Returns `http://localhost:PORT` with a free port.
    pub fn localhost() -> Self {
        Self::of(LoopbackHost::Localhost)
    }

    /// Returns `http://127.0.0.1:PORT` with a free port.
    pub fn ipv4() -> Self {
        Self::of(LoopbackHost::Ipv4)
    }

    fn of(host: LoopbackHost) -> Self {
        Self {
            host,
            port: 0,
            path: String::new(),
        }
    }

    /// Sets a fixed port; 0, the default, selects a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Sets a path such as `/callback`, if one is registered.
    ///
    /// # Errors
    /// [`Error::Configuration`] if it is not the path of an address.
    pub fn path(mut self, path: &str) -> Result<Self, Error> {
        let as_is = Url::parse("http://localhost")
            .and_then(|base| base.join(path))
            .is_ok_and(|url| url.as_str() == format!("http://localhost{path}"));
        if !as_is || path.contains(['?', '#']) {
            return Err(Error::configuration(format!(
                "{path:?} cannot be the path of a redirect URI: it begins with one slash, and holds \
                 neither ? nor #"
            )));
        }
        path.clone_into(&mut self.path);
        Ok(self)
    }

    pub(crate) fn host(&self) -> LoopbackHost {
        self.host
    }

    pub(crate) fn bind_port(&self) -> u16 {
        self.port
    }

    /// Returns the path of a callback request.
    pub(crate) fn request_path(&self) -> &str {
        if self.path.is_empty() {
            "/"
        } else {
            &self.path
        }
    }

    /// Returns the `Host` header of a callback request: browsers omit the default
    /// port.
    pub(crate) fn authority(&self, port: u16) -> String {
        match port {
            80 => self.host.to_string(),
            _ => format!("{}:{port}", self.host),
        }
    }

    /// Returns the redirect URI with the port that was selected.
    pub(crate) fn uri(&self, port: u16) -> String {
        format!("http://{}{}", self.authority(port), self.path)
    }
}

impl FromStr for LoopbackRedirect {
    type Err = Error;

    /// Parses a registered redirect URI, such as `http://localhost`,
    /// `http://localhost:8400/callback` or `http://127.0.0.1:8400`. Without a port, a
    /// free one is selected.
    ///
    /// # Errors
    /// [`Error::Configuration`] if it is not an address that this machine can listen
    /// on.
    fn from_str(redirect_uri: &str) -> Result<Self, Error> {
        let invalid = || {
            Error::configuration(format!(
                "this machine cannot listen at the redirect URI {redirect_uri:?}: it must \
                 be http://localhost or http://127.0.0.1, with a port (not 80) and a path if they \
                 are registered so. Use the paste sign-in for any other"
            ))
        };
        let redirect_uri = redirect_uri.trim();
        let url = Url::parse(redirect_uri).map_err(|_| invalid())?;
        let redirect = match url.host() {
            Some(Host::Domain("localhost")) => Self::localhost(),
            Some(Host::Ipv4(address)) if address == std::net::Ipv4Addr::LOCALHOST => Self::ipv4(),
            _ => return Err(invalid()),
        };
        let is_plain = url.scheme() == "http"
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !is_plain {
            return Err(invalid());
        }
        // `Url` adds a path of one slash, which counts only if it is written.
        let path = if url.path() == "/" && !redirect_uri.ends_with('/') {
            ""
        } else {
            url.path()
        };
        let mut redirect = redirect.port(url.port().unwrap_or(0));
        if !path.is_empty() {
            redirect = redirect.path(path)?;
        }
        // The sent URI must be identical to the registered one, byte for byte.
        let written = match url.port() {
            Some(port) => redirect.uri(port),
            None => format!("http://{}{path}", redirect.host),
        };
        if written == redirect_uri {
            Ok(redirect)
        } else {
            Err(invalid())
        }
    }
}

impl Default for LoopbackRedirect {
    fn default() -> Self {
        Self::localhost()
    }
}

impl fmt::Display for LoopbackHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Localhost => "localhost",
            Self::Ipv4 => "127.0.0.1",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registered_redirect_uri_is_sent_verbatim() {
        for (text, port, uri) in [
            ("http://localhost", 9, "http://localhost:9"),
            ("http://localhost/", 9, "http://localhost:9/"),
            ("http://localhost:8400", 8400, "http://localhost:8400"),
            (
                "http://localhost:8400/a/b",
                8400,
                "http://localhost:8400/a/b",
            ),
            ("http://127.0.0.1:1/", 1, "http://127.0.0.1:1/"),
        ] {
            let redirect = text.parse::<LoopbackRedirect>().unwrap();
            assert_eq!(redirect.uri(port), uri);
            assert!(redirect.bind_port() == port || redirect.bind_port() == 0);
        }
    }

    #[test]
    fn the_default_port_is_omitted_as_browsers_do() {
        let redirect = LoopbackRedirect::localhost().port(80);
        assert_eq!(redirect.uri(80), "http://localhost");
        assert_eq!(redirect.authority(80), "localhost");
    }

    #[test]
    fn an_address_that_cannot_be_listened_on_is_rejected() {
        for text in [
            "https://localhost",
            "http://app.example",
            "http://192.168.0.1:80",
            "http://0.0.0.0:8400",
            "http://127.0.0.2:8400",
            "http://[::1]:8400",
            "http://u:p@localhost",
            "http://localhost?a",
            "http://localhost#a",
            "http://localhost/a b",
            "http://localhost:80",
            "HTTP://localhost",
            "http://localhost/../a",
            "localhost",
            "",
        ] {
            let error = text.parse::<LoopbackRedirect>().unwrap_err();
            assert!(error.is_configuration(), "{text}: {error}");
        }
    }
}
