//! A stored sign-in that cannot be used: another key, a damaged or unreadable file, no place.

use std::process::Command;

use super::desk::{Desk, Ended, Running, contains_all, key};

const CALL: [&str; 4] = ["assets", "get", "--id", "IN-000001"];

fn run(mut command: Command, change: impl FnOnce(&mut Command)) -> Ended {
    change(&mut command);
    Running::start(command).end()
}

/// A call without `--as` is made as the application and says so; everything that needs the
/// user fails with `parts` in the text, and changes nothing.
fn only_the_application_calls(
    desk: &Desk,
    change: impl Fn(&mut Command),
    (code, parts): (i32, &[&str]),
) {
    let before = desk.requests();
    let as_user = [&CALL[..], &["--as", "user"]].concat();
    for command in [&as_user[..], &["status"], &["login", "--no-browser"]] {
        let (found, out, err) = run(desk.perspio(command), &change);
        assert_eq!(
            (found, out.as_str()),
            (Some(code), ""),
            "{command:?}: {err}"
        );
        contains_all(&err, parts);
        assert!(!err.contains("note:") && !err.contains("http://"), "{err}");
    }
    assert_eq!(desk.requests(), before, "nothing is sent");

    let (code, out, err) = run(desk.perspio(&CALL), &change);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("IN-000001"), "{out}");
    let note = "note: the stored sign-in was not used: the call is made as the application";
    contains_all(&err, &[&[note, "`--as user`"], parts].concat());
    assert_eq!(err.matches("note:").count(), 1, "{err}");

    let as_application = [&CALL[..], &["--as", "application"]].concat();
    let (code, _, err) = run(desk.perspio(&as_application), &change);
    assert_eq!(code, Some(0), "{err}");
    assert!(!err.contains("note:"), "{err}");
}

fn logout_removes_the_file(desk: &Desk, change: impl FnOnce(&mut Command)) {
    let (code, out, err) = run(desk.perspio(&["logout"]), change);
    assert_eq!(code, Some(0), "{err}");
    let file = desk.store().display().to_string();
    let parts = ["signed out", &*file, "removed", "could not be opened"];
    contains_all(&out, &parts);
    assert!(!desk.store().exists());
    let (code, _, err) = desk.run(&["status"]);
    assert_eq!(code, Some(3), "{err}");
}

#[test]
fn another_key_stops_only_requests_for_the_user_and_logout_removes_the_file() {
    let mut desk = Desk::new();
    desk.ada_has_signed_in();
    let stored = std::fs::read(desk.store()).unwrap();
    desk.key = key();
    let file = desk.store().display().to_string();
    only_the_application_calls(&desk, |_| (), (2, &["key", &file]));
    assert_eq!(std::fs::read(desk.store()).unwrap(), stored);
    logout_removes_the_file(&desk, |_| ());
}

#[test]
fn a_missing_key_stops_only_requests_for_the_user_and_logout_removes_the_file() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    let without_key = |command: &mut Command| {
        command.env_remove("PERSPIO_STORE_KEY");
    };
    only_the_application_calls(&desk, without_key, (2, &["PERSPIO_STORE_KEY", "keyring"]));
    logout_removes_the_file(&desk, without_key);
}

#[test]
fn a_damaged_file_stops_only_requests_for_the_user_and_logout_removes_it() {
    for damage in [b"garbage".as_slice(), b"", b"\0\0\0\0"] {
        let desk = Desk::new();
        desk.ada_has_signed_in();
        let mut stored = std::fs::read(desk.store()).unwrap();
        let last = stored.len() - damage.len().max(1);
        stored.truncate(last);
        stored.extend_from_slice(damage);
        std::fs::write(desk.store(), stored).unwrap();
        let file = desk.store().display().to_string();
        only_the_application_calls(&desk, |_| (), (2, &[&file]));
        logout_removes_the_file(&desk, |_| ());
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_read_is_not_used_and_logout_removes_it() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.ada_has_signed_in();
    let readable = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(desk.store(), readable).unwrap();
    only_the_application_calls(&desk, |_| (), (2, &["other users can access it"]));
    logout_removes_the_file(&desk, |_| ());
}

#[test]
fn a_malformed_key_is_not_taken_for_another_one_by_logout() {
    let mut desk = Desk::new();
    desk.ada_has_signed_in();
    for malformed in ["canary", "\u{feff}canary", "'canary'"] {
        desk.key = malformed.to_owned();
        let (code, out, err) = desk.run(&["logout"]);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        contains_all(&err, &["PERSPIO_STORE_KEY"]);
        assert!(!err.contains("canary"), "{err}");
        assert!(desk.store().exists());
        let (code, _, err) = desk.run(&CALL);
        assert_eq!(code, Some(0), "{err}");
        contains_all(
            &err,
            &["note: the stored sign-in was not used", "PERSPIO_STORE_KEY"],
        );
    }
}

#[test]
fn a_home_that_cannot_be_read_stops_only_requests_for_the_user() {
    let desk = Desk::new();
    let file = desk.home.path().join("file");
    std::fs::write(&file, "").unwrap();
    let change = |command: &mut Command| {
        command.env_remove("PERSPIO_STORE").env("HOME", &file);
    };
    let as_user = [&CALL[..], &["--as", "user"]].concat();
    for command in [&as_user[..], &["status"], &["logout"]] {
        let (code, _, err) = run(desk.perspio(command), change);
        assert!(code > Some(0), "{command:?}: {err}");
        contains_all(&err, &[file.to_str().unwrap()]);
    }
    let (code, _, err) = run(desk.perspio(&CALL), change);
    assert_eq!(code, Some(0), "{err}");
    contains_all(
        &err,
        &[
            "note: the stored sign-in was not used",
            file.to_str().unwrap(),
        ],
    );
}

#[test]
fn a_missing_keyring_that_is_named_stops_only_requests_for_the_user() {
    let desk = Desk::new();
    let change = |command: &mut Command| {
        command.env("PERSPIO_STORE", "keyring:");
    };
    let parts = [
        "keyring:perspio",
        "no keyring",
        "PERSPIO_STORE names",
        "PERSPIO_STORE_KEY",
    ];
    only_the_application_calls(&desk, change, (2, &parts));
    assert!(!desk.home.path().join("keyring:").exists());
}

#[test]
fn logout_does_not_remove_a_file_of_another_program() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    std::fs::write(desk.store(), "notes").unwrap();
    let (code, _, err) = desk.run(&["logout"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("another program"), "{err}");
    assert_eq!(std::fs::read(desk.store()).unwrap(), b"notes");
}
