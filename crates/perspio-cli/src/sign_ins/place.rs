//! The file or the keyring in which sign-ins are stored.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use etcetera::BaseStrategy;
use perspio_auth::store::{
    FileStore, KeyringStore, StoreError, StoreKey, StoreKeyError, TokenRecord, hashed_name,
};
use perspio_auth::{TokenKey, TokenStore};
use perspio_http::settings::misplaced_characters;

use super::identity::IdentityFile;
use crate::failure::Failure;
use crate::variables::variable;

/// The variable that selects the location.
const STORE: &str = "PERSPIO_STORE";
/// The prefix of its value if the keyring itself stores the sign-ins. The rest of the value
/// is the name of their service.
const KEYRING: &str = "keyring:";
/// The default name of the service.
const SERVICE: &str = "perspio";

/// The variable with the key of the file, for machines without a keyring.
const KEY: &str = "PERSPIO_STORE_KEY";
/// The name of the key in the keyring.
const IN_KEYRING: (&str, &str) = (SERVICE, "key of the sign-ins");

/// The advice if there is neither.
const CHOICES: &str = "\
Sign-ins are kept in an encrypted file, whose key comes from one of two places:
  PERSPIO_STORE_KEY  a key of your own, for machines without a desktop: make it once with
                     `openssl rand -base64 32`, and set it for every command
  the keyring        on a desktop, start its Secret Service (GNOME Keyring, KWallet, KeePassXC)";

/// The advice if the keyring itself stores the sign-ins.
const WITHOUT_KEYRING: &str = "\
PERSPIO_STORE names the keyring. Without that variable, sign-ins are kept in an encrypted file,
with a key of your own in PERSPIO_STORE_KEY (`openssl rand -base64 32`)";

/// The location of the sign-ins.
#[derive(Clone)]
enum Place {
    File(PathBuf),
    Keyring(String),
}

/// The sign-ins of this machine.
#[derive(Clone)]
pub(crate) struct SignIns {
    place: Place,
    store: Arc<dyn TokenStore>,
}

impl Place {
    /// Returns the location in `PERSPIO_STORE`, or the default one of the system.
    fn of_environment() -> Result<Self, Failure> {
        let Some(store) = env::var_os(STORE).filter(|store| !store.is_empty()) else {
            return Ok(Self::File(state_folder()?.join("tokens")));
        };
        if let Some(problem) = store.to_str().and_then(misplaced_characters) {
            return Err(Failure::usage(format!("{STORE} {problem}")));
        }
        let service = store.to_str().and_then(|store| store.strip_prefix(KEYRING));
        Ok(match service {
            Some("") => Self::Keyring(SERVICE.to_owned()),
            Some(service) => Self::Keyring(service.to_owned()),
            None => Self::File(store.into()),
        })
    }

    fn shown(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Keyring(service) => format!("{KEYRING}{service}"),
        }
    }

    /// Returns the file with the identity of the calls with one configuration.
    fn identity_file(&self, key: &TokenKey) -> Result<IdentityFile, Failure> {
        let path = match self {
            Self::File(path) => {
                let mut path = path.clone().into_os_string();
                path.push(format!(".{}.identity", short(&key.name())));
                path.into()
            }
            Self::Keyring(service) => {
                let name = hashed_name([Some(service.as_str()), Some(&key.name())]);
                state_folder()?.join(format!("{}.identity", short(&name)))
            }
        };
        Ok(IdentityFile::new(path))
    }

    /// Returns the store for a new sign-in. Creates a missing file and key.
    async fn create(&self) -> Result<Arc<dyn TokenStore>, Failure> {
        match self {
            Self::File(path) => {
                let key = create_key().await?;
                open(path, key)
            }
            Self::Keyring(service) => {
                let store = open_keyring(service)?;
                store.unlock().await.map_err(|cause| failed(&cause))?;
                Ok(Arc::new(store))
            }
        }
    }

    /// Returns the store, if it can contain a sign-in.
    async fn existing(&self) -> Result<Option<Arc<dyn TokenStore>>, Failure> {
        let path = match self {
            Self::Keyring(service) => return Ok(Some(Arc::new(open_keyring(service)?))),
            Self::File(path) => path,
        };
        let is_there = path.try_exists().map_err(|cause| {
            Failure::other(format!(
                "the file of the sign-ins {}: {cause}",
                path.display()
            ))
        })?;
        if !is_there {
            return Ok(None);
        }
        let key = existing_key().await.map_err(|cause| self.hint(cause))?;
        match key {
            Some(key) => open(path, key).map(Some).map_err(|cause| self.hint(cause)),
            None => Err(self.hint(Failure::usage(format!(
                "the keyring has no key for it.\n{CHOICES}"
            )))),
        }
    }

    fn hint(&self, failure: Failure) -> Failure {
        failure.with_hint(&format!(
            "The sign-in in {} cannot be used so",
            self.shown()
        ))
    }
}

/// Returns enough of a name to distinguish the configurations of one machine.
fn short(name: &str) -> &str {
    name.get(..16).unwrap_or(name)
}

/// Returns the file with the identity of the calls with one configuration.
pub(crate) fn identity_file(key: &TokenKey) -> Result<IdentityFile, Failure> {
    Place::of_environment()?.identity_file(key)
}

/// Returns the file of the sign-ins; `None` if the keyring itself stores them.
pub(crate) fn file() -> Result<Option<PathBuf>, Failure> {
    Ok(match Place::of_environment()? {
        Place::File(path) => Some(path),
        Place::Keyring(_) => None,
    })
}

impl SignIns {
    /// Returns the sign-ins of this machine, for the addition of a new one.
    pub(crate) async fn create() -> Result<Self, Failure> {
        let place = Place::of_environment()?;
        let store = place.create().await?;
        Ok(Self { place, store })
    }

    /// Returns the sign-ins of this machine, if there can be any.
    pub(crate) async fn existing() -> Result<Option<Self>, Failure> {
        let place = Place::of_environment()?;
        let store = place.existing().await?;
        Ok(store.map(|store| Self { place, store }))
    }

    pub(crate) fn store(&self) -> Arc<dyn TokenStore> {
        self.store.clone()
    }

    /// Returns the file or the keyring as it is shown to the user.
    pub(crate) fn kept_in(&self) -> String {
        self.place.shown()
    }

    pub(super) async fn read(&self, key: &TokenKey) -> Result<Option<TokenRecord>, Failure> {
        let found = self.store.read(key).await;
        let found = found.map_err(|cause| self.place.hint(failed(&cause)))?;
        Ok(found.map(|found| found.record))
    }
}

/// Returns the folder of the system for the files of this command.
pub(crate) fn state_folder() -> Result<PathBuf, Failure> {
    let places = etcetera::choose_base_strategy().map_err(|cause| {
        Failure::usage(format!(
            "there is no folder for the files of sign-ins ({cause}): set HOME, or name a file in \
             {STORE}"
        ))
    })?;
    let folder = places.state_dir().unwrap_or_else(|| places.data_dir());
    Ok(folder.join("perspio"))
}

fn failed(cause: &StoreError) -> Failure {
    let failure = Failure::usage(cause.to_string());
    match variables_for(cause) {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

/// The variables of this command, for an error of the keyring that names the
/// alternatives in the terms of the library.
pub(crate) fn variables_for(cause: &StoreError) -> Option<&'static str> {
    cause.store.starts_with(KEYRING).then_some(WITHOUT_KEYRING)
}

/// Returns the key of the encrypted files of this command. Creates a missing one in the keyring.
pub(crate) async fn create_key() -> Result<StoreKey, Failure> {
    match key_of_environment()? {
        Some(key) => Ok(key),
        None => StoreKey::create_in_keyring(IN_KEYRING.0, IN_KEYRING.1)
            .await
            .map_err(|cause| no_key(&cause)),
    }
}

/// Returns the key of the encrypted files of this command, if there is one.
pub(crate) async fn existing_key() -> Result<Option<StoreKey>, Failure> {
    match key_of_environment()? {
        Some(key) => Ok(Some(key)),
        None => StoreKey::of_keyring(IN_KEYRING.0, IN_KEYRING.1)
            .await
            .map_err(|cause| no_key(&cause)),
    }
}

fn key_of_environment() -> Result<Option<StoreKey>, Failure> {
    let Some(text) = variable("STORE_KEY")? else {
        return Ok(None);
    };
    let key = StoreKey::from_base64(&text);
    key.map(Some)
        .map_err(|cause| Failure::usage(format!("{KEY} cannot be used: {cause}")))
}

/// Removes the file of the sign-ins, which cannot be used because of `failure`, and returns
/// what was removed.
pub(super) fn remove_unusable(failure: Failure) -> Result<String, Failure> {
    // A key that is not one is corrected rather than taken for another one.
    key_of_environment()?;
    let Place::File(path) = Place::of_environment()? else {
        return Err(failure);
    };
    if FileStore::is_foreign(&path) {
        return Err(
            failure.with_hint("The file is not removed, because another program has written it")
        );
    }
    if let Err(cause) = fs::remove_file(&path) {
        let hint = format!("The file cannot be removed either: {cause}");
        return Err(failure.with_hint(&hint));
    }
    Ok(format!(
        "the file {} was removed with all sign-ins in it, because it could not be opened: {}",
        path.display(),
        failure.text()
    ))
}

fn no_key(cause: &StoreKeyError) -> Failure {
    match cause {
        StoreKeyError::NoKeyring { reason, .. } => Failure::usage(format!(
            "this machine has no keyring ({reason}).\n{CHOICES}"
        )),
        _ => Failure::usage(format!("{cause}.\n{CHOICES}")),
    }
}

fn open(path: &Path, key: StoreKey) -> Result<Arc<dyn TokenStore>, Failure> {
    let store = FileStore::open(path, key).map_err(|cause| Failure::usage(cause.to_string()))?;
    Ok(Arc::new(store))
}

/// The lock files are in the folder of the file.
fn open_keyring(service: &str) -> Result<KeyringStore, Failure> {
    KeyringStore::open(service, state_folder()?).map_err(|cause| Failure::usage(cause.to_string()))
}
