//! The stored sign-in of a user, which the commands share.

mod account;
mod identity;
pub(crate) mod place;

use std::io::{self, Write};

use perspio::ClientBuilder;
use perspio_auth::IdToken;
use perspio_auth::store::TokenRecord;
use serde_json::{Map, Value};

use crate::failure::{Failure, print_message};
use crate::variables::Settings;

pub(crate) use account::Account;
use identity::{Identity, IdentityFile};
use place::identity_file;
pub(crate) use place::{SignIns, state_folder, variables_for};

/// The stored sign-in of a user, with its account.
pub(crate) struct LoadedSignIn {
    pub(crate) account: Account,
    pub(crate) sign_ins: SignIns,
    pub(crate) record: TokenRecord,
}

impl LoadedSignIn {
    /// Returns the sign-in of an account, if one is stored.
    pub(crate) async fn find(account: Account) -> Result<Option<Self>, Failure> {
        let Some(sign_ins) = SignIns::existing().await? else {
            return Ok(None);
        };
        let found = sign_ins.read(&account.key()).await?;
        Ok(found.map(|record| Self {
            account,
            sign_ins,
            record,
        }))
    }
}

fn identity_of(account: &Account) -> Result<IdentityFile, Failure> {
    identity_file(&account.key())
}

/// Remembers that a user has signed in.
pub(crate) fn remember(account: &Account) -> Result<(), Failure> {
    identity_of(account)?.sign_in();
    Ok(())
}

/// Returns the client of the user who has signed in with these settings, or of the
/// application if no user has. A sign-in that was used before and has ended is an error, so
/// that the application never replaces it unnoticed.
pub(crate) async fn client(settings: &Settings, as_user: bool) -> Result<ClientBuilder, Failure> {
    let builder = settings.client_builder();
    let account = match settings.account() {
        Ok(account) => account,
        Err(_) if as_user => return Err(no_sign_in()),
        // Missing settings are reported together when the client is built.
        Err(_) => return Ok(builder),
    };
    let stored = match identity_of(&account) {
        Ok(identity) => LoadedSignIn::find(account)
            .await
            .map(|sign_in| (identity, sign_in)),
        Err(failure) => Err(failure),
    };
    match stored {
        Ok((identity, Some(sign_in))) => {
            identity.call_as(Identity::User);
            let account = &sign_in.account;
            let builder = builder.credential(account.credential());
            let builder = builder.store(sign_in.sign_ins.store());
            Ok(match account.user() {
                Some(user) => builder.user(user),
                None => builder,
            })
        }
        Ok((identity, None)) if as_user || identity.is_signed_in() => Err(missing(&identity)),
        Ok((identity, None)) => {
            identity.call_as(Identity::Application);
            Ok(builder)
        }
        Err(failure) if as_user => Err(failure),
        Err(failure) => {
            let note = format!(
                "the stored sign-in was not used: the call is made as the application, not as a \
                 user (`--as user` makes this an error, `--as application` omits this note), \
                 because {}",
                failure.text()
            );
            print_message("note", &note);
            Ok(builder)
        }
    }
}

/// Returns the client of the application, even if a user has signed in.
pub(crate) fn application(settings: &Settings) -> ClientBuilder {
    // Works without a place to store a sign-in.
    let identity = settings.account().ok();
    let identity = identity.and_then(|account| identity_of(&account).ok());
    if let Some(identity) = identity {
        identity.call_as(Identity::Application);
    }
    settings.client_builder()
}

/// `perspio logout`: deletes the sign-in with these settings. A file that cannot be opened is
/// removed as a whole.
pub(crate) async fn sign_out(settings: &Settings) -> Result<(), Failure> {
    let account = settings.account()?;
    let identity = identity_of(&account)?;
    let outcome = match LoadedSignIn::find(account.clone()).await {
        // A sign-in that has ended already is signed out too: the application may call again.
        Ok(None) if !identity.is_signed_in() => return Err(no_sign_in()),
        Ok(_) => {
            sign_out_account(&account).await?;
            "signed out".to_owned()
        }
        Err(failure) => {
            let removed = place::remove_unusable(failure)?;
            identity.sign_out();
            format!("signed out: {removed}")
        }
    };
    writeln!(io::stdout(), "{outcome}")?;
    Ok(())
}

/// Deletes the sign-in of an account, if there is one.
pub(crate) async fn sign_out_account(account: &Account) -> Result<(), Failure> {
    if let Some(sign_in) = LoadedSignIn::find(account.clone()).await? {
        let source = account.tokens(sign_in.sign_ins.store()).build()?;
        source.sign_out().await?;
    }
    identity_of(account)?.sign_out();
    Ok(())
}

/// Returns whether a user has signed in with these settings and not signed out since, even if
/// the sign-in has ended.
pub(crate) fn is_signed_in(account: &Account) -> bool {
    identity_of(account).is_ok_and(|identity| identity.is_signed_in())
}

/// Returns the failure for an account without a stored sign-in.
pub(crate) fn missing_sign_in(account: &Account) -> Failure {
    match identity_of(account) {
        Ok(identity) => missing(&identity),
        Err(failure) => failure,
    }
}

fn no_sign_in() -> Failure {
    Failure::credentials("No user is signed in with these settings: sign in with `perspio login`")
}

/// Returns the failure for a missing sign-in, which depends on whether there was one.
fn missing(identity: &IdentityFile) -> Failure {
    if !identity.is_signed_in() {
        return no_sign_in();
    }
    Failure::credentials(
        "the sign-in with these settings has ended: sign in again with `perspio login`",
    )
    .with_hint(
        "`--as application` makes one call as the application itself, `perspio logout` goes back \
         to it",
    )
}

/// Describes a sign-in: the user, the application, and where it is stored.
pub(crate) fn describe(
    account: &Account,
    sign_ins: &SignIns,
    id_token: Option<&IdToken>,
) -> Map<String, Value> {
    let claim = |name| id_token?.unverified_claim(name);
    let user = [
        ("name", claim("name")),
        ("user", claim("preferred_username")),
    ];
    let user = user.into_iter();
    let user = user.filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))));
    let stored_in = ("keptIn".to_owned(), sign_ins.kept_in().into());
    user.chain(describe_application(account))
        .chain([stored_in])
        .collect()
}

/// Describes the application and its tenant.
pub(crate) fn describe_application(account: &Account) -> Map<String, Value> {
    let mut members = Map::new();
    let client_id = account.application.client_id();
    members.insert("application".to_owned(), client_id.into());
    if let Some(tenant) = account.profile.tenant() {
        members.insert("tenant".to_owned(), tenant.into());
    }
    members
}
