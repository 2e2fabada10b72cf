//! The output of a command: formats, columns, filters, the pager, and bodies of any type.

#[cfg(target_os = "linux")]
mod terminal;

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::Value;

use crate::commands::{contains_all, run};
use crate::service::Service;

#[test]
fn each_format_prints_the_sites() {
    let service = Service::start();
    let list = |format| service.printed(&["sites", "list", "-o", format]);
    let sites: Value = serde_json::from_str(&list("json")).unwrap();
    let sites = sites.as_array().unwrap();
    assert!(!sites.is_empty());
    let lines: Vec<Value> = list("ndjson")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(&lines, sites);
    assert_eq!(list("csv").lines().count(), sites.len() + 1);
    assert_eq!(list("table").lines().count(), sites.len());
    assert!(list("yaml").starts_with("- "), "{}", list("yaml"));
}

#[test]
fn columns_are_checked_against_the_response_also_of_a_stream() {
    let service = Service::start();
    for format in ["table", "json", "ndjson", "csv", "yaml"] {
        let nested = r#"[{"id":1,"owner":{"name":"Ada"}},{"id":2,"owner":null}]"#;
        let request = ["request", "GET", "/sites/v3/", "-o", format, "--columns"];
        service.responds("application/json", nested);
        let out = service.printed(&[&request[..], &["id,owner.name"]].concat());
        assert!(out.contains("Ada"), "{out}");
        service.responds("application/json", nested);
        let (code, _, err) = service.run(&[&request[..], &["id,owner.nmae"]].concat());
        assert_eq!(code, Some(2), "{format}: {err}");
        contains_all(&err, &["unknown column `owner.nmae`"]);
        if format != "ndjson" {
            contains_all(
                &err,
                &["did you mean `owner.name`?", "id, owner, owner.name"],
            );
        }
    }
}

#[test]
fn a_filter_prints_texts_as_they_are() {
    let service = Service::start();
    let out = service.printed(&["assets", "list", "--jq", ".[:2][] | .id, .name"]);
    assert_eq!(out, "IN-000001\nTruck 1\nIN-000002\nLighting tower 2\n");
}

#[test]
fn an_invalid_filter_is_reported_with_its_position_before_the_request() {
    let service = Service::start();
    let (code, out, err) = service.run(&["assets", "list", "--jq", ".[] | foo"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    contains_all(&err, &["--jq", "undefined filter `foo` at character 7"]);
    let (code, _, err) = service.run(&["assets", "list", "--jq", ".", "--columns", "id"]);
    assert_eq!(code, Some(2), "{err}");
    let (code, _, err) = service.run(&["assets", "list", "--jq", ".", "-o", "csv"]);
    assert_eq!(code, Some(2));
    contains_all(&err, &["@csv"]);
    assert!(service.sandbox.log().requests().is_empty());
    let (code, out, err) = service.run(&["assets", "list", "--jq", ".a"]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.starts_with("error: --jq: cannot index"), "{err}");
}

#[test]
fn a_reader_that_closes_the_pipe_is_no_failure_in_any_format() {
    let service = Service::start();
    for options in [
        ["-o", "table"],
        ["-o", "json"],
        ["-o", "ndjson"],
        ["-o", "csv"],
        ["-o", "yaml"],
        ["--jq", "repeat(.[])"],
    ] {
        let mut child = service
            .command(&[&["assets", "list"][..], &options].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::with_capacity(16, child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), err.as_str()),
            (Some(0), ""),
            "{options:?}"
        );
    }
}

#[test]
fn a_stream_prints_an_object_without_a_list_as_one_line() {
    let service = Service::start();
    service.responds("application/json", r#"{"id": 1, "owner": {"name": null}}"#);
    let out = service.printed(&["request", "GET", "/sites/v3/", "-o", "ndjson"]);
    assert_eq!(out, "{\"id\":1,\"owner\":{\"name\":null}}\n");
}

#[test]
fn a_stream_prints_the_items_before_an_error() {
    let service = Service::start();
    service.responds("application/json", r#"[{"id": 1}, {"id": 2}, {"#);
    let (code, out, err) = service.run(&["request", "GET", "/sites/v3/", "-o", "ndjson"]);
    assert_eq!((code, out.as_str()), (Some(1), "{\"id\":1}\n{\"id\":2}\n"));
    assert!(err.starts_with("error: "), "{err}");
}

#[test]
fn members_next_to_a_list_are_noted_where_they_are_not_printed() {
    let service = Service::start();
    let envelope = r#"{"items": [{"id": 1}], "nextLink": "n"}"#;
    for (format, is_noted) in [
        ("table", true),
        ("ndjson", true),
        ("csv", true),
        ("json", false),
        ("yaml", false),
    ] {
        service.responds("application/json", envelope);
        let (code, _, err) = service.run(&["request", "GET", "/sites/v3/", "-o", format]);
        assert_eq!(code, Some(0));
        let note = "note: the response also has nextLink: --output json prints them\n";
        assert_eq!(err, if is_noted { note } else { "" }, "{format}");
    }
}

#[test]
fn a_body_of_any_type_is_printed_as_it_is() {
    let service = Service::start();
    service.responds("text/csv", "id,name\n1,\"x\"\n");
    let out = service.printed(&["request", "GET", "/sites/v3/", "-o", "json"]);
    assert_eq!(out, "id,name\n1,\"x\"\n");
    service.responds("application/octet-stream", *b"\x00\xff\x01");
    let output = service
        .command(&["request", "GET", "/sites/v3/"])
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"\x00\xff\x01");
}

#[test]
fn a_binary_body_is_written_to_a_file() {
    let service = Service::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image");
    let body: Vec<u8> = (0..200_000_u32).map(|byte| byte.to_le_bytes()[0]).collect();
    service.responds("image/png", body.clone());
    let save = ["request", "GET", "/sites/v3/", "-i", "--output-file"];
    let out = service.printed(&[&save[..], &[path.to_str().unwrap()]].concat());
    contains_all(&out, &["HTTP 200 OK\n", "content-type: image/png\n"]);
    assert_eq!(std::fs::read(&path).unwrap(), body);
    service.responds("image/png", body);
    let nowhere = folder.path().join("no/folder");
    let (code, _, err) = service.run(&[&save[..], &[nowhere.to_str().unwrap()]].concat());
    assert_eq!(code, Some(2), "{err}");
    contains_all(&err, &[nowhere.to_str().unwrap(), "cannot be written"]);
}

#[test]
fn json_is_taken_from_the_argument_a_file_or_standard_input() {
    let service = Service::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body.json");
    std::fs::write(&path, r#"{"a": 1.50}"#).unwrap();
    for json in [r#"{"a": 1.50}"#, path.to_str().unwrap(), "-"] {
        let mut child = service
            .command(&["request", "POST", "/x", "--dry-run", "--json", json])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let written = child.stdin.take().unwrap().write_all(br#"{"a": 1.50}"#);
        // Only `-` reads it.
        assert!(written.is_ok() || json != "-");
        let out = child.wait_with_output().unwrap().stdout;
        let out = String::from_utf8(out).unwrap();
        contains_all(&out, &["\n\n{\"a\": 1.50}\n"]);
    }
}

#[test]
fn fields_are_members_of_the_body() {
    let service = Service::start();
    let out = service.printed(&[
        "request",
        "PATCH",
        "/x",
        "--dry-run",
        "--json",
        r#"{"z": 0}"#,
        "--field",
        "n=7",
        "--field",
        "text=a=b",
    ]);
    contains_all(&out, &["\n\n{\"z\":0,\"n\":7,\"text\":\"a=b\"}\n"]);
    let (code, _, err) = service.run(&["request", "GET", "/sites/v3/", "--field", "n=7"]);
    assert_eq!(code, Some(2));
    contains_all(&err, &["--query"]);
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_not_utf_8_is_an_error_but_not_in_a_file_name() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let service = Service::start();
    let invalid = OsStr::from_bytes(b"a\xff");
    for option in ["--columns", "--jq", "--query", "--field", "--json"] {
        let mut command = service.command(&["request", "GET", "/sites/v3/", option]);
        let (code, out, err) = run(command.arg(invalid));
        assert_eq!((code, out.as_str()), (Some(2), ""), "{option}");
        assert!(err.contains("UTF-8"), "{option}: {err}");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(invalid);
    service.responds("text/plain", "text");
    let mut command = service.command(&["request", "GET", "/sites/v3/", "--output-file"]);
    assert_eq!(run(command.arg(&path)).0, Some(0));
    assert_eq!(std::fs::read_to_string(path).unwrap(), "text");
}

#[test]
fn colours_are_used_when_they_are_asked_for() {
    let service = Service::start();
    let failing = ["request", "GET", "/unknown/v3/"];
    let (_, _, err) = service.run(&failing);
    assert!(err.starts_with("error: "), "{err}");
    let (_, _, err) = service.run(&[&failing[..], &["--color", "always"]].concat());
    assert!(
        err.starts_with("\u{1b}[") && err.contains("error\u{1b}[0m: "),
        "{err:?}"
    );
}

#[test]
fn a_stream_prints_an_item_before_the_response_has_ended() {
    let service = Service::start();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    for command in [&["assets", "list"][..], &["request", "GET", "/x"]] {
        let mut child = service
            .command(&[command, &["-o", "ndjson", "--timeout", "60"]].concat())
            .env("PERSPIO_BASE_URL", &url)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut connection, _) = listener.accept().unwrap();
        let head =
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 19\r\n\r\n";
        let requested = BufReader::new(connection.try_clone().unwrap()).lines();
        assert!(requested.map_while(Result::ok).any(|line| line.is_empty()));
        write!(connection, r#"{head}[{{"id":1}},"#).unwrap();
        let mut printed = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(printed.next().unwrap().unwrap(), r#"{"id":1}"#);
        write!(connection, r#"{{"id":2}}]"#).unwrap();
        assert_eq!(printed.next().unwrap().unwrap(), r#"{"id":2}"#);
        assert!(printed.next().is_none());
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_filter_that_does_not_end() {
    use rustix::process::{Pid, Signal, kill_process};

    let service = Service::start();
    let filter = "range(2000), last(repeat(1))";
    let mut child = service
        .command(&["sites", "list", "--jq", filter])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The printing has begun.
    let mut printed = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(printed.next().unwrap().unwrap(), "0");
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130));
}
