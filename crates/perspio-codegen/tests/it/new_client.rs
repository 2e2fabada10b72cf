//! A new client as its user has it: a crate outside of the repository, which compiles and whose
//! generated tests pass.
//!
//! It shares the target folder of the workspace: packages that the workspace compiles with the same
//! features are not compiled again.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::mpsc;
use std::time::Duration;

use tempfile::TempDir;

/// The time in which cargo must end.
const LIMIT: Duration = Duration::from_secs(1200);

const NAME: &str = "new-client";

/// Returns the target folder of the workspace.
fn target() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
}

/// Creates the crate. The lock file of the workspace makes its dependencies those that are
/// there without a network.
fn create(folder: &Path) -> PathBuf {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/new_client/things.yaml");
    let created = Command::new(env!("CARGO_BIN_EXE_cargo-perspio-codegen"))
        .args(["new", NAME, "--from"])
        .arg(fixture)
        .arg("--runtime-path")
        .arg(repository().join("crates"))
        .current_dir(folder)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&created.stderr);
    assert!(created.status.success(), "{error}");
    let path = folder.join(NAME);
    fs::copy(repository().join("Cargo.lock"), path.join("Cargo.lock")).unwrap();
    path
}

/// Runs cargo in `folder`; returns whether it succeeded, with its output.
fn cargo(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let log = folder.with_extension("log");
    let file = File::create(&log).unwrap();
    let mut command = Command::new(env!("CARGO"));
    command
        .args(arguments)
        .arg("--offline")
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target())
        // As the workspace compiles its dependencies.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_TERM_COLOR", "never")
        .stdout(file.try_clone().unwrap())
        .stderr(file);
    let status = run(command, LIMIT);
    let output = fs::read_to_string(log).unwrap();
    match status {
        Some(status) => (status.success(), output),
        None => (false, format!("{output}\nkilled after {LIMIT:?}")),
    }
}

/// Runs a command. Without a status, it took longer than the limit, and was killed with its
/// children.
fn run(mut command: Command, limit: Duration) -> Option<ExitStatus> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut process = command.spawn().unwrap();
    let id = process.id();
    let (sender, ended) = mpsc::channel();
    let waiting = std::thread::spawn(move || {
        let _ = sender.send(process.wait().unwrap());
    });
    let status = ended.recv_timeout(limit).ok();
    if status.is_none() {
        kill(id);
    }
    waiting.join().unwrap();
    status
}

#[cfg(unix)]
fn kill(id: u32) {
    let group = format!("-{id}");
    // It fails if the processes have just ended.
    let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
}

#[cfg(windows)]
fn kill(id: u32) {
    let arguments = ["/T", "/F", "/PID", &id.to_string()];
    let _ = Command::new("taskkill").args(arguments).status();
}

#[test]
fn a_new_client_compiles_outside_of_the_repository_and_its_tests_pass() {
    let folder = TempDir::new().unwrap();
    let path = create(folder.path());
    // The crate has another folder each time, and would leave its artifacts.
    let (cleaned, output) = cargo(&path, &["clean", "--package", NAME]);
    assert!(cleaned, "{output}");
    let (passed, output) = cargo(&path, &["test"]);
    assert!(passed, "the tests of the new client failed:\n{output}");
    for test in [
        "test list_things_sends_the_documented_request ... ok",
        "test delete_thing_sends_the_documented_request ... ok",
        "test get_health_sends_the_documented_request ... ok",
        // An operation of another server.
        "test put_upload_sends_the_documented_request ... ok",
        // The example of its documentation.
        "- compile ... ok",
    ] {
        assert!(output.contains(test), "{test} is missing:\n{output}");
    }
}

#[test]
#[cfg(unix)]
fn a_process_over_the_limit_is_killed_with_its_children() {
    use std::io::Read;
    use std::time::Instant;

    let mut shell = Command::new("sh");
    shell.args(["-c", "sleep 60 & sleep 60"]);
    // The pipe is closed when the last of the processes has ended.
    let (mut output, input) = std::io::pipe().unwrap();
    shell.stdout(input);
    let start = Instant::now();
    assert!(run(shell, Duration::from_millis(50)).is_none());
    assert_eq!(output.read(&mut [0]).unwrap(), 0);
    assert!(start.elapsed() < Duration::from_secs(50));
}
