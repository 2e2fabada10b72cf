//! The identity of a call: a user who had to sign in again is never replaced by the
//! application unnoticed.

use perspio_sandbox::{Endpoint, Fault};

use super::desk::*;

const DEAD: &str = r#"{"error":"invalid_grant","error_codes":[700082],
    "error_description":"AADSTS700082: The refresh token has expired."}"#;
const MFA: &str = r#"{"error":"interaction_required","error_codes":[50076],
    "suberror":"basic_action","claims":"{\"access_token\":{\"acrs\":{\"value\":\"it's\"}}}"}"#;

fn rejected(body: &'static str) -> Fault {
    Fault::status(400).body("application/json", body)
}

const READ: [&str; 4] = ["assets", "get", "--id", "IN-000001"];

#[test]
fn after_a_sign_in_has_ended_no_command_calls_as_the_application_unnoticed() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    desk.let_the_token_expire();
    desk.sandbox.queue_fault(Endpoint::Token, rejected(DEAD));
    let (code, out, err) = desk.run(&READ);
    assert_eq!((code, out.as_str()), (Some(3), ""), "{err}");
    contains_all(&err, &["AADSTS700082", "Sign in again: perspio login"]);

    let before = desk.requests();
    for more in [&[][..], &["--as", "user"]] {
        let (code, out, err) = desk.run(&[&READ[..], more].concat());
        assert_eq!((code, out.as_str()), (Some(3), ""), "{err}");
        contains_all(
            &err,
            &["has ended", "sign in again", "perspio login", "logout"],
        );
    }
    let (code, _, err) = desk.run(&["status"]);
    assert_eq!(code, Some(3), "{err}");
    contains_all(&err, &["has ended", "sign in again"]);
    assert_eq!(desk.requests(), before, "nothing is sent");

    let (code, _, err) = desk.run(&[&READ[..], &["--as", "application"]].concat());
    assert_eq!(code, Some(0), "{err}");
    contains_all(&err, &["calling as the application itself"]);
    let (code, _, err) = desk.run(&READ);
    assert_eq!(
        code,
        Some(3),
        "one call as the application changes nothing: {err}"
    );

    desk.ada_has_signed_in();
    let (code, _, err) = desk.run(&READ);
    assert_eq!((code, err.as_str()), (Some(0), ""));
}

#[test]
fn logout_goes_back_to_the_application_and_the_next_call_reports_it() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    desk.let_the_token_expire();
    desk.sandbox.queue_fault(Endpoint::Token, rejected(DEAD));
    assert_eq!(desk.run(&READ).0, Some(3));
    let (code, out, err) = desk.run(&["logout"]);
    assert_eq!(
        (code, out.as_str(), err.as_str()),
        (Some(0), "signed out\n", "")
    );
    let (code, _, err) = desk.run(&READ);
    assert_eq!(code, Some(0), "{err}");
    contains_all(
        &err,
        &["calling as the application itself", "signed-in user"],
    );
    let (code, _, err) = desk.run(&READ);
    assert_eq!((code, err.as_str()), (Some(0), ""), "reported once");
    let (code, _, err) = desk.run(&["logout"]);
    assert_eq!(code, Some(3), "{err}");
}

#[test]
fn a_lost_file_of_sign_ins_is_not_replaced_by_the_application() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    std::fs::remove_file(desk.store()).unwrap();
    let (code, out, err) = desk.run(&READ);
    assert_eq!((code, out.as_str()), (Some(3), ""), "{err}");
    contains_all(&err, &["sign in again"]);
}

#[test]
fn a_call_as_another_identity_is_reported_each_time_it_changes() {
    let desk = Desk::new();
    let as_application = [&READ[..], &["--as", "application"]].concat();
    assert_eq!(desk.run(&as_application).2, "", "nobody has signed in yet");
    desk.ada_has_signed_in();
    for (command, hint) in [
        (&READ[..], ""),
        (&as_application, "calling as the application itself"),
        (&as_application, ""),
        (&READ, "calling as the signed-in user"),
        (&READ, ""),
    ] {
        let (code, _, err) = desk.run(command);
        assert_eq!(code, Some(0), "{err}");
        assert_eq!(err.is_empty(), hint.is_empty(), "{command:?}: {err}");
        contains_all(&err, &[hint]);
    }
}

#[test]
fn a_sign_in_that_requires_more_is_kept_and_the_error_is_the_command_to_run() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    desk.let_the_token_expire();
    desk.sandbox.queue_fault(Endpoint::Token, rejected(MFA));
    let (code, out, err) = desk.run(&READ);
    assert_eq!((code, out.as_str()), (Some(3), ""), "{err}");
    let command = r#"perspio login --claims '{"access_token":{"acrs":{"value":"it'\''s"}}}'"#;
    contains_all(&err, &["AADSTS50076", command]);
    let (code, _, err) = desk.run(&READ);
    assert_eq!((code, err.as_str()), (Some(0), ""), "the sign-in is kept");
}

#[test]
fn a_claims_challenge_of_the_api_is_answered_by_the_command_of_its_error() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    let challenge = r#"Bearer error="insufficient_claims", claims="eyJhIjoiYiJ9""#;
    let fault = Fault::status(401).header("www-authenticate", challenge);
    desk.sandbox.queue_fault(Endpoint::Api, fault);
    let (code, _, err) = desk.run(&READ);
    assert_eq!(code, Some(3), "{err}");
    contains_all(&err, &[r#"perspio login --claims '{"a":"b"}'"#]);

    let mut login = desk.login(&["--no-browser", "--claims", r#"{"a":"b"}"#]);
    let url = login.url();
    assert_eq!(parameter(&url, "claims"), r#"{"a":"b"}"#);
    drop(login);
    for way in ["--no-browser", "--paste", "--device"] {
        let before = desk.requests();
        let (code, _, err) = desk.run(&["login", way, "--claims", "[]"]);
        assert_eq!(code, Some(2), "{err}");
        contains_all(&err, &["JSON object"]);
        assert_eq!(desk.requests(), before, "nothing is sent");
    }
}

#[test]
fn a_rejection_without_a_reason_suggests_to_sign_in_and_keeps_the_sign_in() {
    for status in [400, 401, 403] {
        let desk = Desk::new();
        desk.ada_has_signed_in();
        desk.let_the_token_expire();
        desk.sandbox
            .queue_fault(Endpoint::Token, Fault::status(status));
        let (code, _, err) = desk.run(&READ);
        assert_eq!(code, Some(3), "{err}");
        contains_all(&err, &["sign in again", "perspio login"]);
        assert!(!err.contains("report"), "{err}");
        let (code, _, err) = desk.run(&READ);
        assert_eq!((code, err.as_str()), (Some(0), ""), "the sign-in is kept");
    }
}

#[test]
fn a_busy_identity_server_is_no_rejection_of_the_credentials() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    desk.let_the_token_expire();
    let busy = Fault::status(429).body("application/json", DEAD);
    desk.sandbox
        .queue_fault(Endpoint::Token, busy.header("retry-after", "300"));
    let (code, _, err) = desk.run(&READ);
    assert_eq!(code, Some(5), "{err}");
    contains_all(&err, &["429", "300 s", "AADSTS700082"]);
    assert!(!err.to_lowercase().contains("sign in again"), "{err}");
}
