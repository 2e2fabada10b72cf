//! Prism: a server that answers as an OpenAPI document says and tells what is
//! wrong with a request, as a process of its own (tests/prism).

use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// It takes two seconds, and more for long documents and on a busy machine.
const TIME_TO_START: Duration = Duration::from_secs(180);
const STARTED: &str = "Prism is listening on ";

/// A server of one document on a free port of this machine. It ends when this
/// is dropped.
pub struct Prism {
    process: Child,
    base_url: String,
}

impl Drop for Prism {
    fn drop(&mut self) {
        // A process that has ended already cannot be killed, only waited for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Prism {
    /// Serves `document`; `root` is the workspace's folder.
    pub fn start(root: &Path, document: &Path) -> io::Result<Self> {
        let folder = root.join("tests/prism");
        // npm writes this file when everything else is there.
        if !folder.join("node_modules/.package-lock.json").exists() {
            return Err(io::Error::other(
                "tests/prism/node_modules is missing: `cargo xtask test` installs what the tests need",
            ));
        }
        let process = Command::new("node")
            .arg("node_modules/@stoplight/prism-cli/dist/index.js")
            // Without `--errors`: its own example may break its document's rules,
            // and a header tells what is wrong with a request anyway.
            .args(["mock", "--port", "0", "--seed", "1"])
            .arg(document)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        // From here on it ends with this, whatever happens.
        let mut prism = Self {
            process,
            base_url: String::new(),
        };
        let stdout = prism.process.stdout.take();
        let stdout = stdout.ok_or_else(|| io::Error::other("its output is no pipe"))?;
        prism.base_url = address(stdout)?;
        Ok(prism)
    }

    /// Where it listens.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }
}

/// The address that it tells. All that it writes is read to the end of the
/// process, for a full pipe would stop it.
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

/// What prism says against a request, of what its header `sl-violations` holds:
/// a line for each place.
pub fn violations(header: &str) -> Vec<String> {
    of("request", header)
}

/// The same against its own answer: its document's example does not fit.
pub fn contradictions(header: &str) -> Vec<String> {
    of("response", header)
}

fn of(side: &str, header: &str) -> Vec<String> {
    // Of many it tells the first ones, and ends anywhere.
    let first = header
        .strip_prefix("Too many violations! ")
        .map(|list| list.rsplit_once("},{").map_or(list, |(whole, _)| whole))
        .map(|list| format!("{list}}}]"));
    let list = first.as_deref().unwrap_or(header);
    let told: Value = serde_json::from_str(list).unwrap_or_else(|_| header.into());
    let Value::Array(told) = told else {
        return Vec::from_iter((!header.is_empty()).then(|| header.to_owned()));
    };
    let text = |value: &Value, name: &str| value.get(name).map(Value::to_string);
    told.iter()
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
