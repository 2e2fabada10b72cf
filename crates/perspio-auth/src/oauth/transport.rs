//! The HTTP client of all requests.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::oauth::endpoint::Endpoint;
use crate::oauth::error::Error;
use crate::oauth::network::Network;
pub use crate::token::causes::{causes, root_cause};

/// The time limits of connections and responses.
///
/// The total time of a call is unlimited unless `total` is set, because a limit would abort
/// long downloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// The time limit of connecting, including TLS. 10 s by default.
    pub connect: Duration,
    /// The time limit between two parts of a response. 30 s by default.
    pub idle: Duration,
    /// The time limit from the request to the end of the response. None by default.
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

/// The settings of an HTTP client.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct HttpOptions {
    /// The time limits of connections and responses.
    pub timeouts: Timeouts,
    /// The `User-Agent` of all requests. None by default.
    pub user_agent: Option<String>,
    /// Whether compressed responses are requested and decoded. Off by default.
    #[cfg(feature = "compression")]
    pub compression: bool,
    /// Changes settings that have no field here. Runs before all others are set.
    pub configure: Option<Arc<ConfigureHttp>>,
}

/// Changes the settings of an HTTP client.
pub type ConfigureHttp = dyn Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync;

/// Builds an HTTP client for `endpoint` through `network`: at least TLS 1.2, redirects are
/// not followed, nothing is retried, and an http address (of this machine, see
/// [`Endpoint`]) is never requested through a proxy.
///
/// # Errors
/// [`Error::Configuration`] if the settings cannot be used, among them a malformed
/// `HTTPS_PROXY`.
pub fn http_client(
    endpoint: &Endpoint,
    network: &Network,
    options: &HttpOptions,
) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder();
    if let Some(configure) = &options.configure {
        builder = configure(builder);
    }
    if let Some(user_agent) = &options.user_agent {
        builder = builder.user_agent(user_agent);
    }
    #[cfg(feature = "compression")]
    if !options.compression {
        builder = builder.no_brotli().no_deflate().no_gzip().no_zstd();
    }
    let timeouts = options.timeouts;
    builder = builder
        .redirect(reqwest::redirect::Policy::none())
        // Only the caller knows what is idempotent. reqwest's own retries would also copy
        // every request, for HTTP/2 only.
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .connect_timeout(timeouts.connect)
        .read_timeout(timeouts.idle)
        .tls_version_min(reqwest::tls::Version::TLS_1_2)
        .referer(false);
    if let Some(total) = timeouts.total {
        builder = builder.timeout(total);
    }
    let builder = network.apply(builder, endpoint.url().scheme())?;
    builder.build().map_err(|cause| {
        Error::configuration(format!(
            "the HTTP client cannot be set up: {}",
            root_cause(&cause)
        ))
    })
}

/// Checks that the caller runs within a tokio runtime, which connections and timers need.
///
/// # Errors
/// [`Error::Configuration`] if there is no runtime.
#[inline]
pub fn check_runtime() -> Result<(), Error> {
    match Handle::try_current() {
        Ok(_) => Ok(()),
        Err(_) => Err(no_runtime("there is none here")),
    }
}

/// Checks that the current runtime has I/O and timers enabled. tokio reports their lack
/// only by a panic, which is caught here; its message still goes to the panic hook.
///
/// # Errors
/// [`Error::Configuration`] if there is no runtime, or it lacks one of the two.
pub fn check_runtime_features() -> Result<(), Error> {
    check_runtime()?;
    let probe = || {
        drop(tokio::time::sleep(Duration::ZERO));
        // A socket of this machine that is never used. Whether it opens does not matter.
        let socket = std::net::UdpSocket::bind((std::net::Ipv4Addr::LOCALHOST, 0));
        let socket = socket.and_then(|it| it.set_nonblocking(true).map(|()| it));
        drop(socket.and_then(tokio::net::UdpSocket::from_std));
    };
    std::panic::catch_unwind(probe).map_err(|_| no_runtime("the current one lacks one of them"))
}

#[cold]
fn no_runtime(found: &str) -> Error {
    Error::configuration(format!(
        "calls need a tokio runtime with I/O and timers, and {found}: call from \
         `#[tokio::main]` or `Runtime::block_on`, and enable both (`Builder::enable_all`)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn checklist_15_a_server_that_never_responds_causes_a_timeout() {
        // The kernel accepts the connection; no program responds.
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
            let options = HttpOptions {
                timeouts,
                ..HttpOptions::default()
            };
            let endpoint = url.parse::<Endpoint>().unwrap();
            let client = http_client(&endpoint, &Network::new(), &options).unwrap();
            assert!(client.get(&url).send().await.unwrap_err().is_timeout());
        }
    }

    #[tokio::test]
    async fn checklist_15_a_client_for_https_sends_nothing_over_http() {
        let endpoint = "https://api.example".parse::<Endpoint>().unwrap();
        let client = http_client(&endpoint, &Network::new(), &HttpOptions::default()).unwrap();
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
