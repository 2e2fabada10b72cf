//! Where a person's sign-in is kept from one command to the next.

use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use etcetera::BaseStrategy;
use perspio::ClientBuilder;
use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::{FileStore, StoreKey, StoreKeyError};
use perspio_auth::{SecretString, StoredSignIn, TokenKey, TokenStore};

use crate::failure::Failure;

/// The variable that holds the file's key, where no keyring does.
const KEY: &str = "PERSPIO_STORE_KEY";
/// Under this name the key stands in the keyring.
const IN_KEYRING: (&str, &str) = ("perspio", "key of the sign-ins");

/// What to do where there is neither.
const CHOICES: &str = "\
Sign-ins are kept in an encrypted file, whose key comes from one of two places:
  PERSPIO_STORE_KEY  a key of your own, for machines without a desktop: make it once with
                     `openssl rand -base64 32`, and set it for every command
  the keyring        on a desktop, start its Secret Service (GNOME Keyring, KWallet, KeePassXC)";

/// The file of the sign-ins: `PERSPIO_STORE`, or the place that the system
/// has for such files.
pub(crate) fn path() -> Result<PathBuf, Failure> {
    if let Some(path) = env::var_os("PERSPIO_STORE").filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    let places = etcetera::choose_base_strategy().map_err(|cause| {
        Failure::usage(format!(
            "there is no place for sign-ins ({cause}): name a file in PERSPIO_STORE"
        ))
    })?;
    let folder = places.state_dir().unwrap_or_else(|| places.data_dir());
    Ok(folder.join("perspio").join("tokens"))
}

/// The store for a new sign-in; makes file and key where they are missing.
pub(crate) async fn create() -> Result<FileStore, Failure> {
    let key = match key_of_environment()? {
        Some(key) => key,
        None => StoreKey::create_in_keyring(IN_KEYRING.0, IN_KEYRING.1)
            .await
            .map_err(|cause| no_key(&cause))?,
    };
    open(key)
}

/// The store, if anybody has signed in on this machine.
async fn existing() -> Result<Option<FileStore>, Failure> {
    let path = path()?;
    let is_there = path.try_exists().map_err(|cause| {
        Failure::other(format!(
            "the file of the sign-ins {}: {cause}",
            path.display()
        ))
    })?;
    if !is_there {
        return Ok(None);
    }
    let hint = |cause: Failure| {
        let file = path.display();
        cause.with_hint(&format!(
            "The sign-in in {file} cannot be used so. `--as application` goes on without it"
        ))
    };
    let key = match key_of_environment()? {
        Some(key) => Some(key),
        None => StoreKey::of_keyring(IN_KEYRING.0, IN_KEYRING.1)
            .await
            .map_err(|cause| hint(no_key(&cause)))?,
    };
    match key {
        Some(key) => open(key).map(Some).map_err(hint),
        None => Err(hint(Failure::usage(format!(
            "the keyring has no key for it.\n{CHOICES}"
        )))),
    }
}

fn key_of_environment() -> Result<Option<StoreKey>, Failure> {
    let text = match env::var(KEY) {
        Ok(text) => SecretString::from(text),
        Err(env::VarError::NotPresent) => return Ok(None),
        Err(env::VarError::NotUnicode(_)) => SecretString::from("?"),
    };
    if text.expose_secret().trim().is_empty() {
        return Ok(None);
    }
    let key = StoreKey::from_base64(&text);
    key.map(Some)
        .map_err(|cause| Failure::usage(format!("{KEY} cannot be used: {cause}")))
}

fn no_key(cause: &StoreKeyError) -> Failure {
    match cause {
        StoreKeyError::NoKeyring { reason } => Failure::usage(format!(
            "this machine has no keyring ({reason}).\n{CHOICES}"
        )),
        _ => Failure::usage(format!("{cause}.\n{CHOICES}")),
    }
}

fn open(key: StoreKey) -> Result<FileStore, Failure> {
    FileStore::open(path()?, key).map_err(|cause| Failure::usage(cause.to_string()))
}

/// The client of the person who has signed in with these settings, if anybody has.
pub(crate) async fn signed_in(builder: &ClientBuilder) -> Result<Option<ClientBuilder>, Failure> {
    // What is missing is told with all the rest when the client is built.
    let Ok((profile, application)) = builder.profile_and_application() else {
        return Ok(None);
    };
    let Some(store) = existing().await? else {
        return Ok(None);
    };
    let credential = StoredSignIn::new(application);
    let key = TokenKey::new(&profile, &credential.clone().into(), None);
    let found = store.read(&key).await;
    let found = found.map_err(|cause| Failure::other(cause.to_string()))?;
    Ok(found.map(|_| {
        let builder = builder.clone();
        builder.credential(credential).store(Arc::new(store))
    }))
}
