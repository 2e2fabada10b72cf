use std::fs;

use tempfile::TempDir;

use super::*;

fn download(text: &str) -> ImportSource {
    ImportSource::Download(Download {
        url: "https://a.example/openapi.yaml".to_owned(),
        file: "openapi.yaml".into(),
        text: text.to_owned(),
        sha256: format!("digest-of-{text}"),
    })
}

/// Imports `source` into `into`, as far as the record is concerned. Returns the comparison with
/// the import before.
fn recorded(source: ImportSource, into: &Path) -> Vec<String> {
    let sources = [source];
    let comparisons = Comparison::of(&sources, into).unwrap();
    write_record(&sources, into).unwrap();
    comparisons.iter().map(ToString::to_string).collect()
}

#[test]
fn urls_of_every_scheme_are_told_from_paths() {
    for url in ["https://a.example", "HTTP://a", "ftp://a/b"] {
        assert!(is_url(url), "{url}");
    }
    for path in [
        "a.yaml",
        "spec/a.yaml",
        "HEAD:a.yaml",
        "C://a",
        "./x://a",
        "://",
    ] {
        assert!(!is_url(path), "{path}");
    }
}

#[test]
fn the_error_without_the_feature_names_it_and_both_alternatives() {
    for part in ["`remote`", "download the file", "--features remote"] {
        assert!(WITHOUT_FEATURE.contains(part), "{part}");
    }
}

#[test]
#[cfg(not(feature = "remote"))]
fn without_the_feature_a_url_is_rejected_and_not_shown() {
    let error = ImportSource::open(Path::new("https://user:secret@a.example/b")).unwrap_err();
    assert_eq!(error.to_string(), WITHOUT_FEATURE);
}

#[test]
fn a_download_is_compared_with_the_last_one_of_its_url() {
    let folder = TempDir::new().unwrap();
    let into = folder.path().join("things.yaml");
    let first = "https://a.example/openapi.yaml: 3 bytes, SHA-256 digest-of-one";
    assert_eq!(recorded(download("one"), &into), [first]);
    let same = format!("{first}; the same as in the last import");
    assert_eq!(recorded(download("one"), &into), [same]);
    let changed = recorded(download("three"), &into);
    assert!(
        changed[0].ends_with(
            "changed since the last import, which was of 3 bytes, SHA-256 digest-of-one"
        ),
        "{changed:?}"
    );
}

#[test]
fn an_import_without_a_download_deletes_the_record() {
    let folder = TempDir::new().unwrap();
    let into = folder.path().join("things.yaml");
    recorded(download("one"), &into);
    let record = folder.path().join("things.source.yaml");
    assert!(record.exists());
    for _ in 0..2 {
        assert!(recorded(ImportSource::Path("a.yaml".into()), &into).is_empty());
        assert!(!record.exists());
    }
}

#[test]
fn a_record_that_import_did_not_write_is_an_error_with_its_path() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("things.source.yaml"), "openapi: 3.1.0").unwrap();
    let error = Comparison::of(&[download("one")], &folder.path().join("things.yaml")).unwrap_err();
    let error = format!("{error:#}");
    assert!(
        error.contains("things.source.yaml: this is not a record"),
        "{error}"
    );
}
