//! Where a person's sign-in is kept from one command to the next.

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
        Self::find(settings).await?.ok_or_else(nobody)
    }

    /// The sign-in to an API and application, if anybody has signed in.
    async fn find((profile, application): (Profile, Application)) -> Result<Option<Self>, Failure> {
        let Some(sign_ins) = SignIns::existing().await? else {
            return Ok(None);
        };
        let credential = StoredSignIn::new(application.clone());
        let key = TokenKey::new(&profile, &credential.into(), None);
        let found = sign_ins.read(&key).await?;
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

/// The client of the person who has signed in with these settings, if anybody has.
pub(crate) async fn signed_in(builder: &ClientBuilder) -> Result<Option<ClientBuilder>, Failure> {
    // What is missing is told with all the rest when the client is built.
    let Ok(settings) = builder.profile_and_application() else {
        return Ok(None);
    };
    let kept = Kept::find(settings).await?;
    Ok(kept.map(|kept| {
        let builder = builder.clone().credential(kept.credential());
        builder.store(kept.sign_ins.store())
    }))
}

/// The same; if the sign-in cannot be used, a note says that the application calls instead.
pub(crate) async fn signed_in_if_usable(builder: &ClientBuilder) -> Option<ClientBuilder> {
    match signed_in(builder).await {
        Ok(of_user) => of_user,
        Err(failure) => {
            let note = format!(
                "the stored sign-in was not used: the call is made as the application, not as a \
                 user (`--as user` makes this an error, `--as application` omits this note), \
                 because {}",
                failure.text()
            );
            tell("note", &note);
            None
        }
    }
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
    let left = kept.record.expires_at().checked_sub(SystemClock.now().wall);
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
    let kept = match Kept::find(settings).await {
        Ok(kept) => kept.ok_or_else(nobody)?,
        Err(failure) => {
            let removed = place::remove_unusable(failure)?;
            writeln!(io::stdout(), "signed out: {removed}")?;
            return Ok(());
        }
    };
    let source = TokenSource::builder(&kept.profile, kept.credential())
        .store(kept.sign_ins.store())
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
