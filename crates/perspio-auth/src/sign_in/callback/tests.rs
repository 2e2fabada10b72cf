use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::*;
use crate::testing;

const STATE: &str = "the-state-of-this-attempt";
const CODE: &str = "canary-code";

fn read_with(profile: &Profile, text: &str) -> Result<AuthorizationResponse, Mismatch> {
    let expected = Expected {
        profile,
        state: STATE,
    };
    read(text, &expected)
}

fn read_plain(text: &str) -> Result<AuthorizationResponse, Mismatch> {
    read_with(&testing::profile(), text)
}

fn code(response: Result<AuthorizationResponse, Mismatch>) -> String {
    match response {
        Ok(AuthorizationResponse::Code(code)) => code.expose_secret().to_owned(),
        other => panic!("a code was expected: {other:?}"),
    }
}

fn failure(response: Result<AuthorizationResponse, Mismatch>) -> Error {
    match response {
        Ok(AuthorizationResponse::Failed(error)) => error,
        other => panic!("an error response was expected: {other:?}"),
    }
}

#[test]
fn a_code_is_read_and_unknown_parameters_are_ignored() {
    let text = format!("code={CODE}%2B%26&state={STATE}&session_state=x&admin_consent=True&code2=");
    assert_eq!(code(read_plain(&text)), format!("{CODE}+&"));
}

#[test]
fn checklist_02_the_state_is_checked_before_everything_else() {
    for (text, why) in [
        (format!("code={CODE}"), Mismatch::NoState),
        (format!("code={CODE}&state="), Mismatch::OtherState),
        (format!("code={CODE}&state={STATE}x"), Mismatch::OtherState),
        (format!("code={CODE}&State={STATE}"), Mismatch::NoState),
        ("error=access_denied".to_owned(), Mismatch::NoState),
        (
            "error=access_denied&state=other".to_owned(),
            Mismatch::OtherState,
        ),
        ("iss=https://evil.example".to_owned(), Mismatch::NoState),
        (String::new(), Mismatch::NoState),
        (format!("state={STATE}"), Mismatch::NoCode),
        (format!("state={STATE}&code=&error="), Mismatch::NoCode),
    ] {
        assert_eq!(read_plain(&text).unwrap_err(), why, "{text}");
    }
}

#[test]
fn checklist_10_a_repeated_parameter_is_rejected() {
    for text in [
        format!("code={CODE}&state={STATE}&state={STATE}"),
        format!("code={CODE}&code={CODE}&state={STATE}"),
        format!("code={CODE}&state={STATE}&x=1&x=1"),
        format!("c%6fde={CODE}&code={CODE}&state={STATE}"),
    ] {
        assert_eq!(read_plain(&text).unwrap_err(), Mismatch::Repeated, "{text}");
    }
    let many: Vec<_> = (0..100).map(|number| format!("p{number}=")).collect();
    let text = format!("{}&state={STATE}&code={CODE}", many.join("&"));
    assert_eq!(read_plain(&text).unwrap_err(), Mismatch::TooMany);
}

#[test]
fn checklist_03_an_issuer_in_the_response_must_be_the_expected_one() {
    let entra = "https://login.example/tenant/v2.0";
    let good = format!("code={CODE}&state={STATE}&iss={entra}");
    assert_eq!(code(read_plain(&good)), CODE);
    for wrong in [
        "https://evil.example".to_owned(),
        format!("{entra}/"),
        String::new(),
    ] {
        let error = failure(read_plain(&format!(
            "code={CODE}&state={STATE}&iss={wrong}"
        )));
        assert!(error.to_string().contains(entra), "{error}");
        assert!(!error.to_string().contains("evil"), "{error}");
    }
}

#[test]
fn checklist_03_the_issuer_of_an_error_response_is_checked_too() {
    let text = format!("error=access_denied&state={STATE}&iss=https://evil.example");
    let error = failure(read_plain(&text));
    assert!(matches!(error, Error::SignInRejected { .. }), "{error}");
}

#[test]
fn checklist_03_an_announced_issuer_must_be_in_the_response() {
    let profile =
        testing::profile().with_issuer(Issuer::Announced("https://id.example".to_owned()));
    let without = format!("code={CODE}&state={STATE}");
    let error = failure(read_with(&profile, &without));
    assert!(error.to_string().contains("https://id.example"), "{error}");
    let with = format!("{without}&iss=https%3A%2F%2Fid.example");
    assert_eq!(code(read_with(&profile, &with)), CODE);
}

#[test]
fn checklist_03_an_unknown_issuer_must_have_the_origin_of_the_request() {
    let profile = testing::profile().with_issuer(Issuer::Unknown);
    let with = |iss: &str| format!("code={CODE}&state={STATE}&iss={iss}");
    assert_eq!(
        code(read_with(&profile, &with("https://login.example/any"))),
        CODE
    );
    for wrong in ["https://evil.example", "none", ""] {
        let error = failure(read_with(&profile, &with(wrong)));
        assert!(error.to_string().contains("login.example"), "{error}");
    }
}

#[test]
fn a_declined_consent_is_reported_with_entras_ids_and_a_next_step() {
    let text = format!(
        "error=access_denied&error_subcode=cancel&state={STATE}&error_description=\
         AADSTS65004%3a+User+declined+to+consent+to+access+the+app.%0d%0aTrace+ID%3a+t-1%0d%0a\
         Correlation+ID%3a+c-1%0d%0aTimestamp%3a+2026-11-21+08%3a00%3a00Z"
    );
    let error = failure(read_plain(&text));
    let response = error.error_response().unwrap();
    assert_eq!(response.error, "access_denied");
    assert_eq!(response.codes, [65_004]);
    assert_eq!(response.trace_id.as_deref(), Some("t-1"));
    assert_eq!(response.correlation_id.as_deref(), Some("c-1"));
    assert_eq!(response.timestamp.as_deref(), Some("2026-11-21 08:00:00Z"));
    assert_eq!(
        response.description,
        "User declined to consent to access the app."
    );
    assert!(error.needs_sign_in(), "{error}");
    assert!(response.help.contains("declined"), "{error}");
}

#[test]
fn an_error_is_classified_by_its_name() {
    let of = |error: &str| failure(read_plain(&format!("error={error}&state={STATE}")));
    assert!(of("access_denied").needs_sign_in());
    let consent = of("consent_required");
    assert!(
        matches!(consent, Error::UserActionRequired { .. }),
        "{consent}"
    );
    assert!(of("login_required").needs_sign_in());
    assert!(of("temporarily_unavailable").is_transient());
    assert!(of("server_error").is_transient());
    assert!(of("invalid_scope").is_configuration());
    assert!(of("unauthorized_client").is_configuration());
}

#[test]
fn a_code_in_addition_to_an_error_is_not_used_and_not_shown() {
    let error = failure(read_plain(&format!(
        "error=server_error&code={CODE}&state={STATE}&error_description=a"
    )));
    assert!(!format!("{error} {error:?}").contains(CODE));
}

proptest! {
    #[test]
    fn no_text_without_the_state_is_accepted(text in "\\PC{0,200}") {
        prop_assume!(!text.contains(STATE));
        prop_assert!(read_plain(&text).is_err());
    }

    #[test]
    fn any_text_with_the_state_has_a_result(
        pairs in proptest::collection::vec(("(code|error|iss|error_description|x)", "\\PC{0,20}"), 0..5)
    ) {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&pairs)
            .append_pair("state", STATE)
            .finish();
        if let Ok(AuthorizationResponse::Code(code)) = read_plain(&query) {
            prop_assert!(pairs.iter().any(|(name, value)| name == "code" && value == code.expose_secret()));
        }
    }
}

#[test]
fn an_issuer_that_does_not_match_is_reported_with_the_profiles_help() {
    let profile = testing::profile().with_issuer_help("set EXAMPLE_ISSUER");
    let other = format!("code={CODE}&state={STATE}&iss=https%3A%2F%2Fother.example");
    let none = format!("code={CODE}&state={STATE}");
    let announced = Issuer::Announced("https://a.example".to_owned());
    for (issuer, text) in [
        (Issuer::Known("https://a.example".to_owned()), &other),
        (announced.clone(), &other),
        (announced, &none),
        (Issuer::Unknown, &other),
    ] {
        let profile = profile.clone().with_issuer(issuer);
        let error = failure(read_with(&profile, text));
        assert!(error.to_string().contains("set EXAMPLE_ISSUER"), "{error}");
    }
}
