//! The user of the sandboxes of `--sandbox`.

use std::process::Command;

use tempfile::TempDir;

use crate::commands::{perspio, run};

/// A machine with a home, whose commands call a sandbox each.
struct Machine {
    home: TempDir,
}

impl Machine {
    fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = perspio(&[&["--sandbox"], arguments].concat());
        command.env("HOME", self.home.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        run(&mut self.command(arguments))
    }
}

const UPDATE: [&str; 5] = ["assets", "update", "IN-000001", "--description", "new"];

#[test]
fn a_user_of_the_sandbox_stays_signed_in_until_logout() {
    let machine = Machine::new();
    assert_eq!(machine.run(&["status"]).0, Some(3));
    assert_eq!(
        machine.run(&UPDATE).0,
        Some(3),
        "the application only reads"
    );

    let (code, out, err) = machine.run(&["login", "-o", "json"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("ada@sandbox.example"), "{out}");
    assert_eq!(machine.run(&UPDATE).0, Some(0));
    assert!(machine.run(&["status"]).1.contains("ada@sandbox.example"));
    let (_, out, _) = machine.run(&["directory", "user", "-o", "json"]);
    assert!(out.contains("ada@sandbox.example"), "{out}");

    assert_eq!(machine.run(&["logout"]).0, Some(0));
    assert_eq!(machine.run(&["status"]).0, Some(3));
    assert_eq!(machine.run(&UPDATE).0, Some(3));
}

#[test]
fn a_user_of_the_sandbox_is_selected_for_one_call() {
    let machine = Machine::new();
    let as_user = |name| [&UPDATE[..], &["--as", name]].concat();
    assert_eq!(machine.run(&as_user("ada")).0, Some(0));
    let (code, _, err) = machine.run(&as_user("rosa"));
    assert_eq!(code, Some(1), "rosa may only read: {err}");
    let (code, _, err) = machine.run(&as_user("pia"));
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("pia cannot sign in"), "{err}");
    let (code, _, err) = machine.run(&as_user("zoe"));
    assert_eq!(code, Some(2));
    assert!(err.contains("ada, rosa, carl, pia"), "{err}");
}

#[test]
fn a_user_of_the_sandbox_is_none_of_the_service() {
    let machine = Machine::new();
    assert_eq!(machine.run(&["login"]).0, Some(0));
    let mut status = perspio(&["status"]);
    let settings = [("PERSPIO_CLIENT_ID", "id"), ("PERSPIO_TENANT_ID", "in-1")];
    let (code, _, err) = run(status.env("HOME", machine.home.path()).envs(settings));
    assert_eq!(code, Some(3), "{err}");
    let (code, _, err) = run(&mut perspio(&["assets", "list", "--as", "ada"]));
    assert_eq!(code, Some(2));
    assert!(err.contains("--sandbox"), "{err}");
}
