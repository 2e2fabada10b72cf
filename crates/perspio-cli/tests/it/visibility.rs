//! What a command shows of its requests: `-v`, `-vv`, `--dry-run`, `token`, `RUST_LOG`.

use std::collections::HashMap;

use perspio_sandbox::{Endpoint, Fault};

use crate::commands::{contains_all, perspio, run};
use crate::service::Service;

#[test]
fn verbose_prints_each_attempt_with_status_and_duration() {
    let service = Service::start();
    service
        .sandbox
        .queue_fault(Endpoint::Api, Fault::status(503).header("retry-after", "0"));
    let (code, out, err) = service.run(&["sites", "list", "-v", "--output", "json"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.starts_with('['), "{out}");
    contains_all(
        &err,
        &[
            "access token: obtained in ",
            "GET /sites/v3/: 503 Service Unavailable in ",
            "attempt 1 failed (503), retrying in ",
            "GET /sites/v3/: 200 OK in ",
        ],
    );
    assert!(!err.contains("tid:"), "{err}");
}

#[test]
fn verbose_twice_adds_headers_and_bodies_without_secrets() {
    let service = Service::start();
    let (code, out, err) = service.run(&["assets", "get", "IN-000007", "-vv", "-o", "json"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("IN-000007"), "{out}");
    contains_all(
        &err,
        &[
            "> GET /assets/v3/IN-000007",
            "> authorization: [redacted]",
            "> ocp-apim-subscription-key: [redacted]",
            "< GET /assets/v3/IN-000007: 200 OK in ",
            "< content-type: application/json",
            "IN-000007\"",
        ],
    );
    service.assert_no_secret(&err);
}

#[test]
fn a_dry_run_prints_the_request_and_sends_nothing() {
    let service = Service::start();
    let update = [
        "assets",
        "update",
        "IN-000001",
        "--description",
        "it's $new",
    ];
    let (code, out, err) = service.run(&[&update[..], &["--dry-run"]].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    service.assert_no_secret(&out);
    contains_all(
        &out,
        &[
            "PATCH /assets/v3/IN-000001 HTTP/1.1\n",
            "authorization: Bearer $TOKEN\n",
            "ocp-apim-subscription-key: $PERSPIO_SUBSCRIPTION_KEY\n",
            "\n{\"description\":\"it's $new\"}\n",
            "--header \"authorization: Bearer $(perspio token)\"",
            "--header \"ocp-apim-subscription-key: $PERSPIO_SUBSCRIPTION_KEY\"",
            r#"--data-raw '{"description":"it'\''s $new"}'"#,
        ],
    );
    assert!(service.sandbox.log().requests().is_empty());
}

#[test]
fn the_curl_command_of_a_dry_run_gets_the_same_response() {
    let service = Service::start();
    let (_, out, _) = service.run(&["sites", "list", "--dry-run"]);
    let start = out.find("curl ").unwrap();
    let (_, token, _) = service.run(&["token"]);
    let script = out[start..].replace("$(perspio token)", token.trim());
    let script = script.replacen("curl ", "curl --silent --noproxy '*' ", 1);
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .envs(service.sandbox.environment())
        .output()
        .unwrap();
    let body = String::from_utf8(output.stdout).unwrap();
    assert!(body.contains("IN-SITE-"), "{body} {script}");
}

#[test]
fn a_dry_run_of_an_invalid_request_is_an_error() {
    let service = Service::start();
    let (code, out, err) = service.run(&["request", "GET", "/a/../b", "--dry-run"]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
}

#[test]
fn the_access_token_is_printed_for_other_programs() {
    let service = Service::start();
    let (code, out, err) = service.run(&["token"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.starts_with("ey") && out.ends_with('\n'), "{out}");
    assert_eq!(out.lines().count(), 1);
}

#[test]
fn rust_log_selects_the_log_on_standard_error() {
    let service = Service::start();
    let mut command = perspio(&["sites", "list"]);
    command.envs(service.sandbox.environment());
    let (code, _, err) = run(command.env("RUST_LOG", "perspio_http=debug"));
    assert_eq!(code, Some(0));
    assert!(
        err.contains("perspio_http") && err.contains("operation="),
        "{err}"
    );
    service.assert_no_secret(&err);
}

#[test]
fn an_unknown_command_gets_a_suggestion_by_meaning() {
    let suggestions: HashMap<_, _> = [
        ("whoami", Some("status")),
        ("signin", Some("login")),
        ("curl", Some("request")),
        ("asset", Some("assets")),
        ("statsu", Some("status")),
        ("zebra", None),
    ]
    .into();
    for (unknown, expected) in suggestions {
        let (code, _, err) = run(&mut perspio(&[unknown]));
        assert_eq!(code, Some(2), "{err}");
        match expected {
            Some(command) => assert!(err.contains(&format!("'{command}'")), "{unknown}: {err}"),
            None => assert!(!err.contains("similar"), "{unknown}: {err}"),
        }
    }
}

#[test]
fn each_shell_has_completions_of_the_operations() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let (code, out, err) = run(&mut perspio(&["completions", shell]));
        assert_eq!((code, err.as_str()), (Some(0), ""), "{shell}");
        assert!(out.contains("assets") && out.contains("dry-run"), "{shell}");
    }
    let bash = run(&mut perspio(&["completions", "bash"])).1;
    let checked = std::process::Command::new("bash")
        .args(["-n", "-c", &bash])
        .status();
    assert!(checked.unwrap().success());
}

#[test]
fn each_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let man = folder.path().join("man1");
    let (code, _, err) = run(&mut perspio(&["man", man.to_str().unwrap()]));
    assert_eq!((code, err.as_str()), (Some(0), ""));
    for page in ["perspio.1", "perspio-assets-get.1", "perspio-login.1"] {
        assert!(man.join(page).exists(), "{page}");
    }
}
