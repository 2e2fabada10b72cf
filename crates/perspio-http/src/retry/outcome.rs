//! What an attempt's result means for repeating it.

use std::error::Error as StdError;
use std::io;

use http::StatusCode;
use perspio_auth::clock::Clock;
use perspio_auth::retry_after;
use reqwest::Response;
use reqwest_middleware::Error;

use super::decide::Outcome;

impl Outcome {
    /// The result has just come.
    pub(super) fn of(result: &Result<Response, Error>, clock: &dyn Clock) -> Self {
        match result {
            Ok(response) => {
                let retry_after = || retry_after(response.headers(), clock.now());
                match response.status() {
                    StatusCode::TOO_MANY_REQUESTS => Self::Refused {
                        retry_after: retry_after(),
                    },
                    StatusCode::BAD_GATEWAY
                    | StatusCode::SERVICE_UNAVAILABLE
                    | StatusCode::GATEWAY_TIMEOUT => Self::Unclear {
                        retry_after: retry_after(),
                    },
                    _ => Self::Final,
                }
            }
            Err(Error::Reqwest(cause)) => Self::of_failure(cause),
            // A stage's own word: no token, no budget.
            Err(Error::Middleware(_)) => Self::Final,
        }
    }

    fn of_failure(cause: &reqwest::Error) -> Self {
        if cause.is_builder() || cause.is_redirect() {
            return Self::Final;
        }
        if !cause.is_connect() {
            return Self::Unclear { retry_after: None };
        }
        // A certificate that does not hold will not hold in a minute either.
        if speaks_no_tls(cause) {
            Self::Final
        } else {
            Self::NotSent
        }
    }
}

/// Whether the other side was reached, but is not the one that it should be:
/// the TLS library reports that as invalid data.
fn speaks_no_tls(error: &(dyn StdError + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|io| io.kind() == io::ErrorKind::InvalidData) {
            return true;
        }
        // What an `io::Error` wraps is not what it names as its source.
        let wrapped = io.and_then(io::Error::get_ref);
        cause = wrapped.map_or_else(|| error.source(), |wrapped| Some(wrapped));
    }
    false
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener};
    use std::time::Duration;

    use perspio_auth::Network;
    use perspio_auth::clock::SystemClock;
    use perspio_auth::endpoint::Endpoint;
    use perspio_auth::transport::{Timeouts, http_client};

    use super::*;

    fn of(result: &Result<Response, Error>) -> Outcome {
        Outcome::of(result, &SystemClock)
    }

    fn answer(status: u16, retry_after: Option<&str>) -> Outcome {
        let mut response = http::Response::builder().status(status);
        if let Some(text) = retry_after {
            response = response.header("retry-after", text);
        }
        of(&Ok(response.body("").unwrap().into()))
    }

    #[test]
    fn only_429_and_the_gateways_three_statuses_may_pass() {
        let retry_after = Some(Duration::from_secs(9));
        assert_eq!(answer(429, Some("9")), Outcome::Refused { retry_after });
        for status in [502, 503, 504] {
            assert_eq!(answer(status, Some("9")), Outcome::Unclear { retry_after });
            assert_eq!(
                answer(status, Some("soon")),
                Outcome::Unclear { retry_after: None }
            );
        }
        for status in [200, 204, 302, 400, 401, 403, 404, 408, 500, 501] {
            assert_eq!(answer(status, Some("9")), Outcome::Final, "{status}");
        }
    }

    #[test]
    fn a_stages_own_error_is_final() {
        let error = perspio_auth::Error::NotRenewable { reason: "test" };
        assert_eq!(of(&Err(Error::middleware(error))), Outcome::Final);
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
            &Endpoint::parse(url).unwrap(),
            &Network::new(),
            Timeouts::default(),
        )
        .unwrap();
        of(&client.get(url).send().await.map_err(Error::from))
    }

    #[tokio::test]
    async fn a_connection_that_was_never_there_is_told_from_one_that_broke() {
        // Bound and given up again: nobody listens there.
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
        let nobody = format!("http://{}/", nobody.unwrap());
        assert_eq!(get(&nobody).await, Outcome::NotSent);
        let broken = Outcome::Unclear { retry_after: None };
        for answer in [b"".as_slice(), b"HTTP/1.1 200 O", b"no HTTP at all\r\n\r\n"] {
            assert_eq!(get(&format!("http://{}/", server(answer))).await, broken);
        }
    }

    #[tokio::test]
    async fn who_does_not_speak_tls_is_not_asked_again() {
        let plain = server(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        assert_eq!(get(&format!("https://{plain}/")).await, Outcome::Final);
    }
}
