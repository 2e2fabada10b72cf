//! Sign-in with the browser of this machine (RFC 8252).

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io, thread};

use tokio::sync::oneshot;
use url::Url;

use crate::oauth::Application;
use crate::oauth::Error;
use crate::oauth::Profile;
use crate::sign_in::SignIn;
use crate::sign_in::browser::{OnUrl, Opener, open};
use crate::sign_in::callback::AuthorizationResponse;
use crate::sign_in::claims;
use crate::sign_in::flow::BrowserFlow;
use crate::sign_in::listener::Listener;
use crate::sign_in::page::Page;
use crate::sign_in::redirect::LoopbackRedirect;
use crate::sign_in::request::AuthorizationRequest;
use crate::sign_in::server::CallbackServer;
use crate::source::TokenSource;
use crate::token::AccessToken;

/// The default time limit of a sign-in.
const TIME_LIMIT: Duration = Duration::from_secs(300);
/// The time limit of loading the result page.
const RESULT_TIMEOUT: Duration = Duration::from_secs(5);

/// The settings of [`SignIn::browser`].
#[derive(Clone)]
pub struct Browser {
    redirect: LoopbackRedirect,
    timeout: Duration,
    opener: Option<Opener>,
    on_url: Option<OnUrl>,
}

impl BrowserFlow for Browser {}

impl SignIn<Browser> {
    /// Signs in with the browser of this machine. It opens the identity server's page,
    /// and is redirected to a local port that is listened on meanwhile.
    pub fn browser(application: Application) -> Self {
        let flow = Browser {
            redirect: LoopbackRedirect::default(),
            timeout: TIME_LIMIT,
            opener: Some(Arc::new(open)),
            on_url: None,
        };
        Self::new(application, flow)
    }

    /// Sets the redirect URI; `http://localhost` with a free port by default. It must
    /// be registered with the application.
    pub fn redirect(mut self, redirect: LoopbackRedirect) -> Self {
        self.flow.redirect = redirect;
        self
    }

    /// Sets the time limit of the sign-in; five minutes by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.flow.timeout = timeout;
        self
    }

    /// Sets a callback that receives the address of the sign-in page before the
    /// browser opens.
    pub fn on_url(mut self, callback: impl Fn(&Url) + Send + Sync + 'static) -> Self {
        self.flow.on_url = Some(Arc::new(callback));
        self
    }

    /// Opens no browser: the user opens the address that [`SignIn::on_url`] receives, in
    /// a browser of this machine.
    pub fn without_browser(mut self) -> Self {
        self.flow.opener = None;
        self
    }

    /// Sets the function that opens the address; [`Browser::open`] by default.
    pub fn opener(
        mut self,
        opener: impl Fn(&Url) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.flow.opener = Some(Arc::new(opener));
        self
    }

    /// Signs in. Dropping the future ends the attempt and closes the port.
    ///
    /// # Errors
    /// [`Error::SignInTimedOut`] if the time limit expired,
    /// [`Error::SignInRequired`] if the user declined or the code had expired,
    /// [`Error::Configuration`] if no port or no browser is available or the store may
    /// evict the sign-in, [`Error::SignInRejected`] if the response is from another
    /// identity server, [`Error::Store`] if the sign-in could not be saved.
    pub async fn run(self, profile: &Profile) -> Result<TokenSource, Error> {
        claims::check(self.settings.claims.as_deref())?;
        self.check_store(profile).await?;
        let flow = &self.flow;
        let listener = Listener::bind(&flow.redirect).await?;
        let redirect_uri = flow.redirect.uri(listener.port());
        let request = AuthorizationRequest::new(profile, self.application.clone(), redirect_uri)?
            .settings(self.settings.clone());
        let clock = &self.clock;
        let (server, response) =
            CallbackServer::new(listener, &flow.redirect, request.clone(), clock.clone());
        let deadline = clock.now().deadline(flow.timeout);
        let mut serving = std::pin::pin!(server.serve());

        let url = request.url();
        let response = tokio::select! {
            Ok(response) = response => response,
            never = &mut serving => match never {},
            // Concurrently, because some browsers block the process that opens them.
            Err(error) = flow.show(&url) => return Err(error),
            () = clock.passed(deadline) => {
                return Err(Error::SignInTimedOut { after: flow.timeout });
            }
        };
        // Immediately, because codes expire soon. The browser waits meanwhile.
        let outcome = tokio::select! {
            outcome = self.exchange(&request, response) => outcome,
            never = &mut serving => match never {},
        };
        server.conclude(match &outcome {
            Ok((_, token)) => Page::signed_in(profile, &self.application, token.id_token()),
            Err(error) => Page::failed(profile, error),
        });
        tokio::select! {
            () = server.shown() => {}
            never = &mut serving => match never {},
            // A closed tab loads nothing; the outcome is valid all the same.
            () = clock.sleep(RESULT_TIMEOUT) => tracing::debug!("no browser fetched the result"),
        }
        outcome.map(|(source, _)| source)
    }

    async fn exchange(
        &self,
        request: &AuthorizationRequest,
        response: AuthorizationResponse,
    ) -> Result<(TokenSource, AccessToken), Error> {
        match response {
            AuthorizationResponse::Code(code) => {
                self.conclude(request.profile(), request.authorization_code(code)?)
                    .await
            }
            AuthorizationResponse::Failed(error) => Err(error),
        }
    }
}

impl Browser {
    /// Opens `url` in the user's default browser, or in the one of the environment
    /// variable `BROWSER`, without a shell. This is the default of
    /// [`SignIn::opener`]; it may block for as long as the browser runs.
    ///
    /// # Errors
    /// There is no browser, or `url` is neither https nor an address of this machine.
    pub fn open(url: &Url) -> io::Result<()> {
        open(url)
    }

    /// Reports `url` and opens it.
    async fn show(&self, url: &Url) -> Result<(), Error> {
        if let Some(on_url) = &self.on_url {
            on_url(url);
        }
        let Some(open) = self.opener.clone() else {
            return Ok(());
        };
        let url = url.clone();
        let (done, outcome) = oneshot::channel();
        // Not a blocking task of the runtime, which waits for those when it shuts down:
        // a browser in a terminal may run for long.
        let started = thread::Builder::new()
            .name("browser".to_owned())
            .spawn(move || done.send(open(&url)));
        let outcome = match started {
            Ok(_) => outcome
                .await
                .unwrap_or_else(|cause| Err(io::Error::other(cause))),
            Err(cause) => Err(cause),
        };
        match outcome {
            Ok(()) => Ok(()),
            // The user has the address.
            Err(cause) if self.on_url.is_some() => {
                tracing::warn!(%cause, "no browser could be opened");
                Ok(())
            }
            Err(cause) => Err(Error::configuration(format!(
                "no browser could be opened ({cause}). Set BROWSER to one, or sign in by pasting \
                 or with a device code"
            ))),
        }
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser")
            .field("redirect", &self.redirect)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
