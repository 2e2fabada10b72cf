//! `perspio doctor`: the order of its findings, failures with help, and what depends on them.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;

use perspio_sandbox::{Endpoint, Fault, Sandbox};
use serde_json::Value;

use crate::login::desk::{Desk, Running, contains_all, key};

/// The checks in their order.
const CHECKS: [&str; 10] = [
    "settings",
    "clock",
    "connection",
    "identity server",
    "token",
    "headers",
    "first call",
    "rate limits",
    "store",
    "sign-in",
];

/// The findings by their checks, and the exit code.
struct Findings {
    by_check: BTreeMap<String, Value>,
    code: Option<i32>,
    text: String,
}

impl Findings {
    fn of(desk: &Desk, changes: &[(&str, &str)], more: &[&str]) -> Self {
        let mut command = desk.perspio(&[&["doctor", "--output", "json"], more].concat());
        command.envs(changes.iter().copied());
        let (code, out, err) = Running::start(command).end();
        assert!(!err.contains("error"), "{err}");
        let findings: Vec<Value> = serde_json::from_str(&out).unwrap();
        let mut names: Vec<_> = findings
            .iter()
            .map(|it| it["check"].as_str().unwrap())
            .collect();
        names.dedup();
        assert_eq!(names, CHECKS, "each check has a finding, in this order");
        for finding in &findings {
            let has_help = finding["help"].is_string();
            assert!(has_help || finding["status"] != "failed", "{finding}");
        }
        let mut by_check = BTreeMap::new();
        for finding in findings {
            // Of two connections the one that failed.
            let check = finding["check"].as_str().unwrap().to_owned();
            if by_check
                .get(&check)
                .is_none_or(|known: &Value| known["status"] != "failed")
            {
                by_check.insert(check, finding);
            }
        }
        Self {
            by_check,
            code,
            text: out,
        }
    }

    fn status(&self, check: &str) -> &str {
        self.by_check[check]["status"].as_str().unwrap()
    }

    /// Message and help of a check.
    fn text(&self, check: &str) -> String {
        let finding = &self.by_check[check];
        let help = finding["help"].as_str().unwrap_or_default();
        format!("{} {help}", finding["message"].as_str().unwrap())
    }

    /// Asserts the status of each check: `o`k, `w`arning, `f`ailed or `s`kipped.
    fn are(&self, initials: &str) {
        let found: String = CHECKS
            .iter()
            .map(|check| &self.status(check)[..1])
            .collect();
        assert_eq!(found, initials, "{}", self.text);
    }
}

/// Returns the address of a server that accepts no connection.
fn nowhere() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

#[test]
fn all_is_well_with_a_sandbox_of_the_command() {
    let desk = Desk::new();
    let findings = Findings::of(&desk, &[], &["--sandbox"]);
    assert_eq!(findings.code, Some(0));
    findings.are("ooooooooss");
    contains_all(&findings.text("settings"), &["client_secret set (sandbox)"]);
    assert_eq!(desk.requests(), 0, "another sandbox is called");
}

#[test]
fn a_user_of_the_sandbox_can_be_selected() {
    let desk = Desk::new();
    let findings = Findings::of(&desk, &[], &["--sandbox", "--as", "ada"]);
    findings.are("ooooooooss");
    contains_all(&findings.text("token"), &["sign-in of ada@sandbox.example"]);
    // Her password has expired.
    let findings = Findings::of(&desk, &[], &["--sandbox", "--as", "pia"]);
    assert_eq!(findings.code, Some(3));
    findings.are("oooofsssss");
    contains_all(
        &findings.text("token"),
        &["pia cannot sign in to the sandbox"],
    );
    let (code, _, err) = desk.run(&["doctor", "--as", "ada"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("--sandbox"), "{err}");
}

#[test]
fn a_dry_run_is_a_usage_error_because_requests_are_sent() {
    let desk = Desk::new();
    let (code, out, err) = desk.run(&["doctor", "--dry-run"]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    assert_eq!(desk.requests(), 0);
}

#[test]
fn each_check_is_a_line_with_its_status() {
    let desk = Desk::new();
    let (code, out, err) = desk.run(&["doctor"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(lines.len(), CHECKS.len(), "{out}");
    for (line, check) in lines.iter().zip(CHECKS) {
        assert!(
            line.starts_with(&format!("ok       {check:<16} ")),
            "{line}"
        );
    }
    contains_all(
        &out,
        &[
            "client credentials",
            "authorization, tid, ocp-apim-subscription-key",
        ],
    );
    for secret in [
        desk.sandbox.client_secret(),
        desk.sandbox.subscription_key(),
    ] {
        assert!(!out.contains(secret), "{out}");
    }
}

#[test]
fn a_sign_in_is_used_and_described() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    let findings = Findings::of(&desk, &[], &[]);
    assert_eq!(findings.code, Some(0));
    findings.are("oooooooooo");
    contains_all(
        &findings.text("token"),
        &["sign-in of ada@sandbox.example", "access_as_user"],
    );
    contains_all(
        &findings.text("store"),
        &[desk.store().to_str().unwrap(), "PERSPIO_STORE_KEY"],
    );
    contains_all(
        &findings.text("sign-in"),
        &["ada@sandbox.example is signed in"],
    );
    let findings = Findings::of(&desk, &[], &["--as", "application"]);
    contains_all(&findings.text("token"), &["client credentials"]);
}

#[test]
fn missing_settings_fail_and_the_servers_are_checked_all_the_same() {
    let desk = Desk::new();
    let missing = [
        ("PERSPIO_CLIENT_SECRET", ""),
        ("PERSPIO_SUBSCRIPTION_KEY", ""),
    ];
    let findings = Findings::of(&desk, &missing, &[]);
    assert_eq!(findings.code, Some(2));
    findings.are("fooossssoo");
    let parts = [
        "PERSPIO_CLIENT_SECRET",
        "PERSPIO_SUBSCRIPTION_KEY",
        "Admin → API",
        "perspio profile add",
    ];
    contains_all(&findings.text("settings"), &parts);
    contains_all(&findings.text("token"), &["settings are incomplete"]);
    // Of two failures, the first one has the exit code.
    let url = nowhere();
    let both = [&missing[..], &[("PERSPIO_BASE_URL", &url)]].concat();
    let findings = Findings::of(&desk, &both, &[]);
    assert_eq!(findings.code, Some(2));
    findings.are("fofossssoo");
    let missing = [&missing[..], &[("PERSPIO_CLIENT_ID", "")]].concat();
    let findings = Findings::of(&desk, &missing, &[]);
    assert_eq!(findings.code, Some(2));
    findings.are("fsssssssss");
    contains_all(
        &findings.text("settings"),
        &["PERSPIO_CLIENT_ID", "PERSPIO_CLIENT_SECRET"],
    );
}

#[test]
fn a_misspelled_variable_is_a_warning_with_the_nearest_name() {
    let desk = Desk::new();
    let findings = Findings::of(&desk, &[("PERSPIO_BASEURL", "canary")], &[]);
    assert_eq!(findings.code, Some(0));
    findings.are("wooooooooo");
    contains_all(
        &findings.text("settings"),
        &["did you mean PERSPIO_BASE_URL?"],
    );
    assert!(!findings.text.contains("canary"));
}

#[test]
fn the_first_failure_has_the_exit_code_and_its_dependents_are_skipped() {
    let desk = Desk::new();
    let findings = Findings::of(&desk, &[("PERSPIO_CLIENT_SECRET", "canary")], &[]);
    assert_eq!(findings.code, Some(3));
    findings.are("oooofsssoo");
    contains_all(&findings.text("token"), &["AADSTS7000215", "Admin → API"]);
    contains_all(&findings.text("first call"), &["there is no token"]);
    assert!(!findings.text.contains("canary"));

    let findings = Findings::of(&desk, &[("PERSPIO_SUBSCRIPTION_KEY", "wrong")], &[]);
    assert_eq!(findings.code, Some(3));
    findings.are("oooooofooo");
    contains_all(
        &findings.text("first call"),
        &["401", "Ocp-Apim-Subscription-Key"],
    );
}

#[test]
fn an_unreachable_api_is_named_and_the_token_is_requested_all_the_same() {
    let desk = Desk::new();
    let url = nowhere();
    let findings = Findings::of(&desk, &[("PERSPIO_BASE_URL", &url)], &[]);
    assert_eq!(findings.code, Some(4));
    findings.are("oofoosssoo");
    contains_all(
        &findings.text,
        &["127.0.0.1 cannot be reached", "Check the network"],
    );
    contains_all(
        &findings.text("first call"),
        &["there is no connection to 127.0.0.1"],
    );
}

#[test]
fn an_unreachable_identity_server_prevents_the_token() {
    let desk = Desk::new();
    let url = format!("{}/directory", nowhere());
    let findings = Findings::of(&desk, &[("PERSPIO_AUTHORITY", &url)], &[]);
    assert_eq!(findings.code, Some(4));
    findings.are("oofsssssoo");
    contains_all(
        &findings.text("token"),
        &["there is no connection to 127.0.0.1"],
    );
}

#[test]
fn an_identity_server_that_fails_is_a_failure() {
    let desk = Desk::new();
    desk.sandbox
        .queue_fault(Endpoint::Other, Fault::status(503));
    let findings = Findings::of(&desk, &[], &[]);
    assert_eq!(findings.code, Some(4));
    findings.are("ooofssssoo");
    contains_all(&findings.text("identity server"), &["503", "wait"]);
}

#[test]
fn another_token_endpoint_than_that_of_the_discovery_document_is_a_warning() {
    let desk = Desk::new();
    let other = desk.runtime.block_on(Sandbox::start()).unwrap();
    let document =
        serde_json::json!({"token_endpoint": format!("{}/oauth2/v2.0/token", other.authority())});
    let fault = Fault::status(200).body("application/json", document.to_string());
    desk.sandbox.queue_fault(Endpoint::Other, fault);
    let findings = Findings::of(&desk, &[], &[]);
    assert_eq!(findings.code, Some(0));
    findings.are("ooowoooooo");
    contains_all(
        &findings.text("identity server"),
        &[other.authority(), "PERSPIO_AUTHORITY"],
    );
}

#[test]
fn a_clock_that_differs_from_the_servers_is_a_warning() {
    let desk = Desk::new();
    let fault = Fault::status(404).header("Date", "Wed, 01 Jan 2020 00:00:00 GMT");
    desk.sandbox.queue_fault(Endpoint::Other, fault);
    // The time of the identity server is compared if the API does not respond.
    let url = nowhere();
    let findings = Findings::of(&desk, &[("PERSPIO_BASE_URL", &url)], &[]);
    findings.are("owfoosssoo");
    let parts = ["fast, compared to 127.0.0.1", "NTP"];
    contains_all(&findings.text("clock"), &parts);
}

#[test]
fn a_malformed_proxy_fails_the_connections_without_its_password() {
    let desk = Desk::new();
    let changes = [
        ("HTTPS_PROXY", "http//user:canary@proxy"),
        ("PERSPIO_BASE_URL", "https://talk.example"),
        ("PERSPIO_AUTHORITY", "https://login.example/directory"),
    ];
    let findings = Findings::of(&desk, &changes, &[]);
    assert_eq!(findings.code, Some(2));
    assert!(findings.text.contains("HTTPS_PROXY"), "{}", findings.text);
    assert!(!findings.text.contains("canary"));
}

#[test]
fn a_store_that_cannot_be_opened_fails_and_the_application_is_checked() {
    let mut desk = Desk::new();
    desk.ada_has_signed_in();
    desk.key = key();
    let findings = Findings::of(&desk, &[], &[]);
    assert_eq!(findings.code, Some(2));
    findings.are("oooooooofs");
    contains_all(&findings.text("token"), &["client credentials"]);
    contains_all(&findings.text("store"), &["key"]);
}

#[test]
fn a_machine_without_a_key_for_sign_ins_gets_a_warning() {
    let desk = Desk::new();
    let findings = Findings::of(&desk, &[("PERSPIO_STORE_KEY", "")], &[]);
    assert_eq!(findings.code, Some(0));
    findings.are("oooooooowo");
    contains_all(
        &findings.text("store"),
        &["no keyring", "openssl rand -base64 32"],
    );
    assert!(!desk.store().exists());
}

#[test]
fn a_sign_in_that_has_ended_fails_and_asks_for_another_one() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    fs::remove_file(desk.store()).unwrap();
    let findings = Findings::of(&desk, &[], &[]);
    assert_eq!(findings.code, Some(3));
    findings.are("oooofsssof");
    contains_all(&findings.text("sign-in"), &["has ended", "perspio login"]);
}

#[test]
fn a_rejected_first_call_has_the_exit_code_of_the_rate_limit() {
    let desk = Desk::new();
    let fault = Fault::status(429).header("Retry-After", "7");
    desk.sandbox.queue_fault(Endpoint::Api, fault);
    let findings = Findings::of(&desk, &[], &[]);
    assert_eq!(findings.code, Some(5));
    findings.are("oooooofwoo");
    contains_all(&findings.text("rate limits"), &["asks to wait"]);
}

#[test]
fn a_broken_file_of_profiles_fails_the_settings() {
    let desk = Desk::new();
    let folder = desk.home.path().join(".config/perspio");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("profiles.toml"), "default = canary").unwrap();
    let findings = Findings::of(&desk, &[], &[]);
    assert_eq!(findings.code, Some(2));
    findings.are("fsssssssss");
    contains_all(&findings.text("settings"), &["profiles.toml, line 1"]);
}
