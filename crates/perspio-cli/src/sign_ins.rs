//! The stored sign-in of a user, which the commands share.

mod identity;
mod place;

use std::io::{self, Write};

use perspio::ClientBuilder;
use perspio_auth::clock::{Clock, SystemClock};
use perspio_auth::store::TokenRecord;
use perspio_auth::{Application, IdToken, Profile, StoredSignIn, TokenKey, TokenSource};
use serde_json::{Map, Value};

use crate::arguments::GlobalOptions;
use crate::failure::{Failure, print_message};
use crate::output::{Output, Shape};
use crate::variables::client_builder;

use identity::{Identity, IdentityFile};
use place::identity_file;
pub(crate) use place::{SignIns, folder as state_folder, variables_for};

/// The stored sign-in of a user, with its settings.
struct LoadedSignIn {
    profile: Profile,
    application: Application,
    sign_ins: SignIns,
    record: TokenRecord,
}

impl LoadedSignIn {
    /// Returns the sign-in with the settings of the environment.
    async fn of_environment() -> Result<Self, Failure> {
        let settings = client_builder().profile_and_application()?;
        let identity = identity_of(&settings)?;
        Self::find(settings)
            .await?
            .ok_or_else(|| missing(&identity))
    }

    /// Returns the sign-in to an API with an application, if one is stored.
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

/// Returns the key of a sign-in in the store.
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
        Err(_) if as_user => return Err(no_sign_in()),
        // Missing settings are reported together when the client is built.
        Err(_) => return Ok(builder),
    };
    let stored = match identity_of(&settings) {
        Ok(identity) => LoadedSignIn::find(settings)
            .await
            .map(|sign_in| (identity, sign_in)),
        Err(failure) => Err(failure),
    };
    match stored {
        Ok((identity, Some(sign_in))) => {
            identity.call_as(Identity::User);
            let builder = builder.credential(sign_in.credential());
            Ok(builder.store(sign_in.sign_ins.store()))
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
pub(crate) fn application(builder: ClientBuilder) -> ClientBuilder {
    // Works without a place to store a sign-in.
    let identity = builder.profile_and_application().ok();
    let identity = identity.and_then(|settings| identity_of(&settings).ok());
    if let Some(identity) = identity {
        identity.call_as(Identity::Application);
    }
    builder
}

/// `perspio status`: prints the stored sign-in, without a request.
pub(crate) async fn status(options: &GlobalOptions) -> Result<(), Failure> {
    let sign_in = LoadedSignIn::of_environment().await?;
    let id_token = sign_in.record.id_token();
    let mut description = describe(
        &sign_in.profile,
        &sign_in.application,
        &sign_in.sign_ins,
        id_token.as_ref(),
    );
    let left = sign_in
        .record
        .expires_at()
        .duration_since(SystemClock.now().wall)
        .ok();
    let token = match left {
        Some(left) => format!("valid for {} minutes", left.as_secs() / 60),
        None => "expired".to_owned(),
    };
    let renewal = match &sign_in.record.refresh_token {
        Some(_) => "by the next command that needs it",
        None => {
            "not possible: sign in again when it has expired (PERSPIO_OFFLINE_ACCESS=true requests \
             a refresh token)"
        }
    };
    if let Value::Object(members) = &mut description {
        members.insert("scopes".to_owned(), sign_in.record.scopes.join(" ").into());
        members.insert("token".to_owned(), token.into());
        members.insert("renewal".to_owned(), renewal.into());
    }
    Output::new(options)?.print(Shape::Item, description)
}

/// `perspio logout`: deletes the sign-in with these settings. A file that cannot be opened is
/// removed as a whole.
pub(crate) async fn sign_out() -> Result<(), Failure> {
    let settings = client_builder().profile_and_application()?;
    let identity = identity_of(&settings)?;
    let outcome = match LoadedSignIn::find(settings).await {
        Ok(Some(sign_in)) => {
            let source = TokenSource::builder(&sign_in.profile, sign_in.credential())
                .store(sign_in.sign_ins.store())
                .build()?;
            source.sign_out().await?;
            "signed out".to_owned()
        }
        // It has ended already, and the application may call again.
        Ok(None) if identity.is_signed_in() => "signed out".to_owned(),
        Ok(None) => return Err(no_sign_in()),
        Err(failure) => format!("signed out: {}", place::remove_unusable(failure)?),
    };
    identity.sign_out();
    writeln!(io::stdout(), "{outcome}")?;
    Ok(())
}

fn no_sign_in() -> Failure {
    Failure::credentials("nobody has signed in with these settings: sign in with `perspio login`")
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
    profile: &Profile,
    application: &Application,
    sign_ins: &SignIns,
    id_token: Option<&IdToken>,
) -> Value {
    let claim = |name| id_token?.unverified_claim(name);
    let members = [
        ("name", claim("name")),
        ("user", claim("preferred_username")),
        ("application", Some(application.client_id().to_owned())),
        ("tenant", profile.tenant().map(str::to_owned)),
        ("keptIn", Some(sign_ins.kept_in())),
    ];
    let members = members.into_iter();
    let members = members.filter_map(|(name, value)| Some((name.to_owned(), Value::from(value?))));
    Value::Object(members.collect::<Map<_, _>>())
}
