//! With the browser of this machine (RFC 8252).

use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io, thread};

use tokio::sync::oneshot;
use url::Url;

use crate::application::Application;
use crate::error::Error;
use crate::profile::Profile;
use crate::sign_in::SignIn;
use crate::sign_in::browser::{Open, Tell, open};
use crate::sign_in::callback::Answer;
use crate::sign_in::listener::Listener;
use crate::sign_in::page::Page;
use crate::sign_in::redirect::LoopbackRedirect;
use crate::sign_in::request::AuthorizationRequest;
use crate::sign_in::server::CallbackServer;
use crate::sign_in::way::ThroughBrowser;
use crate::source::TokenSource;
use crate::token::AccessToken;

/// How long a person has.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long the browser has to fetch the result, once there is one.
const FAREWELL: Duration = Duration::from_secs(5);

/// With the browser of this machine: the settings of [`SignIn::browser`].
#[derive(Clone)]
pub struct Browser {
    redirect: LoopbackRedirect,
    timeout: Duration,
    open: Option<Open>,
    tell: Option<Tell>,
}

impl ThroughBrowser for Browser {}

impl SignIn<Browser> {
    /// The person's browser opens at the identity server's page, and comes back
    /// to a port of this machine that is listened on meanwhile.
    pub fn browser(application: Application) -> Self {
        let way = Browser {
            redirect: LoopbackRedirect::default(),
            timeout: PATIENCE,
            open: Some(Arc::new(open)),
            tell: None,
        };
        Self::new(application, way)
    }

    /// Where the browser comes back to: `http://localhost` with a free port by
    /// default. It must be registered with the application.
    pub fn redirect(mut self, redirect: LoopbackRedirect) -> Self {
        self.way.redirect = redirect;
        self
    }

    /// How long the person has; five minutes by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.way.timeout = timeout;
        self
    }

    /// Is told the address of the sign-in page, before the browser opens.
    pub fn on_url(mut self, tell: impl Fn(&Url) + Send + Sync + 'static) -> Self {
        self.way.tell = Some(Arc::new(tell));
        self
    }

    /// Opens no browser: the person opens the address that [`SignIn::on_url`]
    /// is told, in a browser of this machine.
    pub fn without_browser(mut self) -> Self {
        self.way.open = None;
        self
    }

    /// Another way to open the address.
    pub fn open_with(
        mut self,
        open: impl Fn(&Url) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.way.open = Some(Arc::new(open));
        self
    }

    /// Signs in. Dropping the future ends the attempt and closes the port.
    ///
    /// # Errors
    /// [`Error::SignInTimedOut`] when nobody finished in time,
    /// [`Error::SignInRequired`] when the person declined or the code came too
    /// late, [`Error::Configuration`] when no port or no browser can be had or
    /// the store may forget the sign-in,
    /// [`Error::SignInRejected`] when another identity server answered,
    /// [`Error::Store`] when the sign-in could not be kept.
    pub async fn run(self, profile: &Profile) -> Result<TokenSource, Error> {
        self.check_store(profile).await?;
        let way = &self.way;
        let listener = Listener::bind(&way.redirect).await?;
        let redirect_uri = way.redirect.uri(listener.port());
        let request = AuthorizationRequest::new(profile, self.application.clone(), redirect_uri)?
            .with_settings(self.settings.clone());
        let clock = &self.clock;
        let (server, answer) =
            CallbackServer::new(listener, &way.redirect, request.clone(), clock.clone());
        let deadline = clock.now().deadline(way.timeout);
        let mut serving = std::pin::pin!(server.serve());

        let url = request.url();
        let answer = tokio::select! {
            Ok(answer) = answer => answer,
            never = &mut serving => match never {},
            // Beside all the rest: some browsers keep whoever opens them waiting.
            Err(error) = way.show(&url) => return Err(error),
            () = clock.passed(deadline) => {
                return Err(Error::SignInTimedOut { after: way.timeout });
            }
        };
        // At once: a code lives a minute. The browser waits meanwhile.
        let outcome = tokio::select! {
            outcome = self.exchange(&request, answer) => outcome,
            never = &mut serving => match never {},
        };
        server.conclude(match &outcome {
            Ok((_, token)) => Page::signed_in(profile, &self.application, token.id_token()),
            Err(error) => Page::failed(profile, error),
        });
        tokio::select! {
            () = server.shown() => {}
            never = &mut serving => match never {},
            // A tab that was closed fetches nothing; the outcome holds all the same.
            () = clock.sleep(FAREWELL) => tracing::debug!("no browser fetched the result"),
        }
        outcome.map(|(source, _)| source)
    }

    async fn exchange(
        &self,
        request: &AuthorizationRequest,
        answer: Answer,
    ) -> Result<(TokenSource, AccessToken), Error> {
        match answer {
            Answer::Code(code) => {
                self.conclude(request.profile(), request.with_code(code)?)
                    .await
            }
            Answer::Refused(error) => Err(error),
        }
    }
}

impl Browser {
    /// Opens `url` in the person's own browser, as the system (or the variable
    /// `BROWSER`) says, without a shell. This is what [`SignIn::browser`] does
    /// unless it is told otherwise; it may block for as long as the browser runs.
    pub fn open(url: &Url) -> io::Result<()> {
        open(url)
    }

    /// Leads the person to `url`.
    async fn show(&self, url: &Url) -> Result<(), Error> {
        if let Some(tell) = &self.tell {
            tell(url);
        }
        let Some(open) = self.open.clone() else {
            return Ok(());
        };
        let url = url.clone();
        let (done, outcome) = oneshot::channel();
        // A thread of its own: a runtime that ends waits for its blocking ones,
        // and a browser in a terminal runs for long.
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
            // The person knows the address.
            Err(cause) if self.tell.is_some() => {
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
