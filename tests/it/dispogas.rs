//! The client of dispoGas, against a sandbox that behaves as documented.

mod forbidden;
mod rotation;
mod writes;

use std::collections::HashMap;
use std::ffi::OsString;
use std::sync::Arc;
use std::time::Duration;

use dispogas::{Client, ClientBuilder, Error, Method, OPERATIONS};
use perspio_auth::clock::ManualClock;
use perspio_auth::store::MemoryStore;
use perspio_auth::{SignIn, TokenSource};
use perspio_sandbox::{Endpoint, Fault, Sandbox};

use crate::sign_in::Opened;
use crate::support;

/// A sign-in of Ada. The test controls the clocks of the client and of the server.
struct SignedIn {
    sandbox: Sandbox,
    clock: ManualClock,
    store: Arc<MemoryStore>,
    source: TokenSource,
}

/// Returns the settings that a user would export for `sandbox`, with `changes`.
fn builder(sandbox: &Sandbox, changes: &[(&'static str, &str)]) -> ClientBuilder {
    let mut settings: HashMap<_, _> = sandbox.environment().into_iter().collect();
    let changes = changes.iter().map(|(name, value)| (*name, (*value).into()));
    settings.extend(changes);
    ClientBuilder::from_variables(|name| settings.get(name).map(OsString::from))
}

impl SignedIn {
    async fn new() -> Self {
        let sandbox = Sandbox::builder().dispogas().start().await.unwrap();
        let clock = ManualClock::new();
        let store = Arc::new(MemoryStore::new());
        let settings = builder(&sandbox, &[]);
        let (profile, application) = settings.profile_and_application().unwrap();
        let sign_in = SignIn::browser(application)
            .clock(Arc::new(clock.clone()))
            .store(store.clone());
        let opened = Opened::new(sign_in, &profile).await;
        let source = opened.ada_signs_in(&sandbox).await;
        Self {
            sandbox,
            clock,
            store,
            source,
        }
    }

    /// Returns a client that calls as Ada.
    fn client(&self, changes: &[(&'static str, &str)]) -> Client {
        builder(&self.sandbox, changes)
            .token_source(self.source.clone())
            .clock(Arc::new(self.clock.clone()))
            .build()
            .unwrap()
    }

    fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.sandbox.clock().advance(by);
    }

    /// Returns the number of requests to the API and to the token endpoint since the last
    /// call.
    fn requests(&self) -> (usize, usize) {
        let log = self.sandbox.log();
        let count = (log.api_requests().len(), log.token_requests().len());
        log.clear();
        count
    }
}

async fn account(client: &Client) -> Result<dispogas::types::Account, Error> {
    Ok(client.account_me().send().await?.into_inner())
}

#[tokio::test]
async fn every_dispogas_operation_matches_its_snapshot() {
    for operation in OPERATIONS {
        let signed_in = SignedIn::new().await;
        let client = signed_in.client(&[]);
        match operation.id {
            "account_me" => drop(account(&client).await.unwrap()),
            new => panic!("{new} is new: call it here"),
        }
        let requests = signed_in.sandbox.log().api_requests();
        assert_eq!(requests.len(), 1, "{}", operation.id);
        let name = format!("dispogas_operation_{}", operation.id);
        support::snapshot(&signed_in.sandbox, &name, &requests[0]);
    }
}

#[tokio::test]
async fn members_of_the_account_are_returned_unchanged() {
    let signed_in = SignedIn::new().await;
    let account = account(&signed_in.client(&[])).await.unwrap();
    assert_eq!(account["email"], "ada@sandbox.example");
    assert_eq!(account["tenancy"], signed_in.sandbox.tenant_id());
}

#[tokio::test]
async fn a_fixed_token_needs_no_settings_of_the_identity_server() {
    let signed_in = SignedIn::new().await;
    let token = signed_in.source.token().await.unwrap();
    let fixed = [
        ("DISPOGAS_TOKEN", token.expose_secret()),
        ("DISPOGAS_AUTHORITY", ""),
        ("DISPOGAS_CLIENT_ID", ""),
        ("DISPOGAS_CLIENT_SECRET", ""),
    ];
    let client = builder(&signed_in.sandbox, &fixed).build().unwrap();
    account(&client).await.unwrap();
}

#[tokio::test]
async fn no_request_carries_a_perspio_header_and_every_call_the_tenancy() {
    let signed_in = SignedIn::new().await;
    let client = signed_in.client(&[]);
    account(&client).await.unwrap();
    signed_in.advance(Duration::from_secs(7200));
    account(&client).await.unwrap();
    for method in [Method::GET, Method::POST] {
        let request = client.request(method, "/upload/day/xml");
        let error = request.send().await.unwrap_err();
        assert!(error.is_not_found(), "{error}");
    }
    let requests = signed_in.sandbox.log().requests();
    assert_eq!(requests.len(), 6, "a code, a refresh, four calls");
    for request in requests {
        for perspios in ["tid", "ocp-apim-subscription-key"] {
            assert_eq!(request.header(perspios), None, "{request:?}");
        }
        let tenancy = (request.endpoint == Endpoint::Api).then(|| signed_in.sandbox.tenant_id());
        assert_eq!(request.header("x-tenant-id"), tenancy, "{request:?}");
    }
}
