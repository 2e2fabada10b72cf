//! Lists that are decoded item by item, and bulk calls for their items.

use std::sync::{Arc, Mutex};

use futures::{StreamExt, TryStreamExt};
use perspio::Error;
use perspio::bulk::Bulk;
use perspio::middleware::{
    CurrentCall, Extensions, Middleware, Next, Request, Response, Result as MiddlewareResult,
    async_trait,
};
use perspio_sandbox::{Endpoint, Fault, Sandbox};
use serde_json::Value;

use crate::support;

/// Returns the errors of an asset list with this body: decoded at once and item by item.
async fn errors(sandbox: &Sandbox, body: &str) -> [Error; 2] {
    let client = support::client(sandbox);
    let response = Fault::status(200).body("application/json", body.to_owned());
    sandbox.queue_fault(Endpoint::Api, response.clone());
    let whole = client.assets_list().send().await.unwrap_err();
    sandbox.queue_fault(Endpoint::Api, response);
    let items = client.assets_stream().await.unwrap();
    [whole, items.try_collect::<Vec<_>>().await.unwrap_err()]
}

#[tokio::test]
async fn a_stream_sends_the_request_of_the_typed_operation_and_yields_its_items() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    macro_rules! check {
        ($operation:ident, $stream:ident) => {
            sandbox.log().clear();
            let whole = client.$operation().send().await.unwrap().into_inner();
            let items: Vec<_> = client.$stream().await.unwrap().try_collect().await.unwrap();
            let json = |item| serde_json::to_value(item).unwrap();
            assert!(!whole.is_empty());
            assert_eq!(json(&items), json(&whole.into_items()));
            let requests = sandbox.log().api_requests();
            assert_eq!(sandbox.shape(&requests[0]), sandbox.shape(&requests[1]));
        };
    }
    check!(assets_list, assets_stream);
    check!(sites_list, sites_stream);
    check!(locations_labels, locations_labels_stream);
}

#[tokio::test]
async fn a_failed_list_request_is_reported_before_the_first_item() {
    let sandbox = support::sandbox().await;
    sandbox.queue_fault(Endpoint::Api, Fault::html(500));
    let error = support::client(&sandbox).assets_stream().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 500);
}

#[tokio::test]
async fn an_invalid_item_is_reported_with_its_path_in_both_list_methods() {
    let sandbox = support::sandbox().await;
    let good = r#"{"id":"IN-000001","name":"Truck 1"},"#.repeat(60_000);
    let body = format!(r#"{{"items":[{good}{{"id":["canary"]}},{good}{{}}]}}"#);
    for error in errors(&sandbox, &body).await {
        let Error::Decode { path, excerpt, .. } = &error else {
            panic!("{error}")
        };
        assert!(path.starts_with("items[60000]"), "{path}");
        assert!(excerpt.contains("canary"), "{excerpt}");
    }
}

#[tokio::test]
async fn credentials_that_a_list_repeats_are_in_no_error() {
    let sandbox = support::sandbox().await;
    let key = sandbox.subscription_key();
    let large = format!("[{}", "{},".repeat(500_000));
    for body in [
        format!("[{{}}] {key}"),
        format!("[{{}},\"{key}\"]"),
        format!("[{{}},{key}]"),
        format!("{{\"{key}\":1}}"),
        format!("{{\"{key}\":tru}}"),
        format!("{{\"a\":\"{key}\\x\",\"items\":[]}}"),
        format!("<html>{key}"),
        format!("{large}{{\"id\":[\"{key}\"]}}]"),
    ] {
        for error in errors(&sandbox, &body).await {
            assert!(!error.to_string().contains(key), "{error}");
        }
    }
}

/// Records the options of the calls.
#[derive(Clone, Default)]
struct RecordedOptions(Arc<Mutex<Vec<String>>>);

#[async_trait]
impl Middleware for RecordedOptions {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> MiddlewareResult<Response> {
        let call = extensions.get::<CurrentCall>();
        let options = format!("{:?}", call.map(CurrentCall::options));
        self.0.lock().unwrap().push(options);
        next.run(request, extensions).await
    }
}

#[tokio::test]
async fn every_asset_gets_its_call_with_bulk_priority() {
    let sandbox = Sandbox::builder().assets(20).start().await.unwrap();
    let recorded = RecordedOptions::default();
    let client = support::builder(&sandbox, &[])
        .middleware(recorded.clone())
        .build()
        .unwrap();
    let report = client
        .for_each_asset(Bulk::new(4), async |client, asset| {
            let id = asset.id.unwrap();
            if id.to_string() == "IN-000007" {
                return client.assets_get().id("IN-999999").send().await;
            }
            client.assets_get().id(id).send().await
        })
        .await
        .unwrap();
    assert_eq!((report.done, report.failed), (19, 1));
    assert_eq!(report.failures[0].id.as_deref(), Some("IN-000007"));
    let recorded = recorded.0.lock().unwrap();
    assert_eq!(recorded.len(), 21);
    assert!(
        recorded.iter().all(|options| options.contains("Bulk")),
        "{recorded:?}"
    );
}

#[tokio::test]
async fn the_complete_items_of_a_truncated_list_are_processed() {
    let sandbox = support::sandbox().await;
    let cut = Fault::status(200).body("application/json", r#"[{"id":"IN-1"},{"id":"IN-2"},{"#);
    sandbox.queue_fault(Endpoint::Api, cut);
    let client = support::client(&sandbox);
    let work = async |_, _| Ok::<_, Error>(());
    let report = client.for_each_asset(Bulk::new(4), work).await.unwrap();
    assert_eq!((report.done, report.is_complete()), (2, false));
    assert!(
        report.to_string().contains("ends in the middle"),
        "{report}"
    );
}

#[tokio::test]
async fn items_of_any_type_are_read_from_any_endpoint() {
    let sandbox = support::sandbox().await;
    let client = support::client(&sandbox);
    let request = client.request(perspio::Method::GET, "/assets/v3/");
    let assets = request.stream::<Value>().await.unwrap();
    let ids = assets.map(|asset| asset.unwrap()["id"].clone());
    assert_eq!(ids.count().await, 250);
}
