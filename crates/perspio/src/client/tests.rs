use std::collections::HashMap;
use std::ffi::OsString;
use std::time::Duration;

use perspio_http::CallOptions;

use super::*;
use crate::SettingsError;

const GOOD: [(&str, &str); 4] = [
    ("PERSPIO_CLIENT_ID", "client"),
    ("PERSPIO_CLIENT_SECRET", "canary-secret"),
    ("PERSPIO_TENANT_ID", "in-1"),
    ("PERSPIO_SUBSCRIPTION_KEY", "canary-key"),
];

fn builder(changes: &[(&str, &str)]) -> ClientBuilder {
    let mut variables = HashMap::from(GOOD);
    variables.extend(changes.iter().copied());
    ClientBuilder::from_variables(|name| variables.get(name).map(OsString::from))
}

fn refused(changes: &[(&str, &str)]) -> SettingsError {
    let error = builder(changes).build().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    match error {
        Error::Settings(error) => (*error).clone(),
        other => panic!("{other}"),
    }
}

#[test]
fn every_missing_or_empty_setting_is_named_in_one_message() {
    let nothing = ClientBuilder::from_variables(|_| None)
        .build()
        .unwrap_err()
        .to_string();
    let blank = refused(&GOOD.map(|(name, _)| (name, "  "))).to_string();
    for text in [nothing, blank] {
        for (name, _) in GOOD {
            assert!(text.contains(name), "{text}");
        }
        assert_eq!(text.matches("is missing").count(), 4, "{text}");
        assert_eq!(text.matches("Admin → API").count(), 4, "{text}");
    }
}

#[test]
fn a_line_break_in_a_value_is_refused_when_the_client_is_built() {
    for name in [
        "PERSPIO_TENANT_ID",
        "PERSPIO_SUBSCRIPTION_KEY",
        "PERSPIO_CLIENT_ID",
    ] {
        let error = refused(&[(name, "canary\r\nx-admin: 1")]);
        assert_eq!(error.problems().len(), 1);
        assert!(error.to_string().contains(name), "{error}");
        assert!(error.to_string().contains("line break"), "{error}");
    }
}

#[test]
fn http_is_refused_unless_it_is_this_machine() {
    for name in [
        "PERSPIO_BASE_URL",
        "PERSPIO_AUTHORITY",
        "PERSPIO_AUTHORIZE_URL",
        "PERSPIO_TOKEN_URL",
        "PERSPIO_DEVICE_CODE_URL",
    ] {
        let error = refused(&[(name, "http://talk.perspio.io")]).to_string();
        assert!(error.contains(name) && error.contains("https"), "{error}");
        assert!(builder(&[(name, "http://127.0.0.1:8")]).build().is_ok());
    }
}

#[test]
fn a_variable_that_is_not_unicode_is_named() {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        let broken =
            |name: &str| (name == "PERSPIO_SCOPES").then(|| OsString::from_vec(vec![0xff]));
        let error = ClientBuilder::from_variables(broken)
            .build()
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("PERSPIO_SCOPES") && error.contains("Unicode"),
            "{error}"
        );
    }
}

#[test]
fn a_guid_as_tenant_id_gets_a_hint_and_is_not_refused() {
    let guid = builder(&[("PERSPIO_TENANT_ID", "7d548d61-6361-4a6e-85e6-509e2c05d05e")]);
    assert!(guid.hints().concat().contains("Entra directory"));
    assert!(guid.build().is_ok());
    assert!(builder(&[]).hints().is_empty());
}

/// All settings, with a value that is valid up to the characters around it.
const ALL: [(&str, &str); 12] = [
    ("PERSPIO_CLIENT_ID", "canary"),
    ("PERSPIO_CLIENT_SECRET", "canary"),
    ("PERSPIO_TENANT_ID", "canary"),
    ("PERSPIO_SUBSCRIPTION_KEY", "canary"),
    ("PERSPIO_BASE_URL", "https://canary.example"),
    ("PERSPIO_AUTHORITY", "https://canary.example"),
    ("PERSPIO_AUTHORIZE_URL", "https://canary.example"),
    ("PERSPIO_TOKEN_URL", "https://canary.example"),
    ("PERSPIO_DEVICE_CODE_URL", "https://canary.example"),
    ("PERSPIO_ISSUER", "https://canary.example"),
    ("PERSPIO_SCOPES", "canary"),
    ("PERSPIO_CA_FILE", "canary"),
];

#[test]
fn a_setting_with_an_invisible_character_or_quotation_marks_is_named() {
    for (name, value) in ALL {
        for (text, problem) in [
            (format!("\u{feff}{value}"), "byte order mark"),
            (format!("{value}\u{200b}"), "zero-width space"),
            (format!("{value}\u{a0}"), "non-breaking space"),
            (format!("\"{value}\""), "quotation marks"),
            (format!("'{value}'"), "quotation marks"),
            (format!("“{value}”"), "quotation marks"),
        ] {
            let error = refused(&[(name, &text)]);
            assert_eq!(error.problems().len(), 1, "{error}");
            let found = &error.problems()[0];
            assert_eq!(found.name, name);
            assert!(found.problem.contains(problem), "{error}");
        }
    }
}

#[test]
fn a_setting_of_the_program_is_checked_like_a_variable() {
    let changed = builder(&[]).client_secret("canary\u{200b}").issuer("'x'");
    let error = changed.build().unwrap_err().to_string();
    for part in [
        "PERSPIO_CLIENT_SECRET",
        "U+200B",
        "PERSPIO_ISSUER",
        "quotation",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert!(!error.contains("canary"), "{error}");
}

#[test]
fn the_base_url_may_have_a_path_and_a_trailing_slash() {
    for (given, used) in [
        (
            "https://gateway.example/perspio/",
            "https://gateway.example/perspio",
        ),
        (
            "https://gateway.example/perspio",
            "https://gateway.example/perspio",
        ),
        ("https://gateway.example", "https://gateway.example"),
    ] {
        let client = builder(&[("PERSPIO_BASE_URL", given)]).build().unwrap();
        assert_eq!(client.inner.base_url(), used);
    }
}

#[test]
fn no_secret_shows_in_debug() {
    let builder = builder(&[]);
    assert!(!format!("{builder:?} {builder:#?}").contains("canary"));
    let client = builder.build().unwrap();
    let operation = client.assets_list();
    assert!(!format!("{client:?} {client:#?} {operation:?}").contains("canary"));
}

#[test]
fn a_sign_in_needs_the_application_and_neither_tenant_nor_key() {
    let only = |names: &[&str]| {
        let variables: HashMap<_, _> = GOOD
            .into_iter()
            .filter(|(name, _)| names.contains(name))
            .collect();
        ClientBuilder::from_variables(|name| variables.get(name).map(OsString::from))
            .profile_and_application()
    };
    let (profile, application) = only(&["PERSPIO_CLIENT_ID", "PERSPIO_CLIENT_SECRET"]).unwrap();
    assert_eq!(application.client_id(), "client");
    assert_eq!(profile.tenant(), None);
    let (profile, _) = builder(&[]).profile_and_application().unwrap();
    assert_eq!(profile.tenant(), Some("in-1"));
    let error = only(&[]).unwrap_err().to_string();
    assert_eq!(error.matches("is missing").count(), 1, "{error}");
}

#[test]
fn a_secret_is_needed_by_an_application_as_itself_and_not_by_a_sign_in() {
    let without = [("PERSPIO_CLIENT_SECRET", "")];
    let (_, application) = builder(&without).profile_and_application().unwrap();
    assert!(application.is_public());
    let error = refused(&without);
    assert_eq!(error.problems().len(), 1, "{error}");
    assert!(
        error
            .to_string()
            .contains("PERSPIO_CLIENT_SECRET  is missing: an application")
    );
    let stored = perspio_auth::StoredSignIn::new(application);
    assert!(builder(&without).credential(stored).build().is_ok());
}

#[test]
fn an_identity_server_that_is_not_entra_is_set_address_by_address() {
    let (profile, _) = builder(&[
        ("PERSPIO_AUTHORIZE_URL", "http://127.0.0.1:9/auth"),
        ("PERSPIO_TOKEN_URL", "http://127.0.0.1:9/token"),
        ("PERSPIO_DEVICE_CODE_URL", "http://127.0.0.1:9/device/auth"),
        ("PERSPIO_ISSUER", "http://127.0.0.1:9"),
    ])
    .profile_and_application()
    .unwrap();
    assert_eq!(profile.authorize_url().base(), "http://127.0.0.1:9/auth");
    assert_eq!(
        profile.device_code_url().base(),
        "http://127.0.0.1:9/device/auth"
    );
    let issuer = perspio_auth::Issuer::Known("http://127.0.0.1:9".to_owned());
    assert_eq!(*profile.issuer(), issuer);
    assert_eq!(profile.prompt(), perspio_auth::Prompt::Unspecified);
}

#[test]
fn a_certificate_or_a_token_file_replaces_the_secret() {
    let folder = std::env::temp_dir();
    let token_file = folder.join("no-such-token");
    let only =
        |name: &'static str, path: &str| builder(&[("PERSPIO_CLIENT_SECRET", ""), (name, path)]);
    let token_file = token_file.to_str().unwrap();
    let builder_of_token = only("PERSPIO_FEDERATED_TOKEN_FILE", token_file);
    let (_, application) = builder_of_token.profile_and_application().unwrap();
    assert!(!application.is_public());
    assert!(builder_of_token.build().is_ok(), "the file is read later");
    let missing = only("PERSPIO_CLIENT_CERTIFICATE", "/no/such/file.pem").build();
    let error = missing.unwrap_err().to_string();
    for part in [
        "PERSPIO_CLIENT_CERTIFICATE",
        "/no/such/file.pem",
        "cannot be read",
    ] {
        assert!(error.contains(part), "{error}");
    }
    assert!(!error.contains("PERSPIO_CLIENT_SECRET"), "{error}");
}

#[test]
fn two_of_secret_certificate_and_token_file_are_both_named() {
    let error = refused(&[("PERSPIO_FEDERATED_TOKEN_FILE", "/token")]);
    let names: Vec<_> = error.problems().iter().map(|it| it.name.as_str()).collect();
    assert_eq!(
        names,
        ["PERSPIO_CLIENT_SECRET", "PERSPIO_FEDERATED_TOKEN_FILE"]
    );
    let error = refused(&[
        ("PERSPIO_FEDERATED_TOKEN_FILE", "/token"),
        ("PERSPIO_CLIENT_CERTIFICATE", "/certificate"),
    ]);
    assert_eq!(error.problems().len(), 3, "{error}");
}

#[test]
fn prompt_and_offline_access_are_settings_that_other_addresses_do_not_reset() {
    let other = [
        ("PERSPIO_AUTHORIZE_URL", "http://127.0.0.1:9/auth"),
        ("PERSPIO_SCOPES", "openid api"),
        ("PERSPIO_PROMPT", "consent"),
        ("PERSPIO_OFFLINE_ACCESS", "false"),
    ];
    let profile = |builder: ClientBuilder| builder.profile_and_application().unwrap().0;
    let set = profile(builder(&other));
    assert_eq!(set.prompt(), perspio_auth::Prompt::Consent);
    assert_eq!(set.scopes().sign_in, ["openid", "api"]);
    assert_eq!(set.scopes().authorization, ["openid", "api"]);
    let overridden = builder(&other)
        .prompt(perspio_auth::Prompt::Unspecified)
        .offline_access(true);
    let overridden = profile(overridden);
    assert_eq!(overridden.prompt(), perspio_auth::Prompt::Unspecified);
    let scopes = ["openid", "api", "offline_access"];
    assert_eq!(overridden.scopes().authorization, scopes);
    for (name, wrong, values) in [
        ("PERSPIO_PROMPT", "always", "select_account, login"),
        ("PERSPIO_OFFLINE_ACCESS", "yes", "true or false"),
    ] {
        let error = refused(&[(name, wrong)]).to_string();
        assert!(error.contains(name) && error.contains(values), "{error}");
    }
}

#[test]
fn the_help_for_another_issuer_and_a_missing_refresh_token_names_settings() {
    let (profile, _) = builder(&[]).profile_and_application().unwrap();
    assert!(profile.issuer_help().contains("PERSPIO_ISSUER"));
    assert!(
        profile
            .renewal_help()
            .contains("PERSPIO_OFFLINE_ACCESS=true")
    );
}

#[test]
fn a_time_limit_is_added_to_the_options_that_every_call_has() {
    let options = CallOptions::new().priority(perspio_http::Priority::Bulk);
    let builder = builder(&[]).options(options);
    let client = builder.timeout(Duration::from_secs(5)).build().unwrap();
    let told = format!("{:?}", client.inner.options());
    assert!(told.contains("Bulk") && told.contains("5s"), "{told}");
}
