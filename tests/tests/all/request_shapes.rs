//! What leaves for every operation and for the token: method, path, query,
//! headers, body, one snapshot a file. Only the values that this run made up
//! are replaced, each by its exact text, so that a wrong one shows.

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
async fn every_operation_leaves_in_its_shape() {
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
async fn the_token_request_leaves_as_the_page_shows_it() {
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
