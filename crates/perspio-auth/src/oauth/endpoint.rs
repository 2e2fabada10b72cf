//! Addresses that credentials may be sent to.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// An address that credentials may be sent to: https, or http to this machine.
///
/// ```
/// use perspio_auth::endpoint::Endpoint;
///
/// assert!("https://api.example".parse::<Endpoint>().is_ok());
/// assert!("http://127.0.0.1:8080/api/".parse::<Endpoint>().is_ok());
/// assert!("http://api.example".parse::<Endpoint>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
}

impl Endpoint {
    /// Returns the address of a literal in the source code.
    ///
    /// ```
    /// use perspio_auth::endpoint::Endpoint;
    ///
    /// let api = Endpoint::from_static("https://api.example");
    /// assert_eq!(api.host(), "api.example");
    /// ```
    ///
    /// # Panics
    /// If the address is invalid. For addresses that come from settings, use
    /// [`str::parse`].
    #[allow(
        clippy::expect_used,
        reason = "takes literals only, and is documented to panic"
    )]
    pub fn from_static(text: &'static str) -> Self {
        text.parse().expect("a static address is valid")
    }

    /// Returns the address as a URL.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Returns the address without a trailing slash, to append a path that begins
    /// with one.
    pub fn base(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// Returns the endpoint at `path` below this one, separated by one slash.
    pub fn below(&self, path: &str) -> Self {
        Self {
            url: self.address(&format!("/{}", path.trim_start_matches('/'))),
        }
    }

    /// Returns the URL of `path` below this address. `path` begins with a slash and
    /// is appended verbatim.
    pub fn address(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        match url.path().trim_end_matches('/') {
            "" => url.set_path(path),
            base => {
                let path = format!("{base}{path}");
                url.set_path(&path);
            }
        }
        url
    }

    /// Returns the address without `end` at the end of its path.
    pub(crate) fn without(&self, end: &str) -> Self {
        let mut url = self.url.clone();
        let path = url.path().trim_end_matches('/').to_owned();
        if let Some(rest) = path.strip_suffix(end) {
            url.set_path(rest);
        }
        Self { url }
    }

    /// Returns the host, for messages.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Returns whether `url` has the same scheme, host and port.
    #[inline]
    pub fn same_origin(&self, url: &Url) -> bool {
        self.url.scheme() == url.scheme()
            && self.url.host_str() == url.host_str()
            && self.url.port_or_known_default() == url.port_or_known_default()
    }
}

impl FromStr for Endpoint {
    type Err = InvalidEndpoint;

    /// Parses an absolute address without user name, query or fragment.
    ///
    /// # Errors
    /// [`InvalidEndpoint`] with the reason; it does not name the setting of the address.
    fn from_str(text: &str) -> Result<Self, InvalidEndpoint> {
        let invalid = |reason: &str| {
            Err(InvalidEndpoint {
                reason: reason.to_owned(),
            })
        };
        let url = match Url::parse(text.trim()) {
            Ok(url) => url,
            Err(cause) => {
                return invalid(&format!(
                    "not an absolute address such as https://host/path ({cause})"
                ));
            }
        };
        if !url.username().is_empty() || url.password().is_some() {
            return invalid("a user name or password does not belong in an address");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return invalid("it must end before any ? or #");
        }
        match url.scheme() {
            _ if is_safe(&url) => {}
            "http" => {
                return invalid(
                    "http would show the credentials to the network; use https \
                     (http is accepted only for this machine, such as http://127.0.0.1)",
                );
            }
            _ => return invalid("it must begin with https:// (or http:// for this machine)"),
        }
        Ok(Self { url })
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.as_str())
    }
}

/// Why an address is invalid.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{reason}")]
pub struct InvalidEndpoint {
    reason: String,
}

/// Returns whether requests to `url` cannot be read in the network: https, or http to this
/// machine.
pub(crate) fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => is_loopback(url),
        _ => false,
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_accepted_only_for_this_machine() {
        for ours in [
            "http://localhost:1",
            "http://127.0.0.1",
            "http://127.9.9.9/a",
            "http://[::1]:8/",
        ] {
            assert!(ours.parse::<Endpoint>().is_ok(), "{ours}");
        }
        for foreign in [
            "http://api.example",
            "http://10.0.0.1",
            "http://localhost.example.com",
            "http://[::2]/",
            "http://127.0.0.1.example.com",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
        ] {
            assert!(foreign.parse::<Endpoint>().is_err(), "{foreign}");
        }
    }

    #[test]
    fn an_invalid_address_is_rejected_with_a_reason() {
        for invalid in [
            "",
            "api.example",
            "https://",
            "https://u:p@host/",
            "https://h/?a",
            "https://h/#a",
        ] {
            let error = invalid.parse::<Endpoint>().unwrap_err().to_string();
            assert!(
                !error.is_empty() && !error.contains("u:p"),
                "{invalid}: {error}"
            );
        }
    }

    #[test]
    fn the_base_never_ends_in_a_slash() {
        for (text, base) in [
            ("https://h", "https://h"),
            ("https://h/", "https://h"),
            ("https://h/a/", "https://h/a"),
            ("https://h/a", "https://h/a"),
            (" https://h/a// ", "https://h/a"),
        ] {
            assert_eq!(text.parse::<Endpoint>().unwrap().base(), base);
        }
    }

    #[test]
    fn another_port_scheme_or_host_is_another_origin() {
        let endpoint = "https://h/a".parse::<Endpoint>().unwrap();
        let same = |text: &str| endpoint.same_origin(&Url::parse(text).unwrap());
        assert!(same("https://h:443/b"));
        assert!(!same("https://h:444/a"));
        assert!(!same("http://h/a"));
        assert!(!same("https://i.h/a"));
    }
}
