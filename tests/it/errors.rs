//! A failed call returns one error, with the information that a user needs.

use perspio::{Error, Provenance, RetryPolicy};
use perspio_sandbox::{Endpoint, Fault, ListShape, Sandbox};

use crate::support;

/// Returns the outcome of a call when the API responds with `fault`.
async fn api(fault: Fault) -> Result<perspio::AssetList, Error> {
    let sandbox = support::sandbox().await;
    sandbox.queue_fault(Endpoint::Api, fault);
    let client = support::builder(&sandbox, &[]).retry(RetryPolicy::none());
    Ok(client.build()?.assets_list().send().await?.into_inner())
}

/// Returns the error of a call when the token endpoint responds with `fault`.
async fn token(fault: Fault) -> Error {
    let sandbox = support::sandbox().await;
    sandbox.queue_fault(Endpoint::Token, fault);
    let client = support::builder(&sandbox, &[]).retry(RetryPolicy::none());
    let client = client.build().unwrap();
    client.assets_list().send().await.unwrap_err()
}

#[tokio::test]
async fn the_error_for_a_gateways_page_has_its_status_and_its_beginning() {
    for status in [404, 502, 503] {
        let error = api(Fault::html(status)).await.unwrap_err();
        assert_eq!(error.status().unwrap(), status);
        let Error::Api { body, .. } = &error else {
            panic!("{error:?}")
        };
        assert!(body.contains('<'), "{body}");
    }
}

#[tokio::test]
async fn an_undocumented_status_keeps_its_body() {
    let fault = Fault::status(418).body("text/plain", "short and stout");
    let error = api(fault).await.unwrap_err();
    assert_eq!(error.status().unwrap(), 418);
    assert!(error.to_string().contains("short and stout"), "{error}");
}

#[tokio::test]
async fn the_error_for_a_page_with_status_200_has_its_status_and_its_beginning() {
    let error = api(Fault::html(200)).await.unwrap_err();
    let Error::Decode {
        status, excerpt, ..
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(*status, 200);
    assert!(excerpt.contains('<'), "{excerpt}");
}

#[tokio::test]
async fn a_value_of_the_wrong_type_is_reported_with_its_path() {
    let body = r#"{"value":[{"id":17},{"id":[7]}]}"#;
    let error = api(Fault::status(200).body("application/json", body))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::Decode { path, .. } if path == "value[1].id"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_429_reports_how_long_to_wait() {
    let error = api(Fault::status(429).header("retry-after", "17"))
        .await
        .unwrap_err();
    assert!(error.is_rate_limited());
    assert_eq!(error.retry_after().unwrap().as_secs(), 17);
}

#[tokio::test]
async fn a_503_with_retry_after_reports_when_to_retry() {
    let error = api(Fault::status(503).header("retry-after", "17"))
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), 503);
    assert_eq!(error.retry_after().unwrap().as_secs(), 17);
    assert!(error.help().contains("again in 17 s"), "{}", error.help());
}

#[tokio::test]
async fn a_connection_that_breaks_names_the_host() {
    let error = api(Fault::cut()).await.unwrap_err();
    assert!(
        matches!(&error, Error::Transport { cause, .. } if cause.host == "127.0.0.1"),
        "{error:?}"
    );
}

#[tokio::test]
async fn no_network_names_the_host_that_cannot_be_reached() {
    let sandbox = support::sandbox().await;
    // Nothing listens on port 9 of this machine.
    let nowhere = "http://127.0.0.1:9";
    for setting in ["PERSPIO_BASE_URL", "PERSPIO_AUTHORITY"] {
        let client = support::builder(&sandbox, &[(setting, nowhere)])
            .retry(RetryPolicy::none())
            .build()
            .unwrap();
        let error = client.assets_list().send().await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("127.0.0.1 cannot be reached"), "{text}");
        assert!(text.lines().count() == 1, "{text}");
    }
}

#[tokio::test]
async fn the_error_for_a_response_that_is_not_oauth_has_its_status() {
    for status in [200, 403, 500, 502] {
        let error = token(Fault::html(status)).await;
        let text = error.to_string();
        assert!(
            text.contains(&format!("responded with {status}")) && text.contains('<'),
            "{text}"
        );
        assert!(
            matches!(&error, Error::Auth(cause) if !cause.is_configuration()),
            "{text}"
        );
    }
    let error = token(Fault::status(429).header("retry-after", "9")).await;
    assert_eq!(error.retry_after().unwrap().as_secs(), 9);
}

#[tokio::test]
async fn a_malformed_token_response_is_reported_without_its_content() {
    for body in [
        r#"{"access_token":"canary"#,
        r#"{"access_token":"canary","token_type":"mac"}"#,
        r#"{"access_token":{"canary":1},"token_type":"Bearer"}"#,
        r#"{"access_token":"canary\r\nx: y","token_type":"Bearer"}"#,
        "access_token=canary&token_type=bearer",
        r#"["canary"]"#,
        "",
    ] {
        let error = token(Fault::status(200).body("application/json", body)).await;
        let text = format!("{error} {error:?}");
        assert!(text.contains("cannot be used"), "{text}");
        assert!(!text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn an_empty_or_dot_segment_id_is_rejected_before_it_is_sent() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    for id in ["", ".", ".."] {
        let error = client.assets_get().id(id).send().await.unwrap_err();
        assert!(
            matches!(&error, Error::InvalidRequest { .. }),
            "{id}: {error:?}"
        );
    }
    let error = client.assets_get().send().await.unwrap_err();
    assert!(matches!(&error, Error::InvalidRequest { .. }), "{error:?}");
    assert!(sandbox.log().api_requests().is_empty());
}

#[tokio::test]
async fn an_id_with_special_characters_stays_one_path_segment() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    for (id, path) in [
        ("a/b", "/assets/v3/a%2Fb"),
        ("a b?c#d%", "/assets/v3/a%20b%3Fc%23d%25"),
    ] {
        sandbox.log().clear();
        let _ = client.assets_get().id(id).send().await;
        assert_eq!(sandbox.log().api_requests()[0].path, path);
    }
}

#[tokio::test]
async fn both_forms_of_a_list_are_decoded_completely() {
    for shape in [
        ListShape::Array,
        ListShape::Object {
            member: "value".to_owned(),
        },
    ] {
        let sandbox = Sandbox::builder().list_shape(shape).start().await.unwrap();
        let assets = support::client(&sandbox)
            .assets_list()
            .send()
            .await
            .unwrap()
            .into_inner();
        assert_eq!(assets.len(), 250);
        assert!(assets[0].id.is_some());
        assert!(
            assets.iter().all(|asset| !asset.extra.is_empty()),
            "unknown members are retained"
        );
    }
}

#[tokio::test]
async fn the_path_of_the_base_url_prefixes_every_path() {
    let sandbox = support::sandbox().await;
    for end in ["/prefix", "/prefix/"] {
        sandbox.log().clear();
        let url = format!("{}{end}", sandbox.base_url());
        let client = support::builder(&sandbox, &[("PERSPIO_BASE_URL", &url)])
            .build()
            .unwrap();
        let error = client.assets_list().send().await.unwrap_err();
        assert_eq!(error.status().unwrap(), 404);
        assert_eq!(
            sandbox.log().requests().last().unwrap().path,
            "/prefix/assets/v3/"
        );
    }
}

#[test]
fn undocumented_operations_are_labelled_as_inferred() {
    let inferred: Vec<_> = perspio::OPERATIONS
        .iter()
        .filter(|operation| operation.provenance == Provenance::Inferred)
        .map(|operation| operation.id)
        .collect();
    assert_eq!(inferred, ["assets_get", "assets_update"]);
}
