//! Failures of the transport. A call returns the complete response or an error, never a
//! part of the response.

mod bodies;
mod cuts;
mod stalls;

use std::time::Duration;

use perspio::{Client, Error, RetryPolicy};

use crate::raw_server::{KEY, RawResponse, RawServer, TOKEN, http};

/// Retries have no back-off, so that they need no clock.
fn without_backoff() -> RetryPolicy {
    RetryPolicy::new().first_backoff(Duration::ZERO)
}

/// Returns the descriptions of all assets.
async fn list(client: &Client) -> Result<Vec<String>, Error> {
    let assets = client.assets_list().send().await?;
    let descriptions = assets.iter().map(|asset| asset.description.clone());
    Ok(descriptions.flatten().collect())
}

async fn update(client: &Client) -> Result<(), Error> {
    let call = client.assets_update().id("IN-1");
    let call = call.body_map(|body| body.description(perspio::NullableText::from("words")));
    call.send().await?;
    Ok(())
}

/// Returns all texts of an error.
fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#}");
    if let Error::Api { body, message, .. } = error {
        text.push_str(body);
        text.push_str(message);
    }
    text
}
