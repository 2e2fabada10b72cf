use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};

use super::*;
use crate::oauth::Application;
use crate::oauth::FixedToken;
use crate::oauth::endpoint::Endpoint;
use crate::oauth::{ClientCredentials, RefreshToken};
use crate::oauth::{Profile, Scopes};
use crate::testing;

pub(super) fn record(token: &str) -> TokenRecord {
    TokenRecord {
        access_token: SecretString::from(token),
        refresh_token: None,
        id_token: None,
        scopes: Vec::new(),
        requested_at: std::time::UNIX_EPOCH,
        lifetime: std::time::Duration::from_secs(3600),
        refresh_in: None,
        redirect_uri: None,
        signed_in_at: std::time::UNIX_EPOCH,
        generation: 0,
    }
}

pub(super) fn key(client_id: &str) -> TokenKey {
    let grant = ClientCredentials::new(Application::public(client_id)).into();
    TokenKey::new(&testing::profile(), &grant, None)
}

pub(super) async fn token(store: &dyn TokenStore, key: &TokenKey) -> Option<String> {
    let stored = store.read(key).await.unwrap()?;
    Some(stored.record.access_token.expose_secret().to_owned())
}

#[tokio::test]
async fn a_record_is_replaced_only_if_the_revision_is_the_expected_one() {
    let store = MemoryStore::new();
    let key = key("a");
    assert!(store.replace(&key, None, record("1")).await.unwrap());
    let first = store.read(&key).await.unwrap().unwrap().revision;
    assert!(!store.replace(&key, None, record("x")).await.unwrap());
    assert!(store.replace(&key, Some(first), record("2")).await.unwrap());
    assert!(!store.replace(&key, Some(first), record("x")).await.unwrap());
    assert_eq!(token(&store, &key).await.as_deref(), Some("2"));
    let second = store.read(&key).await.unwrap().unwrap().revision;
    assert!(store.delete(&key, second).await.unwrap());
    assert_eq!(token(&store, &key).await, None);
    // The revision of a deleted record is not valid again.
    assert!(
        !store
            .replace(&key, Some(second), record("x"))
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn a_key_is_locked_until_its_lease_is_dropped() {
    use futures::FutureExt;
    let store = MemoryStore::new();
    let first = store.lock(&key("a")).await.unwrap();
    assert!(store.lock(&key("a")).now_or_never().is_none());
    assert!(
        store.lock(&key("b")).now_or_never().is_some(),
        "another key is free"
    );
    drop(first);
    assert!(store.lock(&key("a")).now_or_never().is_some());
}

#[test]
fn debug_shows_no_token() {
    let mut renewable = record("canary");
    renewable.refresh_token = Some(SecretString::from("canary"));
    let stored = Stored {
        record: renewable,
        revision: Revision(1),
    };
    assert!(!format!("{stored:?}").contains("canary"));
}

/// The properties that distinguish tokens.
#[derive(Clone, Debug, PartialEq)]
struct Identity {
    directory: u8,
    client: u8,
    user: Option<u8>,
    scope: u8,
    has_user_grant: bool,
}

impl Identity {
    fn key(&self) -> TokenKey {
        let authority = format!("https://login.example/{}", self.directory);
        let authority = authority.parse::<Endpoint>().unwrap();
        let api = "https://api.example".parse::<Endpoint>().unwrap();
        let profile = Profile::custom("api", api, &authority)
            .with_scopes(Scopes::uniform([format!("api://{}/.default", self.scope)]));
        let application = Application::confidential(format!("client-{}", self.client), "secret");
        let credential = if self.has_user_grant {
            RefreshToken::new(application, SecretString::from("r"), [""; 0]).into()
        } else {
            ClientCredentials::new(application).into()
        };
        let user = self.user.map(|user| format!("user-{user}"));
        TokenKey::new(&profile, &credential, user.as_deref())
    }
}

fn identity() -> impl Strategy<Value = Identity> {
    (
        0..3_u8,
        0..3_u8,
        proptest::option::of(0..3_u8),
        0..3_u8,
        any::<bool>(),
    )
        .prop_map(
            |(directory, client, user, scope, has_user_grant)| Identity {
                directory,
                client,
                user,
                scope,
                has_user_grant,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn checklist_24_keys_are_equal_only_if_directory_client_user_and_scope_are(
        left in identity(), right in identity()
    ) {
        prop_assert_eq!(left.key() == right.key(), left == right);
        prop_assert_eq!(left.key().name() == right.key().name(), left == right);
    }
}

#[test]
fn the_name_of_a_key_is_stable_and_reveals_nothing() {
    let expected = "d83928a4e01392b9858c96366ae067d81ba8465ed49e2a3e6e2f674d656f8b9b";
    assert_eq!(key("client").name(), expected);
}

#[test]
fn a_fixed_token_has_another_key_than_an_application() {
    let fixed = FixedToken::new("t").into();
    let application = ClientCredentials::new(Application::public("")).into();
    let profile = testing::profile();
    assert_ne!(
        TokenKey::new(&profile, &fixed, None),
        TokenKey::new(&profile, &application, None)
    );
}

#[tokio::test]
async fn the_memory_store_conforms() {
    let store = MemoryStore::new();
    super::conformance::check(|| async { store.clone() }).await;
}
