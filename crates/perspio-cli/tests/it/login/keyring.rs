//! A sign-in that a real keyring keeps.

use std::process::Command;

use perspio_auth::store::StoreKey;

use super::desk::{Desk, Running, contains_all};
use session::Keyring;

#[allow(dead_code, reason = "shared with tests that need more of it")]
#[path = "../../../../perspio-auth/tests/it/keyring/session.rs"]
mod session;

/// The command, with the keyring of this session as the only store.
fn perspio(desk: &Desk, arguments: &[&str]) -> Command {
    let mut command = desk.perspio(arguments);
    let bus = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").unwrap();
    command
        .env("DBUS_SESSION_BUS_ADDRESS", bus)
        .env("PERSPIO_STORE", "keyring:")
        .env_remove("PERSPIO_STORE_KEY");
    command
}

/// Whether something stands under this name, be it no key.
async fn is_there(user: &str) -> bool {
    !matches!(StoreKey::of_keyring("perspio", user).await, Ok(None))
}

#[test]
fn checklist_31_a_sign_in_is_kept_in_the_keyring_until_logout_leaves_nothing_of_it() {
    session::inside(
        "login::keyring::checklist_31_a_sign_in_is_kept_in_the_keyring_until_logout_leaves_nothing_of_it",
        async |_| {
            let _keyring = Keyring::start(true).await;
            // With a runtime of its own.
            let desk = std::thread::spawn(|| {
                let desk = Desk::new();
                let run = |arguments: &[&str]| Running::start(perspio(&desk, arguments)).end();
                assert_eq!(run(&["status"]).0, Some(3));
                desk.ada_signs_in_by(perspio(&desk, &["login", "--no-browser"]));
                let (code, out, err) = run(&["status"]);
                assert_eq!((code, err.as_str()), (Some(0), ""));
                contains_all(&out, &["keyring:perspio", "ada@sandbox.example"]);
                let (code, _, err) = run(&["directory", "user", "--as", "user"]);
                assert_eq!((code, err.as_str()), (Some(0), ""));
                desk
            });
            let desk = desk.join().unwrap();
            let head = desk.token_key().name();
            let names = [head.clone(), format!("{head}.a.0"), format!("{head}.b.0")];
            assert!(is_there(&head).await);
            assert!(!desk.store().exists(), "and in no file");

            let ended = std::thread::spawn(|| {
                let run = |arguments: &[&str]| Running::start(perspio(&desk, arguments)).end();
                let signed_out = run(&["logout"]);
                let status = run(&["status"]);
                // Its runtime ends here.
                drop(desk);
                (signed_out, status)
            });
            let (signed_out, status) = ended.join().unwrap();
            assert_eq!(signed_out.0, Some(0), "{}", signed_out.2);
            assert_eq!(status.0, Some(3), "{}", status.2);
            for name in names {
                assert!(!is_there(&name).await, "{name}");
            }
        },
    );
}
