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

/// A connection that is open or being opened, shared by all callers that wait for it.
pub(super) type SharedConnection = Shared<BoxFuture<'static, Result<Arc<Connection>, ServerError>>>;

/// Returns a connection that is opened when it is first polled.
pub(super) fn open(connector: Arc<Connector>) -> SharedConnection {
    async move { connector.connect().await.map(Arc::new) }
        .boxed()
        .shared()
}

/// Returns whether a new call can use the connection. A server closes connections that are
/// idle for long, and a runtime that shuts down drops its connections.
pub(super) fn is_usable(connection: &SharedConnection) -> bool {
    match connection.peek() {
        None => true,
        Some(Ok(connection)) => !connection.driver.is_finished(),
        Some(Err(_)) => false,
    }
}

/// A connection that many callers use concurrently.
pub(super) struct Connection {
    commands: MultiplexedConnection,
    /// The task that writes and reads. It ends when the server closes the connection.
    driver: AbortHandle,
}

impl Connection {
    /// Creates a connection on a stream to the server, driven by a task of this runtime.
    async fn on(stream: impl AsyncStream + Unpin + Send + 'static) -> Result<Self, RedisError> {
        // The crate sends nothing: of an error reply to AUTH it drops the text, which
        // distinguishes a wrong password from a server that is starting.
        let silent = RedisConnectionInfo::default().set_skip_set_lib_name();
        // The store limits the time of a call, by the injected clock.
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
        // No caller is left, so the driver must not wait for outstanding replies.
        self.driver.abort();
    }
}

/// Opens connections to one server.
pub(super) struct Connector {
    address: Address,
    tls: OnceLock<Arc<ClientConfig>>,
}

impl Connector {
    pub(super) fn new(address: Address) -> Self {
        Self {
            address,
            tls: OnceLock::new(),
        }
    }

    /// Returns a connector that accepts a certificate of one of these authorities, in PEM
    /// format.
    pub(super) fn with_root_certificates(&self, pem: &[u8]) -> Result<Self, String> {
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
            return Err("its root certificates contain no certificate: \
                 pass them in PEM format (-----BEGIN CERTIFICATE-----)"
                .to_owned());
        }
        let config = tls_config(|builder| Ok(builder.with_root_certificates(roots)));
        let config = config.map_err(|error| error.to_string())?;
        Ok(Self {
            address: self.address.clone(),
            tls: OnceLock::from(config),
        })
    }

    /// Returns the error of a failed call.
    pub(super) fn failure(&self, error: &RedisError) -> ServerError {
        failure::of_call(error, &self.address.secrets())
    }

    async fn connect(&self) -> Result<Connection, ServerError> {
        let Address { host, port, .. } = &self.address;
        let stream = TcpStream::connect((host.as_str(), *port)).await;
        let stream = stream.map_err(|error| failure::of_connecting(&error))?;
        // Without Nagle's algorithm, which would delay small commands.
        let _ = stream.set_nodelay(true);
        let connection = if self.address.tls {
            Connection::on(self.encrypted(stream).await?).await
        } else {
            Connection::on(stream).await
        };
        let failed = |error: RedisError| self.failure(&error);
        let connection = connection.map_err(failed)?;
        self.set_up(&connection).await.map_err(failed)?;
        Ok(connection)
    }

    async fn encrypted(&self, stream: TcpStream) -> Result<impl AsyncStream + use<>, ServerError> {
        let config = self.tls_config();
        let config = config.map_err(|error| failure::of_certificates(&error))?;
        let name = ServerName::try_from(self.address.host.clone());
        let name = name.map_err(|error| failure::of_connecting(&io::Error::other(error)))?;
        let stream = TlsConnector::from(config).connect(name, stream).await;
        stream.map_err(|error| failure::of_connecting(&error))
    }

    /// Returns the TLS configuration, which is created once because the authorities that
    /// the system trusts are read from disk.
    fn tls_config(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        if let Some(config) = self.tls.get() {
            return Ok(config.clone());
        }
        let config = tls_config(ConfigBuilder::with_platform_verifier)?;
        Ok(self.tls.get_or_init(|| config).clone())
    }

    /// Authenticates, and selects the database.
    async fn set_up(&self, connection: &Connection) -> Result<(), RedisError> {
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

impl fmt::Display for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

/// Returns a TLS configuration with an explicit cryptography provider. The provider of the
/// process belongs to the application, which may have installed none, or enabled two that
/// rustls cannot choose from.
fn tls_config(
    trusting: impl FnOnce(
        ConfigBuilder<ClientConfig, WantsVerifier>,
    ) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, rustls::Error>,
) -> Result<Arc<ClientConfig>, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = trusting(builder.with_safe_default_protocol_versions()?)?;
    Ok(Arc::new(builder.with_no_client_auth()))
}
