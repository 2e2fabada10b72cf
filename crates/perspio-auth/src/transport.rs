//! The one place that builds an HTTP client.

use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::network::Network;

/// How long a connection may take, and how long a server may be silent.
///
/// There is no limit on the whole of a call unless `total` sets one: it would
/// cut long downloads that are going well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands, TLS included. 10 s by default.
    pub connect: Duration,
    /// Between two pieces of an answer. 30 s by default.
    pub idle: Duration,
    /// From the request to the end of the answer. None by default.
    pub total: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            total: None,
        }
    }
}

/// A client for `endpoint`, by way of `network`: TLS 1.2 at least, no redirect is
/// followed, and an http address (this machine's, see [`Endpoint`]) is never asked
/// through a proxy.
pub fn http_client(
    endpoint: &Endpoint,
    network: &Network,
    timeouts: Timeouts,
) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        // Repeating is for those who know what may be repeated. Otherwise every
        // request would be copied once more, for HTTP/2 only.
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .connect_timeout(timeouts.connect)
        .read_timeout(timeouts.idle)
        .tls_version_min(reqwest::tls::Version::TLS_1_2)
        .referer(false);
    if let Some(total) = timeouts.total {
        builder = builder.timeout(total);
    }
    let builder = network.apply(builder, endpoint.url().scheme());
    builder.build().map_err(|cause| {
        Error::configuration(format!(
            "the HTTP client cannot be set up: {}",
            root_cause(&cause)
        ))
    })
}

/// The innermost cause of an error, in one line: "connection refused" where
/// the outer layers say only "error sending request".
pub fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn checklist_15_a_server_that_never_answers_ends_in_a_timeout() {
        // The kernel takes the connection; nobody ever answers it.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let brief = Duration::from_millis(20);
        for timeouts in [
            Timeouts {
                idle: brief,
                ..Timeouts::default()
            },
            Timeouts {
                total: Some(brief),
                ..Timeouts::default()
            },
        ] {
            let client =
                http_client(&Endpoint::parse(&url).unwrap(), &Network::new(), timeouts).unwrap();
            assert!(client.get(&url).send().await.unwrap_err().is_timeout());
        }
    }

    #[tokio::test]
    async fn checklist_15_a_client_for_https_sends_nothing_over_http() {
        let endpoint = Endpoint::parse("https://api.example").unwrap();
        let client = http_client(&endpoint, &Network::new(), Timeouts::default()).unwrap();
        assert!(
            client
                .get("http://127.0.0.1:9/")
                .send()
                .await
                .unwrap_err()
                .is_builder()
        );
    }
}
