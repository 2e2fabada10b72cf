//! The session bus, the home, and the keyring in it.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use perspio_auth::store::{StoreKey, StoreKeyError};
use tempfile::TempDir;

/// Set where a test runs inside; its value is the home.
pub(crate) const INSIDE: &str = "KEYRING_TEST_HOME";

/// Nothing here takes as long, on the slowest machine.
pub(crate) const LONG: Duration = Duration::from_secs(30);

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

/// Runs the test `name`, with its module, inside, unless this is inside.
pub(crate) fn inside(name: &str, test: impl AsyncFnOnce(&Path)) {
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

pub(crate) fn at_home<'a>(command: &'a mut Command, home: &TempDir) -> &'a mut Command {
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
pub(crate) struct Keyring(Child);

impl Keyring {
    pub(crate) async fn start(unlocked: bool) -> Self {
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

    pub(crate) async fn stop(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        until_on_the_bus(false).await;
    }
}

async fn until_on_the_bus(wanted: bool) {
    let begun = Instant::now();
    loop {
        let probed = StoreKey::of_keyring("oauth-test", "probe").await;
        if wanted != matches!(probed, Err(StoreKeyError::NoKeyring { .. })) {
            return;
        }
        assert!(begun.elapsed() < LONG, "{probed:?}");
    }
}
