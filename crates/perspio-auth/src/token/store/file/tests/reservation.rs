use super::*;

fn temporary(fixture: &Fixture) -> std::path::PathBuf {
    let name = format!(".tokens.{:016x}.new", key("a").number());
    fixture.path.with_file_name(name)
}

async fn revision(store: &FileStore) -> Option<Revision> {
    let stored = store.read(&key("a")).await.unwrap();
    stored.map(|stored| stored.revision)
}

#[tokio::test]
async fn space_for_the_file_and_a_new_record_is_reserved_and_used_by_the_next_write() {
    let fixture = Fixture::with_a_record().await;
    let store = fixture.open();
    let lease = store.lock(&key("a")).await.unwrap();
    store.prepare(&key("a"), &lease).await.unwrap();
    let reserved = fs::metadata(temporary(&fixture)).unwrap();
    assert!(reserved.len() >= fs::metadata(&fixture.path).unwrap().len() + 64 * 1024);
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        assert!(reserved.blocks() * 512 >= reserved.len(), "it has a hole");
        let key = key("a");
        let written = store.replace(&key, revision(&store).await, record("b"));
        assert!(written.await.unwrap());
        let written = fs::metadata(&fixture.path).unwrap();
        assert_eq!(
            written.ino(),
            reserved.ino(),
            "the reserved file is not used"
        );
        assert!(
            written.len() < 64 * 1024,
            "the rest of the space is not freed"
        );
    }
    assert!(!temporary(&fixture).exists());
    assert_eq!(
        token(&fixture.open(), &key("a")).await.as_deref(),
        Some("b")
    );
}

#[tokio::test]
async fn reserved_space_that_is_not_used_is_freed_with_the_lock() {
    let fixture = Fixture::with_a_record().await;
    let store = fixture.open();
    let lease = store.lock(&key("a")).await.unwrap();
    store.prepare(&key("a"), &lease).await.unwrap();
    assert!(temporary(&fixture).exists());
    lease.release().await;
    assert!(!temporary(&fixture).exists());
}

#[cfg(unix)]
#[tokio::test]
async fn a_directory_that_cannot_be_written_is_found_by_the_reservation() {
    let fixture = Fixture::with_a_record().await;
    let store = fixture.open();
    let lease = store.lock(&key("a")).await.unwrap();
    // A directory instead of the temporary file, since root may write everywhere.
    fs::create_dir_all(temporary(&fixture).join("occupied")).unwrap();
    let error = store.prepare(&key("a"), &lease).await.unwrap_err();
    assert!(error.reason.contains("no room"), "{error}");
}
