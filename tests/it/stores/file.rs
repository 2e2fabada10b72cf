//! The encrypted file, between processes.

// Mounts in a namespace are Linux's.
#[cfg(target_os = "linux")]
mod disk;

use std::path::PathBuf;
use std::sync::Arc;

use perspio_auth::TokenStore;
use perspio_auth::store::{FileStore, StoreKey};
use tempfile::TempDir;

use super::proofs::{self, Remaining, StoreLocation};

/// A file in a directory of its own.
struct File(TempDir);

impl File {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("tokens")
    }

    /// Returns the names in the directory.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }
}

impl StoreLocation for File {
    fn argument(&self) -> String {
        format!("file {}", self.path().display())
    }

    fn open(&self, key: StoreKey) -> Arc<dyn TokenStore> {
        Arc::new(FileStore::open(self.path(), key).unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn checklist_21_eight_processes_with_a_file_make_one_request_for_an_application() {
    proofs::one_request_for_all_processes(&File::new(), "application").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn checklist_21_eight_processes_with_a_file_make_one_refresh_and_stay_signed_in() {
    proofs::one_request_for_all_processes(&File::new(), "user").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn checklist_28_a_kill_at_any_step_leaves_a_valid_file_and_a_free_lock() {
    for (step, left) in [
        ("before the lock", Remaining::Old),
        ("locked", Remaining::Old),
        ("read", Remaining::Old),
        ("answered", Remaining::Lost),
        ("file begun", Remaining::Lost),
        ("file half written", Remaining::Lost),
        ("file written", Remaining::Lost),
        ("file synced", Remaining::Lost),
        ("file renamed", Remaining::New),
        ("kept", Remaining::New),
        ("released", Remaining::New),
    ] {
        let file = File::new();
        proofs::a_kill_at_a_step(&file, step, left).await;
        // The next write has removed the leftovers of the killed one.
        let names = file.names();
        assert!(!names.concat().contains(".new"), "{step}: {names:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn checklist_21_a_kill_during_the_token_request_releases_the_file_lock() {
    proofs::a_kill_during_the_token_request(&File::new()).await;
}
