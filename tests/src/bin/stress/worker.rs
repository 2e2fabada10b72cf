//! A worker process: callers that request tokens until the process is killed.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::{
    FileStore, Lease, RedisStore, Revision, StoreError, StoreKey, Stored, TokenRecord,
};
use perspio_auth::{
    Error, SecretString, StoredSignIn, TokenKey, TokenObserver, TokenSource, TokenStore,
};

use crate::Failed;
use crate::protocol::{Event, What, application, fingerprint, now, strict_profile};

/// Requests tokens until the process is killed or its parent exits.
pub(crate) async fn run() -> Result<(), Failed> {
    let profile = strict_profile(&variable("STRESS_AUTHORITY")?)?;
    let application = application(&variable("STRESS_CLIENT")?, &variable("STRESS_SECRET")?);
    let lease = variable("STRESS_LEASE")?.parse()?;
    let store = Arc::new(Traced {
        store: open(&variable("STRESS_STORE")?, &variable("STRESS_KEY")?, lease)?,
        newest: Mutex::default(),
    });
    let counts = Arc::new(Counts::default());
    let users: usize = variable("STRESS_USERS")?.parse()?;
    let callers: usize = variable("STRESS_CALLERS")?.parse()?;
    for user in 0..users {
        let credential = StoredSignIn::new(application.clone());
        let source = TokenSource::builder(&profile, credential)
            .user(user_name(user))
            .store(store.clone())
            .observer(Arc::new(Reporter))
            .build()?;
        for _ in 0..callers {
            tokio::spawn(call(source.clone(), counts.clone()));
        }
    }
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        // Without a parent the write fails, and the process ends.
        report(What::Calls {
            made: counts.made.swap(0, Ordering::Relaxed),
            failed: counts.failed.swap(0, Ordering::Relaxed),
        })?;
    }
}

pub(crate) fn user_name(number: usize) -> String {
    format!("user{number}")
}

/// Opens the store `file PATH` or `redis URL`. The lock of a killed process on a server is
/// released after `lease` seconds.
pub(crate) fn open(store: &str, key: &str, lease: u64) -> Result<Arc<dyn TokenStore>, Failed> {
    let key = StoreKey::from_base64(&SecretString::from(key))?;
    match store.split_once(' ') {
        Some(("file", path)) => Ok(Arc::new(FileStore::open(path, key)?)),
        Some(("redis", url)) => {
            let store = RedisStore::open(&SecretString::from(url), key)?;
            Ok(Arc::new(store.lease(Duration::from_secs(lease))))
        }
        _ => Err(format!("there is no store {store:?}").into()),
    }
}

fn variable(name: &str) -> Result<String, Failed> {
    std::env::var(name).map_err(|cause| format!("{name}: {cause}").into())
}

#[derive(Default)]
struct Counts {
    made: AtomicU64,
    failed: AtomicU64,
}

async fn call(source: TokenSource, counts: Arc<Counts>) {
    loop {
        counts.made.fetch_add(1, Ordering::Relaxed);
        let mut pause = fastrand::u64(10..40);
        if source.token().await.is_err() {
            counts.failed.fetch_add(1, Ordering::Relaxed);
            pause = 100;
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}

fn report(what: What) -> Result<(), Failed> {
    let event = Event {
        process: 0,
        at: now(),
        what,
    };
    let line = serde_json::to_string(&event)?;
    // One write, so that a killed process does not leave an incomplete line before others.
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(format!("{line}\n").as_bytes())?;
    stdout.flush()?;
    Ok(())
}

struct Reporter;

impl TokenObserver for Reporter {
    fn on_failed(&self, _: &TokenKey, error: &Error) {
        let _ = report(What::Failed {
            error: error.to_string(),
            needs_sign_in: error.needs_sign_in(),
        });
    }
}

/// A store that reports when a refresh token is about to be spent and when its successor
/// is saved.
#[derive(Debug)]
struct Traced {
    store: Arc<dyn TokenStore>,
    /// The newest record of each key that this process has read or written.
    newest: Mutex<Vec<(String, TokenRecord)>>,
}

impl Traced {
    fn seen(&self, key: &TokenKey, record: &TokenRecord) {
        let age = |record: &TokenRecord| (record.signed_in_at, record.generation);
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let name = key.name();
        match newest.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) if age(known) > age(record) => {}
            Some((_, known)) => *known = record.clone(),
            None => newest.push((name, record.clone())),
        }
    }

    fn spent(&self, key: &TokenKey) -> Option<String> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let name = key.name();
        let (_, record) = newest.iter().find(|(known, _)| *known == name)?;
        refresh_token(record)
    }
}

fn refresh_token(record: &TokenRecord) -> Option<String> {
    let token = record.refresh_token.as_ref()?;
    Some(fingerprint(token.expose_secret()))
}

#[async_trait]
impl TokenStore for Traced {
    async fn read(&self, key: &TokenKey) -> Result<Option<Stored>, StoreError> {
        let stored = self.store.read(key).await?;
        if let Some(stored) = &stored {
            self.seen(key, &stored.record);
        }
        Ok(stored)
    }

    async fn replace(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: TokenRecord,
    ) -> Result<bool, StoreError> {
        let began = now();
        let token = refresh_token(&record);
        self.seen(key, &record);
        let replaced = self.store.replace(key, expected, record).await;
        let is_saved = matches!(replaced, Ok(true));
        let _ = report(What::Replaced {
            token,
            began,
            is_saved,
        });
        replaced
    }

    async fn delete(&self, key: &TokenKey, expected: Revision) -> Result<bool, StoreError> {
        self.store.delete(key, expected).await
    }

    async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError> {
        self.store.lock(key).await
    }

    async fn prepare(&self, key: &TokenKey, lease: &Lease) -> Result<(), StoreError> {
        self.store.prepare(key, lease).await?;
        if let Some(token) = self.spent(key) {
            let _ = report(What::Spends { token });
        }
        Ok(())
    }

    fn keeps_refresh_tokens(&self) -> bool {
        self.store.keeps_refresh_tokens()
    }
}
