use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use super::url::unsafe_redirect;
use super::*;

/// Limits that no test reaches unless it lowers one.
fn limits() -> Limits {
    Limits {
        connect: Duration::from_secs(30),
        total: Duration::from_secs(30),
        bytes: 1000,
        redirects: 2,
    }
}

/// A server on this machine that accepts one connection.
struct Server {
    address: String,
    thread: JoinHandle<Vec<u8>>,
}

impl Server {
    fn listening(serve: impl FnOnce(&mut TcpStream) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let limit = Some(Duration::from_secs(30));
            stream.set_read_timeout(limit).unwrap();
            serve(&mut stream)
        });
        Self { address, thread }
    }

    /// Sends `response`, and then waits until the client closes the connection.
    fn responding(response: impl Into<Vec<u8>>) -> Self {
        let response = response.into();
        Self::listening(move |stream| {
            let head = read_head(stream);
            let _ = stream.write_all(&response);
            let _ = stream.read_to_end(&mut Vec::new());
            head
        })
    }

    fn url(&self) -> String {
        format!("http://{}/openapi.yaml?token=secret", self.address)
    }

    /// Downloads the document; returns the text of the error.
    fn error(self, limits: &Limits) -> String {
        let error = download(&self.url(), limits).unwrap_err();
        self.thread.join().unwrap();
        let error = format!("{error:#}");
        assert!(!error.contains("secret"), "{error}");
        error
    }
}

fn read_head(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = Vec::new();
    let mut reader = BufReader::new(stream);
    while reader.read_until(b'\n', &mut head).unwrap() > 2 {}
    head
}

fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn redirect_to(url: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {url}\r\ncontent-length: 0\r\n\r\n")
}

#[test]
fn a_document_is_downloaded_with_the_digest_of_its_text() {
    let server = Server::responding(ok("abc"));
    let found = download(&server.url(), &limits()).unwrap();
    let expected = Download {
        url: format!("http://{}/openapi.yaml", server.address),
        file: "openapi.yaml".into(),
        text: "abc".to_owned(),
        // The example of FIPS 180-2.
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned(),
    };
    assert_eq!(found, expected);
    let head = String::from_utf8(server.thread.join().unwrap()).unwrap();
    assert!(
        head.starts_with("GET /openapi.yaml?token=secret HTTP/1.1\r\n"),
        "{head}"
    );
}

#[test]
fn a_redirect_to_http_is_rejected_also_to_this_machine() {
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    target.set_nonblocking(true).unwrap();
    let url = format!("http://{}/a?token=secret", target.local_addr().unwrap());
    let error = Server::responding(redirect_to(&url)).error(&limits());
    let expected = "the redirect to 127.0.0.1 is not followed, because it is not https";
    assert!(error.ends_with(expected), "{error}");
    assert!(target.accept().is_err(), "there was a second request");
}

#[test]
fn a_redirect_to_https_is_followed() {
    let target = Server::listening(|stream| {
        let mut first = vec![0];
        stream.read_exact(&mut first).unwrap();
        first
    });
    let response = redirect_to(&format!("https://{}/a", target.address));
    let error = Server::responding(response).error(&limits());
    // It is not a server of TLS.
    assert!(error.contains("error sending request"), "{error}");
    assert_eq!(
        target.thread.join().unwrap(),
        [22],
        "the first byte of a TLS handshake"
    );
}

#[test]
fn the_number_of_redirects_is_limited() {
    let none = Limits {
        redirects: 0,
        ..limits()
    };
    let error = Server::responding(redirect_to("https://127.0.0.1:1/")).error(&none);
    assert!(
        error.ends_with("the server redirects more than 0 times"),
        "{error}"
    );
}

#[test]
fn a_redirect_to_http_or_with_a_password_is_unsafe() {
    let reason = |url: &str| unsafe_redirect(&url.parse().unwrap());
    assert_eq!(reason("https://a.example/b"), None);
    assert_eq!(reason("http://a.example/b"), Some("it is not https"));
    assert!(reason("https://user:secret@a.example/b").is_some());
}

#[test]
fn a_document_larger_than_the_limit_is_rejected_before_and_while_reading() {
    let body = "a".repeat(1001);
    let announced = Server::responding(ok(&body)).error(&limits());
    let chunks = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1f4\r\n{0}\r\n1f4\r\n{0}\r\n1\r\na\r\n",
        "a".repeat(500)
    );
    // Without the last chunk, so that only the limit ends the download.
    let unannounced = Server::responding(chunks).error(&limits());
    for error in [announced, unannounced] {
        assert!(
            error.ends_with("the document is larger than 1000 bytes"),
            "{error}"
        );
    }
    let server = Server::responding(ok(&"a".repeat(1000)));
    assert_eq!(download(&server.url(), &limits()).unwrap().size(), 1000);
    server.thread.join().unwrap();
}

#[test]
fn a_server_that_stalls_before_or_in_the_response_times_out() {
    let short = Limits {
        total: Duration::from_millis(100),
        ..limits()
    };
    for begun in ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nopen"] {
        let error = Server::responding(begun).error(&short);
        assert!(
            error.contains("took too long: the limits are 30s"),
            "{error}"
        );
        assert!(error.contains("100ms for the document"), "{error}");
    }
}

#[test]
fn a_response_other_than_a_document_is_an_error_with_a_next_step() {
    let not_found = "HTTP/1.1 404 Not Found\r\ncontent-length: 3\r\n\r\nno!";
    let partial = "HTTP/1.1 206 Partial Content\r\ncontent-length: 3\r\n\r\nabc";
    let sign_in = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n";
    let page = ok("\u{feff}\n<!DOCTYPE html><html>secret</html>");
    for (response, expected) in [
        (
            not_found,
            "the server responded with 404 Not Found: check the URL",
        ),
        (partial, "206 Partial Content, and 200 is expected"),
        (
            sign_in,
            "needs a sign-in; download the file with your browser",
        ),
        (
            page.as_str(),
            "is a page (HTML or XML) and not a document\nhelp: use the URL of the file",
        ),
    ] {
        let error = Server::responding(response).error(&limits());
        assert!(error.contains(expected), "{error}");
        assert!(
            error.contains("/openapi.yaml cannot be downloaded"),
            "{error}"
        );
    }
    let binary = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\xff\xfe".to_vec();
    let error = Server::responding(binary).error(&limits());
    assert!(error.contains("the response is not UTF-8"), "{error}");
}

#[test]
fn a_url_that_cannot_be_used_is_rejected_without_its_secrets() {
    for (url, expected) in [
        (
            "https://user:secret@a.example/b?c=secret",
            "a user name or password is rejected",
        ),
        (
            "https://secret@a.example/b",
            "a user name or password is rejected",
        ),
        ("http://a.example/b?c=secret", "downloaded from https only"),
        ("http://127.0.0.1.example/b", "downloaded from https only"),
        ("ftp://127.0.0.1/b", "downloaded from https only"),
        ("https://user:secret/", "the URL is invalid"),
    ] {
        let error = format!("{:#}", download(url, &limits()).unwrap_err());
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
    for url in [
        "https://a.example",
        "http://localhost:1/a",
        "http://[::1]:1/a",
    ] {
        assert!(DocumentUrl::parse(url).is_ok(), "{url}");
    }
}

#[test]
fn the_file_of_a_document_is_named_after_the_path_of_its_url() {
    let file = |url: &str, text: &str| DocumentUrl::parse(url).unwrap().file(text);
    for (url, expected) in [
        ("https://a.example/v1/api.json?x=1", "api.json"),
        ("https://a.example/api.YAML", "api.YAML.yaml"),
        ("https://a.example/v1/api-docs", "api-docs.yaml"),
        ("https://a.example/", "openapi.yaml"),
        ("https://a.example/a/..%2F..%2Fetc.yml", "-2F..-2Fetc.yml"),
    ] {
        assert_eq!(file(url, "openapi: 3.1.0"), expected);
    }
    assert_eq!(file("https://a.example/docs", " {}"), "docs.json");
}
