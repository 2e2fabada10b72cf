//! The command as a user runs it: its own process, its own environment.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Output, Stdio};

use perspio_sandbox::{Endpoint, Fault, Sandbox};
use serde_json::Value;

/// Without anything of the environment that the tests were started in.
pub(crate) fn perspio(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_perspio"));
    // The profiles of the person who runs the tests are not read.
    command
        .args(arguments)
        .env_clear()
        .env("XDG_CONFIG_HOME", "/nonexistent");
    command
}

fn text(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (
        output.status.code(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

pub(crate) fn run(command: &mut Command) -> (Option<i32>, String, String) {
    text(&command.output().unwrap())
}

/// Runs a command against a sandbox of this process, with `changes` in its settings.
fn against_a_sandbox(
    arguments: &[&str],
    changes: &[(&str, &str)],
) -> (Option<i32>, String, String) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime.block_on(Sandbox::start()).unwrap();
    let mut command = perspio(arguments);
    command
        .envs(sandbox.environment())
        .envs(changes.iter().copied());
    run(&mut command)
}

#[test]
fn the_sandbox_lists_250_assets_as_a_table() {
    let (code, out, err) = run(&mut perspio(&["--sandbox", "assets", "list"]));
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(out.lines().count(), 250);
    assert!(out.lines().all(|row| row.starts_with("IN-000")), "{out}");
    assert!(out.lines().all(|row| row.split('\t').count() == 6), "{out}");
}

#[test]
fn the_sandbox_lists_250_assets_as_json() {
    let (code, out, _) = run(&mut perspio(&[
        "--sandbox",
        "assets",
        "list",
        "--output",
        "json",
    ]));
    assert_eq!(code, Some(0));
    let assets: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(assets.as_array().unwrap().len(), 250);
    assert_eq!(assets[0]["id"], "IN-000001");
}

#[test]
fn the_environment_leads_to_another_service() {
    let (code, out, err) = against_a_sandbox(&["assets", "get", "in-000007"], &[]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("IN-000007"), "{out}");
}

#[test]
fn a_path_parameter_may_be_positional_or_an_option_and_is_required() {
    let (code, out, _) = run(&mut perspio(&[
        "--sandbox",
        "assets",
        "get",
        "--id",
        "IN-000007",
    ]));
    assert_eq!(code, Some(0));
    assert!(out.contains("IN-000007"), "{out}");
    let (code, _, err) = run(&mut perspio(&["--sandbox", "assets", "get"]));
    assert_eq!(code, Some(2));
    assert!(err.contains("<ID>"), "{err}");
}

#[test]
fn missing_settings_are_named_at_once_with_exit_code_2() {
    let (code, out, err) = run(&mut perspio(&["assets", "list"]));
    assert_eq!((code, out.as_str()), (Some(2), ""));
    contains_all(
        &err,
        &[
            "PERSPIO_CLIENT_ID",
            "PERSPIO_CLIENT_SECRET",
            "PERSPIO_TENANT_ID",
            "PERSPIO_SUBSCRIPTION_KEY",
        ],
    );
    assert_eq!(err.matches("Admin → API").count(), 4, "{err}");
}

#[test]
fn a_wrong_secret_ends_with_exit_code_3_and_says_where_to_reset_it() {
    let wrong = [("PERSPIO_CLIENT_SECRET", "canary")];
    let (code, _, err) = against_a_sandbox(&["assets", "list"], &wrong);
    assert_eq!(code, Some(3), "{err}");
    contains_all(&err, &["AADSTS7000215", "two years", "Admin → API"]);
    assert!(!err.contains("canary"), "{err}");
}

#[test]
fn a_wrong_key_names_both_headers() {
    let (code, _, err) = against_a_sandbox(
        &["assets", "list"],
        &[("PERSPIO_SUBSCRIPTION_KEY", "wrong")],
    );
    assert_eq!(code, Some(3), "{err}");
    contains_all(
        &err,
        &["401", "tid", "Ocp-Apim-Subscription-Key", "Admin → API"],
    );
}

#[test]
fn a_guid_as_tenant_gets_a_hint() {
    let guid = [("PERSPIO_TENANT_ID", "7d548d61-6361-4a6e-85e6-509e2c05d05e")];
    let (code, _, err) = against_a_sandbox(&["assets", "list"], &guid);
    assert_eq!(code, Some(3), "{err}");
    contains_all(&err, &["hint:", "Entra directory", "in-…"]);
}

#[test]
fn no_network_names_the_host_without_a_backtrace() {
    let nowhere = [
        ("PERSPIO_BASE_URL", "http://127.0.0.1:9"),
        ("RUST_BACKTRACE", "1"),
    ];
    let (code, _, err) = against_a_sandbox(&["assets", "list"], &nowhere);
    assert_eq!(code, Some(4), "{err}");
    let retried = |line: &&str| line.starts_with("note: attempt ");
    let lines: Vec<_> = err.lines().filter(|line| !retried(line)).collect();
    assert_eq!(lines.len(), 2, "what happened, what to do: {err}");
    assert!(lines[0].contains("127.0.0.1 cannot be reached"), "{err}");
    assert!(lines[1].contains("Check the network"), "{err}");
}

#[test]
fn what_to_do_stands_below_the_error_once() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (fault, help) in [
        (Fault::status(404), "Check the id in the path"),
        (
            Fault::status(413).header("Retry-After", "7"),
            "Call again in 7 s",
        ),
        (Fault::html(200), "Check that the base URL"),
        (Fault::status(401), "Admin → API"),
    ] {
        let sandbox = runtime.block_on(Sandbox::start()).unwrap();
        for _ in 0..2 {
            // A 401 is tried once more, with a new token.
            sandbox.queue_fault(Endpoint::Api, fault.clone());
        }
        let mut command = perspio(&["sites", "list"]);
        let (code, out, err) = run(command.envs(sandbox.environment()));
        assert!(code > Some(0) && out.is_empty(), "{out}{err}");
        assert_eq!(err.matches(help).count(), 1, "{err}");
        assert_eq!(err.lines().count(), 2, "{err}");
        assert!(err.lines().nth(1).unwrap().contains(help), "{err}");
    }
}

#[test]
fn a_change_needs_something_to_change() {
    let (code, _, err) = run(&mut perspio(&[
        "--sandbox",
        "assets",
        "update",
        "--id",
        "IN-000001",
    ]));
    assert_eq!(code, Some(2), "{err}");
    contains_all(&err, &["--json-body", "--description"]);
}

#[test]
fn a_body_that_is_no_json_is_told_with_its_file() {
    let (code, _, err) = run(&mut perspio(&[
        "--sandbox",
        "assets",
        "update",
        "--id",
        "IN-000001",
        "--json-body",
        "Cargo.toml",
    ]));
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("Cargo.toml"), "{err}");
}

#[test]
fn a_body_may_be_inline_or_come_from_standard_input() {
    let update = [
        "--sandbox",
        "--as",
        "ada",
        "assets",
        "update",
        "IN-000001",
        "-o",
        "json",
    ];
    let inline = [&update[..], &["--json-body", r#"{"description":"inline"}"#]].concat();
    let (code, out, err) = run(&mut perspio(&inline));
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("\"inline\""), "{out}");
    let mut child = perspio(&[&update[..], &["--json-body", "-"]].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(br#"{"description":"piped"}"#).unwrap();
    drop(stdin);
    let (code, out, _) = text(&child.wait_with_output().unwrap());
    assert_eq!(code, Some(0));
    assert!(out.contains("\"piped\""), "{out}");
}

#[test]
fn a_reader_that_has_had_enough_is_no_failure() {
    let mut child = perspio(&["--sandbox", "assets", "list", "-o", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One line is read, then the pipe closes while most is still to come.
    let mut line = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let (code, _, err) = text(&child.wait_with_output().unwrap());
    assert_eq!((code, err.as_str()), (Some(0), ""));
}

#[test]
fn any_endpoint_can_be_asked_and_a_list_is_printed_as_one() {
    let (code, out, err) = run(&mut perspio(&[
        "--sandbox",
        "request",
        "get",
        "/sites/v3/",
        "--query",
        "a=b c",
        "--header",
        "x-try: 1",
    ]));
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.lines().all(|row| row.contains("IN-SITE-")), "{out}");
}

#[test]
fn what_is_no_list_is_printed_as_json_when_asked() {
    let (code, out, _) = against_a_sandbox(
        &["request", "GET", "/assets/v3/IN-000007", "-o", "json"],
        &[],
    );
    assert_eq!(code, Some(0));
    let asset: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(asset["id"], "IN-000007");
}

#[test]
fn a_request_that_cannot_be_sent_ends_with_exit_code_2_and_the_reason() {
    for (arguments, told) in [
        (
            &["request", "GET", "https://elsewhere.example/"][..],
            "begin with `/`",
        ),
        (&["request", "GET", "/assets/v3/../x"], "`..`"),
        (&["request", "GET", "/a", "--query", "b"], "no `=`"),
        (&["request", "GET", "/a", "--header", "b"], "no `:`"),
        (
            &["request", "GET", "/a", "--json", "no such file"],
            "no such file",
        ),
        (
            &["request", "GET", "/a", "--json", "Cargo.toml"],
            "not JSON",
        ),
    ] {
        let (code, _, err) = against_a_sandbox(arguments, &[]);
        assert_eq!(code, Some(2), "{arguments:?}: {err}");
        assert!(err.contains(told), "{arguments:?}: {err}");
    }
}

#[test]
fn an_unknown_endpoint_ends_with_exit_code_6() {
    let (code, _, err) = against_a_sandbox(&["request", "GET", "/nothing/v3/here"], &[]);
    assert_eq!(code, Some(6), "{err}");
    assert!(err.contains("404"), "{err}");
}

#[test]
fn an_application_writes_with_a_request_as_little_as_with_a_command() {
    let mut command = perspio(&[
        "--sandbox",
        "request",
        "PATCH",
        "/assets/v3/IN-000001",
        "--json",
        "-",
    ]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"{}").unwrap();
    let (code, _, err) = text(&child.wait_with_output().unwrap());
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("PATCH /assets/v3/IN-000001"), "{err}");
}

pub(crate) fn contains_all(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
}
