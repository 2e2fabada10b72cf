//! Where a person's sign-in is kept from one command to the next.

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ArgMatches;
use etcetera::BaseStrategy;
use perspio::ClientBuilder;
use perspio_auth::clock::{Clock, SystemClock};
use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::{FileStore, StoreKey, StoreKeyError, TokenRecord};
use perspio_auth::{
    Application, IdToken, Profile, SecretString, StoredSignIn, TokenKey, TokenSource, TokenStore,
};
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::output::{Format, Shape};

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
fn path() -> Result<PathBuf, Failure> {
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
    open(&path()?, key)
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
        Some(key) => open(&path, key).map(Some).map_err(hint),
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

fn open(path: &Path, key: StoreKey) -> Result<FileStore, Failure> {
    FileStore::open(path, key).map_err(|cause| Failure::usage(cause.to_string()))
}

/// A person's sign-in, as it is kept.
struct Kept {
    profile: Profile,
    application: Application,
    store: FileStore,
    record: TokenRecord,
}

impl Kept {
    /// The sign-in with the settings of the environment.
    async fn of_environment() -> Result<Self, Failure> {
        let settings = ClientBuilder::from_env().profile_and_application()?;
        Self::find(settings).await?.ok_or_else(nobody)
    }

    /// The sign-in to an API and application, if anybody has signed in.
    async fn find((profile, application): (Profile, Application)) -> Result<Option<Self>, Failure> {
        let Some(store) = existing().await? else {
            return Ok(None);
        };
        let credential = StoredSignIn::new(application.clone());
        let key = TokenKey::new(&profile, &credential.into(), None);
        let found = store.read(&key).await;
        let found = found.map_err(|cause| Failure::other(cause.to_string()))?;
        Ok(found.map(|found| Self {
            profile,
            application,
            store,
            record: found.record,
        }))
    }

    fn credential(&self) -> StoredSignIn {
        StoredSignIn::new(self.application.clone())
    }
}

/// The client of the person who has signed in with these settings, if anybody has.
pub(crate) async fn signed_in(builder: &ClientBuilder) -> Result<Option<ClientBuilder>, Failure> {
    // What is missing is told with all the rest when the client is built.
    let Ok(settings) = builder.profile_and_application() else {
        return Ok(None);
    };
    let kept = Kept::find(settings).await?;
    Ok(kept.map(|kept| {
        let builder = builder.clone().credential(kept.credential());
        builder.store(Arc::new(kept.store))
    }))
}

/// `perspio status`: who has signed in, without asking anybody.
pub(crate) async fn status(matches: &ArgMatches) -> Result<(), Failure> {
    let kept = Kept::of_environment().await?;
    let id_token = kept.record.id_token();
    let mut told = told(
        &kept.profile,
        &kept.application,
        &kept.store,
        id_token.as_ref(),
    );
    let left = kept.record.expires_at().checked_sub(SystemClock.now().wall);
    let token = match left {
        Some(left) => format!("valid for {} minutes", left.as_secs() / 60),
        None => "expired".to_owned(),
    };
    let renewal = match &kept.record.refresh_token {
        Some(_) => "by the next command that needs it",
        None => "not possible: sign in again when it has expired",
    };
    if let Value::Object(told) = &mut told {
        told.insert("scopes".to_owned(), kept.record.scopes.join(" ").into());
        told.insert("token".to_owned(), token.into());
        told.insert("renewal".to_owned(), renewal.into());
    }
    Format::of(matches).print(Shape::Item, &told, &mut io::stdout().lock())?;
    Ok(())
}

/// `perspio logout`: forgets the sign-in with these settings.
pub(crate) async fn sign_out() -> Result<(), Failure> {
    let kept = Kept::of_environment().await?;
    let source = TokenSource::builder(&kept.profile, kept.credential())
        .store(Arc::new(kept.store))
        .build()?;
    source.sign_out().await?;
    writeln!(io::stdout(), "signed out")?;
    Ok(())
}

pub(crate) fn nobody() -> Failure {
    Failure::credentials("nobody has signed in with these settings: sign in with `perspio login`")
}

/// Who has signed in, to what, and where that is kept.
pub(crate) fn told(
    profile: &Profile,
    application: &Application,
    store: &FileStore,
    id_token: Option<&IdToken>,
) -> Value {
    let claim = |name| id_token?.unverified_claim(name);
    let told = [
        ("name", claim("name")),
        ("user", claim("preferred_username")),
        ("application", Some(application.client_id().to_owned())),
        ("tenant", profile.tenant().map(str::to_owned)),
        ("keptIn", Some(store.path().display().to_string())),
    ];
    let told = told.into_iter();
    let told = told.filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))));
    Value::Object(told.collect::<Map<_, _>>())
}
