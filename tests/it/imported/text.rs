//! Bodies of plain text.

use perspio_http::Error;

use super::{Sent, client, generated::types};
use crate::raw_server::RawServer;

#[tokio::test]
async fn a_text_body_is_sent_unchanged_and_several_responses_are_a_union() {
    let server = RawServer::start().await;
    server.queue_http(202, "", "7");
    let response = client(&server).put_text().body("words").send().await;
    let success = response.unwrap().into_inner();
    assert!(
        matches!(success, types::PutTextSuccess::Integer(7)),
        "{success:?}"
    );
    let sent = Sent::last(&server);
    assert_eq!(sent.header("content-type"), ["text/plain"]);
    assert_eq!(sent.body(), "words");
}

#[tokio::test]
async fn text_of_a_number_is_sent_and_text_of_a_boolean_is_read() {
    let server = RawServer::start().await;
    let client = client(&server);
    for (text, value) in [("true", true), (" false\r\n", false)] {
        server.queue_http(200, "content-type: text/plain\r\n", text);
        let response = client.count().body(-7).send().await.unwrap();
        assert_eq!(*response, value, "{text:?}");
    }
    let sent = Sent::last(&server);
    assert_eq!(sent.header("content-type"), ["text/plain"]);
    assert_eq!(sent.header("accept"), ["text/plain; charset=utf-8"]);
    assert_eq!(sent.body(), "-7");
}

#[tokio::test]
async fn text_that_is_not_of_its_type_is_a_decode_error() {
    let server = RawServer::start().await;
    for (text, cause) in [("yes", "expected value"), ("1", "integer"), ("", "empty")] {
        server.queue_http(200, "content-type: text/plain\r\n", text);
        let error = client(&server).count().body(1).send().await.unwrap_err();
        assert!(matches!(error, Error::Decode { .. }), "{error:?}");
        assert!(error.to_string().contains(cause), "{error}");
    }
}
