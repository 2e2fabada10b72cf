//! A person at a desk: a sandbox, a home of its own, and the command.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use perspio::ClientBuilder;
use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::{FileStore, StoreKey};
use perspio_auth::{SecretString, StoredSignIn, TokenKey, TokenStore};
use perspio_sandbox::{Person, Sandbox};
use reqwest::Url;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Nothing here takes as long, on the slowest machine.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// A sandbox, and a machine without a keyring on which nobody has signed in.
pub(crate) struct Desk {
    pub(crate) runtime: Runtime,
    pub(crate) sandbox: Sandbox,
    pub(crate) home: TempDir,
    pub(crate) key: String,
}

/// How a process has ended: exit code, standard output, standard error.
pub(crate) type Ended = (Option<i32>, String, String);

impl Desk {
    pub(crate) fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let sandbox = runtime.block_on(Sandbox::start()).unwrap();
        Self {
            runtime,
            sandbox,
            home: tempfile::tempdir().unwrap(),
            key: key(),
        }
    }

    /// What the sign-in to this sandbox stands under, in a store.
    pub(crate) fn token_key(&self) -> TokenKey {
        let environment = self.sandbox.environment();
        let value = |name: &str| environment.iter().find(|(known, _)| *known == name);
        let builder =
            ClientBuilder::from_variables(|name| value(name).map(|(_, value)| value.into()));
        let (profile, application) = builder.profile_and_application().unwrap();
        TokenKey::new(&profile, &StoredSignIn::new(application).into(), None)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.home.path().join("store/tokens")
    }

    /// Without anything of the environment that the tests were started in.
    pub(crate) fn perspio(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_perspio"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
            .env("PERSPIO_STORE", self.store())
            .env("PERSPIO_STORE_KEY", &self.key)
            .envs(self.sandbox.environment());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Running::start(self.perspio(arguments)).end()
    }

    pub(crate) fn login(&self, arguments: &[&str]) -> Running {
        Running::start(self.perspio(&[&["login"], arguments].concat()))
    }

    /// What the identity server sends the browser of Ada to.
    pub(crate) fn sign_ada_in(&self, url: &Url) -> Url {
        let back = self.sandbox.authorize(url.as_str(), Person::Ada);
        Url::parse(&back.unwrap()).unwrap()
    }

    /// Goes there as a browser does, and on to the result.
    pub(crate) fn visit(&self, url: Url) -> String {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        self.runtime.block_on(async {
            let page = http.get(url).send().await.unwrap();
            assert_eq!(page.status(), 200);
            page.text().await.unwrap()
        })
    }

    /// Ada signs in with a browser that she has opened herself.
    pub(crate) fn ada_has_signed_in(&self) {
        self.ada_signs_in_by(self.perspio(&["login", "--no-browser"]));
    }

    pub(crate) fn ada_signs_in_by(&self, login: Command) {
        let mut login = Running::start(login);
        let url = login.url();
        self.visit(self.sign_ada_in(&url));
        let (code, _, err) = login.end();
        assert_eq!(code, Some(0), "{err}");
    }

    /// Lets the access token expire: the next command has to refresh it.
    pub(crate) fn let_the_token_expire(&self) {
        let key = StoreKey::from_base64(&SecretString::from(self.key.as_str())).unwrap();
        let store = FileStore::open(self.store(), key).unwrap();
        let key = self.token_key();
        self.runtime.block_on(async {
            let stored = store.read(&key).await.unwrap().unwrap();
            let mut record = stored.record;
            record.lifetime = Duration::ZERO;
            let replaced = store.replace(&key, Some(stored.revision), record);
            assert!(replaced.await.unwrap());
        });
    }

    pub(crate) fn requests(&self) -> usize {
        self.sandbox.log().requests().len()
    }
}

pub(crate) fn key() -> String {
    let key = StoreKey::random().unwrap();
    key.to_base64().expose_secret().to_owned()
}

/// A process that ends when this is dropped.
pub(crate) struct Running {
    pub(crate) process: Child,
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) stdout: Receiver<String>,
    pub(crate) stderr: Receiver<String>,
    /// What was read of standard error already.
    pub(crate) told: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        // A process that has ended already cannot be killed, only waited for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            stdin: process.stdin.take(),
            stdout: lines(process.stdout.take().unwrap()),
            stderr: lines(process.stderr.take().unwrap()),
            told: String::new(),
            process,
        }
    }

    /// The first line of standard error that begins so.
    pub(crate) fn line(&mut self, beginning: &str) -> String {
        while let Ok(line) = self.stderr.recv_timeout(LONG) {
            self.told.push_str(&line);
            if line.trim_start().starts_with(beginning) {
                return line.trim().to_owned();
            }
        }
        panic!("no line begins with {beginning:?}: {}", self.told)
    }

    /// The address that the person is told to open.
    pub(crate) fn url(&mut self) -> Url {
        Url::parse(&self.line("http://")).unwrap()
    }

    pub(crate) fn types(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        writeln!(stdin, "{line}").unwrap();
    }

    /// Waits until it has ended, with nothing more to read.
    pub(crate) fn end(mut self) -> Ended {
        self.stdin = None;
        let out = rest(&self.stdout);
        let told = std::mem::take(&mut self.told) + &rest(&self.stderr);
        let status = self.process.wait().unwrap();
        (status.code(), out, told)
    }
}

pub(crate) fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    // It ends with the process.
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = String::new();
        while pipe.read_line(&mut line).is_ok_and(|length| length > 0) {
            if sender.send(std::mem::take(&mut line)).is_err() {
                return;
            }
        }
    });
    receiver
}

pub(crate) fn rest(lines: &Receiver<String>) -> String {
    let mut text = String::new();
    loop {
        match lines.recv_timeout(LONG) {
            Ok(line) => text.push_str(&line),
            Err(mpsc::RecvTimeoutError::Disconnected) => return text,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("the command does not end: {text}"),
        }
    }
}

pub(crate) fn parameter(url: &Url, name: &str) -> String {
    let parameters: HashMap<_, _> = url.query_pairs().into_owned().collect();
    parameters[name].clone()
}

pub(crate) fn contains_all(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}
