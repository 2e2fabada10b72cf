//! Calls outside of a suitable tokio runtime.

use perspio::{Client, ClientBuilderExt, Error};
use perspio_auth::FixedToken;

fn client() -> Client {
    Client::builder()
        .base_url("http://127.0.0.1:9")
        .tenant_id("in-test")
        .subscription_key("key")
        .credential(FixedToken::new("token"))
        .build()
        .unwrap()
}

fn assert_names_the_runtime(outcome: Result<(), Error>) {
    let error = outcome.unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("tokio runtime") && text.contains("enable"),
        "{text}"
    );
    assert!(error.is_configuration(), "{text}");
}

#[test]
fn a_call_outside_of_a_runtime_is_an_error_and_not_a_panic() {
    let client = client();
    let call = async { client.sites_list().send().await.map(drop) };
    assert_names_the_runtime(futures::executor::block_on(call));
}

#[test]
fn a_token_is_obtained_outside_of_a_runtime_too() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime.block_on(crate::support::sandbox());
    let profile = crate::support::profile(&sandbox);
    let source = crate::support::token_source(&sandbox, &profile);
    futures::executor::block_on(source.token()).unwrap();
}

#[test]
fn a_runtime_that_is_not_driven_does_not_block_callers_of_another() {
    let servers = tokio::runtime::Runtime::new().unwrap();
    let sandbox = servers.block_on(crate::support::sandbox());
    let profile = crate::support::profile(&sandbox);
    let source = crate::support::token_source(&sandbox, &profile);
    let hold = servers.block_on(async { sandbox.hold(perspio_sandbox::Endpoint::Token) });
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    // This runtime starts the token request and is then not driven any more; the last one
    // is even shut down.
    let (abandoned, dropped, other) = (runtime(), runtime(), runtime());
    for runtime in [&abandoned, &dropped] {
        runtime.block_on(async {
            let token = source.token();
            assert!(futures::FutureExt::now_or_never(token).is_none());
        });
    }
    servers.block_on(hold.arrived(1));
    drop(dropped);
    drop(hold);
    other.block_on(source.token()).unwrap();
    assert_eq!(sandbox.log().token_requests().len(), 1);
}

#[test]
fn a_client_in_a_static_works_in_one_runtime_after_another() {
    static CLIENT: std::sync::OnceLock<Client> = std::sync::OnceLock::new();
    let servers = tokio::runtime::Runtime::new().unwrap();
    let sandbox = servers.block_on(crate::support::sandbox());
    let client = CLIENT.get_or_init(|| crate::support::client(&sandbox));
    for _ in 0..3 {
        // Like the runtime of `#[tokio::test]`.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(client.sites_list().send()).unwrap();
        sandbox.revoke_tokens();
    }
    assert_eq!(sandbox.log().token_requests().len(), 3);
}

#[test]
fn a_runtime_without_io_or_timers_is_an_error_and_not_a_panic() {
    for enabled in ["nothing", "io", "timers"] {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let builder = match enabled {
            "io" => builder.enable_io(),
            "timers" => builder.enable_time(),
            _ => &mut builder,
        };
        let runtime = builder.build().unwrap();
        let client = client();
        let call = async { client.sites_list().send().await.map(drop) };
        assert_names_the_runtime(runtime.block_on(call));
    }
}

#[test]
fn a_blocking_client_works_outside_of_a_runtime_and_fails_within_one() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime.block_on(perspio_sandbox::Sandbox::start()).unwrap();
    let client = crate::support::client(&sandbox);
    let client = perspio::blocking::Client::new(client).unwrap();
    let assets = client.call(async |client| client.assets_list().send().await);
    assert_eq!(assets.unwrap().len(), 250);
    let error = runtime.block_on(async {
        let outcome = client.call(async |client| client.assets_list().send().await);
        outcome.map(drop).unwrap_err()
    });
    assert!(error.is_configuration(), "{error}");
    assert!(error.to_string().contains("blocking client"), "{error}");
}
