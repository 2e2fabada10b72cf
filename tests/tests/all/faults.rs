//! What breaks on the way: a call ends in its whole answer or in an error,
//! never in a part of it.

mod bodies;
mod cuts;
mod stalls;

use std::time::Duration;

use perspio::{Client, Error, RetryPolicy};

use crate::raw_server::{Answer, KEY, RawServer, TOKEN, http};

/// Repetitions come without a back-off, so that they need no clock.
fn at_once() -> RetryPolicy {
    RetryPolicy::new().first_backoff(Duration::ZERO)
}

/// The descriptions of all assets.
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

/// All that an error shows of itself.
fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#}");
    if let Error::Api { body, message, .. } = error {
        text.push_str(body);
        text.push_str(message);
    }
    text
}
