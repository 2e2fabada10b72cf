use std::error::Error as _;

use perspio_auth::Error as AuthError;

use super::*;
use crate::retry::GaveUp;

fn api(status: u16) -> Error {
    Error::Api {
        host: "api.example".into(),
        status: StatusCode::from_u16(status).unwrap(),
        message: "said".into(),
        request_id: Some("r-1".to_owned()),
        body: "".into(),
        retry_after: None,
        help: "".into(),
        tried: Box::default(),
    }
}

/// What a request to nobody gives: bound and given up again.
async fn unreachable() -> Error {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/secret-path", nobody.local_addr().unwrap());
    drop(nobody);
    let cause = reqwest::get(url).await.unwrap_err();
    Error::transport("api.example", &cause)
}

/// One of each variant.
async fn all() -> Vec<Error> {
    let timed_out = Error::TimedOut {
        host: "api.example".into(),
        after: Duration::from_secs(5),
        tried: Box::default(),
    };
    let limited = Error::RateLimited {
        host: "api.example".into(),
        retry_after: Some(Duration::from_secs(7)),
        message: "said".to_owned(),
        answered: true,
        request_id: Some("r-1".to_owned()),
        tried: Box::default(),
    };
    let unreadable = Error::Decode {
        host: "api.example".into(),
        status: StatusCode::OK,
        path: ".".to_owned(),
        reason: "not JSON".to_owned(),
        excerpt: String::new(),
        request_id: Some("r-1".to_owned()),
    };
    let mut settings = crate::SettingsCheck::default();
    settings.add("PERSPIO_TENANT_ID", "is missing", "");
    let auth = AuthError::NotRenewable { reason: "test" };
    vec![
        settings.finish().unwrap_err().into(),
        auth.into(),
        api(404),
        limited,
        unreadable,
        unreachable().await,
        timed_out,
        Error::invalid_request("test"),
    ]
}

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
async fn the_id_of_the_request_stands_in_every_error_of_an_answer() {
    for error in all().await {
        let answered = error.status().is_some();
        assert_eq!(error.request_id(), answered.then_some("r-1"), "{error}");
        assert_eq!(error.to_string().contains("r-1"), answered, "{error}");
    }
}

#[test]
fn the_predicates_answer_by_status() {
    let of = |ask: fn(&Error) -> bool| -> Vec<u16> {
        (300..600).filter(|status| ask(&api(*status))).collect()
    };
    assert_eq!(of(Error::is_unauthorized), [401]);
    assert_eq!(of(Error::is_forbidden), [403]);
    assert_eq!(of(Error::is_not_found), [404]);
    assert_eq!(of(Error::is_transient), [408, 500, 502, 503, 504]);
    assert_eq!(of(Error::is_server_error).len(), 100);
    assert_eq!(of(Error::may_have_been_done).len(), 100);
    assert!(
        of(Error::is_rate_limited).is_empty(),
        "429 has its own variant"
    );
}

#[tokio::test]
async fn the_predicates_answer_by_variant() {
    let names = [
        "settings", "auth", "api", "limited", "decode", "connect", "time", "invalid",
    ];
    let errors = all().await;
    assert_eq!(errors.len(), names.len());
    let of = |ask: fn(&Error) -> bool| -> Vec<&str> {
        let asked = names.iter().zip(&errors).filter(|(_, error)| ask(error));
        asked.map(|(name, _)| *name).collect()
    };
    assert_eq!(of(Error::is_transient), ["limited", "connect", "time"]);
    assert_eq!(of(Error::may_have_been_done), ["decode", "time"]);
    assert_eq!(of(Error::is_rate_limited), ["limited"]);
    assert_eq!(of(Error::is_timeout), ["time"]);
    assert_eq!(of(Error::is_connect), ["connect"]);
    assert_eq!(of(Error::needs_sign_in), ["auth"]);
    assert_eq!(of(Error::is_configuration), ["settings"]);
}

#[tokio::test]
async fn the_long_form_prints_every_cause_and_no_address() {
    let error = unreachable().await;
    let (short, long) = (error.to_string(), format!("{error:#}"));
    assert!(
        short.starts_with("api.example cannot be reached: "),
        "{short}"
    );
    let mut cause = error.source().unwrap().source();
    let mut causes = 0;
    while let Some(one) = cause {
        assert!(long.contains(&one.to_string()), "{long}");
        causes += 1;
        cause = one.source();
    }
    assert!(causes > 1 && long.len() > short.len(), "{long}");
    assert!(!long.contains("secret-path"), "{long}");
    let auth = Error::from(AuthError::Transport(match error {
        Error::Transport { cause, .. } => cause,
        other => panic!("{other}"),
    }));
    assert_eq!(
        format!("{auth:#}"),
        long,
        "through the identity server's too"
    );
}

#[test]
fn an_error_says_how_often_it_was_tried() {
    let gave_up = Some(GaveUp::Attempts);
    let tried = Tried {
        attempts: 5,
        gave_up,
    };
    let error = api(503).with_tried(tried);
    assert_eq!(error.tried(), Some(tried));
    assert_eq!(
        error.to_string(),
        "api.example answered 503 Service Unavailable: said (tried 5 times) (request id r-1)"
    );
}
