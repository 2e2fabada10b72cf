use std::collections::HashMap;
use std::ffi::OsString;

use perspio_auth::{Application, StoredSignIn};

use super::*;

const GOOD: [(&str, &str); 6] = [
    ("DISPOGAS_API_URL", "https://gas.example/api"),
    ("DISPOGAS_TENANCY", "tenancy-1"),
    ("DISPOGAS_TOKEN", "canary-token"),
    ("DISPOGAS_DIRECTORY", "directory"),
    ("DISPOGAS_CLIENT_ID", "client"),
    ("DISPOGAS_CLIENT_SECRET", "canary-secret"),
];

fn builder(changes: &[(&str, &str)]) -> ClientBuilder {
    let mut variables = HashMap::from(GOOD);
    variables.extend(changes.iter().copied());
    ClientBuilder::from_variables(|name| variables.get(name).map(OsString::from))
}

/// The settings that the error names, whose text shows no secret.
fn named<T>(outcome: Result<T, Error>) -> Vec<String> {
    match outcome.map(drop).unwrap_err() {
        Error::Settings(error) => {
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
            let problems = error.problems().iter();
            problems.map(|problem| problem.name.clone()).collect()
        }
        other => panic!("{other}"),
    }
}

fn nothing() -> ClientBuilder {
    ClientBuilder::from_variables(|_| None)
}

#[test]
fn everything_that_is_missing_is_named_at_once_with_where_it_is_found() {
    let error = nothing().build().unwrap_err().to_string();
    for part in ["is missing (your dispoGas installation", "SignIn::browser"] {
        assert!(error.contains(part), "{error}");
    }
    let blank = builder(&GOOD.map(|(name, _)| (name, "  ")));
    for builder in [nothing(), blank] {
        assert_eq!(
            named(builder.clone().build()),
            ["DISPOGAS_TENANCY", "DISPOGAS_TOKEN", "DISPOGAS_API_URL"]
        );
        let to_sign_in = [
            "DISPOGAS_CLIENT_ID",
            "DISPOGAS_DIRECTORY",
            "DISPOGAS_API_URL",
        ];
        assert_eq!(named(builder.profile_and_application()), to_sign_in);
    }
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    let wrong = [
        ("DISPOGAS_API_URL", "http://gas.example"),
        ("DISPOGAS_TENANCY", "canary\nx: y"),
        ("DISPOGAS_DIRECTORY", "../canary"),
        ("DISPOGAS_AUTHORITY", "ftp://127.0.0.1"),
        ("DISPOGAS_REFRESH_ON_403", "always"),
    ];
    let mut names = named(builder(&wrong).build());
    names.sort_unstable();
    let mut expected = wrong.map(|(name, _)| name);
    expected.sort_unstable();
    assert_eq!(names, expected);
}

#[test]
fn a_setting_with_an_invisible_character_or_quotation_marks_is_named() {
    let names = GOOD.map(|(name, _)| name);
    let others = [
        "DISPOGAS_REFRESH_ON_403",
        "DISPOGAS_SCOPES",
        "DISPOGAS_CA_FILE",
    ];
    for name in names.into_iter().chain(others) {
        for value in [
            "\u{feff}canary",
            "canary\u{200b}",
            "can\u{a0}ary",
            "\"canary\"",
            "“canary”",
        ] {
            let builder = builder(&[(name, value)]);
            // A token is not needed to sign in.
            let outcome = match name {
                "DISPOGAS_TOKEN" => builder.build().map(drop),
                _ => builder.profile_and_application().map(drop),
            };
            assert_eq!(named(outcome), [name], "{value:?}");
        }
    }
}

#[test]
fn a_directory_that_the_program_sets_is_checked_too() {
    let builder = builder(&[]).directory("'canary'");
    assert_eq!(
        named(builder.profile_and_application()),
        ["DISPOGAS_DIRECTORY"]
    );
}

#[test]
fn a_program_that_brings_its_tokens_needs_no_directory() {
    let without = [("DISPOGAS_DIRECTORY", ""), ("DISPOGAS_CLIENT_ID", "")];
    assert!(builder(&without).build().is_ok());
    let stored = || StoredSignIn::new(Application::public("client"));
    assert_eq!(
        named(builder(&without).credential(stored()).build()),
        ["DISPOGAS_DIRECTORY"]
    );
    let authority = builder(&without).authority("https://login.example/directory");
    assert!(authority.credential(stored()).build().is_ok());
}

#[test]
fn what_a_403_does_is_a_setting() {
    let when = |builder: ClientBuilder| {
        let (profile, _) = builder.profile_and_application().unwrap();
        profile.on_forbidden()
    };
    assert_eq!(when(builder(&[])), OnForbidden::IfStale);
    for (text, expected) in [
        ("stale", OnForbidden::IfStale),
        ("once", OnForbidden::Once),
        ("never", OnForbidden::Never),
    ] {
        assert_eq!(
            when(builder(&[("DISPOGAS_REFRESH_ON_403", text)])),
            expected
        );
        assert_eq!(when(builder(&[]).refresh_on_403(expected)), expected);
    }
}

#[test]
fn the_profile_is_dispogas_with_the_settings_put_in() {
    let (profile, application) = builder(&[]).profile_and_application().unwrap();
    assert_eq!(application.client_id(), "client");
    assert_eq!(profile.tenant(), Some("tenancy-1"));
    assert_eq!(profile.base_url().base(), "https://gas.example/api");
    assert_eq!(
        profile.token_url().base(),
        "https://login.microsoftonline.com/directory/oauth2/v2.0/token"
    );
    let page = "https://login.microsoftonline.com/directory/oauth2/v2.0/oauth/token";
    let changed = builder(&[("DISPOGAS_TOKEN_URL", page), ("DISPOGAS_SCOPES", "a b")]);
    let (changed, _) = changed.profile_and_application().unwrap();
    assert_eq!(changed.token_url().base(), page);
    let scopes = changed.scopes();
    assert_eq!(scopes.authorization, ["a", "b", "offline_access"]);
    assert_eq!(scopes.sign_in, profile.scopes().sign_in);
    assert_eq!(scopes.refresh, profile.scopes().refresh);
}

#[test]
fn prompt_and_offline_access_are_settings_and_help_texts_name_them() {
    let changes = [
        ("DISPOGAS_PROMPT", "none"),
        ("DISPOGAS_OFFLINE_ACCESS", "false"),
    ];
    let (profile, _) = builder(&changes).profile_and_application().unwrap();
    assert_eq!(profile.prompt(), perspio_auth::Prompt::None);
    assert_eq!(
        profile.scopes().authorization,
        ["api://{client_id}/default"]
    );
    assert!(profile.issuer_help().contains("DISPOGAS_ISSUER"));
    assert!(
        profile
            .renewal_help()
            .contains("DISPOGAS_OFFLINE_ACCESS=true")
    );
}

#[test]
fn without_a_secret_a_user_signs_in_to_a_public_client() {
    let application = |secret| {
        let builder = builder(&[("DISPOGAS_CLIENT_SECRET", secret)]);
        builder.profile_and_application().unwrap().1
    };
    assert!(application("  ").is_public());
    assert!(!application("canary-secret").is_public());
}

#[test]
fn no_secret_shows_in_debug() {
    let builder = builder(&[]);
    assert!(!format!("{builder:?} {builder:#?}").contains("canary"));
    let client = builder.build().unwrap();
    assert!(!format!("{client:?} {client:#?}").contains("canary"));
}
