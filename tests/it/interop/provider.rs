//! The identity server of tests/interop, as a separate process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use perspio_auth::{Application, Profile, Scopes};
use serde_json::Value;

use crate::support;

const INSTALL: &str = "`cargo xtask test` installs what the tests need";
/// The usual time is a quarter of a second; a busy machine takes longer.
const TIME_TO_START: Duration = Duration::from_secs(30);

/// An identity server on a free port of this machine. Dropping it ends the process.
pub(crate) struct OidcProvider {
    process: Child,
    http: reqwest::Client,
    /// The address of the server and its clients.
    settings: Value,
}

impl Drop for OidcProvider {
    fn drop(&mut self) {
        // Fails on a process that has exited already, which is then only reaped.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl OidcProvider {
    pub(crate) fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop");
        // npm writes this file last.
        assert!(
            folder.join("node_modules/.package-lock.json").exists(),
            "tests/interop/node_modules is missing: {INSTALL}"
        );
        let child = Command::new("node")
            .arg("server.mjs")
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let child =
            child.unwrap_or_else(|cause| panic!("node cannot be started: {cause}; {INSTALL}"));
        // From here on, every path that leaves this function ends the process.
        let mut provider = Self {
            process: child,
            http: support::local_client(),
            settings: Value::Null,
        };
        let stdout = provider.process.stdout.take().expect("stdout is a pipe");
        let line = first_line(stdout);
        provider.settings = serde_json::from_str(&line)
            .unwrap_or_else(|cause| panic!("the identity server did not start: {cause}: {line:?}"));
        provider
    }

    fn text(&self, pointer: &str) -> &str {
        let value = self.settings.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_else(|| panic!("{pointer} is missing"))
    }

    pub(crate) fn issuer(&self) -> &str {
        self.text("/issuer")
    }

    /// Returns the application with a secret.
    pub(crate) fn confidential(&self) -> Application {
        Application::confidential(
            self.text("/confidential/client_id"),
            self.text("/confidential/client_secret"),
        )
    }

    /// Returns the application without a secret.
    pub(crate) fn public(&self) -> Application {
        Application::public(self.text("/public/client_id"))
    }

    /// Returns the profile of an API with this identity server, whose paths are not Entra's.
    pub(crate) fn profile(&self) -> Profile {
        let issuer = support::address(self.issuer());
        let api = support::address("https://api.example");
        let mut scopes = Scopes::uniform(["openid", "api:read"]);
        scopes.client_credentials = vec!["api:read".to_owned()];
        Profile::custom("the API", api, &issuer)
            .with_authorize_url(issuer.below("/auth"))
            .with_token_url(issuer.below("/token"))
            .with_device_code_url(issuer.below("/device/auth"))
            .with_scopes(scopes)
    }

    /// Queues faults for the next requests to the token endpoint, in order: see `meet`
    /// in server.mjs.
    pub(crate) async fn queue_faults(&self, faults: Value) {
        let request = self.http.post(format!("{}/__faults", self.issuer()));
        let response = request.body(faults.to_string()).send().await;
        let response = response.expect("the identity server runs");
        assert!(response.status().is_success(), "{response:?}");
    }

    /// Returns the number of requests that the token endpoint has received.
    pub(crate) async fn token_requests(&self) -> usize {
        let request = self.http.get(format!("{}/__token_requests", self.issuer()));
        let response = request.send().await.expect("the identity server runs");
        let count = response.text().await.expect("a response is complete");
        count.parse().expect("the response is a number")
    }
}

/// Returns the first line; empty after a timeout or the exit of the process.
fn first_line(stdout: ChildStdout) -> String {
    let (sender, receiver) = mpsc::channel();
    // The thread ends after the line or with the process.
    thread::spawn(move || {
        let mut line = String::new();
        let _ = BufReader::new(stdout).read_line(&mut line);
        let _ = sender.send(line);
    });
    receiver.recv_timeout(TIME_TO_START).unwrap_or_default()
}
