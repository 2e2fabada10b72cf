//! The URL of a Redis server.

use std::fmt;

use redis::{ConnectionAddr, IntoConnectionInfo};
use secrecy::{ExposeSecret, SecretString};

const MALFORMED: &str = "its URL is malformed: it must be redis://host, or \
     rediss://user:password@host:port/database, and in the user and the password \
     all but letters, digits and -._~ must be percent-encoded";

/// The parts of a URL. `Display` shows neither the user nor the password.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) tls: bool,
    /// An IPv6 address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) database: i64,
    /// `None` is the default user.
    pub(super) user: Option<String>,
    pub(super) password: Option<SecretString>,
}

impl Address {
    /// Parses a URL. The error contains no part of it, because a password can be in any
    /// part of a malformed URL.
    pub(super) fn parse(url: &SecretString) -> Result<Self, &'static str> {
        let mut url = redis::parse_redis_url(url.expose_secret()).ok_or(MALFORMED)?;
        // The `redis` crate accepts a TLS scheme only with its own TLS, which depends on the
        // provider of the process: see docs/decisions/redis.md.
        let tls = matches!(url.scheme(), "rediss" | "valkeys");
        if tls {
            url.set_scheme("redis").map_err(|()| MALFORMED)?;
        }
        // A query or a fragment would change how the crate connects, or turn off the
        // verification of certificates.
        if url.query().is_some() || url.fragment().is_some() {
            return Err(MALFORMED);
        }
        let info = url.into_connection_info().map_err(|_| MALFORMED)?;
        let ConnectionAddr::Tcp(host, port) = info.addr() else {
            return Err(MALFORMED);
        };
        let settings = info.redis_settings();
        if host.is_empty() || settings.db() < 0 {
            return Err(MALFORMED);
        }
        let password = settings.password().filter(|password| !password.is_empty());
        if settings.username().is_some() && password.is_none() {
            return Err("its URL names a user without a password: \
                 write user:password@, or neither");
        }
        Ok(Self {
            tls,
            host: host.clone(),
            port: *port,
            database: settings.db(),
            user: settings.username().map(str::to_owned),
            password: password.map(SecretString::from),
        })
    }

    /// Returns the texts that no error may contain.
    pub(super) fn secrets(&self) -> Vec<&str> {
        let password = self.password.as_ref();
        password
            .map(ExposeSecret::expose_secret)
            .into_iter()
            .collect()
    }
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
    fn every_part_of_a_url_is_parsed() {
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
                "valkeys://cache.example",
                "rediss://cache.example:6379/0",
                None,
                None,
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
    fn a_malformed_or_ambiguous_url_is_rejected() {
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
