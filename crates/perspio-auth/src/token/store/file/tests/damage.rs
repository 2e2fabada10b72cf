//! Damaged files, files of other programs or versions, wrong keys, and failed writes.

use super::*;
use crate::token::store::envelope::EnvelopeError;
use crate::token::store::file::format::Records;
use crate::token::store::file::protection::Protection;

#[tokio::test]
async fn checklist_28_a_damaged_file_is_rejected_and_kept() {
    let fixture = Fixture::with_a_record().await;
    let store = fixture.open();
    let whole = fixture.bytes();
    for index in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[index] ^= 1 << (index % 8);
        fs::write(&fixture.path, damaged).unwrap();
        fixture.is_rejected(&store).await;
    }
    fs::write(&fixture.path, whole).unwrap();
    assert_eq!(
        token(&store, &key("a")).await.as_deref(),
        Some("canary-token")
    );
}

#[tokio::test]
async fn a_truncated_file_is_rejected_and_kept() {
    let fixture = Fixture::with_a_record().await;
    let store = fixture.open();
    let whole = fixture.bytes();
    for length in 0..whole.len() {
        fs::write(&fixture.path, &whole[..length]).unwrap();
        fixture.is_rejected(&store).await;
    }
}

#[tokio::test]
async fn a_file_of_a_newer_version_asks_for_an_update() {
    let fixture = Fixture::with_a_record().await;
    let store = fixture.open();
    for newer in ["oauth-tokens 2\n…", "oauth-tokens 18446744073709551615\n"] {
        fs::write(&fixture.path, newer).unwrap();
        let reason = fixture.is_rejected(&store).await;
        assert!(reason.contains("newer release"), "{reason}");
    }
}

#[tokio::test]
async fn a_file_of_another_program_is_rejected_and_kept() {
    let fixture = Fixture::with_a_record().await;
    let store = fixture.open();
    let others = ["", "oauth-tokens", "oauth-tokens x\n", "shopping list\n"];
    for other in others {
        fs::write(&fixture.path, other).unwrap();
        let reason = fixture.is_rejected(&store).await;
        assert!(reason.contains("not a token store"), "{reason}");
    }
}

#[tokio::test]
async fn a_wrong_key_neither_opens_nor_overwrites_a_file() {
    let fixture = Fixture::with_a_record().await;
    let empty = Fixture::new();
    // Opened before the file exists.
    let wrong = FileStore::open(&empty.path, StoreKey::random().unwrap()).unwrap();
    fs::copy(&fixture.path, &empty.path).unwrap();
    let error = wrong.read(&key("a")).await.unwrap_err();
    assert!(error.reason.contains("sign in again"), "{error}");
    let replaced = put(&wrong, "a", None, "x");
    assert!(replaced.await.is_err());
    assert_eq!(empty.bytes(), fixture.bytes());
    assert_eq!(
        token(&empty.open(), &key("a")).await.as_deref(),
        Some("canary-token")
    );
}

#[tokio::test]
async fn a_path_that_cannot_be_a_file_is_rejected() {
    let fixture = Fixture::new();
    fs::create_dir_all(&fixture.path).unwrap();
    let error = fixture.try_open().unwrap_err();
    assert!(error.reason.contains("not a file"), "{error}");
    assert!(FileStore::open("/", store_key()).is_err());
    let below_a_file = fixture.directory.path().join("file");
    fs::write(&below_a_file, "").unwrap();
    assert!(FileStore::open(below_a_file.join("tokens"), store_key()).is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn a_pipe_is_rejected_without_blocking() {
    let fixture = Fixture::with_a_record().await;
    fs::remove_file(&fixture.path).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(&fixture.path)
        .status();
    assert!(made.unwrap().success());
    let path = fixture.path.clone();
    let (sender, receiver) = std::sync::mpsc::channel();
    // No process writes to the pipe, so a thread that opened it would block forever.
    std::thread::spawn(move || sender.send(FileStore::open(path, store_key()).map(drop)));
    let opened = receiver.recv_timeout(Duration::from_secs(60));
    let error = opened.expect("opening does not block").unwrap_err();
    assert!(error.reason.contains("not a file"), "{error}");
}

#[tokio::test]
async fn a_file_over_the_size_limit_is_not_read() {
    let fixture = Fixture::with_a_record().await;
    let store = fixture.open();
    let file = fs::OpenOptions::new().write(true).open(&fixture.path);
    // As a sparse file, which uses no disk space.
    file.unwrap().set_len(64 * 1024 * 1024 + 1).unwrap();
    let error = store.read(&key("a")).await.unwrap_err();
    assert!(error.reason.contains("larger than 64 MiB"), "{error}");
}

#[tokio::test]
async fn a_file_over_the_size_limit_is_not_written() {
    let fixture = Fixture::with_a_record().await;
    let before = fixture.bytes();
    let large = vec![0; 64 * 1024 * 1024 + 1];
    let error = disk::replace(&fixture.path, &temporary(&fixture, "a"), &large).unwrap_err();
    assert!(error.contains("larger than 64 MiB"), "{error}");
    assert!(fixture.bytes() == before, "the file has changed");
}

/// The path of the temporary file for the key of the client `client_id`.
fn temporary(fixture: &Fixture, client_id: &str) -> PathBuf {
    let name = format!(".tokens.{:016x}.new", key(client_id).number());
    fixture.path.with_file_name(name)
}

fn names_beside(path: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_leftover_of_a_crash_is_removed_by_the_next_write() {
    let fixture = Fixture::with_a_record().await;
    let left = temporary(&fixture, "b");
    fs::write(&left, "half").unwrap();
    let store = fixture.open();
    assert_eq!(
        token(&store, &key("a")).await.as_deref(),
        Some("canary-token")
    );
    let write = put(&store, "b", None, "b");
    assert!(write.await.unwrap());
    assert_eq!(
        token(&fixture.open(), &key("b")).await.as_deref(),
        Some("b")
    );
    assert_eq!(names_beside(&fixture.path), ["tokens", "tokens.lock"]);
}

#[cfg(unix)]
#[tokio::test]
async fn checklist_28_a_symbolic_link_at_the_temporary_path_is_not_followed() {
    let fixture = Fixture::with_a_record().await;
    let elsewhere = fixture.directory.path().join("elsewhere");
    fs::write(&elsewhere, "another user's").unwrap();
    let left = temporary(&fixture, "b");
    std::os::unix::fs::symlink(&elsewhere, &left).unwrap();
    let store = fixture.open();
    let write = put(&store, "b", None, "b");
    assert!(write.await.unwrap());
    assert_eq!(fs::read(&elsewhere).unwrap(), b"another user's");
    assert!(fs::symlink_metadata(&fixture.path).unwrap().is_file());
    assert_eq!(names_beside(&fixture.path), ["tokens", "tokens.lock"]);
}

#[tokio::test]
async fn a_failed_write_leaves_the_file_unchanged_and_says_why() {
    let fixture = Fixture::with_a_record().await;
    let store = fixture.open();
    let before = fixture.bytes();
    // A directory is not a leftover of a write, and is not removed.
    fs::create_dir(temporary(&fixture, "b")).unwrap();
    let error = put(&store, "b", None, "b").await.unwrap_err();
    assert!(error.reason.contains("cannot be written"), "{error}");
    assert_eq!(fixture.bytes(), before);
}

#[tokio::test]
async fn a_failed_rename_leaves_no_temporary_file() {
    let fixture = Fixture::with_a_record().await;
    fs::remove_file(&fixture.path).unwrap();
    // A file cannot be renamed over a directory.
    fs::create_dir(&fixture.path).unwrap();
    let error = disk::replace(&fixture.path, &temporary(&fixture, "a"), b"new").unwrap_err();
    assert!(error.contains("cannot be written"), "{error}");
    assert_eq!(names_beside(&fixture.path), ["tokens", "tokens.lock"]);
}

/// A key that does not depend on the profiles.
fn fixed_key() -> TokenKey {
    TokenKey::from_parts(crate::token::store::KeyParts {
        token_url: "https://login.example/token".to_owned(),
        client_id: "a".to_owned(),
        user: None,
        scopes: vec!["s".to_owned()],
    })
}

/// A file of this release, which every later release must read.
#[test]
fn the_file_of_version_1_is_still_read() {
    let sealed = include_bytes!("../../../../../../../fuzz/seeds/store_file/sealed");
    let zeros = StoreKey::from_base64(&SecretString::from("A".repeat(43) + "=")).unwrap();
    let zeros = Protection::Sealed(zeros);
    let read = Records::open(sealed, &zeros).unwrap().take(&fixed_key());
    let read = read.unwrap().record;
    assert_eq!(read.access_token.expose_secret(), "sealed");
    assert_eq!(
        Records::open(sealed, &Protection::Sealed(store_key())).err(),
        Some(EnvelopeError::WrongKeyOrDamaged)
    );
}

/// Members that a later release may add, and those that a record may lack.
#[test]
fn unknown_members_are_ignored_and_optional_ones_may_be_missing() {
    let content = r#"{"newest": 9, "later": [{}], "records": [{"later": 1, "revision": 9,
        "key": {"token_url": "https://login.example/token", "client_id": "a", "user": null,
            "scopes": ["s"], "later": {}},
        "record": {"access_token": "dG9rZW4=", "later": "x",
            "asked_at": {"secs": 1, "nanos": 0}, "lifetime": {"secs": 2, "nanos": 0}}}]}"#;
    let sealed = store_key().seal(b"oauth-tokens 1\n", content.as_bytes());
    let file = [b"oauth-tokens 1\n".as_slice(), &sealed.unwrap()].concat();
    let read = Records::open(&file, &Protection::Sealed(store_key())).unwrap();
    let stored = read.take(&fixed_key()).unwrap();
    assert_eq!(stored.revision, Revision(9));
    assert_eq!(stored.record.access_token.expose_secret(), "token");
    assert!(stored.record.refresh_token.is_none());
    assert!(stored.record.id_token.is_none());
    assert!(stored.record.scopes.is_empty());
    assert_eq!(stored.record.redirect_uri, None);
}

/// Content that was sealed with the right key, but by a faulty program.
#[test]
fn invalid_sealed_content_is_rejected_and_not_shown() {
    for content in [
        "",
        "{}",
        r#"{"newest": 1, "records": [{"canary": 1}]}"#,
        r#"{"newest": 1, "records": "canary"}"#,
    ] {
        let sealed = store_key().seal(b"oauth-tokens 1\n", content.as_bytes());
        let file = [b"oauth-tokens 1\n".as_slice(), &sealed.unwrap()].concat();
        let error = Records::open(&file, &Protection::Sealed(store_key())).err();
        assert_eq!(error, Some(EnvelopeError::Content));
    }
}
