//! Keeps web pages of other origins from controlling the sandbox.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::answer::problem;

/// Rejects a request that does not name a loopback host, because its page may have another
/// origin whose name now resolves to this machine (DNS rebinding), and one whose `Origin` is
/// another than that host.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    match check(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(message) => problem(StatusCode::FORBIDDEN, message),
    }
}

fn check(headers: &HeaderMap) -> Result<(), &'static str> {
    let host = text(headers, &header::HOST).unwrap_or_default();
    if !is_loopback(host) {
        return Err(
            "The sandbox is controlled by requests to localhost or a loopback address only.",
        );
    }
    let own = format!("http://{host}");
    match headers.get(header::ORIGIN) {
        None => Ok(()),
        Some(origin) if origin.as_bytes() == own.as_bytes() => Ok(()),
        Some(_) => Err("A page of another origin cannot control the sandbox."),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_loopback_hosts_and_their_own_origin_pass() {
        for (host, origin, passes) in [
            ("127.0.0.1:8080", None, true),
            ("localhost", None, true),
            ("LOCALHOST:1", Some("http://LOCALHOST:1"), true),
            ("[::1]:8080", Some("http://[::1]:8080"), true),
            ("127.0.0.1:8080", Some("http://127.0.0.1:8080"), true),
            ("127.0.0.1:8080", Some("http://127.0.0.1:8081"), false),
            ("127.0.0.1:8080", Some("https://127.0.0.1:8080"), false),
            ("127.0.0.1:8080", Some("https://evil.example"), false),
            ("127.0.0.1:8080", Some("null"), false),
            ("evil.example", None, false),
            ("127.0.0.1.evil.example:8080", None, false),
            ("localhost.evil.example", None, false),
            ("", None, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static(host));
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(check(&headers).is_ok(), passes, "{host} {origin:?}");
        }
    }
}
