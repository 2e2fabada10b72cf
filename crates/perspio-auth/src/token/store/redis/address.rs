//! The URL of a Redis server.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use zeroize::Zeroizing;

const PORT: u16 = 6379;

/// What a URL says. What is displayed holds neither user nor password.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) tls: bool,
    /// An IPv6 address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) database: u32,
    /// None: the default user.
    pub(super) user: Option<String>,
    pub(super) password: Option<SecretString>,
}

impl Address {
    /// What the URL says, or what is wrong with it: never a word of it, as the
    /// password may stand in any part of a URL that is malformed.
    pub(super) fn parse(url: &SecretString) -> Result<Self, &'static str> {
        const MALFORMED: &str = "its URL is malformed: it must be redis://host, or \
             rediss://user:password@host:port/database, and in the user and the password \
             all but letters, digits and -._~ must be percent-encoded";
        let url = Url::parse(url.expose_secret()).map_err(|_| MALFORMED)?;
        let address = Self::from_url(&url).ok_or(MALFORMED);
        drop(Zeroizing::new(String::from(url)));
        let address = address?;
        if address.user.is_some() && address.password.is_none() {
            return Err("its URL names a user without a password: \
                 write user:password@, or neither");
        }
        Ok(address)
    }

    fn from_url(url: &Url) -> Option<Self> {
        let tls = match url.scheme() {
            "redis" => false,
            "rediss" => true,
            _ => return None,
        };
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let database = match url.path() {
            "" | "/" => 0,
            path => path.strip_prefix('/')?.parse().ok()?,
        };
        if url.query().is_some() || url.fragment().is_some() {
            return None;
        }
        let user = Some(url.username()).filter(|user| !user.is_empty());
        let user = user.map(decoded);
        let password = url.password().filter(|password| !password.is_empty());
        let password = password.map(|password| {
            let decoded = Zeroizing::new(decoded(password)?);
            Some(SecretString::from(decoded.as_str()))
        });
        Some(Self {
            tls,
            host: host.to_owned(),
            port: url.port().unwrap_or(PORT),
            database,
            user: user.map_or(Some(None), |user| user.map(Some))?,
            password: password.map_or(Some(None), |password| password.map(Some))?,
        })
    }

    /// What no error may show.
    pub(super) fn secrets(&self) -> Vec<&str> {
        let password = self.password.as_ref();
        password
            .map(ExposeSecret::expose_secret)
            .into_iter()
            .collect()
    }
}

fn decoded(text: &str) -> Option<String> {
    let decoded = percent_decode_str(text).decode_utf8().ok();
    decoded.map(Cow::into_owned)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "rediss" } else { "redis" };
        let Self {
            host,
            port,
            database,
            ..
        } = self;
        if host.contains(':') {
            write!(f, "{scheme}://[{host}]:{port}/{database}")
        } else {
            write!(f, "{scheme}://{host}:{port}/{database}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address, &'static str> {
        Address::parse(&SecretString::from(url))
    }

    #[test]
    fn every_part_of_a_url_is_understood() {
        for (url, shown, user, password) in [
            ("redis://localhost", "redis://localhost:6379/0", None, None),
            ("redis://127.0.0.1/", "redis://127.0.0.1:6379/0", None, None),
            ("redis://[::1]:7000/3", "redis://[::1]:7000/3", None, None),
            (
                "rediss://:p%40s%2Fs+%C3%A9@cache.example:6380/2",
                "rediss://cache.example:6380/2",
                None,
                Some("p@s/s+\u{e9}"),
            ),
            (
                "rediss://me%3A:secret@cache.example",
                "rediss://cache.example:6379/0",
                Some("me:"),
                Some("secret"),
            ),
        ] {
            let address = parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!(address.to_string(), shown);
            assert_eq!(address.user.as_deref(), user);
            let found = address.password.as_ref().map(ExposeSecret::expose_secret);
            assert_eq!(found, password);
        }
        assert_eq!(parse("redis://[::1]").unwrap().host, "::1");
    }

    #[test]
    fn what_is_malformed_or_would_be_misunderstood_is_refused() {
        for url in [
            "",
            "localhost:6379",
            "http://localhost",
            "redis://",
            "redis:localhost",
            "redis:///1",
            "redis+unix:///run/redis.sock",
            "redis://localhost:66000",
            "redis://localhost/-1",
            "redis://localhost/1/2",
            "redis://localhost/one",
            "redis://localhost/?protocol=resp3",
            "rediss://localhost/#insecure",
            "redis://:%ff@localhost",
            "redis://%ff:password@localhost",
            "redis://:pass#word@localhost",
            "redis://:pass/word@localhost",
            "redis://user@localhost",
        ] {
            assert!(parse(url).is_err(), "{url}");
        }
    }
}
