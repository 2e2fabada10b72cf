//! Processes that share a store.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use perspio_auth::SecretString;
use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::StoreKey;
use perspio_sandbox::Sandbox;
use serde_json::Value;

/// Longer than any step takes on the slowest machine.
const LONG: Duration = Duration::from_secs(120);

/// The store and the caller of worker processes.
pub(crate) struct Work<'a> {
    pub(crate) sandbox: &'a Sandbox,
    /// The worker's `WORKER_STORE`.
    pub(crate) store: String,
    pub(crate) key: SecretString,
    /// The worker's `WORKER_AS`.
    pub(crate) caller: &'static str,
}

impl<'a> Work<'a> {
    pub(crate) fn new(sandbox: &'a Sandbox, store: String, caller: &'static str) -> Self {
        Self {
            sandbox,
            store,
            key: StoreKey::random()
                .expect("there are random numbers")
                .to_base64(),
            caller,
        }
    }

    /// Starts a process with `callers` tasks, which waits for [`Worker::go`] and kills itself
    /// at the step `fault`, unless that is empty.
    pub(crate) fn worker(&self, callers: usize, fault: &str) -> Worker {
        self.start(Command::new(env!("CARGO_BIN_EXE_worker")), callers, fault)
    }

    /// Starts a process with `command`, which ends with the program to run.
    pub(crate) fn start(&self, mut command: Command, callers: usize, fault: &str) -> Worker {
        let process = command
            .envs(self.sandbox.environment())
            .env("WORKER_STORE", &self.store)
            .env("WORKER_KEY", self.key.expose_secret())
            .env("WORKER_AS", self.caller)
            .env("WORKER_CALLERS", callers.to_string())
            .env("AUTH_FAULT_POINT", fault)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a process can be started");
        // From here on, every path that leaves this function ends the process.
        let mut worker = Worker {
            process,
            lines: mpsc::channel().1,
        };
        let stdout = worker.process.stdout.take().expect("stdout is a pipe");
        worker.lines = lines(stdout);
        worker
    }

    /// Returns the outcome of one process with `callers` tasks.
    pub(crate) fn outcome(&self, callers: usize) -> Outcome {
        let mut worker = self.worker(callers, "");
        worker.begin();
        worker.has_requested();
        worker.outcome()
    }
}

/// A worker process.
pub(crate) struct Worker {
    process: Child,
    lines: mpsc::Receiver<String>,
}

impl Worker {
    /// Waits until it is ready, and starts its tasks.
    pub(crate) fn begin(&mut self) {
        self.is_ready();
        self.go();
    }

    /// Starts its tasks; it must be ready.
    pub(crate) fn go(&mut self) {
        let stdin = self.process.stdin.as_mut().expect("stdin is a pipe");
        writeln!(stdin, "go").expect("it waits for that");
    }

    pub(crate) fn is_ready(&mut self) {
        self.expect_line("ready");
    }

    /// Waits until the tasks have requested the token.
    pub(crate) fn has_requested(&mut self) {
        self.expect_line("requested");
    }

    fn expect_line(&mut self, expected: &str) {
        let line = self.lines.recv_timeout(LONG).unwrap_or_default();
        assert_eq!(line.trim_end(), expected, "{}", self.stderr());
    }

    /// Returns the outcome of its tasks.
    pub(crate) fn outcome(&mut self) -> Outcome {
        let line = self.lines.recv_timeout(LONG).unwrap_or_default();
        let report: Value = serde_json::from_str(&line)
            .unwrap_or_else(|cause| panic!("{cause}: {line:?}: {}", self.stderr()));
        let set = |name: &str| {
            let texts = report[name].as_array().expect("it is a list").iter();
            texts
                .map(|text| text.as_str().expect("of texts").to_owned())
                .collect()
        };
        Outcome {
            completed: serde_json::from_value(report["completed"].clone()).expect("it is a number"),
            tokens: set("tokens"),
            errors: set("errors"),
            store_errors: set("storeErrors"),
        }
    }

    /// Kills the process with `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.process.kill().expect("it runs");
        self.was_killed();
    }

    /// Waits until the process has ended by `kill -9`.
    pub(crate) fn was_killed(&mut self) {
        // The output ends with the process.
        while self
            .lines
            .recv_timeout(LONG)
            .is_ok_and(|line| line == "requested")
        {}
        let status = self.process.wait().expect("it can be waited for");
        assert_eq!(status.signal(), Some(9), "{status}: {}", self.stderr());
    }

    /// Kills the process, and returns its standard error.
    fn stderr(&mut self) -> String {
        let _ = self.process.kill();
        let stderr = self.process.stderr.take();
        let text = stderr.map(std::io::read_to_string);
        text.and_then(Result::ok).unwrap_or_default()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Fails on a process that has exited already, which is then only reaped.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The outcome of the tasks of one process.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The number of tasks; each got a token or an error.
    pub(crate) completed: usize,
    /// A fingerprint of each token.
    pub(crate) tokens: BTreeSet<String>,
    pub(crate) errors: BTreeSet<String>,
    pub(crate) store_errors: BTreeSet<String>,
}

impl Outcome {
    /// Returns the token, which is the same for all tasks.
    pub(crate) fn token(self) -> String {
        assert!(self.errors.is_empty(), "{self:?}");
        let mut tokens = self.tokens.into_iter();
        let token = tokens.next().expect("there is a token");
        assert_eq!(tokens.next(), None, "all get the same");
        token
    }

    /// Returns the error, which is the same for all tasks.
    pub(crate) fn error(self) -> String {
        assert!(self.tokens.is_empty(), "{self:?}");
        let mut errors = self.errors.into_iter();
        let error = errors.next().expect("there is an error");
        assert_eq!(errors.next(), None, "all get the same");
        error
    }
}

fn lines(stdout: ChildStdout) -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel();
    // The thread ends with the process.
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    lines
}
