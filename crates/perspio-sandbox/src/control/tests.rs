//! The control interface, over HTTP.

use std::time::{Duration, UNIX_EPOCH};

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::testing::sign_in::{refresh, sign_in};
use crate::testing::{Answer, application_token, call, get, http};
use crate::{Endpoint, Fault, FaultScript, Hold, Outcome, Person, Sandbox};

async fn control(sandbox: &Sandbox, method: Method, path: &str, body: Option<Value>) -> Answer {
    let url = format!("{}/sandbox/v1{path}", sandbox.base_url());
    let mut request = http().request(method, url);
    if let Some(body) = body {
        request = request.body(body.to_string());
    }
    Answer::to(request).await
}

async fn read(sandbox: &Sandbox, path: &str) -> Value {
    let answer = control(sandbox, Method::GET, path, None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

async fn delete(sandbox: &Sandbox, path: &str) -> u16 {
    control(sandbox, Method::DELETE, path, None).await.status
}

async fn post(sandbox: &Sandbox, path: &str, body: Value) -> Answer {
    control(sandbox, Method::POST, path, Some(body)).await
}

#[tokio::test]
async fn requests_are_listed_from_a_revision_on() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = application_token(&sandbox).await;
    get(&sandbox, "/assets/v3/?code=secret&a=b", &token).await;
    let list = read(&sandbox, "/requests").await;
    let [issued, called] = list["requests"].as_array().unwrap().as_slice() else {
        panic!("{list}");
    };
    assert_eq!(issued["caller"], "application");
    let expected = json!([
        "GET",
        "/assets/v3/?code=[redacted]&a=b",
        "api",
        2,
        "responded",
        200
    ]);
    let members = ["method", "path", "endpoint", "number", "outcome", "status"];
    assert_eq!(json!(members.map(|name| &called[name])), expected);
    let since = |list: &Value| format!("/requests?since={}", list["revision"]);
    let later = read(&sandbox, &since(&list)).await;
    assert_eq!(later["requests"], json!([]));
    get(&sandbox, "/nothing", "x").await;
    let later = read(&sandbox, &since(&list)).await;
    assert_eq!(later["requests"][0]["path"], "/nothing");
    assert_eq!(later["requests"][0]["caller"], "unknown token");
    for query in ["?since=x", "?until=3", "?since=-1"] {
        let answer = control(&sandbox, Method::GET, &format!("/requests{query}"), None).await;
        assert_eq!(answer.problem().0, 400, "{query}");
    }
    assert_eq!(delete(&sandbox, "/requests").await, 204);
    assert!(sandbox.log().requests().is_empty());
}

#[tokio::test]
async fn a_request_is_pending_until_its_outcome_is_known() {
    let sandbox = Sandbox::start().await.unwrap();
    let outcome = || sandbox.log().requests()[0].outcome;
    let hold: Hold = sandbox.hold(Endpoint::Other);
    let url = format!("{}/nothing", sandbox.base_url());
    let waiting = tokio::spawn(http().get(url).send());
    hold.arrived(1).await;
    assert_eq!(outcome(), Outcome::Pending);
    let since = read(&sandbox, "/state").await["requests"]["revision"].clone();
    sandbox.queue_fault(Endpoint::Other, Fault::cut());
    drop(hold);
    assert!(waiting.await.unwrap().is_err());
    assert_eq!(outcome(), Outcome::Cut);
    let changed = read(&sandbox, &format!("/requests?since={since}")).await;
    assert_eq!(changed["requests"][0]["outcome"], "cut");
    assert_eq!(changed["requests"][0]["status"], Value::Null);
}

#[tokio::test]
async fn the_details_of_a_request_contain_no_secret() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = application_token(&sandbox).await;
    let url = "/assets/v3/IN-1?access_token=wrong-token";
    let request = call(&sandbox, Method::PATCH, url, &token);
    let request = request.header("cookie", "a=b").body("{\"name\":\"it's\"}");
    Answer::to(request).await;
    let issued = read(&sandbox, "/requests/1").await;
    let called = read(&sandbox, "/requests/2").await;
    let page = format!("{}/sandbox/page/requests/", sandbox.base_url());
    let pages = [1, 2].map(|number| http().get(format!("{page}{number}")));
    let [first, second] = pages.map(Answer::to);
    let shown = [
        issued.to_string(),
        called.to_string(),
        first.await.text,
        second.await.text,
    ];
    for secret in [
        sandbox.client_secret(),
        sandbox.subscription_key(),
        &token,
        "wrong-token",
        "a=b",
    ] {
        assert!(shown.iter().all(|text| !text.contains(secret)), "{secret}");
    }
    let curl = issued["curl"].as_str().unwrap();
    assert!(
        curl.contains("&client_secret='\"$PERSPIO_CLIENT_SECRET\"'&scope="),
        "{curl}"
    );
    let curl = called["curl"].as_str().unwrap();
    for part in [
        "curl --request 'PATCH' '",
        "?access_token='\"$PERSPIO_ACCESS_TOKEN\"",
        "'authorization: Bearer '\"$PERSPIO_ACCESS_TOKEN\"",
        "'ocp-apim-subscription-key: '\"$PERSPIO_SUBSCRIPTION_KEY\"",
        r#"--data-raw '{"name":"it'\''s"}'"#,
    ] {
        assert!(curl.contains(part), "{part}: {curl}");
    }
    let shape = called["shape"].as_str().unwrap();
    for line in [
        "PATCH /assets/v3/IN-1?access_token=[redacted]\n",
        "\nauthorization: Bearer [access token]\n",
        "\nhost: [host]\n",
        "\nocp-apim-subscription-key: [subscription key]\n",
    ] {
        assert!(shape.contains(line), "{line}: {shape}");
    }
    assert_eq!(issued["body_bytes"], sandbox.log().requests()[0].body.len());
    let missing = control(&sandbox, Method::GET, "/requests/9", None).await;
    assert_eq!(missing.problem().0, 404);
}

#[tokio::test]
async fn a_queued_fault_is_listed_until_it_is_used() {
    let sandbox = Sandbox::start().await.unwrap();
    let fault = json!({
        "endpoint": "api",
        "after": 1,
        "fault": { "status": 429, "headers": { "Retry-After": "7" }, "body": "{}" },
    });
    assert_eq!(post(&sandbox, "/faults", fault).await.status, 201);
    let cut = json!({ "endpoint": "other", "fault": { "cut": true } });
    assert_eq!(post(&sandbox, "/faults", cut).await.status, 201);
    let listed = read(&sandbox, "/faults").await;
    assert_eq!(listed[0]["fault"]["status"], 429);
    assert_eq!(
        listed[1],
        json!({ "endpoint": "other", "after": 0, "fault": { "cut": true } })
    );
    assert_eq!(get(&sandbox, "/sites/v3/", "").await.status, 401);
    let answer = get(&sandbox, "/sites/v3/", "").await;
    assert_eq!((answer.status, answer.text.as_str()), (429, "{}"));
    assert_eq!(answer.header("retry-after"), "7");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(read(&sandbox, "/faults").await.as_array().unwrap().len(), 1);
    assert_eq!(delete(&sandbox, "/faults").await, 204);
    assert_eq!(read(&sandbox, "/faults").await, json!([]));
    assert_eq!(get(&sandbox, "/nothing", "").await.status, 404);
    for (body, cause) in [
        (json!({ "endpoint": "api" }), "fault"),
        (json!({ "endpoint": "api", "fault": {} }), "needs a status"),
        (
            json!({ "endpoint": "api", "fault": { "status": 99 } }),
            "99",
        ),
        (
            json!({ "endpoint": "x", "fault": { "cut": true } }),
            "device_code",
        ),
    ] {
        let (status, message) = post(&sandbox, "/faults", body).await.problem();
        assert_eq!(status, 400);
        assert!(message.contains(cause), "{message}");
    }
}

#[tokio::test]
async fn a_delayed_fault_and_latency_wait_before_the_response() {
    let delay = Duration::from_millis(30);
    let sandbox = Sandbox::builder().latency(delay).start().await.unwrap();
    sandbox.queue_fault(Endpoint::Other, Fault::latency(delay));
    sandbox.queue_fault(Endpoint::Other, Fault::status(503).delay(delay));
    for (status, least) in [(404, 2 * delay), (503, 2 * delay), (404, delay)] {
        let begun = std::time::Instant::now();
        assert_eq!(get(&sandbox, "/nothing", "").await.status, status);
        assert!(begun.elapsed() >= least);
    }
}

#[tokio::test]
async fn a_delayed_request_does_not_keep_a_dropped_sandbox_alive() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut ended = sandbox.ended();
    let hour = Duration::from_secs(3600);
    sandbox.queue_fault(Endpoint::Other, Fault::latency(hour));
    let hold = sandbox.hold(Endpoint::Other);
    let url = format!("{}/nothing", sandbox.base_url());
    let waiting = tokio::spawn(http().get(url).send());
    hold.arrived(1).await;
    drop(hold);
    drop(sandbox);
    assert!(waiting.await.unwrap().is_err());
    assert!(ended.changed().await.is_err());
}

#[tokio::test]
async fn the_clock_is_changed_and_advanced() {
    let sandbox = Sandbox::start().await.unwrap();
    let change = json!({ "frozen": true, "speed": 60, "offset_seconds": -7200 });
    let changed = control(&sandbox, Method::PUT, "/clock", Some(change))
        .await
        .json();
    assert_eq!(changed["frozen"], true);
    assert_eq!(changed["speed"], 60);
    let now = || sandbox.clock().now().duration_since(UNIX_EPOCH).unwrap();
    let before = now();
    let advanced = post(&sandbox, "/clock/advance", json!({ "seconds": 90 })).await;
    assert_eq!(now(), before + Duration::from_secs(90));
    assert_eq!(advanced.json()["unix_seconds"], now().as_secs());
    assert_eq!(advanced.json(), read(&sandbox, "/clock").await);
    for (method, path, body) in [
        (Method::PUT, "/clock", json!({ "sped": 3 })),
        (Method::PUT, "/clock", json!({ "speed": -1 })),
        (Method::POST, "/clock/advance", json!({})),
    ] {
        let answer = control(&sandbox, method, path, Some(body)).await;
        assert_eq!(answer.problem().0, 400);
    }
    assert_eq!(now(), before + Duration::from_secs(90));
}

#[tokio::test]
async fn one_token_is_revoked_or_all_are() {
    let sandbox = Sandbox::start().await.unwrap();
    sandbox.clock().freeze();
    let tokens = [
        application_token(&sandbox).await,
        application_token(&sandbox).await,
    ];
    let listed = read(&sandbox, "/tokens").await;
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!(listed[0]["expires_in_seconds"], 3599);
    // The newest is the first.
    let path = format!("/tokens/{}", listed[1]["id"].as_str().unwrap());
    assert_eq!(delete(&sandbox, &path).await, 204);
    assert_eq!(delete(&sandbox, "/tokens/unknown").await, 404);
    assert_eq!(get(&sandbox, "/sites/v3/", &tokens[0]).await.status, 401);
    assert_eq!(get(&sandbox, "/sites/v3/", &tokens[1]).await.status, 200);
    let statuses = async || {
        let listed = read(&sandbox, "/tokens").await;
        json!([listed[0]["status"], listed[1]["status"]])
    };
    assert_eq!(statuses().await, json!(["active", "revoked"]));
    sandbox.clock().advance(Duration::from_secs(3599));
    assert_eq!(statuses().await, json!(["expired", "revoked"]));
    assert_eq!(delete(&sandbox, "/tokens").await, 204);
    assert_eq!(statuses().await, json!(["revoked", "revoked"]));
}

#[tokio::test]
async fn everyone_is_signed_out() {
    let sandbox = Sandbox::start().await.unwrap();
    let tokens = sign_in(&sandbox, Person::Ada).await;
    let token = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(refresh(&sandbox, token, None).await.status, 200);
    let listed = read(&sandbox, "/sign-ins").await;
    assert_eq!(listed[0]["user"], "ada@sandbox.example");
    assert_eq!(
        (&listed[0]["refreshes"], &listed[0]["status"]),
        (&json!(1), &json!("signed_in"))
    );
    assert_eq!(delete(&sandbox, "/sign-ins").await, 204);
    let listed = read(&sandbox, "/sign-ins").await;
    assert_eq!(listed[0]["status"], "signed_out");
    assert_eq!(refresh(&sandbox, token, None).await.status, 400);
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(get(&sandbox, "/sites/v3/", access).await.status, 401);
    assert_eq!(read(&sandbox, "/users").await[0]["name"], "Ada Sandbox");
}

#[tokio::test]
async fn the_budgets_show_what_is_used() {
    let sandbox = Sandbox::builder()
        .documented_limits()
        .start()
        .await
        .unwrap();
    sandbox.clock().freeze();
    let token = application_token(&sandbox).await;
    let answer = get(&sandbox, "/sites/v3/", &token).await;
    let limits = read(&sandbox, "/state").await["limits"].clone();
    let rate = json!({ "used": 1, "limit": 20, "window_seconds": 90.0 });
    assert_eq!(limits["rate_limit"], rate);
    assert_eq!(limits["bandwidth"]["used"], answer.text.len());
    sandbox.clock().advance(Duration::from_secs(90));
    let limits = read(&sandbox, "/state").await["limits"].clone();
    assert_eq!(
        (&limits["rate_limit"]["used"], &limits["quota"]["used"]),
        (&json!(0), &json!(1))
    );
}

#[tokio::test]
async fn a_reset_restores_the_start() {
    let script = "[{endpoint: other, fault: {status: 418}}]";
    let builder = Sandbox::builder()
        .seed(7)
        .rate_limit(1, Duration::from_secs(90));
    let script = FaultScript::parse(script).unwrap();
    let sandbox = builder.fault_script(script).start().await.unwrap();
    let id = async || {
        let token = application_token(&sandbox).await;
        let id = read(&sandbox, "/tokens").await[0]["id"].clone();
        (token, id)
    };
    let (token, first) = id().await;
    assert_eq!(get(&sandbox, "/nothing", "").await.status, 418);
    assert_eq!(get(&sandbox, "/sites/v3/", &token).await.status, 200);
    assert_eq!(get(&sandbox, "/sites/v3/", &token).await.status, 429);
    sandbox.queue_fault(Endpoint::Api, Fault::cut());
    sandbox.clock().advance(Duration::from_secs(500));
    let reset = control(&sandbox, Method::POST, "/reset", None).await;
    assert_eq!(reset.status, 204);
    assert!(sandbox.log().requests().is_empty());
    let state = read(&sandbox, "/state").await;
    assert_eq!(state["clock"]["offset_seconds"], 0);
    assert_eq!(
        (&state["tokens"], &state["limits"]["rejected"]),
        (&json!([]), &json!(0))
    );
    assert_eq!(get(&sandbox, "/nothing", "").await.status, 418);
    assert_eq!(get(&sandbox, "/sites/v3/", &token).await.status, 401);
    assert_eq!(id().await.1, first);
}

#[tokio::test]
async fn control_is_neither_recorded_nor_subject_to_faults_limits_and_holds() {
    let builder = Sandbox::builder().rate_limit(0, Duration::from_secs(90));
    let sandbox = builder.start().await.unwrap();
    let holds = [Endpoint::Api, Endpoint::Other].map(|endpoint| sandbox.hold(endpoint));
    sandbox.queue_fault(Endpoint::Api, Fault::status(500));
    sandbox.queue_fault(Endpoint::Other, Fault::status(500));
    read(&sandbox, "/state").await;
    assert_eq!(Answer::to(http().get(sandbox.base_url())).await.status, 200);
    assert!(sandbox.log().requests().is_empty());
    let unknown = control(&sandbox, Method::GET, "/unknown", None).await;
    assert_eq!(unknown.problem().0, 404);
    let wrong = control(&sandbox, Method::POST, "/state", None).await;
    assert_eq!(wrong.problem().0, 405);
    drop(holds);
}

#[tokio::test]
async fn another_origin_or_host_cannot_control_the_sandbox() {
    let sandbox = Sandbox::start().await.unwrap();
    let token = application_token(&sandbox).await;
    let revoke = || http().delete(format!("{}/sandbox/v1/tokens", sandbox.base_url()));
    for (name, value) in [("origin", "https://evil.example"), ("host", "evil.example")] {
        let answer = Answer::to(revoke().header(name, value)).await;
        assert_eq!(answer.problem().0, 403, "{name}");
    }
    assert_eq!(get(&sandbox, "/sites/v3/", &token).await.status, 200);
    let own = revoke().header("origin", sandbox.base_url());
    assert_eq!(Answer::to(own).await.status, 204);
    assert_eq!(get(&sandbox, "/sites/v3/", &token).await.status, 401);
}

/// Reads events until `text` arrives.
async fn until(response: &mut Response, text: &str) -> String {
    let mut read = String::new();
    while !read.contains(text) {
        let chunk = response.chunk().await.unwrap().expect("the stream goes on");
        read.push_str(&String::from_utf8_lossy(&chunk));
    }
    read
}

#[tokio::test]
async fn events_show_new_requests_and_end_with_the_sandbox() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = |path: &str| format!("{}{path}", sandbox.base_url());
    let mut events = http().get(url("/sandbox/v1/events")).send().await.unwrap();
    let mut page = http()
        .get(url("/sandbox/page/events"))
        .send()
        .await
        .unwrap();
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    until(&mut events, "event: state").await;
    until(&mut page, "event: tokens").await;
    get(&sandbox, "/nothing", "").await;
    let read = until(&mut events, "\"/nothing\"").await;
    assert!(read.contains("event: requests"), "{read}");
    until(&mut page, ">/nothing</button>").await;
    let mut ended = sandbox.ended();
    drop(sandbox);
    assert!(ended.changed().await.is_err());
    // A stream that the end of the thread cuts is an error.
    while events.chunk().await.unwrap().is_some() {}
}

#[tokio::test]
async fn a_seed_decides_the_fleet_and_the_ids() {
    let list = async |seed: u64| {
        let sandbox = Sandbox::builder()
            .assets(20)
            .seed(seed)
            .start()
            .await
            .unwrap();
        let token = application_token(&sandbox).await;
        let answer = get(&sandbox, "/assets/v3/", &token).await;
        let id = read(&sandbox, "/tokens").await[0]["id"].clone();
        (
            answer.text.clone(),
            answer.header("request-id").to_owned(),
            id,
        )
    };
    let one = list(1).await;
    assert_eq!(one, list(1).await);
    let other = list(2).await;
    assert!(one.0 != other.0 && one.1 != other.1 && one.2 != other.2);
}
