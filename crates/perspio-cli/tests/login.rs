//! `perspio login` as a person runs it, and the commands that follow, each a
//! process of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::StoreKey;
use perspio_sandbox::{Endpoint, Person, Sandbox};
use reqwest::Url;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Nothing here takes as long, on the slowest machine.
const LONG: Duration = Duration::from_secs(30);

/// A sandbox, and a machine without a keyring on which nobody has signed in.
struct Desk {
    runtime: Runtime,
    sandbox: Sandbox,
    home: TempDir,
    key: String,
}

/// How a process has ended: exit code, standard output, standard error.
type Ended = (Option<i32>, String, String);

impl Desk {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let sandbox = runtime.block_on(Sandbox::start()).unwrap();
        Self {
            runtime,
            sandbox,
            home: tempfile::tempdir().unwrap(),
            key: key(),
        }
    }

    fn store(&self) -> PathBuf {
        self.home.path().join("store/tokens")
    }

    /// Without anything of the environment that the tests were started in.
    fn perspio(&self, arguments: &[&str]) -> Command {
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

    fn run(&self, arguments: &[&str]) -> Ended {
        Running::start(self.perspio(arguments)).end()
    }

    fn login(&self, arguments: &[&str]) -> Running {
        Running::start(self.perspio(&[&["login"], arguments].concat()))
    }

    /// What the identity server sends the browser of Ada to.
    fn sign_ada_in(&self, url: &Url) -> Url {
        let back = self.sandbox.authorize(url.as_str(), Person::Ada);
        Url::parse(&back.unwrap()).unwrap()
    }

    /// Goes there as a browser does, and on to the result.
    fn visit(&self, url: Url) -> String {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        self.runtime.block_on(async {
            let page = http.get(url).send().await.unwrap();
            assert_eq!(page.status(), 200);
            page.text().await.unwrap()
        })
    }

    /// Ada signs in with a browser that she has opened herself.
    fn ada_has_signed_in(&self) {
        let mut login = self.login(&["--no-browser"]);
        let url = login.url();
        self.visit(self.sign_ada_in(&url));
        let (code, _, err) = login.end();
        assert_eq!(code, Some(0), "{err}");
    }

    fn requests(&self) -> usize {
        self.sandbox.log().requests().len()
    }
}

fn key() -> String {
    let key = StoreKey::random().unwrap();
    key.to_base64().expose_secret().to_owned()
}

/// A process that ends when this is dropped.
struct Running {
    process: Child,
    stdin: Option<ChildStdin>,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    /// What was read of standard error already.
    told: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        // A process that has ended already cannot be killed, only waited for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Running {
    fn start(mut command: Command) -> Self {
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
    fn line(&mut self, beginning: &str) -> String {
        while let Ok(line) = self.stderr.recv_timeout(LONG) {
            self.told.push_str(&line);
            if line.trim_start().starts_with(beginning) {
                return line.trim().to_owned();
            }
        }
        panic!("no line begins with {beginning:?}: {}", self.told)
    }

    /// The address that the person is told to open.
    fn url(&mut self) -> Url {
        Url::parse(&self.line("http://")).unwrap()
    }

    fn types(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        writeln!(stdin, "{line}").unwrap();
    }

    /// Waits until it has ended, with nothing more to read.
    fn end(mut self) -> Ended {
        self.stdin = None;
        let out = rest(&self.stdout);
        let told = std::mem::take(&mut self.told) + &rest(&self.stderr);
        let status = self.process.wait().unwrap();
        (status.code(), out, told)
    }
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
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

fn rest(lines: &Receiver<String>) -> String {
    let mut text = String::new();
    loop {
        match lines.recv_timeout(LONG) {
            Ok(line) => text.push_str(&line),
            Err(mpsc::RecvTimeoutError::Disconnected) => return text,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("the command does not end: {text}"),
        }
    }
}

fn parameter(url: &Url, name: &str) -> String {
    let parameters: HashMap<_, _> = url.query_pairs().into_owned().collect();
    parameters[name].clone()
}

fn contains_all(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}

#[test]
fn who_has_signed_in_may_write_in_the_commands_that_follow() {
    let desk = Desk::new();
    let mut login = desk.login(&["--no-browser", "--output", "json"]);
    let url = login.url();
    let page = desk.visit(desk.sign_ada_in(&url));
    assert!(page.contains("Signed in to PerspioTalk"), "{page}");
    let (code, out, err) = login.end();
    assert_eq!(code, Some(0), "{err}");
    let told: Value = serde_json::from_str(&out).unwrap();
    let expected = json!({
        "name": "Ada Sandbox",
        "user": "ada@sandbox.example",
        "application": desk.sandbox.client_id(),
        "tenant": desk.sandbox.tenant_id(),
        "keptIn": desk.store(),
    });
    assert_eq!(told, expected);

    let (code, out, err) = desk.run(&["directory", "user"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("ada@sandbox.example"), "{out}");

    let update = ["assets", "update", "--id", "IN-000001"];
    let (code, _, err) = desk.run(&[&update[..], &["--description", "new"]].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let cleared = desk.home.path().join("cleared.json");
    std::fs::write(&cleared, r#"{"description":null}"#).unwrap();
    let cleared = ["--json-body", cleared.to_str().unwrap()];
    let (code, _, err) = desk.run(&[&update[..], &cleared].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let sent: Vec<_> = desk.sandbox.log().api_requests();
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[1].body, br#"{"description":"new"}"#);
    assert_eq!(sent[2].body, br#"{"description":null}"#);
    assert_eq!(desk.sandbox.log().token_requests().len(), 1);
}

#[test]
fn the_application_itself_is_not_let_write_whoever_has_signed_in() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    let before = desk.requests();
    let update = ["assets", "update", "--id", "IN-000001"];
    let as_application = ["--description", "new", "--as", "application"];
    let (code, out, err) = desk.run(&[&update[..], &as_application].concat());
    assert_eq!((code, out.as_str()), (Some(3), ""), "{err}");
    assert_eq!(desk.requests(), before, "nothing is sent");
}

#[cfg(target_os = "linux")]
#[test]
fn a_browser_that_is_set_is_opened_at_the_address_that_is_told() {
    let desk = Desk::new();
    let pipe = desk.home.path().join("opened");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let browser = desk.home.path().join("browser");
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > '{}'\n", pipe.display());
    std::fs::write(&browser, script).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&browser, executable).unwrap();

    let mut command = desk.perspio(&["login"]);
    command.env("BROWSER", &browser);
    let mut login = Running::start(command);
    let told = login.url();
    // Opening waits for the other end.
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(std::fs::read_to_string(pipe)));
    let opened = receiver.recv_timeout(LONG).unwrap().unwrap();
    assert_eq!(opened, format!("{told}\n"));
    desk.visit(desk.sign_ada_in(&told));
    let (code, out, err) = login.end();
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("ada@sandbox.example"), "{out}");
}

#[test]
fn what_was_pasted_by_mistake_is_told_and_can_be_pasted_again() {
    let desk = Desk::new();
    let mut login = desk.login(&["--paste"]);
    let url = login.url();
    assert_eq!(parameter(&url, "redirect_uri"), "http://localhost");
    login.types("http://localhost/?code=canary&state=canary");
    let told = login.line("the answer to the sign-in");
    assert!(told.contains("Paste the whole address"), "{told}");
    login.types(desk.sign_ada_in(&url).as_str());
    let (code, out, err) = login.end();
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("ada@sandbox.example"), "{out}");
    assert!(!err.contains("canary"), "{err}");
    assert_eq!(desk.sandbox.log().token_requests().len(), 1);
    let (code, _, err) = desk.run(&["directory", "user", "--as", "user"]);
    assert_eq!(code, Some(0), "{err}");
}

#[test]
fn nothing_pasted_is_nobody_signed_in() {
    let desk = Desk::new();
    let mut login = desk.login(&["--paste"]);
    login.url();
    let (code, out, err) = login.end();
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    assert!(err.contains("nothing was pasted"), "{err}");
    assert_eq!(desk.requests(), 0);
}

#[test]
fn a_code_that_is_typed_on_another_device_signs_in() {
    let desk = Desk::new();
    // The first time that the command asks, the person is done already.
    let hold = desk.sandbox.hold(Endpoint::Token);
    let mut login = desk.login(&["--device"]);
    let open = login.line("Open ");
    let page = format!("{}/device ", desk.sandbox.base_url());
    assert!(open.contains(&page), "{open}");
    let is_code = |text: &str| text.len() == 9 && text.as_bytes()[4] == b'-';
    let code = std::iter::repeat_with(|| login.line("")).find(|line| is_code(line));
    let waits = login.line("It can be typed for ");
    assert!(waits.ends_with(" seconds."), "{waits}");
    assert!(desk.sandbox.approve_device(&code.unwrap(), Person::Ada));
    drop(hold);
    let (code, out, err) = login.end();
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("ada@sandbox.example"), "{out}");
    let (code, _, err) = desk.run(&["directory", "user", "--as", "user"]);
    assert_eq!(code, Some(0), "{err}");
}

#[test]
fn without_a_key_nobody_is_bothered_with_a_sign_in_that_could_not_be_kept() {
    for way in ["--no-browser", "--paste", "--device"] {
        let desk = Desk::new();
        let mut command = desk.perspio(&["login", way]);
        command.env_remove("PERSPIO_STORE_KEY");
        let (code, out, err) = Running::start(command).end();
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        contains_all(&err, &["PERSPIO_STORE_KEY", "openssl rand", "keyring"]);
        assert!(!err.contains("http://"), "nothing is to be opened: {err}");
        assert_eq!(desk.requests(), 0);
        assert!(!desk.store().exists());
    }
}

#[test]
fn a_key_that_is_none_is_told_before_the_sign_in() {
    let mut desk = Desk::new();
    desk.key = "canary".to_owned();
    let (code, out, err) = desk.run(&["login", "--no-browser"]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    contains_all(&err, &["PERSPIO_STORE_KEY"]);
    assert!(!err.contains("canary") && !err.contains("http://"), "{err}");
}

#[test]
fn another_key_than_the_sign_in_was_kept_with_is_told_and_changes_nothing() {
    let mut desk = Desk::new();
    desk.ada_has_signed_in();
    let kept = std::fs::read(desk.store()).unwrap();
    let before = desk.requests();
    let right = std::mem::replace(&mut desk.key, key());
    for command in [
        &["directory", "user"][..],
        &["directory", "user", "--as", "user"],
        &["login", "--no-browser"],
    ] {
        let (code, out, err) = desk.run(command);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{command:?}: {err}");
        contains_all(&err, &["key", desk.store().to_str().unwrap()]);
    }
    assert_eq!(desk.requests(), before);
    assert_eq!(std::fs::read(desk.store()).unwrap(), kept);
    desk.key = right;
    let (code, _, err) = desk.run(&["directory", "user"]);
    assert_eq!(code, Some(0), "{err}");
}

#[test]
fn without_a_sign_in_a_call_as_a_user_says_to_sign_in() {
    let desk = Desk::new();
    let (code, out, err) = desk.run(&["directory", "user", "--as", "user"]);
    assert_eq!((code, out.as_str()), (Some(3), ""), "{err}");
    assert!(err.contains("perspio login"), "{err}");
    assert_eq!(desk.requests(), 0);
}

#[test]
fn a_sandbox_of_one_command_keeps_no_sign_in() {
    let desk = Desk::new();
    let (code, out, err) = desk.run(&["--sandbox", "login"]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    contains_all(&err, &["cannot keep a sign-in", "perspio sandbox"]);
    assert!(!desk.store().exists());
}

#[test]
fn the_redirect_uri_is_the_one_that_is_set() {
    let desk = Desk::new();
    let login = |way, uri| {
        let mut command = desk.perspio(&["login", way]);
        command.env("PERSPIO_REDIRECT_URI", uri);
        Running::start(command)
    };

    let mut own = login("--no-browser", "http://127.0.0.1/callback");
    let url = own.url();
    let redirect_uri = Url::parse(&parameter(&url, "redirect_uri")).unwrap();
    assert_eq!(redirect_uri.host_str(), Some("127.0.0.1"));
    assert_eq!(redirect_uri.path(), "/callback");
    desk.visit(desk.sign_ada_in(&url));
    assert_eq!(own.end().0, Some(0));

    let fixed = "https://app.example/back";
    let mut pasted = login("--paste", fixed);
    let url = pasted.url();
    assert_eq!(parameter(&url, "redirect_uri"), fixed);
    pasted.types(desk.sign_ada_in(&url).as_str());
    assert_eq!(pasted.end().0, Some(0));

    // Nobody on this machine can listen there.
    let (code, _, err) = login("--no-browser", fixed).end();
    assert_eq!(code, Some(2), "{err}");
    contains_all(&err, &[fixed]);
}

#[test]
fn a_port_that_is_taken_is_told() {
    let desk = Desk::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, _, err) = desk.run(&["login", "--no-browser", "--port", &port]);
    assert_eq!(code, Some(2), "{err}");
    contains_all(&err, &[&port]);
}

/// What the kernel says of a process's sockets.
#[cfg(target_os = "linux")]
mod sockets {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use super::*;

    /// `/proc/net/tcp` calls it so.
    const LISTENS: &str = "0A";

    /// The addresses that a process listens on.
    fn listened_on(process: u32) -> Vec<(IpAddr, u16)> {
        let files = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap();
        let files = files.map(|file| std::fs::read_link(file.unwrap().path()).unwrap());
        let own: Vec<_> = files.map(|file| file.display().to_string()).collect();
        let mut found = Vec::new();
        for table in ["tcp", "tcp6"] {
            // A machine without IPv6 has no such table.
            let table = std::fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
            for line in table.lines().skip(1) {
                let columns: Vec<_> = line.split_whitespace().collect();
                let socket = format!("socket:[{}]", columns[9]);
                if columns[3] == LISTENS && own.contains(&socket) {
                    found.push(address(columns[1]));
                }
            }
        }
        found
    }

    /// Words of the machine's own byte order, and a port.
    fn address(text: &str) -> (IpAddr, u16) {
        let (words, port) = text.split_once(':').unwrap();
        let words = words.as_bytes().chunks(8).map(std::str::from_utf8);
        let bytes = words.flat_map(|word| {
            u32::from_str_radix(word.unwrap(), 16)
                .unwrap()
                .to_ne_bytes()
        });
        let bytes: Vec<_> = bytes.collect();
        let address = match <[u8; 4]>::try_from(&*bytes) {
            Ok(ipv4) => Ipv4Addr::from(ipv4).into(),
            Err(_) => Ipv6Addr::from(<[u8; 16]>::try_from(&*bytes).unwrap()).into(),
        };
        (address, u16::from_str_radix(port, 16).unwrap())
    }

    #[test]
    fn checklist_07_the_command_listens_on_loopback_only_and_no_longer_than_the_sign_in() {
        let desk = Desk::new();
        let mut login = desk.login(&["--no-browser"]);
        let url = login.url();
        let redirect_uri = Url::parse(&parameter(&url, "redirect_uri")).unwrap();
        let listened_on = listened_on(login.process.id());
        assert!(!listened_on.is_empty());
        for (address, port) in listened_on {
            assert!(address.is_loopback(), "{address}");
            assert_eq!(Some(port), redirect_uri.port());
        }
        desk.visit(desk.sign_ada_in(&url));
        assert_eq!(login.end().0, Some(0));
        let again = std::net::TcpStream::connect(("localhost", redirect_uri.port().unwrap()));
        assert!(again.is_err());
    }

    #[test]
    fn a_way_without_a_browser_listens_nowhere() {
        let desk = Desk::new();
        let mut login = desk.login(&["--paste"]);
        login.url();
        assert_eq!(listened_on(login.process.id()), []);
    }

    #[test]
    fn the_kernels_table_is_read_right() {
        let listeners = ["127.0.0.1:0", "[::1]:0"].map(std::net::TcpListener::bind);
        let listeners = listeners.into_iter().flatten();
        for listener in listeners {
            let address = listener.local_addr().unwrap();
            let found = listened_on(std::process::id());
            assert!(found.contains(&(address.ip(), address.port())), "{found:?}");
        }
    }
}
