//! Checks for stores that several processes share.

use std::sync::Arc;
use std::time::Duration;

use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::{StoreKey, Stored};
use perspio_auth::{
    ClientCredentials, Credential, SecretString, StoredSignIn, TokenKey, TokenStore,
};
use perspio_sandbox::{Endpoint, Rotation, Sandbox};

use super::workers::{Outcome, Work, Worker};
use crate::sign_in::{Opened, sign_in};
use crate::support;

const PROCESSES: usize = 8;
const CALLERS: usize = 50;
const HOUR: Duration = Duration::from_secs(3600);

/// The location of a store that processes share.
pub(crate) trait StoreLocation {
    /// Returns the worker's `WORKER_STORE`.
    fn argument(&self) -> String;

    /// Opens the store in this process.
    fn open(&self, key: StoreKey) -> Arc<dyn TokenStore>;
}

fn open(location: &impl StoreLocation, work: &Work<'_>) -> Arc<dyn TokenStore> {
    location.open(StoreKey::from_base64(&work.key).expect("it is one"))
}

/// The key that the workers use.
fn key(work: &Work<'_>) -> TokenKey {
    let application = support::application(work.sandbox);
    let credential: Credential = match work.caller {
        "application" => ClientCredentials::new(application).into(),
        _ => StoredSignIn::new(application).into(),
    };
    TokenKey::new(&support::profile(work.sandbox), &credential, None)
}

async fn stored(location: &impl StoreLocation, work: &Work<'_>) -> Option<Stored> {
    open(location, work).read(&key(work)).await.unwrap()
}

/// A sandbox where a used refresh token ends its sign-in.
pub(crate) async fn sandbox() -> Sandbox {
    let builder = Sandbox::builder().rotation(Rotation::Invalidates);
    builder.start().await.unwrap()
}

/// Signs Ada in, with a browser.
pub(crate) async fn sign_in_for(location: &impl StoreLocation, work: &Work<'_>) {
    let sign_in = sign_in(work.sandbox).store(open(location, work));
    let opened = Opened::new(sign_in, &support::profile(work.sandbox)).await;
    opened.ada_signs_in(work.sandbox).await;
    work.sandbox.log().clear();
}

/// Makes the stored access token expire.
pub(crate) async fn two_hours_pass(location: &impl StoreLocation, work: &Work<'_>) {
    let Stored {
        mut record,
        revision,
    } = stored(location, work).await.unwrap();
    record.requested_at -= 2 * HOUR;
    let (store, key) = (open(location, work), key(work));
    assert!(store.replace(&key, Some(revision), record).await.unwrap());
}

/// Checks that many concurrent processes make one token request.
pub(crate) async fn one_request_for_all_processes(
    location: &impl StoreLocation,
    caller: &'static str,
) {
    let sandbox = sandbox().await;
    let work = Work::new(&sandbox, location.argument(), caller);
    if caller == "user" {
        sign_in_for(location, &work).await;
        two_hours_pass(location, &work).await;
    }
    let mut workers: Vec<Worker> = (0..PROCESSES).map(|_| work.worker(CALLERS, "")).collect();
    workers.iter_mut().for_each(Worker::is_ready);
    let hold = sandbox.hold(Endpoint::Token);
    workers.iter_mut().for_each(Worker::go);
    // No process gets a response before all have started.
    hold.arrived(1).await;
    workers.iter_mut().for_each(Worker::has_requested);
    drop(hold);
    let outcomes: Vec<_> = workers.iter_mut().map(Worker::outcome).collect();
    let completed: usize = outcomes.iter().map(|outcome| outcome.completed).sum();
    assert_eq!(completed, PROCESSES * CALLERS, "every caller gets a token");
    let store_errors: Vec<_> = outcomes
        .iter()
        .map(|outcome| &outcome.store_errors)
        .collect();
    assert!(
        store_errors.iter().all(|errors| errors.is_empty()),
        "{store_errors:?}"
    );
    let mut tokens: Vec<_> = outcomes.into_iter().map(Outcome::token).collect();
    tokens.dedup();
    assert_eq!(tokens.len(), 1, "all processes get the same token");
    assert_eq!(sandbox.log().token_requests().len(), 1);
    // The sign-in is stored: the next refresh uses the record.
    two_hours_pass(location, &work).await;
    assert_ne!(work.outcome(CALLERS).token(), tokens[0]);
    assert_eq!(sandbox.log().token_requests().len(), 2);
}

/// The state of a sign-in after a process was killed at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Remaining {
    /// Nothing was sent: the next process renews.
    Old,
    /// The identity server has responded, and the store has not acknowledged: the new
    /// tokens are lost, and the old ones are used.
    Lost,
    /// The store has acknowledged: the next process finds the new tokens.
    New,
}

/// Kills a process at `step` of a refresh, and continues with the next.
pub(crate) async fn a_kill_at_a_step(location: &impl StoreLocation, step: &str, left: Remaining) {
    let sandbox = sandbox().await;
    let work = Work::new(&sandbox, location.argument(), "user");
    sign_in_for(location, &work).await;
    two_hours_pass(location, &work).await;
    let before = stored(location, &work).await.unwrap().record;
    let mut killed = work.worker(3, step);
    killed.begin();
    killed.was_killed();
    let requests = usize::from(left != Remaining::Old);
    assert_eq!(sandbox.log().token_requests().len(), requests, "{step}");
    // The store is readable, and has the complete old or new record.
    let after = stored(location, &work).await.unwrap().record;
    let is_same =
        |one: &SecretString, other: &SecretString| one.expose_secret() == other.expose_secret();
    assert_eq!(
        is_same(&before.access_token, &after.access_token),
        left != Remaining::New,
        "{step}"
    );
    // The lock is free, and the next process continues.
    let outcome = work.outcome(3);
    match left {
        Remaining::Old | Remaining::New => {
            outcome.token();
            assert_eq!(sandbox.log().token_requests().len(), 1, "{step}");
        }
        Remaining::Lost => {
            let error = outcome.error();
            assert!(error.contains("Sign in again"), "{step}: {error}");
            // Only once, because no refresh token is left.
            assert!(stored(location, &work).await.is_none(), "{step}");
            work.outcome(3).error();
            assert_eq!(sandbox.log().token_requests().len(), 2, "{step}");
        }
    }
}

/// Kills a process at `step` of its first request, and continues with the next, after
/// `requests` in total.
pub(crate) async fn an_application_goes_on_after_a_kill(
    location: &impl StoreLocation,
    step: &str,
    requests: usize,
) {
    let sandbox = sandbox().await;
    let work = Work::new(&sandbox, location.argument(), "application");
    let mut killed = work.worker(3, step);
    killed.begin();
    killed.was_killed();
    let outcome = work.outcome(3);
    assert!(outcome.store_errors.is_empty(), "{step}: {outcome:?}");
    outcome.token();
    assert_eq!(sandbox.log().token_requests().len(), requests, "{step}");
}

/// Kills a process during its token request.
pub(crate) async fn a_kill_during_the_token_request(location: &impl StoreLocation) {
    let sandbox = sandbox().await;
    let work = Work::new(&sandbox, location.argument(), "application");
    let hold = sandbox.hold(Endpoint::Token);
    let mut killed = work.worker(3, "");
    killed.begin();
    hold.arrived(1).await;
    killed.kill();
    drop(hold);
    work.outcome(3).token();
    assert_eq!(sandbox.log().token_requests().len(), 2);
}
