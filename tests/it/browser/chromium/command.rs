//! The command `perspio`, used together with a browser.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::StoreKey;
use perspio_sandbox::Sandbox;
use serde_json::Value;
use tempfile::TempDir;

use super::Chromium;
use super::attempt::SIGNED_IN;
use crate::support;

/// The command on a machine without a stored sign-in.
struct Perspio<'a> {
    program: PathBuf,
    sandbox: &'a Sandbox,
    home: TempDir,
    key: String,
}

impl<'a> Perspio<'a> {
    fn new(sandbox: &'a Sandbox) -> Self {
        let key = StoreKey::random().unwrap().to_base64();
        Self {
            program: program(),
            sandbox,
            home: tempfile::tempdir().unwrap(),
            key: key.expose_secret().to_owned(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("PERSPIO_STORE", self.home.path().join("tokens"))
            .env("PERSPIO_STORE_KEY", &self.key)
            .envs(self.sandbox.environment());
        command
    }

    /// Runs the command on another thread: the sandbox needs the runtime's thread.
    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    }

    /// Runs a call and returns its JSON output.
    async fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--output", "json"]].concat()).await;
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// Builds the command with the features that the tests are built with, so that
/// a run of all tests builds nothing here.
fn program() -> PathBuf {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let build = Command::new(env!("CARGO"))
        .args([
            "build",
            "--workspace",
            "--all-features",
            "--locked",
            "--bin",
            "perspio",
        ])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(
        build.status.success(),
        "{}",
        String::from_utf8_lossy(&build.stderr)
    );
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join("perspio")
}

/// Returns the address that the command prints for the user to open.
async fn printed_address(login: &mut Child) -> String {
    let stderr = login.stderr.take().unwrap();
    tokio::task::spawn_blocking(move || {
        let lines = BufReader::new(stderr).lines().map_while(Result::ok);
        let mut addresses = lines.filter(|line| line.starts_with("http://"));
        addresses.next().expect("the command prints an address")
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn after_perspio_login_the_user_reads_their_profile_and_writes() {
    let sandbox = support::sandbox().await;
    let perspio = Perspio::new(&sandbox);
    let mut login = perspio.command(&["login", "--no-browser"]);
    let mut login = login
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let browser = Chromium::start().await;
    browser.open(&printed_address(&mut login).await).await;
    browser.click("Ada Sandbox").await;
    browser.shows(SIGNED_IN).await;
    let login = tokio::task::spawn_blocking(move || login.wait_with_output().unwrap());
    let login = login.await.unwrap();
    assert!(login.status.success());
    assert!(String::from_utf8_lossy(&login.stdout).contains("ada@sandbox.example"));

    let user = perspio.json(&["directory", "user"]).await;
    assert_eq!(user["displayName"], "Ada Sandbox");
    let update = ["assets", "update", "--id", "IN-000001"];
    let change = |more: &[&'static str]| [&update[..], more].concat();
    let asset = perspio.json(&change(&["--description", "new"])).await;
    assert_eq!(asset["description"], "new");
    let null = perspio.home.path().join("null.json");
    std::fs::write(&null, r#"{"description":null}"#).unwrap();
    let clear = [&update[..], &["--json-body", null.to_str().unwrap()]].concat();
    perspio.json(&clear).await;
    let requests = sandbox.log().api_requests();
    assert_eq!(requests.last().unwrap().body, br#"{"description":null}"#);

    sandbox.log().clear();
    let rejected = perspio
        .run(&change(&["--description", "x", "--as", "application"]))
        .await;
    assert_eq!(rejected.status.code(), Some(3));
    let stderr = String::from_utf8_lossy(&rejected.stderr);
    assert!(
        stderr.contains("may only read") && stderr.contains("perspio login"),
        "{stderr}"
    );
    assert!(sandbox.log().requests().is_empty(), "nothing is sent");
}
