//! The list of operations, the document and the sandbox agree.

use perspio::{OPERATIONS, Operation, Provenance};
use perspio_sandbox::UserAccess;
use serde_json::Value;

use crate::support;

#[test]
fn the_generated_list_holds_exactly_the_operations_of_the_document() {
    let perspiotalk = include_str!("../../spec/perspiotalk.yaml");
    holds_exactly(OPERATIONS, perspiotalk);
    let dispogas = include_str!("../../spec/dispogas.yaml");
    holds_exactly(dispogas::OPERATIONS, dispogas);
}

fn holds_exactly(operations: &[Operation], document: &str) {
    let document: Value = serde_saphyr::from_str(document).unwrap();
    let mut expected = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Some(id) = operation.get("operationId") else {
                continue;
            };
            let provenance = operation["x-source"].as_str().unwrap();
            let writes = !["get", "head", "options"].contains(&method.as_str());
            expected.push(format!(
                "{} {} {path} {provenance} {writes}",
                id.as_str().unwrap(),
                method.to_uppercase()
            ));
        }
    }
    expected.sort();
    let listed: Vec<_> = operations
        .iter()
        .map(|operation| {
            let provenance = match operation.provenance {
                Provenance::Documented => "documented",
                Provenance::Sample => "sample",
                Provenance::Inferred => "inferred",
            };
            format!(
                "{} {} {} {provenance} {}",
                operation.id, operation.method, operation.path, operation.writes
            )
        })
        .collect();
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn the_sandbox_serves_every_operation() {
    let sandbox = support::sandbox().await;
    let token = sandbox.user_token(UserAccess::ReadWrite);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for operation in OPERATIONS {
        let path = operation.path.replace("{id}", "IN-000001");
        assert!(!path.contains('{'), "{path}: fill in its parameter here");
        let method = operation.method.parse().unwrap();
        let mut request = http
            .request(method, format!("{}{path}", sandbox.base_url()))
            .bearer_auth(&token)
            .header("tid", sandbox.tenant_id())
            .header("Ocp-Apim-Subscription-Key", sandbox.subscription_key());
        if operation.writes {
            request = request
                .header("content-type", "application/json")
                .body(r#"{"description":"new"}"#);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{}", operation.id);
        let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        assert!(body.is_object() || body.is_array(), "{}", operation.id);
    }
}
