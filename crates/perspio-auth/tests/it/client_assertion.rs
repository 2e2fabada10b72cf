//! Client assertions, as an identity server receives them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use perspio_auth::clock::{Clock, ManualClock};
use perspio_auth::endpoint::Endpoint;
use perspio_auth::{
    Application, AssertionRequest, AuthorizationCode, ClientAssertion, ClientCertificate,
    ClientCredentials, Credential, DeviceCode, Error, FederatedTokenFile, Profile, RefreshToken,
    Scopes, SecretString, TokenSource,
};
use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const CANARY: &str = "canary-assertion-canary-assertion";
const TOKEN: &str = r#"{"access_token":"t","token_type":"Bearer","expires_in":3599,
    "device_code":"d","user_code":"u","verification_uri":"https://a.example","interval":1}"#;

/// An identity server that gives one response to all requests.
struct Server {
    url: String,
    forms: Arc<Mutex<Vec<HashMap<String, String>>>>,
}

impl Server {
    async fn start(status: u16, media_type: &'static str, body: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let forms = Arc::default();
        let received: Arc<Mutex<Vec<_>>> = Arc::clone(&forms);
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                let mut request = Vec::new();
                let form = loop {
                    let mut piece = [0; 16 * 1024];
                    let length = connection.read(&mut piece).await.unwrap();
                    request.extend_from_slice(&piece[..length]);
                    let text = String::from_utf8_lossy(&request);
                    let Some((head, body)) = text.split_once("\r\n\r\n") else {
                        continue;
                    };
                    let mut lines = head.lines();
                    let expected = lines.find_map(|line| line.strip_prefix("content-length: "));
                    if body.len() >= expected.unwrap().parse().unwrap() {
                        let form = url::form_urlencoded::parse(body.as_bytes());
                        break form.into_owned().collect();
                    }
                };
                received.lock().unwrap().push(form);
                let length = body.len();
                let response = format!(
                    "HTTP/1.1 {status} Status\r\nconnection: close\r\ncontent-type: {media_type}\
                     \r\ncontent-length: {length}\r\n\r\n{body}"
                );
                connection.write_all(response.as_bytes()).await.unwrap();
            }
        });
        Self { url, forms }
    }

    async fn of_tokens() -> Self {
        Self::start(200, "application/json", TOKEN).await
    }

    fn profile(&self) -> Profile {
        let server = self.url.parse::<Endpoint>().unwrap();
        Profile::custom("Example", server.clone(), &server).with_scopes(Scopes::uniform(["read"]))
    }

    fn token_url(&self) -> String {
        format!("{}/oauth2/v2.0/token", self.url)
    }

    fn forms(&self) -> Vec<HashMap<String, String>> {
        self.forms.lock().unwrap().clone()
    }

    async fn request(&self, credential: impl Into<Credential>) -> Result<(), Error> {
        let source = TokenSource::new(&self.profile(), credential)?;
        source.token().await.map(drop)
    }

    /// The claims of the last assertion, if `key` has signed it.
    fn claims(&self, algorithm: Algorithm, key: &DecodingKey) -> Value {
        let forms = self.forms();
        let assertion = &forms.last().unwrap()["client_assertion"];
        let mut validation = Validation::new(algorithm);
        validation.set_audience(&[self.token_url()]);
        validation.set_issuer(&["the-client"]);
        validation.validate_nbf = true;
        let claims = decode::<Value>(assertion, key, &validation);
        claims.unwrap().claims
    }
}

/// A certificate with its key.
struct Identity {
    key: KeyPair,
    certificate: rcgen::Certificate,
}

impl Identity {
    fn of(key: KeyPair) -> Self {
        let parameters = CertificateParams::new(vec!["client.example".to_owned()]).unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        Self { key, certificate }
    }

    fn rsa() -> Self {
        Self::of(KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap())
    }

    fn p256() -> Self {
        Self::of(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap())
    }

    fn pem(&self) -> String {
        self.certificate.pem() + &self.key.serialize_pem()
    }

    fn thumbprint(&self) -> String {
        use aws_lc_rs::digest::{SHA256, digest};
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.certificate.der()).as_ref())
    }
}

fn certificate(pem: impl Into<String>) -> Result<ClientCertificate, Error> {
    ClientCertificate::from_pem(&SecretString::from(pem.into()))
}

fn application(provider: impl ClientAssertion + 'static) -> Application {
    Application::with_assertion("the-client", provider)
}

#[tokio::test]
async fn every_grant_sends_a_new_assertion_instead_of_a_secret() {
    let rsa = Identity::rsa();
    let public_key = DecodingKey::from_rsa_der(rsa.key.public_key_raw());
    let application = application(certificate(rsa.pem()).unwrap());
    let server = Server::of_tokens().await;
    let secret = || SecretString::from("0123456789abcdef");
    let code = AuthorizationCode::new(application.clone(), secret(), secret(), "http://localhost");
    let refresh = RefreshToken::new(application.clone(), secret(), ["read"]);
    let clock = ManualClock::new();
    let (profile, device) = (server.profile(), application.clone());
    let device = DeviceCode::begin(&profile, device, &clock).await.unwrap();
    assert_eq!(
        server.forms().len(),
        1,
        "the request that begins the device flow"
    );
    let credentials: [Credential; 4] = [
        device.into(),
        ClientCredentials::new(application).into(),
        code.unwrap().into(),
        refresh.into(),
    ];
    let mut ids = HashSet::new();
    for credential in credentials {
        ids.insert(server.claims(Algorithm::PS256, &public_key)["jti"].to_string());
        server.request(credential).await.unwrap();
    }
    let claims = server.claims(Algorithm::PS256, &public_key);
    ids.insert(claims["jti"].to_string());
    assert_eq!(ids.len(), 5);
    assert_eq!(claims["sub"], "the-client");
    let lifetime = claims["exp"].as_u64().unwrap() - claims["nbf"].as_u64().unwrap();
    assert!(lifetime <= 600);
    for form in server.forms() {
        let media_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        assert_eq!(form["client_assertion_type"], media_type);
        assert_eq!(form["client_id"], "the-client");
        assert!(!form.contains_key("client_secret"));
    }
}

#[tokio::test]
async fn the_header_names_the_algorithm_and_the_certificate() {
    let (rsa, p256) = (Identity::rsa(), Identity::p256());
    let rsa_key = DecodingKey::from_rsa_der(rsa.key.public_key_raw());
    let p256_key = DecodingKey::from_ec_der(p256.key.public_key_raw());
    let server = Server::of_tokens().await;
    for (provider, algorithm, key, identity) in [
        (certificate(rsa.pem()), Algorithm::PS256, &rsa_key, &rsa),
        (
            certificate(rsa.pem()).map(ClientCertificate::without_pss),
            Algorithm::RS256,
            &rsa_key,
            &rsa,
        ),
        (certificate(p256.pem()), Algorithm::ES256, &p256_key, &p256),
    ] {
        let provider = provider.unwrap();
        for sends_chain in [false, true] {
            let provider = provider.clone().certificate_chain(sends_chain);
            let credential = ClientCredentials::new(application(provider));
            server.request(credential).await.unwrap();
            server.claims(algorithm, key);
            let header = decode_header(&server.forms().last().unwrap()["client_assertion"]);
            let header = header.unwrap();
            assert_eq!(header.alg, algorithm);
            assert_eq!(header.x5t_s256, Some(identity.thumbprint()));
            let chain = vec![STANDARD.encode(identity.certificate.der())];
            assert_eq!(header.x5c, sends_chain.then_some(chain));
        }
    }
}

#[tokio::test]
async fn a_pkcs1_key_and_the_certificates_of_issuers_in_any_order_are_accepted() {
    let (rsa, issuer) = (Identity::rsa(), Identity::p256());
    // The key of PKCS#1 follows the 26 bytes that name its type in PKCS#8.
    let pkcs1 = STANDARD.encode(&rsa.key.serialized_der()[26..]);
    let pem = format!(
        "-----BEGIN RSA PRIVATE KEY-----\n{pkcs1}\n-----END RSA PRIVATE KEY-----\n{}{}",
        issuer.certificate.pem(),
        rsa.certificate.pem()
    );
    let provider = certificate(pem).unwrap().certificate_chain(true);
    let server = Server::of_tokens().await;
    let credential = ClientCredentials::new(application(provider));
    server.request(credential).await.unwrap();
    let header = decode_header(&server.forms()[0]["client_assertion"]).unwrap();
    assert_eq!(header.x5t_s256, Some(rsa.thumbprint()));
    let chain = [rsa.certificate.der(), issuer.certificate.der()];
    assert_eq!(header.x5c.unwrap(), chain.map(|it| STANDARD.encode(it)));
}

#[tokio::test]
async fn the_claims_follow_the_injected_clock() {
    let provider = certificate(Identity::p256().pem()).unwrap();
    let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
    let request = AssertionRequest::new("the-client", "https://login.example", now);
    let assertion = provider.assertion(&request).await.unwrap();
    let assertion = perspio_auth::secret::ExposeSecret::expose_secret(&assertion).to_owned();
    let claims = assertion.split('.').nth(1).unwrap();
    let claims = URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["nbf"], 1_000_000);
    assert_eq!(claims["exp"], 1_000_600);
    // The token source passes the time of its clock.
    let clock = ManualClock::new();
    clock.advance(Duration::from_secs(50_000_000));
    let server = Server::of_tokens().await;
    let credential = ClientCredentials::new(application(provider));
    let source = TokenSource::builder(&server.profile(), credential).clock(Arc::new(clock.clone()));
    source.build().unwrap().token().await.unwrap();
    let forms = server.forms();
    let claims = forms[0]["client_assertion"].split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let now = clock.now().wall.duration_since(UNIX_EPOCH).unwrap();
    assert_eq!(claims["nbf"], now.as_secs());
}

#[test]
fn an_unusable_certificate_is_rejected_with_a_reason_and_not_repeated() {
    let (one, other) = (Identity::p256(), Identity::rsa());
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nY2FuYXJ5\n\
                     -----END ENCRYPTED PRIVATE KEY-----\n";
    let broken = "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n";
    for (pem, reason) in [
        (String::new(), "no private key"),
        ("canary".to_owned(), "no private key"),
        (one.certificate.pem(), "no private key"),
        (one.key.serialize_pem(), "no certificate"),
        (
            one.certificate.pem() + &other.key.serialize_pem(),
            "not the certificate's",
        ),
        (one.certificate.pem() + encrypted, "is encrypted"),
        (one.certificate.pem() + broken, "RSA"),
    ] {
        let error = certificate(pem).unwrap_err();
        let text = error.to_string();
        assert!(error.is_configuration() && text.contains(reason), "{text}");
        assert!(
            !text.contains("canary") && !text.contains("Y2FuYXJ5"),
            "{text}"
        );
    }
}

/// A provider that the program brings.
#[derive(Debug)]
struct Custom(Result<&'static str, &'static str>);

#[async_trait::async_trait]
impl ClientAssertion for Custom {
    async fn assertion(&self, _: &AssertionRequest<'_>) -> Result<SecretString, Error> {
        self.0.map(SecretString::from).map_err(Error::configuration)
    }
}

#[tokio::test]
async fn an_assertion_that_a_server_repeats_is_not_in_the_error() {
    for (status, media_type, body) in [
        (
            400,
            "application/json",
            r#"{"error":"invalid_client","error_description":"got canary-assertion-canary-assertion"}"#,
        ),
        (502, "text/html", "<p>canary-assertion-canary-assertion</p>"),
        (200, "text/html", "<p>canary-assertion-canary-assertion</p>"),
    ] {
        let server = Server::start(status, media_type, body).await;
        let application = application(Custom(Ok(CANARY)));
        assert!(!application.is_public());
        let error = server
            .request(ClientCredentials::new(application.clone()))
            .await
            .unwrap_err();
        assert_eq!(server.forms()[0]["client_assertion"], CANARY);
        let device = DeviceCode::begin(&server.profile(), application, &ManualClock::new()).await;
        for error in [error, device.unwrap_err()] {
            let text = format!("{error} {error:?} {error:#?}");
            assert!(!text.contains("canary"), "{text}");
            assert!(text.contains("[redacted]"), "{text}");
        }
    }
}

#[tokio::test]
async fn without_an_assertion_no_request_is_sent_and_the_reason_is_reported() {
    let server = Server::of_tokens().await;
    let missing = std::env::temp_dir().join("no-such-token");
    for (application, reason) in [
        (
            application(Custom(Err("the vault is sealed"))),
            "the vault is sealed",
        ),
        (application(Custom(Ok(""))), "assertion is empty"),
        (
            application(FederatedTokenFile::new(missing)),
            "no-such-token",
        ),
        (Application::public("the-client"), "client secret"),
    ] {
        let error = server.request(ClientCredentials::new(application)).await;
        let error = error.unwrap_err();
        let text = error.to_string();
        assert!(error.is_configuration() && text.contains(reason), "{text}");
    }
    assert!(server.forms().is_empty());
}

#[test]
fn debug_shows_neither_the_key_nor_the_assertion() {
    let rsa = Identity::rsa();
    let shown = format!("{:#?}", application(certificate(rsa.pem()).unwrap()));
    let expected = "ClientCertificate {\n            algorithm: \"PS256\",\n            ..";
    assert!(shown.contains(expected), "{shown}");
    assert!(shown.len() < 300, "{shown}");
}
