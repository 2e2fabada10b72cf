//! Prism, a server that responds according to an OpenAPI document and reports violations of
//! a request. It runs as a separate process (tests/prism).

use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// The usual time is two seconds; long documents and a busy machine take longer.
const TIME_TO_START: Duration = Duration::from_secs(180);
const STARTED: &str = "Prism is listening on ";

/// A server of one document on a free port of this machine. Dropping it ends the process.
pub struct Prism {
    process: Child,
    base_url: String,
}

impl Drop for Prism {
    fn drop(&mut self) {
        // Fails on a process that has exited already, which is then only reaped.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Prism {
    /// Starts a server of `document`; `root` is the folder of the workspace.
    pub fn start(root: &Path, document: &Path) -> io::Result<Self> {
        let folder = root.join("tests/prism");
        // npm writes this file last.
        if !folder.join("node_modules/.package-lock.json").exists() {
            return Err(io::Error::other(
                "tests/prism/node_modules is missing: `cargo xtask test` installs what the tests need",
            ));
        }
        let process = Command::new("node")
            .arg("node_modules/@stoplight/prism-cli/dist/index.js")
            // Without `--errors`, because an example may violate its own document, and a
            // header reports the violations of a request anyway.
            .args(["mock", "--port", "0", "--seed", "1"])
            .arg(document)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        // From here on, every path that leaves this function ends the process.
        let mut prism = Self {
            process,
            base_url: String::new(),
        };
        let stdout = prism.process.stdout.take();
        let stdout = stdout.ok_or_else(|| io::Error::other("its output is no pipe"))?;
        prism.base_url = address(stdout)?;
        Ok(prism)
    }

    /// Returns the address of the server.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

/// Returns the address that the process prints. Its output is read until it exits, because
/// a full pipe would block it.
fn address(stdout: ChildStdout) -> io::Result<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut last = String::new();
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some((_, address)) = line.split_once(STARTED) {
                let _ = sender.send(Ok(address.trim().to_owned()));
            }
            last = line;
        }
        let _ = sender.send(Err(last));
    });
    match receiver.recv_timeout(TIME_TO_START) {
        Ok(Ok(address)) => Ok(address),
        Ok(Err(last)) => Err(io::Error::other(format!("prism did not start: {last}"))),
        Err(_) => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "prism did not start in time",
        )),
    }
}

/// Returns the violations of a request in Prism's header `sl-violations`, a line for each
/// location.
pub fn violations(header: &str) -> Vec<String> {
    of("request", header)
}

/// Returns the violations of Prism's own response, for example by an invalid example of
/// the document.
pub fn contradictions(header: &str) -> Vec<String> {
    of("response", header)
}

fn of(side: &str, header: &str) -> Vec<String> {
    // Of many violations the header contains the first ones, and is truncated.
    let first = header
        .strip_prefix("Too many violations! ")
        .map(|list| list.rsplit_once("},{").map_or(list, |(whole, _)| whole))
        .map(|list| format!("{list}}}]"));
    let list = first.as_deref().unwrap_or(header);
    let violations: Value = serde_json::from_str(list).unwrap_or_else(|_| header.into());
    let Value::Array(violations) = violations else {
        return Vec::from_iter((!header.is_empty()).then(|| header.to_owned()));
    };
    let text = |value: &Value, name: &str| value.get(name).map(Value::to_string);
    violations
        .iter()
        .filter(|one| {
            one.pointer("/location/0") == Some(&side.into())
                && one.get("severity") == Some(&"Error".into())
        })
        .map(|one| {
            let [place, code, message] =
                ["location", "code", "message"].map(|name| text(one, name).unwrap_or_default());
            format!("{place} {code}: {message}")
        })
        .collect()
}
