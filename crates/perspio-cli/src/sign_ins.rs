//! Where a person's sign-in is kept from one command to the next.

mod identity;
mod place;

use std::io::{self, Write};

use clap::ArgMatches;
use perspio::ClientBuilder;
use perspio_auth::clock::{Clock, SystemClock};
use perspio_auth::store::TokenRecord;
use perspio_auth::{Application, IdToken, Profile, StoredSignIn, TokenKey, TokenSource};
use serde_json::{Map, Value};

use crate::failure::{Failure, tell};
use crate::output::{Format, Shape};
use crate::variables::client_builder;

use identity::{Identity, IdentityFile};
use place::identity_file;
pub(crate) use place::{SignIns, variables_for};

/// A person's sign-in, as it is kept.
struct Kept {
    profile: Profile,
    application: Application,
    sign_ins: SignIns,
    record: TokenRecord,
}

impl Kept {
    /// The sign-in with the settings of the environment.
    async fn of_environment() -> Result<Self, Failure> {
        let settings = client_builder().profile_and_application()?;
        let identity = identity_of(&settings)?;
        Self::find(settings)
            .await?
            .ok_or_else(|| missing(&identity))
    }

    /// The sign-in to an API and application, if anybody has signed in.
    async fn find((profile, application): (Profile, Application)) -> Result<Option<Self>, Failure> {
        let Some(sign_ins) = SignIns::existing().await? else {
            return Ok(None);
        };
        let found = sign_ins.read(&key(&profile, &application)).await?;
        Ok(found.map(|record| Self {
            profile,
            application,
            sign_ins,
            record,
        }))
    }

    fn credential(&self) -> StoredSignIn {
        StoredSignIn::new(self.application.clone())
    }
}

/// The key of a sign-in in the store.
fn key(profile: &Profile, application: &Application) -> TokenKey {
    let credential = StoredSignIn::new(application.clone());
    TokenKey::new(profile, &credential.into(), None)
}

fn identity_of((profile, application): &(Profile, Application)) -> Result<IdentityFile, Failure> {
    identity_file(&key(profile, application))
}

/// Remembers that a user has signed in.
pub(crate) fn remember(profile: &Profile, application: &Application) -> Result<(), Failure> {
    identity_file(&key(profile, application))?.sign_in();
    Ok(())
}

/// Returns the client of the user who has signed in with these settings, or of the
/// application if no user has. A sign-in that was used before and has ended is an error, so
/// that the application never replaces it unnoticed.
pub(crate) async fn client(
    builder: ClientBuilder,
    as_user: bool,
) -> Result<ClientBuilder, Failure> {
    let settings = match builder.profile_and_application() {
        Ok(settings) => settings,
        Err(_) if as_user => return Err(nobody()),
        // Missing settings are reported together when the client is built.
        Err(_) => return Ok(builder),
    };
    let stored = match identity_of(&settings) {
        Ok(identity) => Kept::find(settings).await.map(|kept| (identity, kept)),
        Err(failure) => Err(failure),
    };
    match stored {
        Ok((identity, Some(kept))) => {
            identity.call_as(Identity::User);
            let builder = builder.credential(kept.credential());
            Ok(builder.store(kept.sign_ins.store()))
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
            tell("note", &note);
            Ok(builder)
        }
    }
}

/// Returns the client of the application, even if a user has signed in.
pub(crate) fn application(builder: ClientBuilder) -> ClientBuilder {
    // It works where no sign-in can be stored.
    let identity = builder.profile_and_application().ok();
    let identity = identity.and_then(|settings| identity_of(&settings).ok());
    if let Some(identity) = identity {
        identity.call_as(Identity::Application);
    }
    builder
}

/// `perspio status`: who has signed in, without asking anybody.
pub(crate) async fn status(matches: &ArgMatches) -> Result<(), Failure> {
    let kept = Kept::of_environment().await?;
    let id_token = kept.record.id_token();
    let mut told = told(
        &kept.profile,
        &kept.application,
        &kept.sign_ins,
        id_token.as_ref(),
    );
    let left = kept
        .record
        .expires_at()
        .duration_since(SystemClock.now().wall)
        .ok();
    let token = match left {
        Some(left) => format!("valid for {} minutes", left.as_secs() / 60),
        None => "expired".to_owned(),
    };
    let renewal = match &kept.record.refresh_token {
        Some(_) => "by the next command that needs it",
        None => {
            "not possible: sign in again when it has expired (PERSPIO_OFFLINE_ACCESS=true requests \
             a refresh token)"
        }
    };
    if let Value::Object(told) = &mut told {
        told.insert("scopes".to_owned(), kept.record.scopes.join(" ").into());
        told.insert("token".to_owned(), token.into());
        told.insert("renewal".to_owned(), renewal.into());
    }
    Format::of(matches).print(Shape::Item, &told, &mut io::stdout().lock())?;
    Ok(())
}

/// `perspio logout`: deletes the sign-in with these settings. A file that cannot be opened is
/// removed as a whole.
pub(crate) async fn sign_out() -> Result<(), Failure> {
    let settings = client_builder().profile_and_application()?;
    let identity = identity_of(&settings)?;
    let outcome = match Kept::find(settings).await {
        Ok(Some(kept)) => {
            let source = TokenSource::builder(&kept.profile, kept.credential())
                .store(kept.sign_ins.store())
                .build()?;
            source.sign_out().await?;
            "signed out".to_owned()
        }
        // It has ended already, and the application may call again.
        Ok(None) if identity.is_signed_in() => "signed out".to_owned(),
        Ok(None) => return Err(nobody()),
        Err(failure) => format!("signed out: {}", place::remove_unusable(failure)?),
    };
    identity.sign_out();
    writeln!(io::stdout(), "{outcome}")?;
    Ok(())
}

fn nobody() -> Failure {
    Failure::credentials("nobody has signed in with these settings: sign in with `perspio login`")
}

/// There is no sign-in, and this says whether there was one.
fn missing(identity: &IdentityFile) -> Failure {
    if !identity.is_signed_in() {
        return nobody();
    }
    Failure::credentials(
        "the sign-in with these settings has ended: sign in again with `perspio login`",
    )
    .with_hint(
        "`--as application` makes one call as the application itself, `perspio logout` goes back \
         to it",
    )
}

/// Who has signed in, to what, and where that is kept.
pub(crate) fn told(
    profile: &Profile,
    application: &Application,
    sign_ins: &SignIns,
    id_token: Option<&IdToken>,
) -> Value {
    let claim = |name| id_token?.unverified_claim(name);
    let told = [
        ("name", claim("name")),
        ("user", claim("preferred_username")),
        ("application", Some(application.client_id().to_owned())),
        ("tenant", profile.tenant().map(str::to_owned)),
        ("keptIn", Some(sign_ins.kept_in())),
    ];
    let told = told.into_iter();
    let told = told.filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))));
    Value::Object(told.collect::<Map<_, _>>())
}
