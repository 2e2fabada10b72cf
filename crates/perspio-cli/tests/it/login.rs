//! `perspio login` as a person runs it, and the commands that follow, each a
//! process of its own.

mod clients;
pub(crate) mod desk;
mod environment;
mod identity;
#[cfg(target_os = "linux")]
mod keyring;
#[cfg(target_os = "linux")]
mod sockets;
#[cfg(unix)]
mod survival;
mod unusable_store;

use std::process::Command;
use std::sync::mpsc::{self};
use std::thread;

use perspio_auth::store::{FileStore, StoreKey, TokenRecord};
use perspio_auth::{SecretString, TokenStore};
use perspio_sandbox::{Endpoint, Person, Sandbox};
use reqwest::Url;
use serde_json::{Value, json};

use desk::*;

#[test]
fn who_has_signed_in_may_write_in_the_commands_that_follow() {
    let desk = Desk::new();
    let mut login = desk.login(&["--no-browser", "--output", "json"]);
    let url = login.url();
    let page = desk.visit(desk.sign_ada_in(&url));
    assert!(page.contains("Signed in to PerspioTalk"), "{page}");
    let (code, out, err) = login.end();
    assert_eq!(code, Some(0), "{err}");
    let told: Value = serde_json::from_str(&out).unwrap();
    let expected = json!({
        "name": "Ada Sandbox",
        "user": "ada@sandbox.example",
        "application": desk.sandbox.client_id(),
        "tenant": desk.sandbox.tenant_id(),
        "keptIn": desk.store(),
    });
    assert_eq!(told, expected);

    let (code, out, err) = desk.run(&["directory", "user"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("ada@sandbox.example"), "{out}");

    let update = ["assets", "update", "IN-000001"];
    let (code, _, err) = desk.run(&[&update[..], &["--description", "new"]].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let cleared = desk.home.path().join("cleared.json");
    std::fs::write(&cleared, r#"{"description":null}"#).unwrap();
    let cleared = ["--json-body", cleared.to_str().unwrap()];
    let (code, _, err) = desk.run(&[&update[..], &cleared].concat());
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let sent: Vec<_> = desk.sandbox.log().api_requests();
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[1].body, br#"{"description":"new"}"#);
    assert_eq!(sent[2].body, br#"{"description":null}"#);
    assert_eq!(desk.sandbox.log().token_requests().len(), 1);
}

#[test]
fn the_application_itself_is_not_let_write_whoever_has_signed_in() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    let before = desk.requests();
    let update = ["assets", "update", "IN-000001"];
    let as_application = ["--description", "new", "--as", "application"];
    let (code, out, err) = desk.run(&[&update[..], &as_application].concat());
    assert_eq!((code, out.as_str()), (Some(3), ""), "{err}");
    assert_eq!(desk.requests(), before, "nothing is sent");
}

#[cfg(target_os = "linux")]
#[test]
fn a_browser_that_is_set_is_opened_at_the_address_that_is_told() {
    let desk = Desk::new();
    let pipe = desk.home.path().join("opened");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let browser = desk.home.path().join("browser");
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > '{}'\n", pipe.display());
    std::fs::write(&browser, script).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&browser, executable).unwrap();

    let mut command = desk.perspio(&["login"]);
    command.env("BROWSER", &browser);
    let mut login = Running::start(command);
    let told = login.url();
    // Opening waits for the other end.
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(std::fs::read_to_string(pipe)));
    let opened = receiver.recv_timeout(LONG).unwrap().unwrap();
    assert_eq!(opened, format!("{told}\n"));
    desk.visit(desk.sign_ada_in(&told));
    let (code, out, err) = login.end();
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("ada@sandbox.example"), "{out}");
}

#[test]
fn what_was_pasted_by_mistake_is_told_and_can_be_pasted_again() {
    let desk = Desk::new();
    let mut login = desk.login(&["--paste"]);
    let url = login.url();
    assert_eq!(parameter(&url, "redirect_uri"), "http://localhost");
    login.types("http://localhost/?code=canary&state=canary");
    let told = login.line("this is not the response to the sign-in");
    assert!(told.contains("Paste the whole address"), "{told}");
    login.types(desk.sign_ada_in(&url).as_str());
    let (code, out, err) = login.end();
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("ada@sandbox.example"), "{out}");
    assert!(!err.contains("canary"), "{err}");
    assert_eq!(desk.sandbox.log().token_requests().len(), 1);
    let (code, _, err) = desk.run(&["directory", "user", "--as", "user"]);
    assert_eq!(code, Some(0), "{err}");
}

#[test]
fn nothing_pasted_is_nobody_signed_in() {
    let desk = Desk::new();
    let mut login = desk.login(&["--paste"]);
    login.url();
    let (code, out, err) = login.end();
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    assert!(err.contains("nothing was pasted"), "{err}");
    assert_eq!(desk.requests(), 0);
}

#[test]
fn a_code_that_is_typed_on_another_device_signs_in() {
    let desk = Desk::new();
    // The first time that the command asks, the person is done already.
    let hold = desk.sandbox.hold(Endpoint::Token);
    let mut login = desk.login(&["--device"]);
    let open = login.line("Open ");
    let page = format!("{}/device ", desk.sandbox.base_url());
    assert!(open.contains(&page), "{open}");
    let is_code = |text: &str| text.len() == 9 && text.as_bytes()[4] == b'-';
    let code = std::iter::repeat_with(|| login.line("")).find(|line| is_code(line));
    let waits = login.line("It can be typed for ");
    assert!(waits.ends_with(" seconds."), "{waits}");
    assert!(desk.sandbox.approve_device(&code.unwrap(), Person::Ada));
    drop(hold);
    let (code, out, err) = login.end();
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("ada@sandbox.example"), "{out}");
    let (code, _, err) = desk.run(&["directory", "user", "--as", "user"]);
    assert_eq!(code, Some(0), "{err}");
}

#[test]
fn without_a_key_nobody_is_bothered_with_a_sign_in_that_could_not_be_kept() {
    for way in ["--no-browser", "--paste", "--device"] {
        let desk = Desk::new();
        let mut command = desk.perspio(&["login", way]);
        command.env_remove("PERSPIO_STORE_KEY");
        let (code, out, err) = Running::start(command).end();
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        contains_all(&err, &["PERSPIO_STORE_KEY", "openssl rand", "keyring"]);
        assert!(!err.contains("http://"), "nothing is to be opened: {err}");
        assert_eq!(desk.requests(), 0);
        assert!(!desk.store().exists());
    }
}

#[test]
fn a_key_that_is_none_is_told_before_the_sign_in() {
    let mut desk = Desk::new();
    desk.key = "canary".to_owned();
    let (code, out, err) = desk.run(&["login", "--no-browser"]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
    contains_all(&err, &["PERSPIO_STORE_KEY"]);
    assert!(!err.contains("canary") && !err.contains("http://"), "{err}");
}

#[test]
fn without_a_sign_in_a_call_as_a_user_says_to_sign_in() {
    let desk = Desk::new();
    let (code, out, err) = desk.run(&["directory", "user", "--as", "user"]);
    assert_eq!((code, out.as_str()), (Some(3), ""), "{err}");
    assert!(err.contains("perspio login"), "{err}");
    assert_eq!(desk.requests(), 0);
}

#[test]
fn the_redirect_uri_is_the_one_that_is_set() {
    let desk = Desk::new();
    let login = |way, uri| {
        let mut command = desk.perspio(&["login", way]);
        command.env("PERSPIO_REDIRECT_URI", uri);
        Running::start(command)
    };

    let mut own = login("--no-browser", "http://127.0.0.1/callback");
    let url = own.url();
    let redirect_uri = Url::parse(&parameter(&url, "redirect_uri")).unwrap();
    assert_eq!(redirect_uri.host_str(), Some("127.0.0.1"));
    assert_eq!(redirect_uri.path(), "/callback");
    desk.visit(desk.sign_ada_in(&url));
    assert_eq!(own.end().0, Some(0));

    let fixed = "https://app.example/back";
    let mut pasted = login("--paste", fixed);
    let url = pasted.url();
    assert_eq!(parameter(&url, "redirect_uri"), fixed);
    pasted.types(desk.sign_ada_in(&url).as_str());
    assert_eq!(pasted.end().0, Some(0));

    // Nobody on this machine can listen there.
    let (code, _, err) = login("--no-browser", fixed).end();
    assert_eq!(code, Some(2), "{err}");
    contains_all(&err, &[fixed]);
}

#[test]
fn a_port_that_is_taken_is_told() {
    let desk = Desk::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, _, err) = desk.run(&["login", "--no-browser", "--port", &port]);
    assert_eq!(code, Some(2), "{err}");
    contains_all(&err, &[&port]);
}

#[test]
fn status_says_who_has_signed_in_and_asks_nobody() {
    let desk = Desk::new();
    let (code, _, err) = desk.run(&["status"]);
    assert_eq!(code, Some(3), "{err}");
    contains_all(&err, &["No user is signed in", "perspio login"]);
    desk.ada_has_signed_in();
    let requests = desk.requests();
    let (code, out, err) = desk.run(&["status"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    contains_all(
        &out,
        &[
            "ada@sandbox.example",
            "access_as_user",
            "valid for ",
            "by the next command",
            desk.store().to_str().unwrap(),
        ],
    );
    assert_eq!(desk.requests(), requests, "nobody is asked");
}

/// The sign-in to this sandbox that the file keeps.
fn kept(desk: &Desk) -> Option<TokenRecord> {
    let key = StoreKey::from_base64(&SecretString::from(desk.key.as_str())).unwrap();
    let store = FileStore::open(desk.store(), key).unwrap();
    let found = desk.runtime.block_on(store.read(&desk.token_key()));
    Some(found.unwrap()?.record)
}

#[test]
fn checklist_31_logout_takes_the_sign_in_out_of_the_file_and_leaves_the_others() {
    let mut desk = Desk::new();
    desk.ada_has_signed_in();
    let second = desk.runtime.block_on(Sandbox::start()).unwrap();
    let other = std::mem::replace(&mut desk.sandbox, second);
    desk.ada_has_signed_in();
    assert!(kept(&desk).is_some_and(|record| record.refresh_token.is_some()));
    let both = std::fs::metadata(desk.store()).unwrap().len();
    let (code, _, err) = desk.run(&["logout"]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(kept(&desk).is_none());
    let one = std::fs::metadata(desk.store()).unwrap().len();
    // Two of one person's at one kind of server are about as long.
    assert!(one * 3 < both * 2, "{one} of {both} bytes");
    desk.sandbox = other;
    assert!(kept(&desk).is_some());
    let (code, _, err) = desk.run(&["directory", "user", "--as", "user"]);
    assert_eq!(code, Some(0), "{err}");
}

#[test]
fn checklist_31_after_logout_nobody_has_signed_in() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    let (code, out, err) = desk.run(&["logout"]);
    assert_eq!(
        (code, out.as_str(), err.as_str()),
        (Some(0), "signed out\n", "")
    );
    for arguments in [
        &["status"][..],
        &["logout"],
        &["directory", "user", "--as", "user"],
    ] {
        let (code, _, err) = desk.run(arguments);
        assert_eq!(code, Some(3), "{arguments:?}: {err}");
    }
    // The application itself goes on.
    let (code, _, err) = desk.run(&["assets", "get", "--id", "IN-000001"]);
    assert_eq!(code, Some(0), "{err}");
}
