//! `perspio sandbox`.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

use crate::commands::{contains_all, perspio, run};

/// `perspio sandbox` in its own process, which is stopped when this is dropped.
struct RunningSandbox {
    process: Child,
    settings: Vec<(String, String)>,
    /// Open as long as it runs: it could not write the rest otherwise.
    _printed: Lines<BufReader<ChildStdout>>,
}

impl RunningSandbox {
    fn start(arguments: &[&str]) -> Self {
        let mut process = perspio(&["sandbox"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut printed = BufReader::new(process.stdout.take().unwrap()).lines();
        let settings = printed
            .by_ref()
            .map(Result::unwrap)
            .take_while(|line| line != "# perspio assets list")
            .filter_map(|line| {
                let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
                Some((name.to_owned(), value.to_owned()))
            })
            .collect();
        Self {
            process,
            settings,
            _printed: printed,
        }
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        run(perspio(arguments).envs(self.settings.iter().cloned()))
    }
}

impl Drop for RunningSandbox {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn a_running_sandbox_serves_other_commands_with_the_settings_that_it_prints() {
    let sandbox = RunningSandbox::start(&["--port", "0"]);
    let (code, out, err) = sandbox.run(&["sites", "list"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("IN-SITE-"), "{out}");
}

#[test]
fn the_limits_of_a_running_sandbox_hold_for_all_its_callers_together() {
    let sandbox = RunningSandbox::start(&["--rate", "2/1h"]);
    for _ in 0..2 {
        let (code, _, err) = sandbox.run(&["sites", "list"]);
        assert_eq!((code, err.as_str()), (Some(0), ""));
    }
    let (code, _, err) = sandbox.run(&["sites", "list"]);
    assert_eq!(code, Some(5), "{err}");
    contains_all(
        &err,
        &[
            "was rejected with 429, wait 3600 s",
            "at most 120 s are allowed",
        ],
    );
}

#[test]
fn a_command_runs_with_the_settings_of_a_sandbox_and_its_exit_code() {
    let own = env!("CARGO_BIN_EXE_perspio");
    let (code, out, err) = run(&mut perspio(&["sandbox", "--", own, "sites", "list"]));
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("IN-SITE-"), "{out}");
    let missing = ["sandbox", "--", own, "assets", "get", "IN-999999"];
    assert_eq!(run(&mut perspio(&missing)).0, Some(6));
    let (code, _, err) = run(&mut perspio(&["sandbox", "--", "/no/such/program"]));
    assert_eq!(code, Some(2));
    assert!(err.contains("/no/such/program cannot be started"), "{err}");
}

#[test]
fn the_settings_are_printed_in_the_syntax_of_a_shell() {
    for (syntax, expected) in [
        ("fish", "set -gx PERSPIO_TENANT_ID in-"),
        ("powershell", "$env:PERSPIO_TENANT_ID = 'in-"),
        ("dotenv", "PERSPIO_TENANT_ID=in-"),
    ] {
        let mut process = perspio(&["sandbox", "--format", syntax])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut lines = lines.map(Result::unwrap);
        let found = lines.find(|line| line.contains("PERSPIO_TENANT_ID"));
        process.kill().unwrap();
        process.wait().unwrap();
        assert!(found.unwrap().starts_with(expected), "{syntax}");
    }
}

#[test]
fn an_invalid_limit_is_an_error_with_an_example() {
    let (code, _, err) = run(&mut perspio(&["sandbox", "--rate", "20"]));
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("20/90s"), "{err}");
}

#[test]
fn a_port_that_is_taken_is_reported() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, _, err) = run(&mut perspio(&["sandbox", "--port", &port]));
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains(&port), "{err}");
}
