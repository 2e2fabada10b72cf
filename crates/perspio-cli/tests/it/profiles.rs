//! `perspio profile`, and commands with the settings of a profile.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use perspio_sandbox::Sandbox;
use serde_json::Value;

use crate::login::desk::{Desk, Ended, Running, contains_all, key};

/// The command on a machine whose environment has no settings but the key of the store.
fn perspio(desk: &Desk, arguments: &[&str]) -> Command {
    let mut command = desk.perspio(arguments);
    for (name, _) in desk.sandbox.environment() {
        command.env_remove(name);
    }
    command
}

fn run(desk: &Desk, arguments: &[&str]) -> Ended {
    Running::start(perspio(desk, arguments)).end()
}

/// Runs `perspio profile add NAME` with the settings of a sandbox, its secrets from standard
/// input, and `more` options.
fn add_for(desk: &Desk, sandbox: &Sandbox, name: &str, more: &[&str]) -> Ended {
    let arguments = [
        &["profile", "add", name],
        &["--client-id", sandbox.client_id()][..],
        &["--tenant-id", sandbox.tenant_id()],
        &["--base-url", sandbox.base_url()],
        &["--authority", sandbox.authority()],
        &["--client-secret-file", "-", "--subscription-key-file", "-"],
        more,
    ];
    let mut adding = Running::start(perspio(desk, &arguments.concat()));
    adding.types(sandbox.client_secret());
    adding.types(sandbox.subscription_key());
    adding.end()
}

fn add(desk: &Desk, name: &str) {
    let (code, out, err) = add_for(desk, &desk.sandbox, name, &[]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    contains_all(&out, &["a token was issued", "a call succeeded", name]);
}

fn file(desk: &Desk) -> PathBuf {
    desk.home.path().join(".config/perspio/profiles.toml")
}

fn write(desk: &Desk, text: &str) {
    fs::create_dir_all(file(desk).parent().unwrap()).unwrap();
    fs::write(file(desk), text).unwrap();
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

fn secret_files(desk: &Desk) -> Vec<PathBuf> {
    files(&desk.home.path().join(".local/state/perspio/secrets"))
}

const CALL: [&str; 3] = ["assets", "get", "IN-000001"];

#[test]
fn an_added_profile_is_tested_and_is_then_the_default() {
    let desk = Desk::new();
    add(&desk, "north");
    assert_eq!(desk.sandbox.log().token_requests().len(), 1);
    let (code, out, err) = run(&desk, &CALL);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("IN-000001"), "{out}");
    let text = fs::read_to_string(file(&desk)).unwrap();
    contains_all(
        &text,
        &["default = \"north\"", "[profiles.north]", "tenant_id"],
    );
}

#[test]
fn secrets_are_in_no_file_and_no_output_in_plain_text() {
    let desk = Desk::new();
    let secrets = [
        desk.sandbox.client_secret(),
        desk.sandbox.subscription_key(),
    ];
    let (_, out, err) = add_for(&desk, &desk.sandbox, "north", &[]);
    let (_, list, _) = run(&desk, &["profile", "list", "--output", "json"]);
    let (_, doctor, _) = run(&desk, &["doctor"]);
    let (_, status, _) = run(&desk, &["status"]);
    assert_eq!(secret_files(&desk).len(), 2);
    let mut texts = vec![out, err, list, doctor, status];
    for path in files(desk.home.path()) {
        let bytes = fs::read(&path).unwrap();
        texts.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    for secret in secrets {
        assert!(texts.iter().all(|text| !text.contains(secret)), "{secret}");
    }
}

#[cfg(unix)]
#[test]
fn files_of_profiles_are_accessible_to_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    add(&desk, "north");
    for path in secret_files(&desk).into_iter().chain([file(&desk)]) {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
}

#[test]
fn settings_that_fail_the_test_are_not_saved_unless_asked() {
    let desk = Desk::new();
    let arguments = |more: &[&'static str]| {
        let mut adding = perspio(&desk, &["profile", "add", "north"]);
        adding
            .args(["--client-id", desk.sandbox.client_id()])
            .args(["--tenant-id", desk.sandbox.tenant_id()])
            .args(["--base-url", desk.sandbox.base_url()])
            .args(["--authority", desk.sandbox.authority()])
            .args(["--client-secret-file", "-", "--subscription-key-file", "-"])
            .args(more);
        let mut adding = Running::start(adding);
        adding.types("canary");
        adding.types("canary");
        adding.end()
    };
    let (code, out, err) = arguments(&[]);
    assert_eq!((code, out.as_str()), (Some(3), ""), "{err}");
    contains_all(&err, &["AADSTS7000215", "was not saved", "--no-test"]);
    assert!(!err.contains("canary"), "{err}");
    assert_eq!(files(desk.home.path()), Vec::<PathBuf>::new());
    let (code, out, err) = arguments(&["--no-test"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    contains_all(&out, &["were not tested", "north"]);
}

#[test]
fn missing_settings_are_named_with_the_options_and_where_they_are_found() {
    let desk = Desk::new();
    let (code, _, err) = run(&desk, &["profile", "add", "north"]);
    assert_eq!(code, Some(2), "{err}");
    contains_all(&err, &["Admin → API", "--client-id", "was not saved"]);
    assert!(!file(&desk).exists());
}

#[test]
fn options_precede_the_environment_and_the_environment_precedes_the_file() {
    let desk = Desk::new();
    add(&desk, "north");
    let (code, _, err) = add_for(&desk, &desk.sandbox, "south", &[]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let text = fs::read_to_string(file(&desk)).unwrap();
    let nowhere = "http://127.0.0.1:9";
    let (north, south) = text.split_once("[profiles.south]").unwrap();
    let south = south.replace(desk.sandbox.base_url(), nowhere);
    // The base URL is also the beginning of the authority.
    let south = south.replace(
        &format!("authority = \"{nowhere}"),
        &format!("authority = \"{}", desk.sandbox.base_url()),
    );
    fs::write(file(&desk), format!("{north}[profiles.south]{south}")).unwrap();

    let code = |option: &[&str], changes: &[(&str, &str)]| {
        let mut command = perspio(&desk, &[&CALL[..], option].concat());
        command.envs(changes.iter().copied());
        let (code, _, _) = Running::start(command).end();
        code
    };
    let by_variable = ("PERSPIO_PROFILE", "south");
    assert_eq!(code(&[], &[]), Some(0), "the default of the file");
    assert_eq!(code(&[], &[by_variable]), Some(4));
    assert_eq!(code(&["--profile", "north"], &[by_variable]), Some(0));
    assert_eq!(code(&["--profile", "south"], &[]), Some(4));
    let base_url = ("PERSPIO_BASE_URL", desk.sandbox.base_url());
    assert_eq!(code(&["--profile", "south"], &[base_url]), Some(0));
    let secret = ("PERSPIO_CLIENT_SECRET", "wrong");
    assert_eq!(code(&[], &[secret]), Some(3));
    // The client secret of the profile is not used with a certificate of the environment.
    let mut command = perspio(&desk, &CALL);
    command.env("PERSPIO_CLIENT_CERTIFICATE", "/nonexistent");
    let (_, _, err) = Running::start(command).end();
    assert!(err.contains("/nonexistent cannot be read"), "{err}");
    assert_eq!(
        code(&[], &[("PERSPIO_CLIENT_SECRET", "")]),
        Some(0),
        "blank"
    );
}

#[test]
fn an_unknown_profile_gets_a_suggestion() {
    let desk = Desk::new();
    write(&desk, "[profiles.north]\n");
    for arguments in [
        &["sites", "list", "--profile", "nroth"][..],
        &["status", "--profile", "nroth"],
        &["profile", "use", "nroth"],
        &["profile", "remove", "nroth"],
    ] {
        let (code, out, err) = run(&desk, arguments);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        contains_all(
            &err,
            &["there is no profile \"nroth\"", "did you mean `north`?"],
        );
    }
}

#[test]
fn a_profile_is_not_added_for_a_sandbox_or_in_a_dry_run() {
    let desk = Desk::new();
    for option in ["--sandbox", "--dry-run"] {
        let (code, out, err) = add_for(&desk, &desk.sandbox, "north", &[option]);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        assert!(err.contains(option), "{err}");
    }
    assert_eq!(desk.requests(), 0);
    assert!(!file(&desk).exists());
}

#[test]
fn a_removed_profile_whose_key_is_lost_may_leave_a_sign_in_with_a_warning() {
    let mut desk = Desk::new();
    add(&desk, "north");
    desk.ada_signs_in_by(perspio(&desk, &["login", "--no-browser"]));
    desk.key = key();
    let (code, _, err) = run(&desk, &["profile", "remove", "north"]);
    assert_eq!(code, Some(0), "{err}");
    contains_all(
        &err,
        &["warning: a sign-in of the profile may remain", "key"],
    );
    assert_eq!(secret_files(&desk), Vec::<PathBuf>::new());
}

#[test]
fn a_broken_file_is_reported_with_its_line_and_is_not_overwritten() {
    let desk = Desk::new();
    for (text, cause) in [
        ("[profiles.north]\nclient_id = canary\n", "line 2"),
        (
            "[profiles.north]\nclientid = \"canary\"\n",
            "did you mean `client_id`?",
        ),
        (
            "[profiles.north]\nclient_secret = \"canary\"\n",
            "`client_secret` is a secret",
        ),
    ] {
        write(&desk, text);
        let added = add_for(&desk, &desk.sandbox, "south", &["--no-test"]);
        let call = run(&desk, &CALL);
        let list = run(&desk, &["profile", "list"]);
        for (code, out, err) in [added, call, list] {
            assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
            contains_all(&err, &[file(&desk).to_str().unwrap(), "line 2", cause]);
            assert!(!err.contains("canary"), "{err}");
        }
        assert_eq!(fs::read_to_string(file(&desk)).unwrap(), text);
    }
    assert_eq!(secret_files(&desk), Vec::<PathBuf>::new());
}

#[test]
fn a_folder_that_cannot_be_written_leaves_no_secrets() {
    let desk = Desk::new();
    // Also rejected for the superuser, unlike a mode.
    fs::write(desk.home.path().join(".config"), "").unwrap();
    let (code, out, err) = add_for(&desk, &desk.sandbox, "north", &[]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    contains_all(&err, &["cannot be saved", file(&desk).to_str().unwrap()]);
    assert_eq!(secret_files(&desk), Vec::<PathBuf>::new());
}

#[test]
fn without_a_place_for_secrets_nothing_is_saved() {
    let desk = Desk::new();
    let mut adding = perspio(&desk, &["profile", "add", "north", "--no-test"]);
    adding
        .args(["--client-id", "a", "--client-secret-file", "-"])
        .env_remove("PERSPIO_STORE_KEY");
    let mut adding = Running::start(adding);
    adding.types("canary");
    let (code, out, err) = adding.end();
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    contains_all(&err, &["no keyring", "PERSPIO_STORE_KEY"]);
    assert!(!err.contains("canary"), "{err}");
    assert!(!file(&desk).exists());
}

#[test]
fn another_key_is_an_error_that_names_it_and_the_environment_is_the_way_out() {
    let mut desk = Desk::new();
    add(&desk, "north");
    desk.key = key();
    let (code, _, err) = run(&desk, &CALL);
    assert_eq!(code, Some(2), "{err}");
    contains_all(
        &err,
        &["client_secret", "north", "PERSPIO_STORE_KEY", "--replace"],
    );
    let (code, _, err) = run(&desk, &["status"]);
    assert_eq!(code, Some(3), "it needs no secret: {err}");
    let mut command = perspio(&desk, &CALL);
    command
        .env("PERSPIO_CLIENT_SECRET", desk.sandbox.client_secret())
        .env("PERSPIO_SUBSCRIPTION_KEY", desk.sandbox.subscription_key());
    let (code, _, err) = Running::start(command).end();
    assert_eq!((code, err.as_str()), (Some(0), ""));
}

#[test]
fn a_secret_file_of_another_profile_is_rejected() {
    let desk = Desk::new();
    add(&desk, "north");
    add(&desk, "south");
    let secret = |name: &str| {
        let folder = desk.home.path().join(".local/state/perspio/secrets");
        folder.join(format!("{name}.client_secret"))
    };
    fs::copy(secret("south"), secret("north")).unwrap();
    let (code, _, err) = run(&desk, &CALL);
    assert_eq!(code, Some(2), "{err}");
    contains_all(&err, &["client_secret", "north"]);
}

#[test]
fn profiles_of_one_client_and_tenant_have_separate_sign_ins() {
    let desk = Desk::new();
    add(&desk, "north");
    add(&desk, "south");
    let user = |more: &[&str]| {
        run(
            &desk,
            &[&["directory", "user", "--as", "user"], more].concat(),
        )
    };
    desk.ada_signs_in_by(perspio(
        &desk,
        &["login", "--no-browser", "--profile", "south"],
    ));
    let (code, out, err) = user(&["--profile", "south"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("ada@sandbox.example"), "{out}");
    // Neither the other profile nor the environment with the same settings is signed in.
    let (code, _, err) = user(&["--profile", "north"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("No user is signed in"), "{err}");
    let mut environment = desk.perspio(&["directory", "user", "--as", "user"]);
    environment.env("XDG_CONFIG_HOME", "/nonexistent");
    assert_eq!(Running::start(environment).end().0, Some(3));
    // A sign-out ends only the own sign-in.
    desk.ada_signs_in_by(perspio(&desk, &["login", "--no-browser"]));
    let (code, out, _) = run(&desk, &["logout"]);
    assert_eq!((code, out.as_str()), (Some(0), "signed out\n"));
    assert_eq!(user(&["--profile", "south"]).0, Some(0));
}

#[test]
fn a_sign_in_is_not_used_for_another_tenant_or_server() {
    let desk = Desk::new();
    add(&desk, "north");
    desk.ada_signs_in_by(perspio(&desk, &["login", "--no-browser"]));
    let other = desk.runtime.block_on(Sandbox::start()).unwrap();
    for (name, value) in [
        ("PERSPIO_TENANT_ID", "in-other"),
        ("PERSPIO_BASE_URL", other.base_url()),
        ("PERSPIO_CLIENT_ID", "11111111-1111-1111-1111-111111111111"),
        ("PERSPIO_AUTHORITY", other.authority()),
    ] {
        let mut command = perspio(&desk, &["directory", "user", "--as", "user"]);
        let (code, _, err) = Running::start({
            command.env(name, value);
            command
        })
        .end();
        assert_eq!(code, Some(3), "{name}: {err}");
        assert!(err.contains("No user is signed in"), "{name}: {err}");
    }
    assert_eq!(other.log().requests().len(), 0, "no token is sent there");
}

#[test]
fn a_removed_profile_leaves_no_secret_and_no_sign_in() {
    let desk = Desk::new();
    add(&desk, "north");
    add(&desk, "south");
    desk.ada_signs_in_by(perspio(
        &desk,
        &["login", "--no-browser", "--profile", "south"],
    ));
    let before = fs::metadata(desk.store()).unwrap().len();
    let (code, out, err) = run(&desk, &["profile", "remove", "south"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("south"), "{out}");
    assert!(fs::metadata(desk.store()).unwrap().len() < before);
    let rest = secret_files(&desk);
    assert_eq!(rest.len(), 2);
    assert!(
        rest.iter()
            .all(|path| path.to_str().unwrap().contains("north."))
    );
    assert_eq!(
        run(&desk, &CALL).0,
        Some(0),
        "the other profile is unchanged"
    );
    // A profile that is added again has no sign-in.
    add(&desk, "south");
    let status = run(&desk, &["status", "--profile", "south"]);
    assert_eq!(status.0, Some(3), "{}", status.2);
}

#[test]
fn a_profile_is_replaced_only_if_that_is_asked_for() {
    let desk = Desk::new();
    add(&desk, "north");
    let (code, _, err) = add_for(&desk, &desk.sandbox, "north", &[]);
    assert_eq!(code, Some(2), "{err}");
    contains_all(&err, &["already a profile \"north\"", "--replace"]);
    let text = fs::read_to_string(file(&desk)).unwrap();
    fs::write(file(&desk), format!("# of the north\n{text}")).unwrap();
    let (code, _, err) = add_for(
        &desk,
        &desk.sandbox,
        "north",
        &["--replace", "--scopes", "a b"],
    );
    assert_eq!(
        code,
        Some(3),
        "a scope that the sandbox does not know: {err}"
    );
    let more = ["--replace", "--no-test", "--scopes", "a b"];
    let (code, _, err) = add_for(&desk, &desk.sandbox, "north", &more);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let text = fs::read_to_string(file(&desk)).unwrap();
    contains_all(&text, &["# of the north", "scopes = \"a b\""]);
}

#[test]
fn the_list_has_the_default_and_the_names_of_the_secrets() {
    let desk = Desk::new();
    add(&desk, "north");
    add(&desk, "south");
    assert_eq!(run(&desk, &["profile", "use", "south"]).0, Some(0));
    let (code, out, err) = run(&desk, &["profile", "list", "--output", "json"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let list: Value = serde_json::from_str(&out).unwrap();
    let profiles = list.as_array().unwrap();
    let defaults: Vec<_> = profiles
        .iter()
        .map(|it| (&it["name"], &it["default"]))
        .collect();
    let (north, south) = (Value::from("north"), Value::from("south"));
    assert_eq!(
        defaults,
        [(&north, &Value::from(false)), (&south, &Value::from(true))]
    );
    assert_eq!(
        profiles[0]["secrets"],
        serde_json::json!(["client_secret", "subscription_key"])
    );
    assert_eq!(profiles[0]["tenant_id"], desk.sandbox.tenant_id());
}
