//! Disks that are full or read-only: mounts of the test, in
//! a mount namespace that other processes do not see.

use std::process::Command;

use super::*;
use crate::stores::workers::Work;

/// A disk that is full, and then has free space again.
const FULL: &str = r#"set -e
cp -p "$1/tokens" "$2/tokens"
mount -t tmpfs -o size=512k,mode=700 tmpfs "$1"
cp -p "$2/tokens" "$1/tokens"
head -c 1000000 /dev/zero > "$1/filler" 2> /dev/null || true
"$3"
rm "$1/filler"
WORKER_AS=user exec "$3""#;

/// A read-only disk.
const READ_ONLY: &str = r#"set -e
mount --bind "$1" "$1"
mount -o remount,bind,ro "$1"
"$3"
WORKER_AS=user exec "$3""#;

/// Runs a worker as the application and then one as Ada, who has signed in, on such a
/// disk.
async fn on_a_disk(script: &str, ada_is_renewed: bool, expected: &str) {
    let file = File::new();
    let aside = tempfile::tempdir().unwrap();
    let sandbox = proofs::sandbox().await;
    let mut work = Work::new(&sandbox, file.argument(), "user");
    proofs::sign_in_for(&file, &work).await;
    if ada_is_renewed {
        proofs::two_hours_pass(&file, &work).await;
    }
    work.caller = "application";
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    command.args([file.0.path(), aside.path()]);
    command.arg(env!("CARGO_BIN_EXE_worker"));
    let mut worker = work.start(command, 5, "");
    worker.begin();
    worker.has_requested();
    let outcome = worker.outcome();
    let mut errors = outcome.store_errors.iter();
    assert!(errors.any(|error| error.contains(expected)), "{outcome:?}");
    outcome.token();
    assert_eq!(sandbox.log().token_requests().len(), 1);
    // The stored record is complete.
    worker.begin();
    worker.has_requested();
    worker.outcome().token();
    let requests = 1 + usize::from(ada_is_renewed);
    assert_eq!(sandbox.log().token_requests().len(), requests);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_fails_no_token_request_and_leaves_a_valid_file() {
    on_a_disk(FULL, true, "No space left").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_disk_fails_no_token_request() {
    on_a_disk(READ_ONLY, false, "Read-only file system").await;
}
