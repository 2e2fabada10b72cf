//! The commands with a document at a URL: the record of the download, and references.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, Output};

use tempfile::TempDir;

const OLD: &str = include_str!("diff/old.yaml");
const NEW: &str = include_str!("diff/new.yaml");

/// Serves each of the documents once, at a URL that it returns.
fn serve(documents: &[&str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let documents: Vec<_> = documents.iter().map(ToString::to_string).collect();
    std::thread::spawn(move || {
        for document in documents {
            let (mut stream, _) = listener.accept().unwrap();
            let mut head = BufReader::new(&stream).lines();
            while head.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            let length = document.len();
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length:";
            write!(stream, "{head} {length}\r\n\r\n{document}").unwrap();
        }
    });
    format!("http://{address}/v1/things.yaml")
}

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cargo-perspio-codegen"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

/// Returns what a successful command prints.
fn printed(folder: &TempDir, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the error of a command that fails.
fn error(folder: &TempDir, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn an_import_records_the_download_and_reports_whether_it_changed() {
    let folder = TempDir::new().unwrap();
    let url = serve(&[OLD, OLD, NEW]);
    let first = printed(&folder, &["import", &url]);
    let (bytes, begin) = (OLD.len(), format!("downloaded {url}: "));
    assert!(
        first.contains(&format!("{begin}{bytes} bytes, SHA-256 ")),
        "{first}"
    );
    let record = folder.path().join("spec/things.source.yaml");
    let recorded = fs::read_to_string(&record).unwrap();
    for expected in [format!("url: {url}\n"), format!("bytes: {bytes}\n")] {
        assert!(recorded.contains(&expected), "{recorded}");
    }
    let sha256 = recorded.split_once("sha256: ").unwrap().1;
    assert!(first.contains(sha256.lines().next().unwrap()), "{first}");

    let same = printed(&folder, &["import", &url]);
    assert!(
        same.contains("; the same as in the last import\n"),
        "{same}"
    );
    assert!(same.contains("unchanged  "), "{same}");
    assert_eq!(fs::read_to_string(&record).unwrap(), recorded);

    let changed = printed(&folder, &["import", &url]);
    assert!(
        changed.contains("; changed since the last import"),
        "{changed}"
    );
    assert_ne!(fs::read_to_string(&record).unwrap(), recorded);
}

#[test]
fn a_new_crate_and_a_comparison_read_a_document_at_a_url() {
    let folder = TempDir::new().unwrap();
    printed(&folder, &["new", "things", "--from", &serve(&[OLD])]);
    for file in ["things.yaml", "things.source.yaml"] {
        assert!(
            folder.path().join("things/spec").join(file).exists(),
            "{file}"
        );
    }
    let url = serve(&[NEW]);
    let changes = printed(&folder, &["diff", "things/spec/things.yaml", &url]);
    assert!(changes.contains("BREAKING"), "{changes}");
}

#[test]
fn references_of_a_download_are_not_fetched_and_nothing_is_written() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("parts.yaml"), "type: object").unwrap();
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    target.set_nonblocking(true).unwrap();
    let absolute = format!("http://{}/parts.yaml", target.local_addr().unwrap());
    for reference in ["parts.yaml", "./parts.yaml#/a", &absolute] {
        let document = format!(
            "openapi: 3.1.0\ninfo: {{ title: a, version: '1' }}\npaths:\n  /a:\n    \
             $ref: '{reference}'\n"
        );
        let into = ["--into", "out/things.yaml"];
        for command in [&["import"][..], &["new", "things", "--from"]] {
            let url = serve(&[&document]);
            let more = if command.len() == 1 { &into[..] } else { &[] };
            let error = error(&folder, &[command, &[&url], more].concat());
            assert!(
                error.contains("references are not fetched: download"),
                "{error}"
            );
            assert!(error.contains(&url), "{error}");
        }
    }
    assert!(target.accept().is_err(), "the reference was fetched");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn a_password_in_a_url_is_in_no_output() {
    let folder = TempDir::new().unwrap();
    let url = "https://user:secret@things.example/openapi.yaml?key=secret";
    for arguments in [
        &["import", url][..],
        &["new", "things", "--from", url],
        &["diff", url, url],
        &["surface", url],
    ] {
        let output = run(&folder, arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(
            error.contains("a user name or password is rejected"),
            "{error}"
        );
        let text = [output.stdout, output.stderr].concat();
        assert!(
            !String::from_utf8_lossy(&text).contains("secret"),
            "{text:?}"
        );
    }
}
