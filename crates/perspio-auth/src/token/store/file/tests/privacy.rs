//! Permissions on Unix.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

use super::*;

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn checklist_28_files_and_new_directories_are_accessible_to_their_owner_only() {
    let fixture = Fixture::with_a_record().await;
    drop(fixture.open().lock(&key("a")).await.unwrap());
    let directory = fixture.path.parent().unwrap();
    assert_eq!(mode(directory), 0o700);
    let mut count = 0;
    for entry in fs::read_dir(directory).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
        count += 1;
    }
    assert_eq!(count, 3, "the file, its lock, the lock of a key");
}

#[tokio::test]
async fn checklist_28_a_symbolic_link_is_rejected() {
    let fixture = Fixture::with_a_record().await;
    let store = fixture.open();
    let elsewhere = fixture.directory.path().join("elsewhere");
    fs::rename(&fixture.path, &elsewhere).unwrap();
    symlink(&elsewhere, &fixture.path).unwrap();
    let reason = fixture.is_rejected(&store).await;
    assert!(reason.contains("symbolic link"), "{reason}");
    fs::remove_file(&elsewhere).unwrap();
    let reason = fixture.try_open().unwrap_err().reason;
    assert!(reason.contains("symbolic link"), "{reason}");
    assert!(!elsewhere.exists());
}

#[tokio::test]
async fn checklist_28_a_symbolic_link_at_the_path_of_a_lock_file_is_rejected() {
    let fixture = Fixture::with_a_record().await;
    let store = fixture.open();
    let elsewhere = fixture.directory.path().join("elsewhere");
    fs::write(&elsewhere, "another user's").unwrap();
    fs::remove_file(fixture.path.with_extension("lock")).unwrap();
    symlink(&elsewhere, fixture.path.with_extension("lock")).unwrap();
    let before = fixture.bytes();
    let write = put(&store, "b", None, "b");
    assert!(write.await.is_err());
    assert_eq!(fixture.bytes(), before);
    assert_eq!(fs::read(&elsewhere).unwrap(), b"another user's");
}

#[tokio::test]
async fn checklist_28_a_file_that_others_can_read_or_write_is_rejected() {
    let fixture = Fixture::with_a_record().await;
    let store = fixture.open();
    for open in [0o604, 0o640, 0o602, 0o620, 0o666] {
        set_mode(&fixture.path, open);
        let reason = fixture.is_rejected(&store).await;
        let help = format!("chmod 600 {}", fixture.path.display());
        assert!(reason.contains(&help), "{reason}");
        assert_eq!(mode(&fixture.path), open);
    }
    set_mode(&fixture.path, 0o600);
    assert!(token(&store, &key("a")).await.is_some());
}

#[tokio::test]
async fn checklist_28_a_file_of_another_user_is_rejected() {
    let fixture = Fixture::with_a_record().await;
    let path = match chown(&fixture.path, Some(12_345), None) {
        Ok(()) => fixture.path.clone(),
        // Only root can change the owner; other users find files of root.
        Err(_) => PathBuf::from("/etc/passwd"),
    };
    let error = FileStore::open(path, store_key()).unwrap_err();
    assert!(error.reason.contains("another user"), "{error}");
}

#[tokio::test]
async fn checklist_28_a_directory_that_others_can_write_to_is_rejected() {
    let fixture = Fixture::with_a_record().await;
    let directory = fixture.path.parent().unwrap();
    for open in [0o777, 0o1777, 0o770] {
        set_mode(directory, open);
        let error = fixture.try_open().unwrap_err();
        assert!(error.reason.contains("mkdir -m 700"), "{error}");
    }
    set_mode(directory, 0o755);
    fixture.open();
}

#[tokio::test]
async fn checklist_28_a_directory_of_another_user_is_rejected() {
    let fixture = Fixture::with_a_record().await;
    let directory = fixture.path.parent().unwrap();
    if chown(directory, Some(12_345), None).is_err() {
        // Only root can change the owner.
        return;
    }
    let error = fixture.try_open().unwrap_err();
    assert!(error.reason.contains("mkdir -m 700"), "{error}");
}
