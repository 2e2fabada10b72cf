//! Failures of real connections: the texts of the libraries are part of what is tested.

use std::net::{SocketAddr, TcpListener as BlockingListener};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, IsCa, KeyPair,
    date_time_ymd,
};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::*;
use crate::oauth::endpoint::Endpoint;
use crate::oauth::network::Network;
use crate::oauth::transport::{HttpOptions, Timeouts, http_client};

/// A server with TLS, and the authority of its certificate.
struct TlsServer {
    address: SocketAddr,
    authority: String,
}

impl TlsServer {
    /// Accepts TLS connections with a certificate for `name`, and closes them.
    async fn start(name: &str, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move { acceptor.accept(stream).await.map(drop) });
            }
        });
        Self {
            address,
            authority: authority.pem(),
        }
    }

    fn url(&self) -> String {
        format!("https://{}/", self.address)
    }

    fn trusted(&self) -> Network {
        let network = Network::new().without_proxy();
        network
            .root_certificates(self.authority.as_bytes())
            .unwrap()
    }
}

/// Starts a server that sends `response` to every connection and closes it. Without a
/// response, it connects to the host of a CONNECT request.
async fn server(response: Option<&'static str>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = [0; 4096];
                let length = stream.read(&mut head).await?;
                let Some(response) = response else {
                    let head = String::from_utf8_lossy(&head[..length]).into_owned();
                    let mut host = TcpStream::connect(head.split(' ').nth(1).unwrap()).await?;
                    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
                    return copy_bidirectional(&mut stream, &mut host).await.map(drop);
                };
                stream.write_all(response.as_bytes()).await
            });
        }
    });
    address
}

/// A port of this machine that rejects connections.
fn closed_port() -> SocketAddr {
    let listener = BlockingListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// A name that no resolver looks up, because its first label is too long.
fn unresolvable() -> String {
    format!("{}.example", "a".repeat(64))
}

fn via(proxy: impl fmt::Display) -> Network {
    let url = format!("http://canary:canary@{proxy}");
    Network::new().proxy(&SecretString::from(url)).unwrap()
}

async fn failure_with(network: &Network, url: &str, options: &HttpOptions) -> TransportError {
    let endpoint = url.parse::<Endpoint>().unwrap();
    let client = http_client(&endpoint, network, options).unwrap();
    let error = client.get(url).send().await.unwrap_err();
    let error = network.transport_error(endpoint.host(), &error);
    for text in [
        format!("{error}"),
        format!("{error:#}"),
        format!("{error:?}"),
    ] {
        assert!(!text.contains("canary"), "{text}");
    }
    error
}

async fn failure(network: &Network, url: &str) -> TransportError {
    failure_with(network, url, &HttpOptions::default()).await
}

#[track_caller]
fn is(error: &TransportError, cause: TransportCause, parts: &[&str]) {
    let text = format!("{error}\n{}", error.help());
    assert_eq!(error.cause, cause, "{text}");
    for part in parts {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_identified() {
    let server = TlsServer::start("127.0.0.1", |_| ()).await;
    let error = failure(&Network::new().without_proxy(), &server.url()).await;
    let parts = [
        "its certificate was issued by an authority that is not trusted",
        "root certificates",
    ];
    is(&error, TransportCause::UnknownIssuer, &parts);
    assert!(!error.is_transient());
}

#[tokio::test]
async fn an_expired_or_future_certificate_suggests_to_check_the_clock() {
    let expired = TlsServer::start("127.0.0.1", |params| {
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2001, 1, 1);
    });
    let future = TlsServer::start("127.0.0.1", |params| {
        params.not_before = date_time_ymd(2200, 1, 1);
        params.not_after = date_time_ymd(2201, 1, 1);
    });
    for (server, cause, text) in [
        (
            expired.await,
            TransportCause::CertificateExpired,
            "has expired",
        ),
        (
            future.await,
            TransportCause::CertificateNotYetValid,
            "is not valid yet",
        ),
    ] {
        let error = failure(&server.trusted(), &server.url()).await;
        let parts = [text, "this machine's clock", "Check the clock"];
        is(&error, cause, &parts);
        assert!(!error.is_transient() && !error.help().contains("later"));
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_identified_with_its_names() {
    let server = TlsServer::start("other.example", |_| ()).await;
    let error = failure(&server.trusted(), &server.url()).await;
    let parts = ["for another name", "other.example", "Check the host"];
    is(&error, TransportCause::WrongName, &parts);
}

#[tokio::test]
async fn a_server_without_tls_is_identified() {
    let plain = server(Some("HTTP/1.1 400 Bad Request\r\n\r\n")).await;
    let error = failure(
        &Network::new().without_proxy(),
        &format!("https://{plain}/"),
    )
    .await;
    is(&error, TransportCause::Tls, &["that of an https server"]);
    assert!(!error.is_transient());
}

/// A resolver that finds no host, whatever network the test runs in.
struct NoHosts;

impl reqwest::dns::Resolve for NoHosts {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async { Err("no such host".into()) })
    }
}

#[tokio::test]
async fn an_unresolvable_host_is_identified() {
    let without_hosts = HttpOptions {
        configure: Some(Arc::new(|builder: reqwest::ClientBuilder| {
            builder.dns_resolver(NoHosts)
        })),
        ..HttpOptions::default()
    };
    let network = Network::new().without_proxy();
    for (host, options) in [
        ("api.example".to_owned(), without_hosts),
        (unresolvable(), HttpOptions::default()),
    ] {
        let error = failure_with(&network, &format!("https://{host}/"), &options).await;
        let parts = ["cannot be reached: its name cannot be resolved", "DNS"];
        is(&error, TransportCause::Dns, &parts);
    }
}

#[tokio::test]
async fn a_closed_port_is_identified_and_waiting_is_suggested() {
    let url = format!("https://{}/", closed_port());
    let error = failure(&Network::new().without_proxy(), &url).await;
    let parts = ["127.0.0.1 cannot be reached", "port", "later"];
    is(&error, TransportCause::Refused, &parts);
    assert_eq!(error.proxy, None);
}

#[tokio::test]
async fn a_proxy_that_is_not_found_is_named_without_its_password() {
    for proxy in [
        format!("{}:3128", unresolvable()),
        closed_port().to_string(),
    ] {
        let error = failure(&via(&proxy), "https://api.example/").await;
        let through = format!("api.example cannot be reached through the proxy {proxy}");
        let parts = [&*through, "the proxy cannot be reached", "HTTPS_PROXY"];
        is(&error, TransportCause::ProxyNotFound, &parts);
        assert_eq!(error.proxy.as_deref(), Some(&*proxy));
        assert!(!error.help().contains("later"), "{}", error.help());
    }
}

#[tokio::test]
async fn a_proxy_that_requires_a_password_is_identified() {
    let proxy = server(Some("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")).await;
    let error = failure(&via(proxy), "https://api.example/").await;
    let parts = [&*proxy.to_string(), "407", "user:password"];
    is(&error, TransportCause::ProxyAuthentication, &parts);
    assert!(!error.is_transient());
}

#[tokio::test]
async fn a_proxy_that_opens_no_connection_is_identified() {
    for response in [
        "HTTP/1.1 403 Forbidden\r\n\r\n",
        "HTTP/1.1 502 B\r\n\r\n",
        "",
        "-",
    ] {
        let proxy = server(Some(response)).await;
        let error = failure(&via(proxy), "https://api.example/").await;
        let parts = [
            &*proxy.to_string(),
            "the proxy did not open the connection",
            "NO_PROXY",
        ];
        is(&error, TransportCause::ProxyRefused, &parts);
    }
}

#[tokio::test]
async fn a_proxy_that_inspects_tls_is_named_with_the_unknown_authority() {
    let (tls, proxy) = (
        TlsServer::start("127.0.0.1", |_| ()).await,
        server(None).await,
    );
    let error = failure(&via(proxy), &tls.url()).await;
    let parts = [
        &*format!("through the proxy {proxy}: its certificate"),
        "If the proxy inspects TLS",
    ];
    is(&error, TransportCause::UnknownIssuer, &parts);
}

#[tokio::test]
async fn an_invalid_certificate_of_the_proxy_itself_is_attributed_to_it() {
    let tls = TlsServer::start("127.0.0.1", |_| ()).await;
    let url = SecretString::from(tls.url());
    let network = Network::new().proxy(&url).unwrap();
    let error = failure(&network, "https://api.example/").await;
    let parts = ["the proxy's certificate was issued"];
    is(&error, TransportCause::UnknownIssuer, &parts);
}

#[tokio::test]
async fn a_broken_connection_and_a_timeout_are_distinguished() {
    let closing = server(Some("")).await;
    let network = Network::new();
    let error = failure(&network, &format!("http://{closing}/")).await;
    is(&error, TransportCause::Broken, &["broke", "call again"]);
    let silent = BlockingListener::bind("127.0.0.1:0").unwrap();
    let options = HttpOptions {
        timeouts: Timeouts {
            total: Some(Duration::from_millis(20)),
            ..Timeouts::default()
        },
        ..HttpOptions::default()
    };
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let error = failure_with(&network, &url, &options).await;
    is(&error, TransportCause::Timeout, &["in time", "later"]);
}

#[tokio::test]
async fn the_chain_of_causes_follows_the_explanation() {
    let error = failure(&via(closed_port()), "https://api.example/").await;
    let text = format!("{error:#}");
    assert!(
        text.contains("the proxy cannot be reached: client error"),
        "{text}"
    );
    assert!(text.contains("tunnel error"), "{text}");
}
