//! `perspio status` as lines, as JSON, and continuously.

use std::process::Command;

use serde_json::{Value, json};

use crate::login::desk::{Desk, LONG, Running, contains_all};

/// The command with the settings of the service, which is never called.
fn of_the_service(desk: &Desk, arguments: &[&str]) -> Command {
    let mut command = desk.perspio(arguments);
    command
        .env("PERSPIO_BASE_URL", "https://talk.example")
        .env("PERSPIO_AUTHORITY", "https://login.example/directory");
    command
}

#[test]
fn the_status_of_a_sign_in_has_instants_server_and_tenant_as_json() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    let requests = desk.requests();
    let (code, out, err) = desk.run(&["status", "--output", "json"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let status: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(status["identity"], "user");
    assert_eq!(status["user"], "ada@sandbox.example");
    assert_eq!(status["server"], desk.sandbox.base_url());
    assert_eq!(status["tenant"], desk.sandbox.tenant_id());
    for name in ["tokenRequestedAt", "tokenExpiresAt"] {
        let instant: jiff::Timestamp = status[name].as_str().unwrap().parse().unwrap();
        assert!(instant.as_second() > 0, "{out}");
    }
    assert_eq!(
        status["limits"],
        json!([]),
        "a sandbox has no limits of the service"
    );
    assert_eq!(desk.requests(), requests, "nothing is sent");
}

#[test]
fn the_lifetime_of_a_token_is_a_bar_with_its_end() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    let (_, out, _) = desk.run(&["status"]);
    let token = out.lines().find(|line| line.starts_with("token")).unwrap();
    contains_all(token, &["[####", "valid for ", ", until 20", "Z"]);
    desk.let_the_token_expire();
    let (code, out, _) = desk.run(&["status"]);
    assert_eq!(code, Some(0), "{out}");
    contains_all(&out, &["[--------------------] expired"]);
}

#[test]
fn limits_are_the_documented_ones_and_their_used_part_is_said_to_be_unknown() {
    let desk = Desk::new();
    let (code, out, err) = Running::start(of_the_service(&desk, &["status"])).end();
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("No user is signed in"), "{err}");
    let parts = [
        "identity     application",
        "20 requests in 90 s",
        "10000 requests in 3600 s",
        "40000000 bytes in 3600 s",
        "used         unknown",
    ];
    contains_all(&out, &parts);
    let json = of_the_service(&desk, &["status", "--output", "json"]);
    let (_, out, _) = Running::start(json).end();
    let status: Value = serde_json::from_str(&out).unwrap();
    let limit = json!({
        "name": "application rate", "most": 20, "unit": "requests", "windowSeconds": 90,
        "used": null,
    });
    assert_eq!(status["limits"][0], limit);
    assert_eq!(status["server"], "https://talk.example");
}

#[test]
fn a_watch_prints_lines_of_json_until_it_is_ended() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    let watch = Running::start(desk.perspio(&["status", "--watch", "--output", "json"]));
    for _ in 0..2 {
        let line = watch.stdout.recv_timeout(LONG).unwrap();
        let status: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(status["user"], "ada@sandbox.example");
    }
}

#[test]
fn a_watch_without_a_terminal_asks_for_json() {
    let desk = Desk::new();
    let (code, out, err) = desk.run(&["status", "--watch"]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    contains_all(&err, &["terminal", "--output json"]);
}

#[test]
fn a_watch_of_a_sandbox_for_one_command_is_a_usage_error() {
    let desk = Desk::new();
    let (code, _, err) = desk.run(&["status", "--sandbox", "--watch"]);
    assert_eq!(code, Some(2), "{err}");
    contains_all(&err, &["perspio sandbox"]);
}
