use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::*;
use crate::testing;

const STATE: &str = "the-state-of-this-attempt";
const CODE: &str = "canary-code";

fn read_with(profile: &Profile, text: &str) -> Result<Answer, NotOurs> {
    let expected = Expected {
        profile,
        state: STATE,
    };
    read(text, &expected)
}

fn read_plain(text: &str) -> Result<Answer, NotOurs> {
    read_with(&testing::profile(), text)
}

fn code(answer: Result<Answer, NotOurs>) -> String {
    match answer {
        Ok(Answer::Code(code)) => code.expose_secret().to_owned(),
        other => panic!("a code was expected: {other:?}"),
    }
}

fn refused(answer: Result<Answer, NotOurs>) -> Error {
    match answer {
        Ok(Answer::Refused(error)) => error,
        other => panic!("an error response was expected: {other:?}"),
    }
}

#[test]
fn a_code_is_read_and_what_is_not_known_is_ignored() {
    let text = format!("code={CODE}%2B%26&state={STATE}&session_state=x&admin_consent=True&code2=");
    assert_eq!(code(read_plain(&text)), format!("{CODE}+&"));
}

#[test]
fn checklist_02_the_state_comes_before_everything_else() {
    for (text, why) in [
        (format!("code={CODE}"), NotOurs::NoState),
        (format!("code={CODE}&state="), NotOurs::OtherState),
        (format!("code={CODE}&state={STATE}x"), NotOurs::OtherState),
        (format!("code={CODE}&State={STATE}"), NotOurs::NoState),
        ("error=access_denied".to_owned(), NotOurs::NoState),
        (
            "error=access_denied&state=other".to_owned(),
            NotOurs::OtherState,
        ),
        ("iss=https://evil.example".to_owned(), NotOurs::NoState),
        (String::new(), NotOurs::NoState),
        (format!("state={STATE}"), NotOurs::Nothing),
        (format!("state={STATE}&code=&error="), NotOurs::Nothing),
    ] {
        assert_eq!(read_plain(&text).unwrap_err(), why, "{text}");
    }
}

#[test]
fn checklist_10_a_parameter_that_stands_twice_is_not_taken() {
    for text in [
        format!("code={CODE}&state={STATE}&state={STATE}"),
        format!("code={CODE}&code={CODE}&state={STATE}"),
        format!("code={CODE}&state={STATE}&x=1&x=1"),
        format!("c%6fde={CODE}&code={CODE}&state={STATE}"),
    ] {
        assert_eq!(read_plain(&text).unwrap_err(), NotOurs::Repeated, "{text}");
    }
    let many: Vec<_> = (0..100).map(|number| format!("p{number}=")).collect();
    let text = format!("{}&state={STATE}&code={CODE}", many.join("&"));
    assert_eq!(read_plain(&text).unwrap_err(), NotOurs::TooMany);
}

#[test]
fn checklist_03_an_issuer_that_is_told_must_be_the_expected_one() {
    let entra = "https://login.example/tenant/v2.0";
    let good = format!("code={CODE}&state={STATE}&iss={entra}");
    assert_eq!(code(read_plain(&good)), CODE);
    for wrong in [
        "https://evil.example".to_owned(),
        format!("{entra}/"),
        String::new(),
    ] {
        let error = refused(read_plain(&format!(
            "code={CODE}&state={STATE}&iss={wrong}"
        )));
        assert!(error.to_string().contains(entra), "{error}");
        assert!(!error.to_string().contains("evil"), "{error}");
    }
}

#[test]
fn checklist_03_the_issuer_counts_for_errors_too() {
    let text = format!("error=access_denied&state={STATE}&iss=https://evil.example");
    let error = refused(read_plain(&text));
    assert!(matches!(error, Error::SignInRejected { .. }), "{error}");
}

#[test]
fn checklist_03_an_announced_issuer_must_be_told() {
    let profile =
        testing::profile().with_issuer(Issuer::Announced("https://id.example".to_owned()));
    let without = format!("code={CODE}&state={STATE}");
    let error = refused(read_with(&profile, &without));
    assert!(error.to_string().contains("https://id.example"), "{error}");
    let with = format!("{without}&iss=https%3A%2F%2Fid.example");
    assert_eq!(code(read_with(&profile, &with)), CODE);
}

#[test]
fn checklist_03_without_a_known_issuer_it_must_be_the_server_that_was_asked() {
    let profile = testing::profile().with_issuer(Issuer::Unknown);
    let with = |iss: &str| format!("code={CODE}&state={STATE}&iss={iss}");
    assert_eq!(
        code(read_with(&profile, &with("https://login.example/any"))),
        CODE
    );
    for wrong in ["https://evil.example", "none", ""] {
        let error = refused(read_with(&profile, &with(wrong)));
        assert!(error.to_string().contains("login.example"), "{error}");
    }
}

#[test]
fn a_declined_consent_is_told_with_entras_ids_and_what_to_do() {
    let text = format!(
        "error=access_denied&error_subcode=cancel&state={STATE}&error_description=\
         AADSTS65004%3a+User+declined+to+consent+to+access+the+app.%0d%0aTrace+ID%3a+t-1%0d%0a\
         Correlation+ID%3a+c-1%0d%0aTimestamp%3a+2026-11-21+08%3a00%3a00Z"
    );
    let error = refused(read_plain(&text));
    let refusal = error.error_response().unwrap();
    assert_eq!(refusal.error, "access_denied");
    assert_eq!(refusal.codes, [65_004]);
    assert_eq!(refusal.trace_id.as_deref(), Some("t-1"));
    assert_eq!(refusal.correlation_id.as_deref(), Some("c-1"));
    assert_eq!(refusal.timestamp.as_deref(), Some("2026-11-21 08:00:00Z"));
    assert_eq!(
        refusal.description,
        "User declined to consent to access the app."
    );
    assert!(error.needs_sign_in(), "{error}");
    assert!(refusal.help.contains("declined"), "{error}");
}

#[test]
fn what_an_error_means_depends_on_its_name() {
    let of = |error: &str| refused(read_plain(&format!("error={error}&state={STATE}")));
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
fn a_code_beside_an_error_is_not_used_and_not_shown() {
    let error = refused(read_plain(&format!(
        "error=server_error&code={CODE}&state={STATE}&error_description=a"
    )));
    assert!(!format!("{error} {error:?}").contains(CODE));
}

proptest! {
    #[test]
    fn nothing_without_the_state_is_ever_taken(text in "\\PC{0,200}") {
        prop_assume!(!text.contains(STATE));
        prop_assert!(read_plain(&text).is_err());
    }

    #[test]
    fn with_the_state_there_is_an_answer_or_a_reason(
        pairs in proptest::collection::vec(("(code|error|iss|error_description|x)", "\\PC{0,20}"), 0..5)
    ) {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&pairs)
            .append_pair("state", STATE)
            .finish();
        if let Ok(Answer::Code(code)) = read_plain(&query) {
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
        let error = refused(read_with(&profile, text));
        assert!(error.to_string().contains("set EXAMPLE_ISSUER"), "{error}");
    }
}
