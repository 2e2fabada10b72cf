use std::error::Error as _;

use perspio_auth::endpoint::Endpoint;
use perspio_auth::{Application, Error as AuthError, Profile, StoredSignIn, TokenSource};

use super::*;
use crate::StopReason;
use crate::attempts::Attempts;
use http::Method;

fn call() -> CallInfo {
    CallInfo {
        method: Method::PATCH,
        path: "/things/1".into(),
        host: "api.example".into(),
        attempts: Attempts {
            count: 1,
            stopped: None,
        },
        may_have_been_applied: false,
    }
}

fn api(status: u16) -> Error {
    Error::Api {
        call: call().into(),
        status: StatusCode::from_u16(status).unwrap(),
        message: "said".into(),
        request_id: Some("r-1".to_owned()),
        body: r#"{"message":"said"}"#.into(),
        retry_after: None,
        help: "".into(),
    }
}

/// The failure of a token source that has no stored sign-in.
async fn without_sign_in() -> AuthError {
    let address = Endpoint::from_static("https://api.example");
    let profile = Profile::custom("the API", address.clone(), &address);
    let sign_in = StoredSignIn::new(Application::public("the-client"));
    let source = TokenSource::new(&profile, sign_in).unwrap();
    source.token().await.unwrap_err()
}

/// The failure of a request to a port that was bound and released.
async fn unreachable() -> TransportError {
    let nothing = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/secret-path", nothing.local_addr().unwrap());
    drop(nothing);
    let cause = reqwest::get(url).await.unwrap_err();
    TransportError::new("api.example", &cause)
}

/// One of each variant.
async fn all() -> Vec<Error> {
    let timed_out = Error::TimedOut {
        call: call().into(),
        after: Duration::from_secs(5),
        waited_for: "the response".into(),
    };
    let limited = Error::RateLimited {
        call: call().into(),
        status: Some(StatusCode::TOO_MANY_REQUESTS),
        retry_after: Some(Duration::from_secs(7)),
        message: "said".to_owned(),
        request_id: Some("r-1".to_owned()),
    };
    let unreadable = Error::Decode {
        call: call().into(),
        status: StatusCode::OK,
        path: ".".to_owned(),
        reason: "not JSON".to_owned(),
        excerpt: String::new(),
        request_id: Some("r-1".to_owned()),
    };
    let too_large = Error::ResponseTooLarge {
        call: call().into(),
        status: StatusCode::OK,
        read: 11,
        limit: 10,
        request_id: Some("r-1".to_owned()),
    };
    let names = crate::settings::VariableNames::new("EXAMPLE");
    let mut settings = crate::settings::SettingsCheck::new(names, &[]);
    settings.add("TENANT_ID", "is missing");
    let auth = without_sign_in().await;
    vec![
        settings.finish().unwrap_err().into(),
        auth.into(),
        api(404),
        limited,
        unreadable,
        too_large,
        Error::Transport {
            call: call().into(),
            cause: unreachable().await,
        },
        timed_out,
        Error::invalid_request("test"),
    ]
}

const VARIANTS: [&str; 9] = [
    "Settings",
    "Auth",
    "Api",
    "RateLimited",
    "Decode",
    "ResponseTooLarge",
    "Transport",
    "TimedOut",
    "InvalidRequest",
];

#[tokio::test]
async fn every_error_says_what_to_do() {
    let mut errors = all().await;
    errors.extend((300..600).map(api));
    for error in errors {
        let help = error.help();
        assert!(help.ends_with('.') && help.len() > 10, "{error}: {help}");
    }
}

#[tokio::test]
async fn every_error_of_a_response_has_the_request_id() {
    for error in all().await {
        let responded = error.status().is_some();
        assert_eq!(error.request_id(), responded.then_some("r-1"), "{error}");
        assert_eq!(error.to_string().contains("r-1"), responded, "{error}");
    }
}

#[tokio::test]
async fn every_error_of_a_request_names_method_path_and_host() {
    for error in all().await {
        let text = error.to_string();
        let named = ["PATCH /things/1", "api.example"].map(|part| text.contains(part));
        assert_eq!(named, [error.call().is_some(); 2], "{text}");
    }
}

#[tokio::test]
async fn debug_shows_the_variant_before_the_text() {
    for (error, variant) in all().await.into_iter().zip(VARIANTS) {
        assert_eq!(format!("{error:?}"), format!("{variant}: {error}"));
    }
}

#[tokio::test]
async fn help_asks_to_look_first_only_if_a_write_may_have_been_applied() {
    for applied in [false, true] {
        let mut call = call();
        call.may_have_been_applied = applied;
        let cause = unreachable().await;
        let error = Error::Transport {
            call: call.into(),
            cause,
        };
        assert_eq!(error.may_have_been_applied(), applied);
        assert_eq!(error.help().contains("may have been applied"), applied);
    }
}

#[test]
fn the_predicates_depend_on_the_status() {
    let of = |ask: fn(&Error) -> bool| -> Vec<u16> {
        (300..600).filter(|status| ask(&api(*status))).collect()
    };
    assert_eq!(of(Error::is_unauthorized), [401]);
    assert_eq!(of(Error::is_forbidden), [403]);
    assert_eq!(of(Error::is_not_found), [404]);
    assert_eq!(of(Error::is_transient), [408, 500, 502, 503, 504]);
    assert_eq!(of(Error::is_server_error).len(), 100);
    assert!(
        of(Error::is_rate_limited).is_empty(),
        "it has its own variant"
    );
}

#[tokio::test]
async fn the_predicates_depend_on_the_variant() {
    let errors = all().await;
    let of = |ask: fn(&Error) -> bool| -> Vec<&str> {
        let asked = VARIANTS.iter().zip(&errors).filter(|(_, error)| ask(error));
        asked.map(|(name, _)| *name).collect()
    };
    assert_eq!(
        of(Error::is_transient),
        ["RateLimited", "Transport", "TimedOut"]
    );
    assert_eq!(of(Error::is_rate_limited), ["RateLimited"]);
    assert_eq!(of(Error::is_timeout), ["TimedOut"]);
    assert_eq!(of(Error::is_connect), ["Transport"]);
    assert_eq!(of(Error::needs_sign_in), ["Auth"]);
    assert_eq!(of(Error::is_configuration), ["Settings"]);
}

#[tokio::test]
async fn the_long_form_prints_every_cause_and_no_address() {
    let cause = unreachable().await;
    let error = Error::Transport {
        call: call().into(),
        cause: cause.clone(),
    };
    let (short, long) = (error.to_string(), format!("{error:#}"));
    let start = "PATCH /things/1 failed: api.example cannot be reached: ";
    assert!(short.starts_with(start), "{short}");
    let mut source = error.source().unwrap().source();
    let mut causes = 0;
    while let Some(one) = source {
        assert!(long.contains(&one.to_string()), "{long}");
        causes += 1;
        source = one.source();
    }
    assert!(causes > 1 && long.len() > short.len(), "{long}");
    assert!(!long.contains("secret-path"), "{long}");
    let of_identity_server = Error::from(AuthError::Transport(cause));
    assert!(long.ends_with(&format!("{of_identity_server:#}")));
}

#[test]
fn an_error_says_how_often_it_was_attempted() {
    let mut error = api(503);
    if let Error::Api { call, .. } = &mut error {
        call.attempts = Attempts {
            count: 5,
            stopped: Some(StopReason::Attempts),
        };
    }
    assert_eq!(error.attempts().unwrap().count, 5);
    assert_eq!(
        error.to_string(),
        "PATCH /things/1 (api.example) failed with 503 Service Unavailable: said (5 attempts) \
         (request id r-1)"
    );
}

#[test]
fn the_body_of_an_error_is_decoded_on_request() {
    let body: serde_json::Value = api(400).decode_body().unwrap();
    assert_eq!(body["message"], "said");
    assert_eq!(api(400).decode_body::<u8>(), None);
}

#[test]
fn errors_are_send_sync_and_static() {
    fn assert<T: Send + Sync + 'static>() {}
    assert::<Error>();
}
