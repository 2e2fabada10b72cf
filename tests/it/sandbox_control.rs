//! The control interface of the sandbox is what its document says.

use std::time::Duration;

use perspio_sandbox::{Endpoint, Fault, Person, Sandbox, UserAccess};
use perspio_wire::Schema;
use reqwest::{Method, Response, Url};
use serde_json::{Value, json};

const METHODS: [&str; 4] = ["get", "put", "post", "delete"];

/// Returns a request body that the operation accepts.
fn body_of(operation: &str) -> Option<Value> {
    let body = match operation {
        "queue_fault" => json!({
            "endpoint": "token",
            "after": 3,
            "fault": { "status": 429, "headers": { "Retry-After": "1" }, "body": "{}" },
        }),
        "change_clock" => json!({ "speed": 2, "frozen": false, "offset_seconds": -5 }),
        "advance_clock" => json!({ "seconds": 60 }),
        _ => return None,
    };
    Some(body)
}

/// Starts a sandbox that has something of everything to show.
async fn busy_sandbox() -> Sandbox {
    let hour = Duration::from_secs(3600);
    let sandbox = Sandbox::builder().rate_limit(20, hour).start().await;
    let sandbox = sandbox.unwrap();
    let token = sandbox.user_token(UserAccess::ReadWrite);
    for fault in [None, Some(Fault::status(500)), Some(Fault::cut())] {
        if let Some(fault) = fault {
            sandbox.queue_fault(Endpoint::Api, fault);
        }
        let request = http().get(format!("{}/assets/v3/", sandbox.base_url()));
        // A cut connection is an error.
        let _ = request.bearer_auth(&token).send().await;
    }
    sign_in(&sandbox).await;
    for fault in [Fault::html(502), Fault::latency(hour)] {
        sandbox.queue_fault(Endpoint::Authorize, fault);
    }
    sandbox
}

async fn sign_in(sandbox: &Sandbox) {
    let scope = "api%3A%2F%2Fperspiotalk%2Faccess_as_user%20offline_access";
    let redirect_uri = "http%3A%2F%2Flocalhost%3A5000";
    let client = format!(
        "client_id={}&redirect_uri={redirect_uri}",
        sandbox.client_id()
    );
    let url = format!(
        "{}/oauth2/v2.0/authorize?{client}&response_type=code&scope={scope}&state=s",
        sandbox.authority()
    );
    let redirected = sandbox.authorize(&url, Person::Ada).unwrap();
    let redirected = Url::parse(&redirected).unwrap();
    let (_, code) = redirected
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap();
    let request = http()
        .post(format!("{}/oauth2/v2.0/token", sandbox.authority()))
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(format!(
            "{client}&grant_type=authorization_code&code={code}&client_secret={}",
            sandbox.client_secret()
        ));
    assert_eq!(request.send().await.unwrap().status(), 200);
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn document(sandbox: &Sandbox) -> Value {
    let url = format!("{}/sandbox/v1/openapi.json", sandbox.base_url());
    http().get(url).send().await.unwrap().json().await.unwrap()
}

/// Reads a response: the whole one, or the first event of a stream that does not end.
async fn text_of(mut response: Response) -> String {
    let is_stream = response
        .headers()
        .get("content-type")
        .is_some_and(|media| media == "text/event-stream");
    if !is_stream {
        return response.text().await.unwrap();
    }
    let first = response.chunk().await.unwrap().unwrap();
    String::from_utf8_lossy(&first).into_owned()
}

#[tokio::test]
async fn every_operation_of_the_control_interface_responds_as_documented() {
    let sandbox = busy_sandbox().await;
    let document = document(&sandbox).await;
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                operations.push((method, path, operation));
            }
        }
    }
    // Last what removes the things that the others show.
    operations.sort_by_key(|(method, path, _)| (path.ends_with("/reset"), *method == "delete"));
    assert_eq!(operations.len(), 19);
    for (method, path, operation) in operations {
        check(&sandbox, &document, method, path, operation).await;
    }
}

async fn check(sandbox: &Sandbox, document: &Value, method: &str, path: &str, operation: &Value) {
    let id = operation["operationId"].as_str().unwrap();
    let tokens = format!("{}/sandbox/v1/tokens", sandbox.base_url());
    let tokens: Value = http()
        .get(tokens)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let token = tokens[0]["id"].as_str().unwrap_or("none");
    let path = path.replace("{number}", "1").replace("{id}", token);
    assert!(!path.contains('{'), "{path}: fill in its parameter here");
    let method: Method = method.to_uppercase().parse().unwrap();
    let mut request = http().request(method, format!("{}{path}", sandbox.base_url()));
    if let Some(body) = body_of(id) {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        let schema = Schema::new(document, schema).unwrap();
        assert_eq!(schema.violation(&body), None, "{id}");
        request = request.body(body.to_string());
    }
    let response = request.send().await.unwrap();
    let status = response.status().as_u16().to_string();
    assert!(status.starts_with('2'), "{id}: {status}");
    let documented = &operation["responses"][&status];
    assert!(documented.is_object(), "{id}: {status} is not documented");
    let text = text_of(response).await;
    let Some(schema) = documented.pointer("/content/application~1json/schema") else {
        let is_stream = documented.get("content").is_some();
        assert_eq!(text.is_empty(), !is_stream, "{id}: {text}");
        return;
    };
    let body: Value = serde_json::from_str(&text).unwrap();
    let schema = Schema::new(document, schema).unwrap();
    assert_eq!(schema.violation(&body), None, "{id}: {body}");
    // A list without items would prove nothing.
    assert_ne!(body, json!([]), "{id}");
}

#[tokio::test]
async fn the_control_interface_has_no_undocumented_method() {
    let sandbox = busy_sandbox().await;
    let document = document(&sandbox).await;
    for (path, item) in document["paths"].as_object().unwrap() {
        let url = format!("{}{}", sandbox.base_url(), path.replace(['{', '}'], ""));
        for method in METHODS {
            if item.get(method).is_none() {
                let method: Method = method.to_uppercase().parse().unwrap();
                let response = http().request(method, &url).send().await.unwrap();
                assert_eq!(response.status().as_u16(), 405, "{path}");
            }
        }
    }
}
