//! Tests with a real keyring (gnome-keyring), on its own session bus and in its own home
//! directory. Each test runs itself again inside them.

mod key;
mod session;
mod store;

use perspio_auth::endpoint::Endpoint;
use perspio_auth::{Profile, Scopes};

/// A profile for tests.
fn profile() -> Profile {
    Profile::custom(
        "Example",
        Endpoint::from_static("https://api.example"),
        &Endpoint::from_static("https://login.example/tenant"),
    )
    .with_scopes(Scopes::uniform(["api://example/access_as_user"]))
}
