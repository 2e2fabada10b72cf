//! The registered redirect URIs.

use super::error::EntraError;

/// Loopback addresses are registered with any port, and with one of these paths.
const LOOPBACK_PATHS: [&str; 3] = ["", "/", "/callback"];
/// Entra ignores the port of `localhost`; of 127.0.0.1 only after an edit of the manifest.
const LOOPBACK: [&str; 2] = ["http://localhost", "http://127.0.0.1"];
const FIXED: &str = "https://app.example/back";

/// Rejects a URI that is not registered. Texts are compared rather than parsed URLs, so that
/// two parsers cannot disagree on the result.
pub(crate) fn check(uri: &str) -> Result<(), EntraError> {
    let is_loopback = LOOPBACK.iter().any(|base| {
        let rest = uri.strip_prefix(base).map(without_port);
        rest.is_some_and(|path| LOOPBACK_PATHS.contains(&path))
    });
    if is_loopback || uri == FIXED {
        return Ok(());
    }
    Err(EntraError::bad_request(
        "invalid_request",
        50_011,
        "The redirect URI specified in the request does not match the redirect URIs configured \
         for the application. The sandbox knows http://localhost and http://127.0.0.1, each with \
         any port and without a path or with /callback, and https://app.example/back.",
    ))
}

/// Scheme, host and port of a registered redirect URI, as a content security policy names them.
pub(crate) fn origin(uri: &str) -> &str {
    let host = uri.find("://").map_or(0, |scheme| scheme + 3);
    let end = uri.get(host..).and_then(|rest| rest.find('/'));
    end.and_then(|end| uri.get(..host + end)).unwrap_or(uri)
}

/// Returns the part after the port, if there is a valid one.
fn without_port(rest: &str) -> &str {
    let Some(port) = rest.strip_prefix(':') else {
        return rest;
    };
    let digits = port
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(port.len());
    let (number, path) = port.split_at(digits);
    if number.parse::<u16>().is_ok() {
        path
    } else {
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_loopback_does_not_matter() {
        for uri in [
            "http://localhost",
            "http://localhost/",
            "http://localhost:1",
            "http://localhost:65535/callback",
            "http://127.0.0.1:8080/",
            "http://127.0.0.1",
            "https://app.example/back",
        ] {
            assert!(check(uri).is_ok(), "{uri}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for uri in [
            "http://localhost/other",
            "http://localhost:1/callback/",
            "http://localhost:",
            "http://localhost:/",
            "http://localhost:65536/",
            "http://localhost:1:2",
            "http://localhost:80@evil.example/",
            "http://localhost.evil.example/",
            "http://localhost?a=b",
            "http://localhost/#a",
            "http://localhost/\\evil",
            "http://LOCALHOST/",
            "https://localhost/",
            "http://[::1]/",
            "http://127.0.0.2/",
            "https://app.example/back/",
            "https://app.example:444/back",
            "javascript:alert(1)",
            "urn:ietf:wg:oauth:2.0:oob",
            "",
        ] {
            assert_eq!(check(uri).unwrap_err().code, 50_011, "{uri}");
        }
    }

    #[test]
    fn an_origin_ends_before_the_path() {
        for (uri, expected) in [
            ("http://localhost", "http://localhost"),
            ("http://localhost:1/", "http://localhost:1"),
            ("https://app.example/back", "https://app.example"),
        ] {
            assert_eq!(origin(uri), expected);
        }
    }
}
