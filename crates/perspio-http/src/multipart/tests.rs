//! Forms are parsed back, by a parser that is independent of the writer.

use std::convert::Infallible;

use bytes::Bytes;
use http_body::Body as _;
use proptest::prelude::*;
use reqwest::Body;
use serde_json::json;

use super::{FilePart, FormParts, Multipart};

fn form(media_type: &'static str) -> Multipart {
    Multipart::with_boundary(media_type, "BOUNDARY".to_owned())
}

/// Reads a body to its end.
fn read(body: Body) -> Result<Bytes, String> {
    let response = reqwest::Response::from(http::Response::new(body));
    futures::executor::block_on(response.bytes()).map_err(|error| {
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        text
    })
}

fn text(form: Multipart) -> String {
    String::from_utf8(read(form.into()).unwrap().to_vec()).unwrap()
}

#[test]
fn parts_are_added_by_name_in_the_order_of_the_calls() {
    let file = FilePart::bytes("a.txt", "A").content_type("text/plain");
    let parts = FormParts::new()
        .text("count", 5)
        .json("none", &json!(null))
        .file("file", file)
        .json("tags", &["a", "b"]);
    let form = parts.into_form().unwrap();
    let content_type = form.content_type();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=");
    let parsed = parse(&read(form.into()).unwrap(), boundary.unwrap());
    let head = "Content-Disposition: form-data; name=";
    let json = "\r\nContent-Type: application/json";
    let file = "\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain";
    let expected = [
        (format!("{head}\"count\""), b"5".to_vec()),
        (format!("{head}\"none\"{json}"), b"null".to_vec()),
        (format!("{head}{file}"), b"A".to_vec()),
        (format!("{head}\"tags\"{json}"), br#"["a","b"]"#.to_vec()),
    ];
    assert_eq!(parsed, expected);
}

#[test]
fn the_first_part_that_cannot_be_sent_is_the_error() {
    let file = FilePart::bytes("a", "A").content_type("a\nb");
    let parts = FormParts::new().file("first", file).text("second", "b");
    let reason = parts.into_form().unwrap_err();
    assert!(reason.contains("the content type of first"), "{reason}");
}

fn chunks(
    content: &[u8],
    size: usize,
) -> impl futures::Stream<Item = Result<Bytes, Infallible>> + use<> {
    let chunks: Vec<_> = content.chunks(size).map(Bytes::copy_from_slice).collect();
    futures::stream::iter(chunks.into_iter().map(Ok))
}

/// Returns the headers and the content of each part.
fn parse(body: &[u8], boundary: &str) -> Vec<(String, Vec<u8>)> {
    let find = |text: &[u8], wanted: &[u8]| {
        let mut windows = text.windows(wanted.len());
        windows.position(|window| window == wanted)
    };
    let between = format!("\r\n--{boundary}");
    let mut rest = [b"\r\n", body].concat();
    let mut parts = Vec::new();
    while let Some(start) = find(&rest, between.as_bytes()) {
        rest.drain(..start + between.len());
        if rest == b"--\r\n" {
            return parts;
        }
        assert!(rest.starts_with(b"\r\n"));
        rest.drain(..2);
        let end = find(&rest, between.as_bytes()).unwrap();
        // Without headers, the part begins with the empty line.
        let (head, content) = match find(&rest, b"\r\n\r\n") {
            _ if rest.starts_with(b"\r\n") => (0, 2),
            at => (at.unwrap(), at.unwrap() + 4),
        };
        let head = String::from_utf8(rest[..head].to_vec()).unwrap();
        parts.push((head, rest[content..end].to_vec()));
    }
    panic!("no end");
}

/// Reads the parameters of a disposition, as the HTML standard escapes them.
fn parameter(head: &str, name: &str) -> Option<String> {
    let (_, rest) = head.split_once(&format!("; {name}=\""))?;
    let text = rest.split_once('"').unwrap().0;
    let plain = text.replace("%22", "\"").replace("%0D", "\r");
    Some(plain.replace("%0A", "\n"))
}

#[test]
fn a_form_has_one_part_for_each_value() {
    let mut form = form("multipart/form-data");
    form.value("purpose", &"fine-tune", None, false).unwrap();
    form.value("tags", &["a", "ü"], None, false).unwrap();
    form.value("count", &3, None, false).unwrap();
    form.value("absent", &None::<u8>, None, false).unwrap();
    form.value("meta", &json!({"id": "1"}), None, false)
        .unwrap();
    form.value("ids", &[1, 2], Some("application/json"), true)
        .unwrap();
    form.value("label", &"x", Some("application/vnd.a+json"), true)
        .unwrap();
    let file = FilePart::bytes("a \"b\".pdf", "%PDF");
    form.file("file", file, Some("application/pdf")).unwrap();
    form.file("none", None, None).unwrap();
    let files = ["1", "2"].map(|name| FilePart::bytes(name, name).content_type("image/png"));
    form.files("files", Vec::from(files), None).unwrap();
    assert_eq!(
        form.content_type(),
        "multipart/form-data; boundary=BOUNDARY"
    );
    let expected = r#"--BOUNDARY
Content-Disposition: form-data; name="purpose"

fine-tune
--BOUNDARY
Content-Disposition: form-data; name="tags"

a
--BOUNDARY
Content-Disposition: form-data; name="tags"

ü
--BOUNDARY
Content-Disposition: form-data; name="count"

3
--BOUNDARY
Content-Disposition: form-data; name="meta"
Content-Type: application/json

{"id":"1"}
--BOUNDARY
Content-Disposition: form-data; name="ids"
Content-Type: application/json

[1,2]
--BOUNDARY
Content-Disposition: form-data; name="label"
Content-Type: application/vnd.a+json

"x"
--BOUNDARY
Content-Disposition: form-data; name="file"; filename="a %22b%22.pdf"
Content-Type: application/pdf

%PDF
--BOUNDARY
Content-Disposition: form-data; name="files"; filename="1"
Content-Type: image/png

1
--BOUNDARY
Content-Disposition: form-data; name="files"; filename="2"
Content-Type: image/png

2
--BOUNDARY--
"#;
    assert_eq!(text(form), expected.replace('\n', "\r\n"));
}

#[test]
fn other_types_name_the_root_and_have_no_form_disposition() {
    for (media_type, start) in [
        ("multipart/mixed", "multipart/mixed; boundary=BOUNDARY"),
        (
            "multipart/related",
            "multipart/related; boundary=BOUNDARY; type=\"application/json\"",
        ),
    ] {
        let mut form = form(media_type);
        form.value("meta", &json!({}), None, false).unwrap();
        form.value("text", &"a", None, false).unwrap();
        form.file("file", FilePart::bytes("a", "b"), None).unwrap();
        assert_eq!(form.content_type(), start);
        let expected = "--BOUNDARY\nContent-Type: application/json\n\n{}\n\
            --BOUNDARY\nContent-Type: text/plain; charset=utf-8\n\na\n\
            --BOUNDARY\nContent-Disposition: attachment; filename=\"a\"\n\
            Content-Type: application/octet-stream\n\nb\n--BOUNDARY--\n";
        assert_eq!(text(form), expected.replace('\n', "\r\n"));
    }
}

#[test]
fn a_form_in_memory_is_one_buffer_and_without_parts_it_has_only_an_end() {
    let mut form = form("multipart/form-data");
    assert!(form.is_empty());
    form.file("a", FilePart::bytes("a", "b"), None).unwrap();
    assert!(Body::from(form).as_bytes().is_some());
    assert_eq!(text(self::form("multipart/form-data")), "--BOUNDARY--\r\n");
}

#[test]
fn boundaries_differ() {
    let [one, other] = [(), ()].map(|()| Multipart::new("multipart/mixed").content_type());
    assert_ne!(one, other);
    let boundary = one.split_once("boundary=").unwrap().1;
    assert!(boundary.len() == 64 && boundary.bytes().all(|it| it.is_ascii_hexdigit()));
}

#[test]
fn a_content_type_that_a_header_cannot_contain_is_rejected() {
    let mut form = form("multipart/form-data");
    let file = FilePart::bytes("a", "b").content_type("text/plain\r\nX-Other: 1");
    let reason = form.file("photo", file, None).unwrap_err();
    assert!(reason.contains("photo") && !reason.contains("X-Other"));
    assert!(form.value("a", &1, Some("a\nb"), false).is_err());
    assert!(form.is_empty());
}

#[test]
fn a_stream_of_another_length_than_declared_is_an_error() {
    for (declared, expected) in [
        (
            3,
            "the stream of the file photo has more bytes than its length",
        ),
        (
            6,
            "the stream of the file photo ended 2 bytes before its length",
        ),
    ] {
        let mut form = form("multipart/form-data");
        let file = FilePart::stream("a", chunks(b"four", 2), Some(declared));
        form.file("photo", file, None).unwrap();
        let error = read(form.into()).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    let mut form = form("multipart/form-data");
    let broken = futures::stream::iter([Err::<Bytes, _>(std::io::Error::other("unplugged"))]);
    let file = FilePart::stream("a", broken, None);
    form.file("photo", file, None).unwrap();
    let error = read(form.into()).unwrap_err();
    assert!(
        error.contains("photo") && error.contains("unplugged"),
        "{error}"
    );
}

#[test]
fn debug_output_has_no_content() {
    let mut form = form("multipart/form-data");
    form.value("a", &"canary-1", None, false).unwrap();
    let file = || FilePart::bytes("a.txt", "canary-2").content_type("text/plain");
    form.file("b", file(), None).unwrap();
    let shown = format!("{form:?} {:?}", file());
    assert!(!shown.contains("canary"), "{shown}");
    for part in ["a.txt", "text/plain", "8"] {
        assert!(format!("{:?}", file()).contains(part));
    }
}

#[tokio::test]
async fn an_opened_file_has_its_name_and_length_and_is_streamed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("répört.csv");
    std::fs::write(&path, "a".repeat(10_000)).unwrap();
    let file = FilePart::open(&path).await.unwrap();
    assert_eq!(file.file_name, "répört.csv");
    assert_eq!(file.length, Some(10_000));
    assert!(file.body.as_bytes().is_none());
    assert!(FilePart::open(folder.path()).await.is_err());
    assert!(FilePart::open(folder.path().join("none")).await.is_err());
    let mut form = form("multipart/form-data");
    form.file("file", file.file_name("b.csv"), None).unwrap();
    let body = Body::from(form);
    let length = body.size_hint().exact().unwrap();
    let response = reqwest::Response::from(http::Response::new(body));
    let sent = response.text().await.unwrap();
    assert_eq!(sent.len() as u64, length);
    assert!(sent.contains("filename=\"b.csv\"") && sent.contains(&"a".repeat(10_000)));
}

proptest! {
    #[test]
    fn a_written_form_is_parsed_back_and_streams_give_the_same_bytes(
        parts in proptest::collection::vec(
            (".*", ".*", proptest::collection::vec(any::<u8>(), 0..300), 1_usize..50),
            1..5,
        ),
        text in ".*",
        length_is_known in any::<bool>(),
    ) {
        let (mut memory, mut streamed) = (form("multipart/form-data"), form("multipart/form-data"));
        for form in [&mut memory, &mut streamed] {
            form.value("text", &text, None, false).unwrap();
        }
        for (name, file_name, content, size) in &parts {
            let file = FilePart::bytes(file_name, content.clone());
            memory.file(name, file, None).unwrap();
            let length = length_is_known.then_some(content.len() as u64);
            let file = FilePart::stream(file_name, chunks(content, *size), length);
            streamed.file(name, file, None).unwrap();
        }
        let streamed = Body::from(streamed);
        let hint = streamed.size_hint().exact();
        let bytes = read(memory.into()).unwrap();
        prop_assert_eq!(hint, length_is_known.then_some(bytes.len() as u64));
        prop_assert_eq!(&read(streamed).unwrap(), &bytes);
        let parsed = parse(&bytes, "BOUNDARY");
        prop_assert_eq!(&parsed[0].1, text.as_bytes());
        prop_assert_eq!(parsed.len(), parts.len() + 1);
        for ((head, found), (name, file_name, content, _)) in parsed[1..].iter().zip(&parts) {
            prop_assert_eq!(found, content);
            let read_back = |text: &str| text.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n");
            prop_assert_eq!(parameter(head, "name"), Some(read_back(name)));
            prop_assert_eq!(parameter(head, "filename"), Some(read_back(file_name)));
        }
    }
}
