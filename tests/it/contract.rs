//! Every operation of both clients conforms to its document when it is called with
//! random valid values, as judged by a third-party server, and its responses are
//! decoded without loss.

use std::path::Path;

use dispogas::ClientBuilderExt as _;
use perspio::ClientBuilderExt as _;
use perspio_auth::FixedToken;
use perspio_wire::drive::{Decoded, Outcome, classify};
use perspio_wire::{Fill, Letters, Prism, Recorder, Schema};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How often each operation is called.
const CALLS: u64 = 10;

fn prism(document: &str) -> Prism {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = root.join("spec").join(document).canonicalize().unwrap();
    Prism::start(&root, &document).unwrap()
}

/// A random valid value of a type.
fn random<T: JsonSchema + DeserializeOwned>(seed: u64, letters: Letters) -> T {
    let document = schemars::schema_for!(T).to_value();
    let schema = Schema::new(&document, &document).unwrap();
    let fill = [Fill::All, Fill::Needed, Fill::Some][usize::try_from(seed % 3).unwrap()];
    let value = schema.random(seed, fill, letters).unwrap();
    serde_json::from_value(value).unwrap()
}

/// Encodes the outcome of an operation again.
fn encoded<T: Serialize, E: Into<perspio::Error>>(
    response: Result<perspio::ResponseValue<T>, E>,
) -> Result<Decoded, String> {
    match response {
        Ok(value) => Ok(Decoded::of(&value.into_inner()).unwrap()),
        Err(cause) => Err(cause.into().to_string()),
    }
}

fn assert_conforms(operation: &str, response: Result<Decoded, String>, recorder: &Recorder) {
    let exchange = recorder.take();
    let outcome = classify(response, exchange.as_ref());
    assert_eq!(outcome, Outcome::Good, "{operation}: {exchange:?}");
}

fn perspiotalk(prism: &Prism, recorder: &Recorder, subscription_key: &str) -> perspio::Client {
    perspio::Client::builder()
        .base_url(prism.base_url())
        .tenant_id("in-1")
        .subscription_key(subscription_key)
        .credential(FixedToken::new("token"))
        .middleware(recorder.clone())
        .build()
        .unwrap()
}

#[tokio::test]
async fn every_operation_of_perspiotalk_conforms_to_its_document() {
    let prism = prism("perspiotalk.yaml");
    let recorder = Recorder::default();
    let client = perspiotalk(&prism, &recorder, "key");
    for operation in perspio::OPERATIONS {
        for seed in 0..CALLS {
            let response = match operation.id {
                "assets_get" => {
                    let id: perspio::AssetId = path_id(seed);
                    encoded(client.assets_get().id(id).send().await)
                }
                "assets_list" => encoded(client.assets_list().send().await),
                "assets_update" => {
                    let id: perspio::AssetId = path_id(seed);
                    let body: perspio::types::AssetPatch = random(seed, Letters::Any);
                    encoded(client.assets_update().id(id).body(body).send().await)
                }
                "directory_user" => encoded(client.directory_user().send().await),
                "locations_labels" => encoded(client.locations_labels().send().await),
                "sites_list" => encoded(client.sites_list().send().await),
                new => panic!("{new} is new: call it here"),
            };
            assert_conforms(operation.id, response, &recorder);
        }
    }
}

/// Returns an id for a path segment. It is not empty, because that is another path.
fn path_id<T: JsonSchema + DeserializeOwned>(seed: u64) -> T {
    (seed * 1000..)
        .map(|seed| random::<Value>(seed, Letters::Path))
        .filter(|value| value.as_str().is_some_and(|text| !text.is_empty()))
        .find_map(|value| serde_json::from_value(value).ok())
        .unwrap()
}

#[tokio::test]
async fn every_operation_of_dispogas_conforms_to_its_document() {
    let prism = prism("dispogas.yaml");
    let recorder = Recorder::default();
    let client = dispogas::Client::builder()
        .api_url(prism.base_url())
        .tenancy("tenancy")
        .token("token")
        .middleware(recorder.clone())
        .build()
        .unwrap();
    for operation in dispogas::OPERATIONS {
        for _ in 0..CALLS {
            let response = match operation.id {
                "account_me" => encoded(client.account_me().send().await),
                new => panic!("{new} is new: call it here"),
            };
            assert_conforms(operation.id, response, &recorder);
        }
    }
}

#[tokio::test]
async fn a_request_that_violates_the_document_is_reported() {
    let prism = prism("perspiotalk.yaml");
    let recorder = Recorder::default();
    let client = perspiotalk(&prism, &recorder, "key");
    let request = client.request(perspio::Method::PATCH, "/assets/v3/IN-1");
    let sent = request
        .json(&serde_json::json!({"description": 3}))
        .send()
        .await;
    assert!(sent.is_err(), "{sent:?}");
    let exchange = recorder.take().unwrap();
    let outcome = classify(Ok(Decoded::Nothing), Some(&exchange));
    assert!(
        matches!(&outcome, Outcome::Rejected(cause) if cause.contains("description")),
        "{outcome:?}"
    );
}
