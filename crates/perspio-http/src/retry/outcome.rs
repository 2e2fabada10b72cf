//! Classifies the outcome of an attempt for a retry.

use http::StatusCode;
use perspio_auth::clock::Clock;
use perspio_auth::retry::Outcome;
use perspio_auth::transport::causes;
use perspio_auth::{TransportCause, retry_after};
use reqwest::Response;

use crate::error_response::is_rate_limited;

/// Classifies the outcome of an attempt that has just ended.
pub(crate) fn outcome_of(result: &reqwest::Result<Response>, clock: &dyn Clock) -> Outcome {
    let response = match result {
        Ok(response) => response,
        Err(cause) => return of_failure(cause),
    };
    let (status, headers) = (response.status(), response.headers());
    let retry_after = || retry_after(headers, clock.now());
    match status {
        _ if is_rate_limited(status, headers) => Outcome::RateLimited {
            retry_after: retry_after(),
        },
        StatusCode::REQUEST_TIMEOUT
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Outcome::Unclear {
            retry_after: retry_after(),
        },
        _ => Outcome::Final,
    }
}

fn of_failure(cause: &reqwest::Error) -> Outcome {
    if cause.is_builder() {
        return Outcome::CannotBeSent;
    }
    if cause.is_redirect() || is_malformed(cause) {
        return Outcome::Final;
    }
    if !cause.is_connect() {
        return Outcome::Unclear { retry_after: None };
    }
    // An invalid certificate will still be invalid in a minute.
    if TransportCause::of(cause).is_transient() {
        Outcome::NotSent
    } else {
        Outcome::CannotBeSent
    }
}

/// Whether the response is not HTTP: the server will respond in the same way next time.
fn is_malformed(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| {
        let http = cause.downcast_ref::<hyper::Error>();
        http.is_some_and(hyper::Error::is_parse)
    })
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener};
    use std::time::Duration;

    use perspio_auth::Network;
    use perspio_auth::clock::SystemClock;
    use perspio_auth::endpoint::Endpoint;
    use perspio_auth::transport::{HttpOptions, http_client};

    use super::*;

    fn of(result: &reqwest::Result<Response>) -> Outcome {
        outcome_of(result, &SystemClock)
    }

    fn answer(status: u16, retry_after: Option<&str>) -> Outcome {
        let mut response = http::Response::builder().status(status);
        if let Some(text) = retry_after {
            response = response.header("retry-after", text);
        }
        of(&Ok(response.body("").unwrap().into()))
    }

    #[test]
    fn only_429_408_and_the_three_statuses_of_gateways_are_transient() {
        let retry_after = Some(Duration::from_secs(9));
        assert_eq!(answer(429, Some("9")), Outcome::RateLimited { retry_after });
        for status in [408, 502, 503, 504] {
            assert_eq!(answer(status, Some("9")), Outcome::Unclear { retry_after });
            assert_eq!(
                answer(status, Some("soon")),
                Outcome::Unclear { retry_after: None }
            );
        }
        for status in [200, 204, 302, 400, 401, 404, 500, 501] {
            assert_eq!(answer(status, Some("9")), Outcome::Final, "{status}");
        }
    }

    #[test]
    fn a_403_is_a_quota_only_with_a_wait_and_without_a_challenge() {
        let quota = Outcome::RateLimited {
            retry_after: Some(Duration::from_secs(9)),
        };
        assert_eq!(answer(403, Some("9")), quota);
        assert_eq!(answer(403, None), Outcome::Final);
        let challenged = http::Response::builder()
            .status(403)
            .header("retry-after", "9")
            .header("www-authenticate", "Bearer")
            .body("");
        assert_eq!(of(&Ok(challenged.unwrap().into())), Outcome::Final);
    }

    /// A server that answers every connection with `answer`, and closes it.
    fn server(answer: &'static [u8]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            while let Ok((mut connection, _)) = listener.accept() {
                let _ = connection.read(&mut [0; 4096]);
                let _ = connection.write_all(answer);
            }
        });
        address
    }

    async fn get(url: &str) -> Outcome {
        let client = http_client(
            &url.parse::<Endpoint>().unwrap(),
            &Network::new(),
            &HttpOptions::default(),
        )
        .unwrap();
        of(&client.get(url).send().await)
    }

    #[tokio::test]
    async fn a_failed_connect_is_distinguished_from_a_broken_connection() {
        // Bound and released: nothing listens there.
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
        let nobody = format!("http://{}/", nobody.unwrap());
        assert_eq!(get(&nobody).await, Outcome::NotSent);
        let broken = Outcome::Unclear { retry_after: None };
        for answer in [b"".as_slice(), b"HTTP/1.1 200 O"] {
            assert_eq!(get(&format!("http://{}/", server(answer))).await, broken);
        }
    }

    #[tokio::test]
    async fn a_malformed_response_head_is_not_a_network_failure() {
        for answer in [
            b"no HTTP at all\r\n\r\n".as_slice(),
            b"HTTP/1.1 abc\r\n\r\n",
        ] {
            assert_eq!(
                get(&format!("http://{}/", server(answer))).await,
                Outcome::Final
            );
        }
    }

    #[tokio::test]
    async fn a_server_without_tls_is_not_retried() {
        let plain = server(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let outcome = get(&format!("https://{plain}/")).await;
        assert_eq!(outcome, Outcome::CannotBeSent);
        assert!(!outcome.may_be_applied(None));
    }
}
