//! The errors of calls whose timeout elapses.

use std::sync::Arc;
use std::time::Duration;

use perspio::auth::clock::ManualClock;
use perspio::{CallOptions, Client, ClientBuilderExt, Error, Limit, Limits, NullableText, Scope};
use perspio_auth::FixedToken;
use perspio_sandbox::{Endpoint, Sandbox, UserAccess};

use crate::support;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Returns the error of a call whose timeout elapses while `endpoint` holds its request
/// back.
async fn held_at(
    sandbox: &Sandbox,
    client: Client,
    clock: &ManualClock,
    endpoint: Endpoint,
) -> Error {
    let hold = sandbox.hold(endpoint);
    let client = client.with_options(CallOptions::new().timeout(TIMEOUT));
    let call = tokio::spawn(async move { update(&client).await });
    hold.arrived(1).await;
    clock.advance(TIMEOUT);
    call.await.unwrap().unwrap_err()
}

async fn update(client: &Client) -> Result<(), Error> {
    let call = client.assets_update().id("IN-000001");
    let call = call.body_map(|body| body.description(NullableText::from("words")));
    call.send().await?;
    Ok(())
}

#[tokio::test]
async fn a_timeout_in_the_token_request_names_the_identity_server_and_no_write() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let builder = support::builder(&sandbox, &[]).clock(Arc::new(clock.clone()));
    let client = builder.writes_as_application(true).build().unwrap();
    let error = held_at(&sandbox, client, &clock, Endpoint::Token).await;
    assert!(
        error.is_timeout() && !error.may_have_been_applied(),
        "{error}"
    );
    let text = error.to_string();
    for part in [
        "PATCH /assets/v3/IN-000001",
        "after 5 s",
        "an access token from 127.0.0.1",
    ] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    assert!(
        !error.help().contains("may have been applied"),
        "{}",
        error.help()
    );
    assert!(sandbox.log().api_requests().is_empty());
}

#[tokio::test]
async fn a_timeout_after_a_write_was_sent_says_that_it_may_have_been_applied() {
    let sandbox = support::sandbox().await;
    let clock = ManualClock::new();
    let token = FixedToken::new(sandbox.user_token(UserAccess::ReadWrite));
    let builder = support::builder(&sandbox, &[]).credential(token);
    let client = builder.clock(Arc::new(clock.clone())).build().unwrap();
    let error = held_at(&sandbox, client, &clock, Endpoint::Api).await;
    assert!(
        error.is_timeout() && error.may_have_been_applied(),
        "{error}"
    );
    assert!(
        error.to_string().contains("waited for the response"),
        "{error}"
    );
    assert!(
        error.help().contains("may have been applied"),
        "{}",
        error.help()
    );
}

#[tokio::test]
async fn a_write_whose_wait_exceeds_its_timeout_reports_that_it_was_not_sent() {
    let sandbox = support::sandbox().await;
    let limit = Limit::requests(
        "one an hour",
        Scope::Application,
        1,
        Duration::from_secs(3600),
    );
    let token = FixedToken::new(sandbox.user_token(UserAccess::ReadWrite));
    let builder = support::builder(&sandbox, &[]).credential(token);
    let client = builder.limits(Limits::none().with(limit)).build().unwrap();
    client.sites_list().send().await.unwrap();
    let error = update(&client.with_options(CallOptions::new().timeout(TIMEOUT)))
        .await
        .unwrap_err();
    assert!(
        error.is_rate_limited() && !error.may_have_been_applied(),
        "{error}"
    );
    let text = error.to_string();
    for part in ["PATCH /assets/v3/IN-000001", "not sent", "one an hour"] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    assert_eq!(sandbox.log().api_requests().len(), 1);
}
