//! The processes: the real fetcher and its records, over the simulated store and server.

use std::fmt;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};

use super::world::{Operation, Outcome, Without, World};
use crate::oauth::{Application, Credential, Error, Profile, StoredSignIn, TokenResponse};
use crate::retry::RetryPolicy;
use crate::source::cached_record::RecordCache;
use crate::source::fetch::{Fetcher, Obtained, Request};
use crate::source::observer::Observers;
use crate::source::records::Records;
use crate::source::recovery::Recovery;
use crate::source::retained_lock::RetainedLock;
use crate::source::token_endpoint::TokenEndpoint;
use crate::testing;
use crate::token::AccessToken;
use crate::token::clock::{Clock, Moment};
use crate::token::scheme::Scheme;
use crate::token::store::{
    Lease, Revision, StoreError, Stored, TokenKey, TokenRecord, TokenStore, conformance,
};

/// The attempts of a process to obtain a token or to save a record: more than there are
/// faults.
const ATTEMPTS: usize = 5;

/// A clock whose time never changes, and whose sleeps never end.
#[derive(Debug)]
struct StillClock;

impl Clock for StillClock {
    fn now(&self) -> Moment {
        Moment {
            monotonic: Duration::from_secs(1_000),
            wall: std::time::UNIX_EPOCH + Duration::from_secs(1_000),
        }
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        std::future::pending().boxed()
    }
}

/// Returns the record of a refresh token.
pub(super) fn record(family: usize, token: u64) -> TokenRecord {
    TokenRecord {
        access_token: SecretString::from(format!("access-{family}-{token}")),
        refresh_token: Some(SecretString::from(format!("{family}-{token}"))),
        id_token: None,
        scopes: Vec::new(),
        requested_at: StillClock.now().wall,
        lifetime: Duration::from_secs(3600),
        refresh_in: None,
        redirect_uri: None,
        signed_in_at: std::time::UNIX_EPOCH
            + Duration::from_secs(u64::try_from(family).unwrap() + 1),
        generation: token,
    }
}

/// Returns the family and the number of the refresh token of a record.
pub(super) fn numbers(record: &TokenRecord) -> (usize, u64) {
    parse(record.refresh_token.as_ref().unwrap().expose_secret())
}

fn parse(token: &str) -> (usize, u64) {
    let (family, number) = token.split_once('-').unwrap();
    (family.parse().unwrap(), number.parse().unwrap())
}

/// The store and the server, as a process sees them.
#[derive(Clone)]
struct View {
    world: World,
    process: usize,
    /// What was read before the lock was held, for [`Without::ReadAgain`].
    stale: Arc<Mutex<Vec<Option<Stored>>>>,
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "View({})", self.process)
    }
}

fn unavailable() -> StoreError {
    StoreError {
        store: "simulated".to_owned(),
        reason: "it is unavailable".to_owned(),
    }
}

impl View {
    async fn write(
        &self,
        operation: Operation,
        expected: Option<Revision>,
        record: Option<TokenRecord>,
    ) -> Result<bool, StoreError> {
        let outcome = self.world.step(self.process, operation).await;
        let mut state = self.world.state();
        if outcome != Outcome::Fails {
            let done = state.replace(self.process, expected, record);
            if outcome == Outcome::Succeeds {
                return Ok(done);
            }
        }
        if state.without == Without::LockUntilSaved {
            let all = u64::MAX;
            for lock in (0..100).chain([all]) {
                state.unlock(lock);
            }
        }
        Err(unavailable())
    }
}

#[async_trait]
impl TokenStore for View {
    async fn read(&self, _: &TokenKey) -> Result<Option<Stored>, StoreError> {
        if let Some(stale) = self.stale.lock().unwrap().pop() {
            return Ok(stale);
        }
        let outcome = self.world.step(self.process, Operation::Read).await;
        if outcome != Outcome::Succeeds {
            return Err(unavailable());
        }
        let state = self.world.state();
        Ok(state.record().map(|(revision, mut record)| {
            if state.without == Without::Order {
                record.signed_in_at += Duration::from_secs(1_000);
                record.generation = u64::MAX;
            }
            Stored { record, revision }
        }))
    }

    async fn replace(
        &self,
        _: &TokenKey,
        expected: Option<Revision>,
        record: TokenRecord,
    ) -> Result<bool, StoreError> {
        self.write(Operation::Replace, expected, Some(record)).await
    }

    async fn delete(&self, _: &TokenKey, expected: Revision) -> Result<bool, StoreError> {
        self.write(Operation::Delete, Some(expected), None).await
    }

    async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError> {
        let without = self.world.state().without;
        if without == Without::ReadAgain {
            let read = self.read(key).await?;
            self.stale.lock().unwrap().push(read);
        }
        if self.world.step(self.process, Operation::Lock).await != Outcome::Succeeds {
            return Err(unavailable());
        }
        let lock = self.world.state().lock(self.process);
        let (world, process) = (self.world.clone(), self.process);
        let release = async move {
            world.step(process, Operation::Unlock).await;
            world.state().unlock(lock);
        };
        let (world, process) = (self.world.clone(), self.process);
        Ok(Lease::released_by(release).confirmed_by(move || {
            let world = world.clone();
            async move {
                let outcome = world.step(process, Operation::Confirm).await;
                let is_held = world.state().confirm(process, lock);
                match outcome {
                    Outcome::Succeeds if is_held => Ok(()),
                    _ => {
                        world.state().not_sent(process);
                        Err(unavailable())
                    }
                }
            }
        }))
    }
}

#[async_trait]
impl TokenEndpoint for View {
    async fn exchange(
        &self,
        credential: &Credential,
        _: &RetryPolicy,
    ) -> Result<TokenResponse, Error> {
        let Credential::RefreshToken(grant) = credential else {
            return Err(Error::NotRenewable {
                reason: "no sign-in is in the token store",
            });
        };
        let (family, token) = parse(grant.secret().expose_secret());
        let outage = || Error::UnexpectedResponse {
            host: "simulated".to_owned(),
            status: 502,
            retry_after: None,
            excerpt: String::new(),
            help: String::new(),
        };
        if self.world.step(self.process, Operation::Send).await != Outcome::Succeeds {
            self.world.state().not_sent(self.process);
            return Err(outage());
        }
        let new = self.world.state().refresh(self.process, family, token);
        if self.world.step(self.process, Operation::Receive).await != Outcome::Succeeds {
            return Err(outage());
        }
        let Some(new) = new else {
            return Err(Error::SignInRequired {
                response: Arc::default(),
            });
        };
        let new = record(family, new);
        let text = |secret: &SecretString| secret.expose_secret().to_owned();
        let json = serde_json::json!({
            "token_type": "Bearer",
            "access_token": text(&new.access_token),
            "refresh_token": new.refresh_token.as_ref().map(text),
            "expires_in": 3600,
        });
        Ok(serde_json::from_value(json).unwrap())
    }
}

/// Returns the fetcher of a process that has just started.
fn fetcher(world: &World, process: usize) -> Fetcher {
    static PROFILE: LazyLock<Profile> = LazyLock::new(testing::profile);
    static KEY: LazyLock<TokenKey> = LazyLock::new(|| conformance::key("simulated"));
    let view = View {
        world: world.clone(),
        process,
        stale: Arc::default(),
    };
    let spends_freely = world.state().without == Without::PreparedStore;
    let profile = PROFILE
        .clone()
        .with_single_use_refresh_tokens(!spends_freely);
    let credential = Credential::from(StoredSignIn::new(Application::public("simulated")));
    Fetcher {
        endpoint: Arc::new(view.clone()),
        records: Records {
            key: KEY.clone(),
            store: Arc::new(view),
            clock: Arc::new(StillClock),
            observers: Observers(Vec::new()),
            cache: RecordCache::default(),
            retained: RetainedLock::default(),
            // The time never changes, so the grace period would never end.
            recovery: Recovery::new(Duration::ZERO),
        },
        profile,
        credential,
        used: Mutex::default(),
        spending: Arc::default(),
    }
}

/// A process that needs a new token `rounds` times, and starts with the token `unwanted`.
pub(super) async fn refresh(world: World, process: usize, rounds: usize, unwanted: TokenRecord) {
    let fetcher = fetcher(&world, process);
    let token = |record: &TokenRecord| {
        AccessToken::new(Scheme::Bearer, record, StillClock.now(), 0).unwrap()
    };
    let mut unwanted = token(&unwanted);
    for _ in 0..rounds {
        for _ in 0..ATTEMPTS {
            let request = Request {
                unwanted: Some(&unwanted),
                policy: RetryPolicy::none(),
            };
            let outcome = fetcher.obtain(&request).await;
            save(&fetcher).await;
            match outcome {
                Ok(Obtained {
                    record,
                    failure: None,
                }) => {
                    unwanted = token(&record);
                    break;
                }
                Err(error) if error.needs_sign_in() => {
                    world.state().is_signed_out(process, &error);
                    return;
                }
                Ok(_) | Err(_) => {}
            }
        }
    }
}

/// Saves in the background, as the source does.
async fn save(fetcher: &Fetcher) {
    for _ in 0..ATTEMPTS {
        if fetcher.records.save_now().await.is_ok() {
            return;
        }
    }
}

/// A process in which a user signs in again.
pub(super) async fn sign_in(world: World, process: usize) {
    let family = world.state().sign_in();
    let fetcher = fetcher(&world, process);
    for _ in 0..ATTEMPTS {
        if fetcher.records.put(&record(family, 0)).await.is_ok() {
            return;
        }
    }
}
