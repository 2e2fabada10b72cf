//! Snapshots of the request of every operation and of the token request: method, path,
//! query, headers and body. Only values that are generated for each run are replaced, each
//! by its exact text, so that a wrong value fails the test.

use perspio::{NullableText, OPERATIONS};

use crate::support;

async fn call(client: &perspio::Client, operation: &str) -> Result<(), perspio::Error> {
    match operation {
        "assets_get" => drop(client.assets_get().id("IN-000001").send().await?),
        "assets_list" => drop(client.assets_list().send().await?),
        "assets_update" => drop(
            client
                .assets_update()
                .id("IN-000001")
                .body_map(|body| body.description(NullableText::from("Fork lift, hall 3")))
                .send()
                .await?,
        ),
        "directory_user" => drop(client.directory_user().send().await?),
        "locations_labels" => drop(client.locations_labels().send().await?),
        "sites_list" => drop(client.sites_list().send().await?),
        new => panic!("{new} is new: call it here"),
    }
    Ok(())
}

#[tokio::test]
async fn every_perspiotalk_operation_matches_its_snapshot() {
    for operation in OPERATIONS {
        let sandbox = support::sandbox().await;
        let client = support::users_client(&sandbox);
        call(&client, operation.id).await.unwrap();
        let requests = sandbox.log().api_requests();
        assert_eq!(requests.len(), 1, "{}", operation.id);
        support::snapshot(&sandbox, operation.id, &requests[0]);
    }
}

#[tokio::test]
async fn the_token_request_matches_the_documentation() {
    let sandbox = support::sandbox().await;
    support::client(&sandbox)
        .assets_list()
        .send()
        .await
        .unwrap();
    let requests = sandbox.log().token_requests();
    assert_eq!(requests.len(), 1);
    support::snapshot(&sandbox, "token_client_credentials", &requests[0]);
}

#[tokio::test]
async fn null_clears_a_member() {
    let sandbox = support::sandbox().await;
    let client = support::users_client(&sandbox);
    let change = client.assets_update().id("IN-000001");
    let change = change.body_map(|body| body.description(NullableText::Null));
    let asset = change.send().await.unwrap().into_inner().0.unwrap();
    assert_eq!(asset.description, None);
    assert_eq!(
        sandbox.log().api_requests()[0].body,
        br#"{"description":null}"#
    );
}

#[test]
fn a_request_is_text_for_a_snapshot_without_a_server() {
    let client: perspio::Client = perspio::Client::builder()
        .client_id("canary-client")
        .client_secret("canary-secret")
        .setting("TENANT_ID", "in-1")
        .setting("SUBSCRIPTION_KEY", "canary-key")
        .build()
        .unwrap();
    let change = client.assets_update().id("IN-000001");
    let change = change.body_map(|body| body.description(NullableText::Null));
    assert_eq!(
        change.shape().unwrap(),
        "PATCH /assets/v3/IN-000001\n\
         accept: application/json\n\
         authorization: Bearer [redacted]\n\
         content-type: application/json\n\
         ocp-apim-subscription-key: [redacted]\n\
         tid: [redacted]\n\
         \n\
         {\n  \"description\": null\n}"
    );
    let error = client.assets_get().shape().unwrap_err();
    assert!(error.to_string().contains("id"), "{error}");
}
