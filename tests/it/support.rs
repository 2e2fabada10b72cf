//! Functions that the tests share, such as clients of a sandbox.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::OsString;
use std::io;
use std::sync::{Arc, Mutex, Once};

use perspio::{Client, ClientBuilder};
use perspio_auth::endpoint::Endpoint;
use perspio_auth::http::HeaderName;
use perspio_auth::transport::{HttpOptions, http_client};
use perspio_auth::{
    Application, ClientCredentials, FixedToken, Network, Profile, SecretString, TokenSource,
};
use perspio_sandbox::{Hold, RecordedRequest, Sandbox, UserAccess};

/// Returns the settings that a user would export for `sandbox`.
pub(crate) fn settings(sandbox: &Sandbox) -> HashMap<&'static str, String> {
    sandbox.environment().into_iter().collect()
}

/// Returns the settings of a client for `sandbox`, with `changes`.
pub(crate) fn builder(sandbox: &Sandbox, changes: &[(&'static str, &str)]) -> ClientBuilder {
    let mut settings = settings(sandbox);
    settings.extend(
        changes
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    ClientBuilder::from_variables(|name| settings.get(name).map(OsString::from))
}

/// Returns a client of `sandbox`.
pub(crate) fn client(sandbox: &Sandbox) -> Client {
    builder(sandbox, &[])
        .build()
        .expect("the sandbox's settings are complete")
}

pub(crate) async fn sandbox() -> Sandbox {
    Sandbox::start()
        .await
        .expect("a sandbox starts on a free port")
}

/// Returns the profile of `PerspioTalk` in `sandbox`, for tests of the token library
/// alone.
pub(crate) fn profile(sandbox: &Sandbox) -> Profile {
    let header = |profile: Profile, name, value: &str| {
        let value = SecretString::from(value);
        profile
            .with_header(HeaderName::from_static(name), &value)
            .expect("a legal header")
    };
    let profile = perspio::profile()
        .with_base_url(address(sandbox.base_url()))
        .with_authority(&address(sandbox.authority()));
    let profile = header(profile, "tid", sandbox.tenant_id());
    header(
        profile,
        "ocp-apim-subscription-key",
        sandbox.subscription_key(),
    )
}

/// Returns the application that is registered in the sandbox.
pub(crate) fn application(sandbox: &Sandbox) -> Application {
    Application::confidential(sandbox.client_id(), sandbox.client_secret())
}

/// Returns a token source of this application.
pub(crate) fn token_source(sandbox: &Sandbox, profile: &Profile) -> TokenSource {
    let grant = ClientCredentials::new(application(sandbox));
    TokenSource::new(profile, grant).expect("an HTTP client can be built")
}

/// Returns a client of `sandbox` for a user who may write.
pub(crate) fn users_client(sandbox: &Sandbox) -> Client {
    let token = FixedToken::new(sandbox.user_token(UserAccess::ReadWrite));
    builder(sandbox, &[])
        .credential(token)
        .build()
        .expect("the sandbox's settings are complete")
}

/// Makes `count` concurrent calls, which must succeed after `hold` has held `stopped`
/// requests back and releases them.
pub(crate) async fn calls_at_once(client: &Client, count: usize, hold: Hold, stopped: usize) {
    let calls: Vec<_> = (0..count)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.sites_list().send().await.map(drop) })
        })
        .collect();
    hold.arrived(stopped).await;
    drop(hold);
    for call in calls {
        call.await
            .expect("no call panics")
            .expect("the call succeeds");
    }
}

/// Returns an HTTP client for this machine that does not follow redirects.
pub(crate) fn local_client() -> reqwest::Client {
    let anywhere_here = address("http://127.0.0.1");
    http_client(&anywhere_here, &Network::new(), &HttpOptions::default())
        .expect("an HTTP client can be built")
}

/// Parses an address that credentials may be sent to.
pub(crate) fn address(text: &str) -> Endpoint {
    text.parse::<Endpoint>()
        .expect("the address is https, or on this machine")
}

/// Snapshots a request as it was sent, in its own file.
pub(crate) fn snapshot(sandbox: &Sandbox, name: &str, request: &RecordedRequest) {
    snapshot_text(name, &sandbox.shape(request));
}

/// Snapshots a text, in its own file.
pub(crate) fn snapshot_text(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// The traces of one test, of every level.
#[derive(Clone, Default)]
pub(crate) struct Traces(Arc<Mutex<Vec<u8>>>);

thread_local! {
    /// A test and the tasks that it starts run on one thread.
    static RECORDED: RefCell<Option<Traces>> = const { RefCell::new(None) };
}

/// Token requests run on a thread of the library, whose traces every test records.
static OF_ALL_TESTS: Mutex<Vec<Traces>> = Mutex::new(Vec::new());
const TOKEN_REQUESTS: &str = "token-requests";

impl Traces {
    /// Records the traces of this thread from now on.
    pub(crate) fn record() -> Self {
        // One subscriber for the process. With one per test, the cached interest of a
        // call site could be computed while another test's subscriber is dropped.
        static SUBSCRIBER: Once = Once::new();
        SUBSCRIBER.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_writer(TraceWriter)
                .finish();
            tracing::subscriber::set_global_default(subscriber).expect("there is no other");
        });
        let traces = Self::default();
        RECORDED.set(Some(traces.clone()));
        let mut all = OF_ALL_TESTS.lock().expect("no writer panics");
        all.push(traces.clone());
        traces
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no writer panics")).into_owned()
    }
}

/// Writes to the traces of this thread, if they are recorded.
struct TraceWriter;

impl io::Write for TraceWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if std::thread::current().name() == Some(TOKEN_REQUESTS) {
            for Traces(kept) in &*OF_ALL_TESTS.lock().expect("no writer panics") {
                kept.lock().expect("no writer panics").extend(bytes);
            }
            return Ok(bytes.len());
        }
        RECORDED.with_borrow(|kept| match kept {
            Some(Traces(kept)) => kept.lock().expect("no writer panics").write(bytes),
            None => Ok(bytes.len()),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl tracing_subscriber::fmt::MakeWriter<'_> for TraceWriter {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}
