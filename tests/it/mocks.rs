//! The typed mocks, used as in the tests of an application.

use httpmock::MockServer;
use perspio::types::{Asset, ErrorBody};
use perspio_httpmock::MockServerExt;

use crate::support;

#[tokio::test]
async fn the_client_returns_a_mocked_list() {
    // Tokens come from the sandbox, responses from the mock.
    let sandbox = support::sandbox().await;
    let server = MockServer::start_async().await;
    let client = support::builder(&sandbox, &[("PERSPIO_BASE_URL", &server.base_url())])
        .build()
        .unwrap();
    let mut asset = Asset::default();
    asset.id = Some("IN-000042".into());
    asset.extra.insert("name".to_owned(), "Fork lift".into());
    let mock = server.assets_list(|when, then| {
        when.into_inner().header_exists("tid");
        then.ok(&vec![asset].into());
    });
    let assets = client.assets_list().send().await.unwrap().into_inner();
    mock.assert();
    assert_eq!(assets[0].id, Some("in-000042".into()));
    assert_eq!(assets[0].extra["name"], "Fork lift");
}

#[tokio::test]
async fn the_client_returns_a_mocked_error_response_as_an_error() {
    let sandbox = support::sandbox().await;
    let server = MockServer::start_async().await;
    let client = support::builder(&sandbox, &[("PERSPIO_BASE_URL", &server.base_url())])
        .build()
        .unwrap();
    let mut body = ErrorBody::default();
    body.message = Some("no such asset".to_owned());
    server.assets_get(|when, then| {
        when.id(&"IN-1".into());
        then.not_found(&body);
    });
    let error = client.assets_get().id("IN-1").send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 404);
    assert!(error.to_string().contains("no such asset"), "{error}");
}
