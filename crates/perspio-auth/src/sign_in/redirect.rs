//! Where on this machine the browser comes back to (RFC 8252 §7.3).

use std::fmt;

use url::{Host, Url};

use crate::error::Error;

/// Where on this machine the browser comes back to. What each needs in Entra's
/// portal:
///
/// | redirect | in the portal |
/// |---|---|
/// | [`LoopbackRedirect::localhost`], the default | `http://localhost` among the redirect URIs of "Mobile and desktop applications"; Entra ignores the port |
/// | the same with [`with_port`](LoopbackRedirect::with_port) | the same; other identity servers may want the port registered too |
/// | [`LoopbackRedirect::ipv4`] | `http://127.0.0.1:PORT` in the application's manifest (the portal's form refuses it), and the same port here |
/// | with [`with_path`](LoopbackRedirect::with_path) | the address with that path |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoopbackRedirect {
    host: LoopbackHost,
    /// 0 takes a free one.
    port: u16,
    /// As it stands in the redirect URI: empty, or with a slash in front.
    path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoopbackHost {
    Localhost,
    Ipv4,
}

impl LoopbackRedirect {
    /// `http://localhost:PORT`, as the vendor's page has it, with a free port.
    pub fn localhost() -> Self {
        Self::of(LoopbackHost::Localhost)
    }

    /// `http://127.0.0.1:PORT`, with a free port.
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

    /// A fixed port; 0 takes a free one.
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// A path such as `/callback`, where one is registered.
    ///
    /// # Errors
    /// [`Error::Configuration`] if it is not the path of an address.
    pub fn with_path(mut self, path: &str) -> Result<Self, Error> {
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

    /// Takes a redirect URI as it is registered: `http://localhost`,
    /// `http://localhost:8400/callback`, `http://127.0.0.1:8400`. Without a
    /// port a free one is taken.
    ///
    /// # Errors
    /// [`Error::Configuration`] if nobody on this machine could listen there.
    pub fn parse(redirect_uri: &str) -> Result<Self, Error> {
        let refused = || {
            Error::configuration(format!(
                "nobody on this machine can listen at the redirect URI {redirect_uri:?}: it must \
                 be http://localhost or http://127.0.0.1, with a port (not 80) and a path if they \
                 are registered so. Use the paste sign-in for any other"
            ))
        };
        let redirect_uri = redirect_uri.trim();
        let url = Url::parse(redirect_uri).map_err(|_| refused())?;
        let redirect = match url.host() {
            Some(Host::Domain("localhost")) => Self::localhost(),
            Some(Host::Ipv4(address)) if address == std::net::Ipv4Addr::LOCALHOST => Self::ipv4(),
            _ => return Err(refused()),
        };
        let is_plain = url.scheme() == "http"
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !is_plain {
            return Err(refused());
        }
        // A path that is only a slash counts where it is written.
        let path = if url.path() == "/" && !redirect_uri.ends_with('/') {
            ""
        } else {
            url.path()
        };
        let mut redirect = redirect.with_port(url.port().unwrap_or(0));
        if !path.is_empty() {
            redirect = redirect.with_path(path)?;
        }
        // What would be sent must be what is registered, byte for byte.
        let written = match url.port() {
            Some(port) => redirect.uri(port),
            None => format!("http://{}{path}", redirect.host),
        };
        if written == redirect_uri {
            Ok(redirect)
        } else {
            Err(refused())
        }
    }

    pub(crate) fn host(&self) -> LoopbackHost {
        self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The path of the callback as a request names it.
    pub(crate) fn request_path(&self) -> &str {
        if self.path.is_empty() {
            "/"
        } else {
            &self.path
        }
    }

    /// What a request's `Host` must be: a browser leaves out the port that is
    /// usual.
    pub(crate) fn authority(&self, port: u16) -> String {
        match port {
            80 => self.host.to_string(),
            _ => format!("{}:{port}", self.host),
        }
    }

    /// The redirect URI, once the port is known.
    pub(crate) fn uri(&self, port: u16) -> String {
        format!("http://{}{}", self.authority(port), self.path)
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
    fn a_registered_redirect_uri_is_kept_as_it_is_written() {
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
            let redirect = LoopbackRedirect::parse(text).unwrap();
            assert_eq!(redirect.uri(port), uri);
            assert!(redirect.port() == port || redirect.port() == 0);
        }
    }

    #[test]
    fn the_usual_port_is_left_out_as_a_browser_does() {
        let redirect = LoopbackRedirect::localhost().with_port(80);
        assert_eq!(redirect.uri(80), "http://localhost");
        assert_eq!(redirect.authority(80), "localhost");
    }

    #[test]
    fn where_nobody_here_can_listen_is_refused() {
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
            let error = LoopbackRedirect::parse(text).unwrap_err();
            assert!(error.is_configuration(), "{text}: {error}");
        }
    }
}
