//! Proxies and authorities between this machine and the servers.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use perspio::ClientBuilder;
use perspio_auth::{FixedToken, Network, SecretString, TransportCause};
use perspio_sandbox::{Sandbox, UserAccess};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::authority::Authority;
use crate::support::{builder, sandbox};

/// A sandbox that is reachable over https only.
struct Encrypted {
    sandbox: Sandbox,
    authority: Authority,
    address: SocketAddr,
}

impl Encrypted {
    async fn start() -> Self {
        let sandbox = sandbox().await;
        let authority = Authority::for_server("127.0.0.1");
        let certificate = CertificateDer::from_pem_file(authority.file("server.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(authority.file("key.pem")).unwrap();
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let upstream = sandbox.base_url().trim_start_matches("http://").to_owned();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
                tokio::spawn(async move {
                    let mut stream = acceptor.accept(stream).await?;
                    let mut server = TcpStream::connect(upstream).await?;
                    copy_bidirectional(&mut stream, &mut server).await
                });
            }
        });
        Self {
            sandbox,
            authority,
            address,
        }
    }

    fn builder(&self, changes: &[(&'static str, &str)]) -> ClientBuilder {
        let encrypted = format!("https://{}", self.address);
        let plain = self.sandbox.base_url();
        let authority = self.sandbox.authority().replace(plain, &encrypted);
        let addresses = [
            ("PERSPIO_BASE_URL", &*encrypted),
            ("PERSPIO_AUTHORITY", &authority),
        ];
        builder(&self.sandbox, &[&addresses[..], changes].concat())
    }
}

/// Starts a proxy that connects to every address and records its requests, or rejects
/// them all.
async fn proxy(rejects: bool) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let recorded = requests.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap();
            let to = head.split(' ').nth(1).unwrap().to_owned();
            recorded.lock().unwrap().push(head);
            if rejects {
                let rejection = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
                stream.write_all(rejection).await.unwrap();
                continue;
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            tokio::spawn(async move {
                let mut server = TcpStream::connect(to).await?;
                copy_bidirectional(&mut stream, &mut server).await
            });
        }
    });
    (address, requests)
}

#[tokio::test]
async fn nothing_is_sent_to_a_server_with_an_untrusted_certificate() {
    let encrypted = Encrypted::start().await;
    let client = encrypted.builder(&[]).build().unwrap();
    let error = client.sites_list().send().await.unwrap_err();
    assert!(
        error.to_string().to_lowercase().contains("certificate"),
        "{error}"
    );
    assert!(encrypted.sandbox.log().requests().is_empty());
}

#[tokio::test]
async fn a_ca_file_makes_the_certificates_of_both_servers_trusted() {
    let encrypted = Encrypted::start().await;
    let file = encrypted.authority.file("authority.pem");
    let changes = [("PERSPIO_CA_FILE", file.to_str().unwrap())];
    let client = encrypted.builder(&changes).build().unwrap();
    client.sites_list().send().await.unwrap();
    assert_eq!(encrypted.sandbox.log().token_requests().len(), 1);
}

#[tokio::test]
async fn the_error_for_an_invalid_ca_file_names_the_file_and_the_certificate() {
    let encrypted = Encrypted::start().await;
    let good = &encrypted.authority.certificate;
    let invalid = good.replacen("MI", "AA", 1);
    let missing = encrypted.authority.file("missing.pem");
    for (text, problem) in [
        (
            format!("\u{feff}{good}"),
            "certificate 1 is invalid: a byte order mark",
        ),
        (
            format!("{good}\u{feff}{good}"),
            "certificate 2 is invalid: a byte order mark",
        ),
        (
            format!("{good}{good}{invalid}{good}"),
            "certificate 3 is invalid",
        ),
        ("text".to_owned(), "PEM format"),
    ] {
        let file = encrypted.authority.file("edited.pem");
        std::fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        let built = encrypted.builder(&[("PERSPIO_CA_FILE", file)]).build();
        let error = built.unwrap_err().to_string();
        for part in ["PERSPIO_CA_FILE", file, problem] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
    let missing = missing.to_str().unwrap();
    let built = encrypted.builder(&[("PERSPIO_CA_FILE", missing)]).build();
    let error = built.unwrap_err().to_string();
    assert!(
        error.contains("PERSPIO_CA_FILE") && error.contains(missing),
        "{error}"
    );
}

#[tokio::test]
async fn a_failed_connection_has_the_same_class_for_both_servers() {
    let encrypted = Encrypted::start().await;
    let token = || FixedToken::new(encrypted.sandbox.user_token(UserAccess::ReadWrite));
    let (rejecting, requests) = proxy(true).await;
    let through = Network::new().proxy(&SecretString::from(format!("http://{rejecting}")));
    for (network, cause, help) in [
        (
            Network::new(),
            TransportCause::UnknownIssuer,
            "root certificates",
        ),
        (
            through.unwrap(),
            TransportCause::ProxyAuthentication,
            "user:password",
        ),
    ] {
        let builder = encrypted.builder(&[]).network(network);
        for builder in [builder.clone(), builder.credential(token())] {
            let client = builder.build().unwrap();
            let error = client.sites_list().send().await.unwrap_err();
            assert_eq!(error.transport().unwrap().cause, cause, "{error}");
            assert!(error.help().contains(help), "{}", error.help());
            assert!(!error.is_transient() && error.is_connect(), "{error}");
        }
    }
    assert_eq!(requests.lock().unwrap().len(), 2, "no request is retried");
}

#[tokio::test]
async fn both_servers_are_reached_through_a_proxy_without_seeing_its_password() {
    let encrypted = Encrypted::start().await;
    let (address, requests) = proxy(false).await;
    let url = SecretString::from(format!("http://user:canary-password@{address}"));
    let network = Network::new()
        .proxy(&url)
        .and_then(|network| network.root_certificates(encrypted.authority.certificate.as_bytes()))
        .unwrap();
    let client = encrypted.builder(&[]).network(network).build().unwrap();
    client.sites_list().send().await.unwrap();
    let requests = requests.lock().unwrap().clone();
    let connect = format!("CONNECT {} HTTP/1.1", encrypted.address);
    assert_eq!(requests.len(), 2, "the token endpoint, and the API");
    for head in requests {
        assert!(head.starts_with(&connect), "{head}");
        assert!(
            head.to_lowercase().contains("proxy-authorization: basic "),
            "{head}"
        );
    }
    for request in encrypted.sandbox.log().requests() {
        assert!(request.header("proxy-authorization").is_none());
    }
}

#[tokio::test]
async fn the_error_of_a_rejecting_proxy_does_not_contain_its_password() {
    let encrypted = Encrypted::start().await;
    let (address, _) = proxy(true).await;
    let url = SecretString::from(format!("http://user:canary-password@{address}"));
    let network = Network::new().proxy(&url).unwrap();
    let client = encrypted.builder(&[]).network(network).build().unwrap();
    let error = client.sites_list().send().await.unwrap_err();
    let text = format!("{error} {error:?} {client:?}");
    assert!(
        text.contains(&format!("through the proxy {address}")),
        "{text}"
    );
    assert!(!text.contains("canary"), "{text}");
}
