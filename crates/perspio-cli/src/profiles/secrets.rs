//! The secrets of the profiles: one encrypted file each, with the key of the sign-ins.

use std::fs;
use std::io;
use std::path::PathBuf;

use perspio_auth::SecretString;
use perspio_auth::store::StoreKey;

use super::private_file::{self, is_missing};
use super::setting::{SETTINGS, Setting};
use crate::failure::Failure;
use crate::sign_ins::place::{create_key, existing_key};
use crate::sign_ins::state_folder;

/// Returns the file of a secret. The name of a profile is safe in a file name.
fn path(profile: &str, setting: &Setting) -> Result<PathBuf, Failure> {
    let folder = state_folder()?.join("secrets");
    Ok(folder.join(format!("{profile}.{}", setting.key())))
}

/// Returns what a sealed secret is bound to, so that it cannot be moved to another profile.
fn sealed_name(profile: &str, setting: &Setting) -> String {
    format!("profile {profile}, {}", setting.key())
}

/// Returns a secret of a profile, if it has one.
pub(crate) async fn read(
    profile: &str,
    setting: &Setting,
) -> Result<Option<SecretString>, Failure> {
    let path = path(profile, setting)?;
    let unusable = |cause: String| {
        Failure::usage(format!(
            "the {} of the profile {profile} cannot be read from {}: {cause}",
            setting.key(),
            path.display()
        ))
        .with_hint(&format!(
            "Use the PERSPIO_STORE_KEY or the keyring of the time when it was stored, or store it \
             again: `perspio profile add {profile} --replace`"
        ))
    };
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(cause) if is_missing(&cause) => return Ok(None),
        Err(cause) => return Err(unusable(cause.to_string())),
    };
    let Some(key) = existing_key().await? else {
        return Err(unusable("there is no key for it".to_owned()));
    };
    let secret = key.unseal_secret(&sealed_name(profile, setting), &bytes);
    secret
        .map(Some)
        .map_err(|cause| unusable(cause.to_string()))
}

/// Returns the key that encrypts the secrets. Creates a missing one in the keyring.
pub(super) async fn key() -> Result<StoreKey, Failure> {
    create_key().await
}

/// Stores a secret of a profile, or removes it if it is `None`.
pub(super) fn set(
    key: &StoreKey,
    profile: &str,
    setting: &Setting,
    secret: Option<&SecretString>,
) -> Result<(), Failure> {
    let path = path(profile, setting)?;
    let Some(secret) = secret else {
        return remove_file(profile, setting);
    };
    let sealed = key.seal_secret(&sealed_name(profile, setting), secret);
    let written = sealed
        .map_err(io::Error::other)
        .and_then(|sealed| private_file::replace(&path, &sealed));
    written.map_err(|cause| {
        Failure::usage(format!(
            "the {} cannot be stored in {}: {cause}",
            setting.key(),
            path.display()
        ))
    })
}

/// Removes all secrets of a profile.
pub(super) fn remove(profile: &str) -> Result<(), Failure> {
    let mut secrets = SETTINGS.iter().filter(|setting| setting.is_secret);
    secrets.try_for_each(|setting| remove_file(profile, setting))
}

/// Returns the secrets that a profile has.
pub(super) fn stored(profile: &str) -> Result<Vec<&'static Setting>, Failure> {
    let mut stored = Vec::new();
    for setting in SETTINGS.iter().filter(|setting| setting.is_secret) {
        if path(profile, setting)?.exists() {
            stored.push(setting);
        }
    }
    Ok(stored)
}

fn remove_file(profile: &str, setting: &Setting) -> Result<(), Failure> {
    let path = path(profile, setting)?;
    match fs::remove_file(&path) {
        Err(cause) if !is_missing(&cause) => Err(Failure::other(format!(
            "{} cannot be removed: {cause}",
            path.display()
        ))),
        _ => Ok(()),
    }
}
