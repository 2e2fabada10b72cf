//! Servers that are unavailable, reject commands, or are not Memcached.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use perspio_auth::store::{KeyValueServer, ServerError};

use super::*;

/// A text that no error may contain.
const CANARY: &[u8] = b"canary-value";

/// Starts a server that responds to the lines of each connection with these responses, in
/// order, and then closes it.
fn responding(responses: &'static [&'static str]) -> Memcached {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            for response in responses {
                let mut line = String::new();
                if stream.read_line(&mut line).unwrap_or_default() == 0 {
                    break;
                }
                let _ = stream.get_mut().write_all(response.as_bytes());
            }
        }
    });
    Memcached::at(address.to_string()).unwrap()
}

fn assert_contains(error: &ServerError, part: &str) {
    let text = error.to_string();
    assert!(text.contains(part) && !text.contains("canary"), "{text}");
}

fn is_unavailable(error: &ServerError) -> bool {
    matches!(error, ServerError::Unavailable(_))
}

async fn fails(server: &Memcached) -> ServerError {
    let added = server.swap("name", None, Some(value(CANARY))).await;
    added.unwrap_err()
}

#[tokio::test]
async fn a_server_that_stops_is_an_error_and_its_replacement_is_found() {
    let mut server = Server::memcached(&[]);
    let (store, clock) = with_clock(&server);
    let put = store.replace(&key("client"), None, record("old")).await;
    assert!(put.unwrap());
    server.kill();
    for _ in 0..3 {
        let error = store.read(&key("client")).await.unwrap_err().to_string();
        let named = format!("Memcached at {}", server.address());
        assert!(
            error.contains(&named) && error.contains("cannot be reached"),
            "{error}"
        );
        clock.advance(SECOND);
    }
    store.lock(&key("client")).await.unwrap_err();
    server.start_again();
    clock.advance(SECOND);
    assert_eq!(token(&store, &key("client")).await, None);
    let put = store.replace(&key("client"), None, record("new")).await;
    assert!(put.unwrap());
    // Without a call in between, the dead connections are not noticed before the write.
    server.start_again();
    let put = store.replace(&key("client"), None, record("newer")).await;
    assert!(put.unwrap());
}

#[tokio::test]
async fn a_server_that_does_not_respond_is_a_timeout_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let clock = ManualClock::new();
    let store = MemcachedStore::open(address, store_key()).unwrap();
    let store = store.clock(Arc::new(clock.clone()));
    let call = tokio::spawn(async move { store.read(&key("client")).await });
    clock.sleeps(1).await;
    clock.advance(2 * SECOND);
    let error = call.await.unwrap().unwrap_err().to_string();
    assert!(error.contains("did not respond within 2 s"), "{error}");
}

#[tokio::test]
async fn an_unknown_host_name_is_an_error() {
    let server = Memcached::at("no-such-host.invalid:11211").unwrap();
    let error = fails(&server).await;
    assert!(is_unavailable(&error));
    assert_contains(&error, "cannot be reached");
}

#[tokio::test]
async fn a_write_on_a_connection_that_breaks_may_have_been_applied() {
    for responses in [&[][..], &["EN\r\n"], &["EN\r\n", "H"]] {
        let error = fails(&responding(responses)).await;
        assert!(is_unavailable(&error), "{responses:?}: {error:?}");
        assert_contains(&error, "broke");
    }
}

#[tokio::test]
async fn another_protocol_or_an_old_memcached_is_an_error_that_says_so() {
    for (responses, part) in [
        (&["ERROR\r\n"][..], "1.6.10"),
        (&["CLIENT_ERROR unauthenticated\r\n"], "password"),
        (&["EN\r\n", "CLIENT_ERROR bad data chunk\r\n"], "1.6.10"),
        (
            &["EN\r\n", "SERVER_ERROR out of memory storing object\r\n"],
            "-m",
        ),
        (&["-ERR unknown command 'canary'\r\n"], "does not speak"),
        (&["HTTP/1.1 400 Bad Request\r\n"], "does not speak"),
        (&["canary\r\n"], "does not speak"),
        (&["HD\r\n"], "does not speak"),
        (&["VA 6\r\ncanary\r\n"], "does not speak"),
        (&["VA 6 cx\r\ncanary\r\n"], "does not speak"),
        (&["VA 5 c1\r\ncanary\r\n"], "does not speak"),
        (&["VA 99999999999 c1\r\n"], "does not speak"),
        (&["EN\r\n", "EN\r\n"], "does not speak"),
        (&["EN\r\n", "OK\r\n"], "does not speak"),
    ] {
        let error = fails(&responding(responses)).await;
        assert!(!is_unavailable(&error), "{responses:?}: {error:?}");
        assert_contains(&error, part);
    }
}

#[tokio::test]
async fn a_server_without_check_and_set_is_an_error_that_says_so() {
    let server = Server::memcached(&["-C"]);
    let client = memcached(&server);
    let added = client.swap("name", None, Some(value(CANARY))).await;
    assert_eq!(added, Ok(true));
    let error = client.get("name").await.unwrap_err();
    assert!(!is_unavailable(&error));
    assert_contains(&error, "-C");
}

#[tokio::test]
async fn a_value_or_name_over_the_limit_is_an_error_and_the_next_call_succeeds() {
    let server = Server::memcached(&[]);
    let client = memcached(&server);
    let too_large = [CANARY, &vec![b'x'; 2 << 20]].concat();
    let added = client.swap("name", None, Some(value(&too_large))).await;
    let error = added.unwrap_err();
    assert!(!is_unavailable(&error));
    assert_contains(&error, "-I");
    assert_eq!(client.get("name").await, Ok(None));
    let error = client.get(&"n".repeat(251)).await.unwrap_err();
    assert!(!is_unavailable(&error));
    assert_contains(&error, "shorter prefix");
    assert_eq!(client.get("name").await, Ok(None));
}

#[tokio::test]
async fn concurrent_calls_share_a_few_connections() {
    let server = Server::memcached(&[]);
    let client = memcached(&server);
    for _ in 0..2 {
        let calls = (0..500).map(|_| client.get("name"));
        for response in futures::future::join_all(calls).await {
            assert_eq!(response, Ok(None));
        }
    }
    let total = Wire::to(&server).counted("total_connections");
    // Includes the connection of the test, and those that the server counts for itself.
    assert!(total <= 16 + 4, "{total}");
}

#[test]
fn a_connection_of_a_dropped_runtime_is_not_reused() {
    let server = Server::memcached(&[]);
    let client = memcached(&server);
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        assert_eq!(runtime.block_on(client.get("name")), Ok(None));
    }
}
