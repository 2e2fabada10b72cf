//! Connections to a Redis server.

use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use redis::aio::{AsyncStream, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Cmd, FromRedisValue, RedisConnectionInfo, RedisError};
use rustls_platform_verifier::BuilderVerifierExt;
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::WantsClientCert;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};

use super::ServerError;
use super::address::Address;
use super::failure;

/// A connection that is there or being opened, for all who wait for it.
pub(super) type Attempt = Shared<BoxFuture<'static, Result<Arc<Connection>, ServerError>>>;

/// Begins to open a connection, as soon as somebody waits for it.
pub(super) fn open(endpoint: Arc<Endpoint>) -> Attempt {
    async move { endpoint.connect().await.map(Arc::new) }
        .boxed()
        .shared()
}

/// Whether a call may begin on it: a server closes connections that are idle
/// for long, and a runtime that ends takes its connections along.
pub(super) fn is_usable(attempt: &Attempt) -> bool {
    match attempt.peek() {
        None => true,
        Some(Ok(connection)) => !connection.driver.is_finished(),
        Some(Err(_)) => false,
    }
}

/// A connection that many callers use at once.
pub(super) struct Connection {
    commands: MultiplexedConnection,
    /// The task that writes and reads. It ends when the server hangs up.
    driver: AbortHandle,
}

impl Connection {
    /// On a stream to the server: a task of this runtime does the work.
    async fn on(stream: impl AsyncStream + Unpin + Send + 'static) -> Result<Self, RedisError> {
        // Nothing is sent: signing in is done here, where its errors can be told apart.
        let silent = RedisConnectionInfo::default().set_skip_set_lib_name();
        // A call's time is limited by the store, by its own clock.
        let config = AsyncConnectionConfig::new().set_response_timeout(None);
        let (commands, driver) =
            MultiplexedConnection::new_with_config(&silent, stream, config).await?;
        Ok(Self {
            commands,
            driver: tokio::spawn(driver).abort_handle(),
        })
    }

    pub(super) async fn call<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, RedisError> {
        command.query_async(&mut self.commands.clone()).await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Nobody is left: it must not wait for replies that nobody reads.
        self.driver.abort();
    }
}

/// Where a server is, and how it is spoken to.
pub(super) struct Endpoint {
    address: Address,
    tls: OnceLock<Arc<ClientConfig>>,
}

impl Endpoint {
    pub(super) fn new(address: Address) -> Self {
        Self {
            address,
            tls: OnceLock::new(),
        }
    }

    /// The same, with a certificate of one of these authorities, in PEM format.
    pub(super) fn trusting(&self, pem: &[u8]) -> Result<Self, String> {
        if !self.address.tls {
            return Err(
                "its URL begins with redis://, which is without certificates: \
                 write rediss://"
                    .to_owned(),
            );
        }
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate
                .map_err(|error| format!("its root certificates are not PEM: {error}"))?;
            roots
                .add(certificate)
                .map_err(|error| format!("one of its root certificates cannot be used: {error}"))?;
        }
        if roots.is_empty() {
            return Err("no certificate stands in its root certificates: \
                 give them in PEM format (-----BEGIN CERTIFICATE-----)"
                .to_owned());
        }
        let config = client(|builder| Ok(builder.with_root_certificates(roots)));
        let config = config.map_err(|error| error.to_string())?;
        Ok(Self {
            address: self.address.clone(),
            tls: OnceLock::from(config),
        })
    }

    /// What to tell about a call that has failed.
    pub(super) fn failure(&self, error: &RedisError) -> ServerError {
        failure::of_call(error, &self.address.secrets())
    }

    async fn connect(&self) -> Result<Connection, ServerError> {
        let Address { host, port, .. } = &self.address;
        let stream = TcpStream::connect((host.as_str(), *port)).await;
        let stream = stream.map_err(|error| failure::of_connecting(&error))?;
        // Small requests whose replies are waited for: each goes at once.
        let _ = stream.set_nodelay(true);
        let connection = if self.address.tls {
            Connection::on(self.encrypted(stream).await?).await
        } else {
            Connection::on(stream).await
        };
        let failed = |error: RedisError| self.failure(&error);
        let connection = connection.map_err(failed)?;
        self.sign_in(&connection).await.map_err(failed)?;
        Ok(connection)
    }

    async fn encrypted(&self, stream: TcpStream) -> Result<impl AsyncStream + use<>, ServerError> {
        let config = self.config();
        let config = config.map_err(|error| failure::of_certificates(&error))?;
        let name = ServerName::try_from(self.address.host.clone());
        let name = name.map_err(|error| failure::of_connecting(&io::Error::other(error)))?;
        let stream = TlsConnector::from(config).connect(name, stream).await;
        stream.map_err(|error| failure::of_connecting(&error))
    }

    /// Made once, as the authorities that this machine trusts are read from its disk.
    fn config(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        if let Some(config) = self.tls.get() {
            return Ok(config.clone());
        }
        let config = client(ConfigBuilder::with_platform_verifier)?;
        Ok(self.tls.get_or_init(|| config).clone())
    }

    async fn sign_in(&self, connection: &Connection) -> Result<(), RedisError> {
        if let Some(password) = &self.address.password {
            let mut command = redis::cmd("AUTH");
            command.arg(self.address.user.as_deref());
            command.arg(password.expose_secret());
            connection.call::<()>(&command).await?;
        }
        if self.address.database != 0 {
            let mut command = redis::cmd("SELECT");
            connection
                .call::<()>(command.arg(self.address.database))
                .await?;
        }
        Ok(())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

/// TLS with a provider of its own: the one of the process is left to the
/// program, which may have none, or two that rustls cannot choose from.
fn client(
    trusting: impl FnOnce(
        ConfigBuilder<ClientConfig, WantsVerifier>,
    ) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, rustls::Error>,
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = trusting(builder.with_safe_default_protocol_versions()?)?;
    Ok(Arc::new(builder.with_no_client_auth()))
}
