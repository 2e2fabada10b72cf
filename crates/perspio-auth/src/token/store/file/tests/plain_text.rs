//! Files in plain text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

const HEAD: &str = "oauth-tokens plain-text 1\n";

fn open(fixture: &Fixture) -> FileStore {
    FileStore::open_plain_text(&fixture.path).unwrap()
}

/// Creates a store with the token "canary-token" for the key "a".
async fn with_a_record() -> (Fixture, FileStore) {
    let fixture = Fixture::new();
    let store = open(&fixture);
    let put = put(&store, "a", None, "canary-token");
    assert!(put.await.unwrap());
    (fixture, store)
}

/// Asserts that opening, reading and replacing fail with the same error and do not change
/// the file, and returns the reason.
async fn is_rejected(fixture: &Fixture, opened_before: &FileStore) -> String {
    let before = fixture.bytes();
    let error = FileStore::open_plain_text(&fixture.path).unwrap_err();
    let other = opened_before.read(&key("a")).await.unwrap_err();
    assert_eq!(error.to_string(), other.to_string());
    let other = put(opened_before, "a", None, "x");
    assert_eq!(error.to_string(), other.await.unwrap_err().to_string());
    assert!(fixture.bytes() == before, "the file has changed");
    assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    error.reason
}

#[tokio::test]
async fn a_plain_text_file_store_conforms() {
    let fixture = Fixture::new();
    crate::token::store::conformance::check(|| async { open(&fixture) }).await;
}

#[tokio::test]
async fn checklist_28_a_plain_text_file_is_labelled_and_readable() {
    let (fixture, store) = with_a_record().await;
    let text = String::from_utf8(fixture.bytes()).unwrap();
    let (check, json) = text.strip_prefix(HEAD).unwrap().split_once('\n').unwrap();
    assert_eq!(check.len(), 64);
    let read: serde_json::Value = serde_json::from_str(json).unwrap();
    let encoded = read["records"][0]["record"]["access_token"].as_str();
    assert_eq!(STANDARD.decode(encoded.unwrap()).unwrap(), b"canary-token");
    let shown = format!("{store:?}");
    assert!(shown.starts_with("FileStore") && !shown.contains("canary"));
}

#[cfg(unix)]
#[tokio::test]
async fn checklist_28_a_plain_text_file_is_accessible_to_its_owner_only() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let (fixture, store) = with_a_record().await;
    for (path, expected) in [
        (fixture.path.parent().unwrap(), 0o700),
        (&fixture.path, 0o600),
    ] {
        assert_eq!(fs::metadata(path).unwrap().mode() & 0o7777, expected);
    }
    fs::set_permissions(&fixture.path, fs::Permissions::from_mode(0o644)).unwrap();
    let reason = is_rejected(&fixture, &store).await;
    assert!(reason.contains("chmod 600"), "{reason}");
    let elsewhere = fixture.directory.path().join("elsewhere");
    fs::rename(&fixture.path, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &fixture.path).unwrap();
    let reason = is_rejected(&fixture, &store).await;
    assert!(reason.contains("symbolic link"), "{reason}");
}

#[tokio::test]
async fn checklist_28_a_file_is_not_opened_as_the_other_type_and_the_error_names_it() {
    let (plain, plain_store) = with_a_record().await;
    let sealed = Fixture::with_a_record().await;
    let sealed_store = sealed.open();
    let whole = plain.bytes();
    fs::copy(&sealed.path, &plain.path).unwrap();
    let reason = is_rejected(&plain, &plain_store).await;
    assert!(
        reason.contains("it is encrypted") && reason.contains("FileStore::open,"),
        "{reason}"
    );
    fs::write(&sealed.path, whole).unwrap();
    let reason = sealed.is_rejected(&sealed_store).await;
    assert!(
        reason.contains("in plain text") && reason.contains("FileStore::open_plain_text"),
        "{reason}"
    );
}

#[tokio::test]
async fn checklist_28_a_damaged_or_truncated_plain_text_file_is_rejected() {
    let (fixture, store) = with_a_record().await;
    let whole = fixture.bytes();
    for index in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[index] ^= 1 << (index % 8);
        fs::write(&fixture.path, damaged).unwrap();
        is_rejected(&fixture, &store).await;
        fs::write(&fixture.path, &whole[..index]).unwrap();
        is_rejected(&fixture, &store).await;
    }
    fs::write(&fixture.path, whole).unwrap();
    assert_eq!(
        token(&store, &key("a")).await.as_deref(),
        Some("canary-token")
    );
}

#[tokio::test]
async fn errors_distinguish_damaged_newer_and_other_files_in_plain_text() {
    let (fixture, store) = with_a_record().await;
    for (content, expected) in [
        ("oauth-tokens plain-text 2\n…", "newer release"),
        ("oauth-tokens plain-text 0\n…", "it is damaged"),
        ("oauth-tokens plain-text", "not a token store"),
        (r#"{"records": []}"#, "not a token store"),
    ] {
        fs::write(&fixture.path, content).unwrap();
        let reason = is_rejected(&fixture, &store).await;
        assert!(reason.contains(expected), "{reason}");
    }
}

#[tokio::test]
async fn checklist_31_a_deleted_record_is_removed_from_a_plain_text_file() {
    let (fixture, store) = with_a_record().await;
    let revision = store.read(&key("a")).await.unwrap().unwrap().revision;
    assert!(store.delete(&key("a"), revision).await.unwrap());
    let text = String::from_utf8(fixture.bytes()).unwrap();
    assert!(text.ends_with(r#""records":[]}"#), "{text}");
}
