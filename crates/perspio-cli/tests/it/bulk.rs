//! `perspio assets get --from-list`.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use perspio_sandbox::{Endpoint, Fault, Sandbox};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::commands::{contains_all, perspio, run};

/// A sandbox, and a folder with a list.
struct Job {
    sandbox: Sandbox,
    runtime: Runtime,
    folder: TempDir,
}

impl Job {
    fn new(list: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("list"), list).unwrap();
        Self {
            sandbox: runtime.block_on(Sandbox::start()).unwrap(),
            runtime,
            folder,
        }
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = perspio(&[&["assets", "get", "--from-list"], arguments].concat());
        command
            .envs(self.sandbox.environment())
            .current_dir(self.folder.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        run(&mut self.command(arguments))
    }

    fn calls(&self) -> usize {
        self.sandbox.log().api_requests().len()
    }
}

fn ids(out: &str) -> Vec<String> {
    let id = |line| serde_json::from_str::<Value>(line).unwrap()["id"].clone();
    let mut ids: Vec<_> = out.lines().map(|line| id(line).to_string()).collect();
    ids.sort();
    ids
}

#[test]
fn each_asset_of_a_list_is_one_line_of_json() {
    let job = Job::new("IN-000001\n\n# the yard\nIN-000002\nIN-000003\n");
    let (code, out, err) = job.run(&["list"]);
    assert_eq!((code, err.as_str()), (Some(0), "3 fetched, 0 failed\n"));
    assert_eq!(
        ids(&out),
        [r#""IN-000001""#, r#""IN-000002""#, r#""IN-000003""#]
    );
}

#[test]
fn a_list_may_come_from_standard_input() {
    let job = Job::new("");
    let mut child = job
        .command(&["-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"IN-000001").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(ids(&String::from_utf8(output.stdout).unwrap()).len(), 1);
}

#[test]
fn assets_that_fail_are_reported_and_the_others_are_fetched() {
    let job = Job::new("IN-000001\nIN-999999\nIN-000002\n");
    let (code, out, err) = job.run(&["list"]);
    assert_eq!(code, Some(6), "{err}");
    assert_eq!(ids(&out).len(), 2);
    contains_all(&err, &["IN-999999: ", "404", "2 fetched, 1 failed"]);
}

#[test]
fn a_resumed_list_fetches_the_rest() {
    let job = Job::new("IN-000001\nIN-999999\nIN-000002\n");
    assert_eq!(job.run(&["list", "--resume", "done"]).0, Some(6));
    let done = fs::read_to_string(job.folder.path().join("done")).unwrap();
    assert_eq!(done.lines().count(), 2, "{done}");
    let before = job.calls();
    let (_, out, err) = job.run(&["list", "--resume", "done"]);
    assert_eq!(out, "");
    assert_eq!(job.calls(), before + 1);
    contains_all(&err, &["0 fetched, 1 failed"]);
}

#[test]
fn a_failure_that_concerns_all_assets_ends_the_job() {
    let job = Job::new(&"IN-000001\n".repeat(100));
    for _ in 0..300 {
        job.sandbox.queue_fault(Endpoint::Api, Fault::status(401));
    }
    let (code, out, err) = job.run(&["list"]);
    assert_eq!((code, out.as_str()), (Some(3), ""), "{err}");
    assert_eq!(err.matches("error:").count(), 1, "{err}");
    assert!(job.calls() < 20, "{}", job.calls());
}

#[test]
fn the_failure_of_the_only_asset_is_reported_if_it_concerns_all() {
    let job = Job::new("IN-000001\n");
    for _ in 0..2 {
        job.sandbox.queue_fault(Endpoint::Api, Fault::status(401));
    }
    let (code, _, err) = job.run(&["list"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("401"), "{err}");
}

#[test]
fn rejected_credentials_are_one_failure() {
    let job = Job::new("IN-000001\nIN-000002\n");
    let mut command = job.command(&["list"]);
    let (code, _, err) = run(command.env("PERSPIO_CLIENT_SECRET", "wrong"));
    assert_eq!(code, Some(3), "{err}");
    assert_eq!(job.calls(), 0);
}

#[cfg(unix)]
#[test]
fn an_interrupted_job_reports_what_it_has_fetched() {
    let job = Job::new("IN-000001\nIN-000002\nIN-000003\n");
    let hold = job.sandbox.hold(Endpoint::Api);
    let child = job
        .command(&["list"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    job.runtime.block_on(hold.arrived(3));
    let interrupt = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let err = String::from_utf8(output.stderr).unwrap();
    contains_all(&err, &["0 fetched, 0 failed, 3 not fetched", "interrupted"]);
}

#[test]
fn a_list_that_cannot_be_used_is_an_error_before_any_call() {
    let job = Job::new("IN-000001\nIN-000002, IN-000003\n");
    for (arguments, expected) in [
        (&["list"][..], "line 2"),
        (&["missing"], "missing cannot be read"),
        (&["list", "--resume", "/proc/none"], "line 2"),
    ] {
        let (code, _, err) = job.run(arguments);
        assert_eq!(code, Some(2), "{err}");
        assert!(err.contains(expected), "{err}");
    }
    assert_eq!(job.calls(), 0);
    let (code, _, err) = run(&mut perspio(&["assets", "get", "IN-1", "--from-list", "x"]));
    assert_eq!(code, Some(2), "{err}");
}
