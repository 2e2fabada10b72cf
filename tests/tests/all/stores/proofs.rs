//! What a store must prove that processes share.

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

/// A place that processes share.
pub(crate) trait Place {
    /// As the worker's `WORKER_STORE`.
    fn told(&self) -> String;

    /// The store there, for this process.
    fn open(&self, key: StoreKey) -> Arc<dyn TokenStore>;
}

fn open(place: &impl Place, work: &Work<'_>) -> Arc<dyn TokenStore> {
    place.open(StoreKey::from_base64(&work.key).expect("it is one"))
}

/// What the workers look for.
fn key(work: &Work<'_>) -> TokenKey {
    let application = support::application(work.sandbox);
    let credential: Credential = match work.who {
        "application" => ClientCredentials::new(application).into(),
        _ => StoredSignIn::new(application).into(),
    };
    TokenKey::new(&support::profile(work.sandbox), &credential, None)
}

async fn stored(place: &impl Place, work: &Work<'_>) -> Option<Stored> {
    open(place, work).read(&key(work)).await.unwrap()
}

/// A sandbox where a used refresh token ends its sign-in.
pub(crate) async fn sandbox() -> Sandbox {
    let builder = Sandbox::builder().rotation(Rotation::Invalidates);
    builder.start().await.unwrap()
}

/// Lets Ada sign in, in a browser.
pub(crate) async fn sign_in_for(place: &impl Place, work: &Work<'_>) {
    let sign_in = sign_in(work.sandbox).store(open(place, work));
    let opened = Opened::new(sign_in, &support::profile(work.sandbox)).await;
    opened.ada_signs_in(work.sandbox).await;
    work.sandbox.log().clear();
}

/// For what is stored: the access token has expired.
pub(crate) async fn two_hours_pass(place: &impl Place, work: &Work<'_>) {
    let Stored {
        mut record,
        revision,
    } = stored(place, work).await.unwrap();
    record.asked_at -= 2 * HOUR;
    let (store, key) = (open(place, work), key(work));
    assert!(store.replace(&key, Some(revision), record).await.unwrap());
}

/// However many want it at once, one token request is made.
pub(crate) async fn one_request_for_all_processes(place: &impl Place, who: &'static str) {
    let sandbox = sandbox().await;
    let work = Work::new(&sandbox, place.told(), who);
    if who == "user" {
        sign_in_for(place, &work).await;
        two_hours_pass(place, &work).await;
    }
    let mut workers: Vec<Worker> = (0..PROCESSES).map(|_| work.worker(CALLERS, "")).collect();
    workers.iter_mut().for_each(Worker::is_ready);
    let hold = sandbox.hold(Endpoint::Token);
    workers.iter_mut().for_each(Worker::go);
    // Nobody gets an answer until all have asked.
    hold.arrived(1).await;
    workers.iter_mut().for_each(Worker::has_asked);
    drop(hold);
    let outcomes: Vec<_> = workers.iter_mut().map(Worker::outcome).collect();
    let answered: usize = outcomes.iter().map(|outcome| outcome.answered).sum();
    assert_eq!(answered, PROCESSES * CALLERS, "every caller is answered");
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
    // Nobody is signed out: the next renewal goes on from what is stored.
    two_hours_pass(place, &work).await;
    assert_ne!(work.outcome(CALLERS).token(), tokens[0]);
    assert_eq!(sandbox.log().token_requests().len(), 2);
}

/// What is left of a sign-in when a process was killed at a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Left {
    /// Nothing was sent: the next process renews.
    Old,
    /// The identity server has answered, and the store has not acknowledged:
    /// nobody knows the new tokens any more, and the old ones are spent.
    Lost,
    /// The store has acknowledged: the next process finds the new tokens.
    New,
}

/// Kills a process at `step` of a renewal, and goes on with the next.
pub(crate) async fn a_kill_at_a_step(place: &impl Place, step: &str, left: Left) {
    let sandbox = sandbox().await;
    let work = Work::new(&sandbox, place.told(), "user");
    sign_in_for(place, &work).await;
    two_hours_pass(place, &work).await;
    let before = stored(place, &work).await.unwrap().record;
    let mut killed = work.worker(3, step);
    killed.begin();
    killed.was_killed();
    let requests = usize::from(left != Left::Old);
    assert_eq!(sandbox.log().token_requests().len(), requests, "{step}");
    // The store is readable, and has the old record or the new one, whole.
    let after = stored(place, &work).await.unwrap().record;
    let is_same =
        |one: &SecretString, other: &SecretString| one.expose_secret() == other.expose_secret();
    assert_eq!(
        is_same(&before.access_token, &after.access_token),
        left != Left::New,
        "{step}"
    );
    // The lock is free, and the next process goes on.
    let outcome = work.outcome(3);
    match left {
        Left::Old | Left::New => {
            outcome.token();
            assert_eq!(sandbox.log().token_requests().len(), 1, "{step}");
        }
        Left::Lost => {
            let error = outcome.error();
            assert!(error.contains("Sign in again"), "{step}: {error}");
            // And says so once: nothing is left to ask with.
            assert!(stored(place, &work).await.is_none(), "{step}");
            work.outcome(3).error();
            assert_eq!(sandbox.log().token_requests().len(), 2, "{step}");
        }
    }
}

/// Kills a process at `step` of its first request, and goes on with the next:
/// after `requests` in all.
pub(crate) async fn an_application_goes_on_after_a_kill(
    place: &impl Place,
    step: &str,
    requests: usize,
) {
    let sandbox = sandbox().await;
    let work = Work::new(&sandbox, place.told(), "application");
    let mut killed = work.worker(3, step);
    killed.begin();
    killed.was_killed();
    let outcome = work.outcome(3);
    assert!(outcome.store_errors.is_empty(), "{step}: {outcome:?}");
    outcome.token();
    assert_eq!(sandbox.log().token_requests().len(), requests, "{step}");
}

/// Kills a process while the identity server thinks.
pub(crate) async fn a_kill_while_the_answer_is_waited_for(place: &impl Place) {
    let sandbox = sandbox().await;
    let work = Work::new(&sandbox, place.told(), "application");
    let hold = sandbox.hold(Endpoint::Token);
    let mut killed = work.worker(3, "");
    killed.begin();
    hold.arrived(1).await;
    killed.kill();
    drop(hold);
    work.outcome(3).token();
    assert_eq!(sandbox.log().token_requests().len(), 2);
}
