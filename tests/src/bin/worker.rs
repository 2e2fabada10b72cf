//! One of many processes that share a store. It requests the token from many concurrent
//! tasks and prints their outcome.
//!
//! It reads the variables of the sandbox, and these:
//! `WORKER_STORE` (`file PATH`, `redis URL`, `memcached ADDRESS`), `WORKER_KEY`
//! (the store's), `WORKER_AS` (`application`, `user`), `WORKER_CALLERS`.

use std::collections::BTreeSet;
use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use perspio::ClientBuilder;
use perspio_auth::store::{FileStore, MemcachedStore, RedisStore, StoreError, StoreKey};
use perspio_auth::{
    ClientCredentials, Credential, SecretString, StoredSignIn, TokenKey, TokenObserver,
    TokenSource, TokenStore,
};
use serde_json::json;

/// Short, because the tests wait for the lock of a killed worker.
const LEASE: Duration = Duration::from_secs(1);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let failures = Arc::new(Failures::default());
    let source = source(failures.clone())?;
    let callers: usize = variable("WORKER_CALLERS")?.parse()?;
    // All tasks start together, when the parent process writes a line.
    print_line("ready")?;
    io::stdin().lock().read_line(&mut String::new())?;
    let callers: Vec<_> = (0..callers)
        .map(|_| {
            let source = source.clone();
            tokio::spawn(async move { source.token().await })
        })
        .collect();
    tokio::task::yield_now().await;
    print_line("requested")?;
    let (mut tokens, mut errors) = (BTreeSet::new(), BTreeSet::new());
    let mut completed = 0;
    for caller in callers {
        completed += 1;
        match caller.await? {
            Ok(token) => tokens.insert(fingerprint(token.expose_secret())),
            Err(error) => errors.insert(error.to_string()),
        };
    }
    let store_errors = failures.0.lock().map_err(|cause| cause.to_string())?;
    let report = json!({
        "completed": completed, "tokens": tokens, "errors": errors, "storeErrors": *store_errors
    });
    print_line(&report.to_string())?;
    Ok(())
}

fn source(failures: Arc<Failures>) -> Result<TokenSource, Box<dyn Error>> {
    let (profile, application) = ClientBuilder::from_env().profile_and_application()?;
    let credential: Credential = match variable("WORKER_AS")?.as_str() {
        "application" => ClientCredentials::new(application).into(),
        _ => StoredSignIn::new(application).into(),
    };
    let source = TokenSource::builder(&profile, credential)
        .store(store()?)
        .observer(failures);
    Ok(source.build()?)
}

fn store() -> Result<Arc<dyn TokenStore>, Box<dyn Error>> {
    let key = StoreKey::from_base64(&SecretString::from(variable("WORKER_KEY")?))?;
    let store = variable("WORKER_STORE")?;
    match store.split_once(' ') {
        Some(("file", path)) => Ok(Arc::new(FileStore::open(path, key)?)),
        Some(("redis", url)) => {
            let store = RedisStore::open(&SecretString::from(url), key)?;
            Ok(Arc::new(store.lease(LEASE)))
        }
        Some(("memcached", address)) => {
            let store = MemcachedStore::open(address, key)?;
            Ok(Arc::new(store.lease(LEASE)))
        }
        _ => Err(format!("there is no store {store}").into()),
    }
}

fn variable(name: &str) -> Result<String, String> {
    std::env::var(name).map_err(|cause| format!("{name}: {cause}"))
}

/// Writes one line and flushes it.
fn print_line(line: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}

/// Identifies a token without revealing it.
fn fingerprint(token: &str) -> String {
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// An observer that records the failures of the store.
#[derive(Default)]
struct Failures(Mutex<BTreeSet<String>>);

impl TokenObserver for Failures {
    fn on_store_failed(&self, _: &TokenKey, error: &StoreError) {
        if let Ok(mut errors) = self.0.lock() {
            errors.insert(error.to_string());
        }
    }
}
