//! The key of a file store in a real keyring (gnome-keyring), on a session bus
//! and in a home of its own. Each test runs itself once more inside of them.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use keyring_core::api::CredentialStoreApi;
use perspio_auth::secret::ExposeSecret;
use perspio_auth::store::{FileStore, StoreKey, StoreKeyError};
use tempfile::TempDir;

/// Set where a test runs inside; its value is the home.
const INSIDE: &str = "PERSPIO_TEST_HOME";

/// Nothing here takes as long, on the slowest machine.
const LONG: Duration = Duration::from_secs(30);

/// A bus without services that it would start: the keyring is ours or none.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC
    "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
    "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>"#;

/// Runs the test `name` inside, unless this is inside.
fn inside(name: &str, test: impl AsyncFnOnce(&Path)) {
    if let Some(home) = std::env::var_os(INSIDE) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        return runtime.block_on(test(Path::new(&home)));
    }
    let home = tempfile::tempdir().unwrap();
    let config = home.path().join("bus.conf");
    std::fs::write(&config, BUS).unwrap();
    let mut session = Command::new("dbus-run-session");
    session.arg("--config-file").arg(config).arg("--");
    let ended = at_home(&mut session, &home)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .status()
        .expect("dbus-run-session is missing: `cargo xtask test` installs it");
    assert!(ended.success(), "inside the session: {ended}");
}

fn at_home<'a>(command: &'a mut Command, home: &TempDir) -> &'a mut Command {
    for name in [
        "HOME",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_RUNTIME_DIR",
        INSIDE,
    ] {
        command.env(name, home.path());
    }
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY")
}

/// A keyring that runs until it is stopped, or the session ends.
struct Keyring(Child);

impl Keyring {
    async fn start(unlocked: bool) -> Self {
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]);
        if unlocked {
            command.arg("--unlock");
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("gnome-keyring-daemon is missing: `cargo xtask test` installs it");
        // The password, up to the end of the input.
        child.stdin.take().unwrap().write_all(b"\n").unwrap();
        until_on_the_bus(true).await;
        Self(child)
    }

    async fn stop(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        until_on_the_bus(false).await;
    }
}

async fn until_on_the_bus(wanted: bool) {
    let begun = Instant::now();
    loop {
        let probed = StoreKey::of_keyring("perspio-test", "probe").await;
        if wanted != matches!(probed, Err(StoreKeyError::NoKeyring { .. })) {
            return;
        }
        assert!(begun.elapsed() < LONG, "{probed:?}");
    }
}

async fn found() -> Option<StoreKey> {
    StoreKey::of_keyring("perspio-test", "token store")
        .await
        .unwrap()
}

async fn created() -> StoreKey {
    StoreKey::create_in_keyring("perspio-test", "token store")
        .await
        .unwrap()
}

fn text(key: &StoreKey) -> String {
    key.to_base64().expose_secret().to_owned()
}

#[test]
fn a_key_is_made_once_and_opens_the_store_from_then_on() {
    inside(
        "a_key_is_made_once_and_opens_the_store_from_then_on",
        async |home| {
            let _keyring = Keyring::start(true).await;
            assert!(found().await.is_none());
            let key = created().await;
            assert_eq!(text(&found().await.unwrap()), text(&key));
            assert_eq!(text(&created().await), text(&key), "the first one stays");
            let other = StoreKey::of_keyring("perspio-test", "other").await;
            assert!(other.unwrap().is_none());
            let path = home.join("store/tokens");
            FileStore::open(&path, key).unwrap();
            FileStore::open(&path, found().await.unwrap()).unwrap();
        },
    );
}

#[test]
fn what_is_no_key_is_neither_used_nor_replaced_nor_shown() {
    inside(
        "what_is_no_key_is_neither_used_nor_replaced_nor_shown",
        async |_| {
            let _keyring = Keyring::start(true).await;
            let store = zbus_secret_service_keyring_store::Store::new().unwrap();
            let entry = store.build("perspio-test", "token store", None).unwrap();
            entry.set_secret(b"canary").unwrap();
            for error in [
                StoreKey::of_keyring("perspio-test", "token store")
                    .await
                    .unwrap_err(),
                StoreKey::create_in_keyring("perspio-test", "token store")
                    .await
                    .unwrap_err(),
            ] {
                let shown = format!("{error} {error:?}");
                assert!(shown.contains("no key of a token store"), "{shown}");
                assert!(!shown.contains("canary"), "{shown}");
            }
            assert_eq!(entry.get_secret().unwrap(), b"canary");
        },
    );
}

/// What a program over SSH gets. None of it is worth waiting for.
async fn no_keyring() {
    let begun = Instant::now();
    let error = StoreKey::of_keyring("perspio-test", "token store")
        .await
        .unwrap_err();
    assert!(begun.elapsed() < LONG);
    assert!(
        matches!(error, StoreKeyError::NoKeyring { .. }),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(text.starts_with("no keyring on this machine: set PERSPIO_STORE_KEY"));
    let error = StoreKey::create_in_keyring("perspio-test", "token store").await;
    assert!(matches!(error, Err(StoreKeyError::NoKeyring { .. })));
}

#[test]
fn a_session_without_a_secret_service_is_told_what_to_do() {
    inside(
        "a_session_without_a_secret_service_is_told_what_to_do",
        async |_| no_keyring().await,
    );
}

#[test]
fn a_machine_without_a_session_bus_is_told_what_to_do() {
    const NAME: &str = "a_machine_without_a_session_bus_is_told_what_to_do";
    if std::env::var_os(INSIDE).is_some() {
        return inside(NAME, async |_| no_keyring().await);
    }
    let home = tempfile::tempdir().unwrap();
    for address in [None, Some("unix:path=/nonexistent/bus")] {
        let mut command = Command::new(std::env::current_exe().unwrap());
        match address {
            None => command.env_remove("DBUS_SESSION_BUS_ADDRESS"),
            Some(address) => command.env("DBUS_SESSION_BUS_ADDRESS", address),
        };
        let ended = at_home(&mut command, &home)
            .args(["--exact", NAME, "--nocapture"])
            .status()
            .unwrap();
        assert!(ended.success(), "inside: {ended}");
    }
}

#[test]
fn a_keyring_that_nobody_can_unlock_ends_in_an_error() {
    inside(
        "a_keyring_that_nobody_can_unlock_ends_in_an_error",
        async |_| {
            let keyring = Keyring::start(true).await;
            created().await;
            keyring.stop().await;
            let _locked = Keyring::start(false).await;
            let error = StoreKey::of_keyring("perspio-test", "token store")
                .await
                .unwrap_err();
            assert!(matches!(error, StoreKeyError::Keyring { .. }), "{error:?}");
            assert!(error.to_string().contains("unlock it"), "{error}");
        },
    );
}
