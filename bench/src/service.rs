//! `PerspioTalk`, as the sandbox serves it, on a thread of its own.

use std::ffi::OsString;
use std::sync::Arc;

use anyhow::{Context, Result};
use perspio::ClientBuilder;
use perspio_auth::transport::Timeouts;
use perspio_auth::{ClientCredentials, TokenSource};
use perspio_sandbox::{Sandbox, SandboxBuilder};

use crate::own_thread::OwnThread;

/// The settings of a client, as a process is given them.
pub type Variables = Vec<(String, String)>;

/// Returns the settings of a client of the server at `base_url`.
pub fn variables(base_url: &str) -> Variables {
    [
        ("PERSPIO_BASE_URL", base_url),
        ("PERSPIO_TENANT_ID", "in-bench"),
        (
            "PERSPIO_SUBSCRIPTION_KEY",
            "0123456789abcdef0123456789abcdef",
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// Those that this process was given.
pub fn variables_of_this_process() -> Variables {
    std::env::vars()
        .filter(|(name, _)| name.starts_with("PERSPIO_"))
        .collect()
}

/// Answers until it is dropped.
pub struct Service {
    sandbox: Sandbox,
    _thread: OwnThread,
}

impl Service {
    pub fn start(builder: SandboxBuilder) -> Result<Self> {
        let (tell, sandbox) = std::sync::mpsc::channel();
        let thread = OwnThread::start(move |stopped| async move {
            let _ = tell.send(builder.start().await?);
            // It ends when its owner goes, which is told by an error too.
            let _ = stopped.await;
            Ok(())
        })?;
        Ok(Self {
            sandbox: sandbox.recv().context("the sandbox did not start")?,
            _thread: thread,
        })
    }

    pub fn variables(&self) -> Variables {
        let variables = self.sandbox.environment().into_iter();
        variables
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// Requests of the API, the refused ones included.
    pub fn requests(&self) -> usize {
        self.sandbox.log().api_requests().len()
    }

    /// Requests that were beyond the limits.
    pub fn refused(&self) -> u64 {
        self.sandbox.refused()
    }
}

/// A client's settings.
pub fn client(variables: &Variables) -> ClientBuilder {
    ClientBuilder::from_variables(|name| {
        let mut variables = variables.iter();
        let (_, value) = variables.find(|(variable, _)| *variable == name)?;
        Some(OsString::from(value))
    })
}

/// A client's settings, and a source that has its token.
pub async fn signed_in(variables: &Variables) -> Result<(ClientBuilder, TokenSource)> {
    let builder = client(variables);
    let (profile, application) = builder.profile_and_application()?;
    let source = TokenSource::new(&profile, ClientCredentials::new(application))?;
    source.authorization().await?;
    Ok((builder, source))
}

/// Calls by reqwest itself, with the headers and the time limits that a client
/// of ours has, and a token that is at hand.
#[derive(Clone)]
pub struct Bare {
    http: reqwest::Client,
    base_url: Arc<str>,
    headers: Arc<http::HeaderMap>,
}

impl Bare {
    /// Gets the token first.
    pub async fn new(variables: &Variables) -> Result<Self> {
        let (_, source) = signed_in(variables).await?;
        Self::with(variables, source.authorization().await?)
    }

    pub fn with(variables: &Variables, authorization: http::HeaderValue) -> Result<Self> {
        let value = |name| {
            let variable = variables.iter().find(|(variable, _)| *variable == name);
            variable.map(|(_, value)| value).context(name)
        };
        let headers = [
            (http::header::ACCEPT, "application/json".parse()?),
            (http::header::AUTHORIZATION, authorization),
            ("tid".parse()?, value("PERSPIO_TENANT_ID")?.parse()?),
            (
                "ocp-apim-subscription-key".parse()?,
                value("PERSPIO_SUBSCRIPTION_KEY")?.parse()?,
            ),
        ];
        let limits = Timeouts::default();
        Ok(Self {
            http: reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(limits.connect)
                .read_timeout(limits.idle)
                .build()?,
            base_url: value("PERSPIO_BASE_URL")?.as_str().into(),
            headers: Arc::new(headers.into_iter().collect()),
        })
    }

    /// The answer, whatever its status is.
    pub async fn get(&self, path: &str) -> reqwest::Result<reqwest::Response> {
        let url = format!("{}{path}", self.base_url);
        self.http
            .get(url)
            .headers((*self.headers).clone())
            .send()
            .await
    }
}
