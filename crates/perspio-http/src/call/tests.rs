use perspio_auth::clock::{Clock, ManualClock};
use reqwest::{Method, Url};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn request(method: Method) -> Request {
    Request::new(
        method,
        Url::parse("https://api.example/things?secret").unwrap(),
    )
}

#[test]
fn a_streamed_response_has_the_shortest_of_all_timeouts() {
    for (own, of_attempts, left, expected) in [
        (None, None, 7, 7),
        (None, Some(30), 7, 7),
        (None, Some(5), 7, 5),
        (Some(3), Some(5), 7, 3),
        (Some(60), Some(5), 7, 7),
    ] {
        let seconds = |it: Option<u32>| it.map(|it| it * SECOND);
        let clock = ManualClock::new();
        let timeout = CallTimeout {
            total: 10 * SECOND,
            deadline: clock.now().deadline((left + 1) * SECOND),
        };
        clock.advance(SECOND);
        let mut request = request(Method::GET);
        *request.timeout_mut() = seconds(own);
        timeout.shorten(&mut request, clock.now(), seconds(of_attempts));
        assert_eq!(
            request.timeout(),
            Some(&(expected * SECOND)),
            "{own:?} {of_attempts:?}"
        );
    }
}

#[test]
fn the_copy_of_a_request_lacks_only_a_streamed_body() {
    let mut plain = request(Method::PUT);
    *plain.body_mut() = Some("words".into());
    plain
        .headers_mut()
        .insert("x-job", "nightly".parse().unwrap());
    let sent = replace_with_copy(&mut plain);
    let bytes = |request: &Request| request.body().and_then(|it| it.as_bytes().map(Vec::from));
    assert_eq!(bytes(&sent), Some(b"words".to_vec()));
    assert_eq!(bytes(&plain), Some(b"words".to_vec()));
    let mut streamed = request(Method::PUT);
    *streamed.body_mut() = Some(reqwest::Body::wrap(reqwest::Body::from("words")));
    streamed
        .headers_mut()
        .insert("x-job", "nightly".parse().unwrap());
    let sent = replace_with_copy(&mut streamed);
    assert!(sent.body().is_some() && streamed.body().is_none());
    assert_eq!(
        (streamed.method(), streamed.url()),
        (sent.method(), sent.url())
    );
    assert_eq!(streamed.headers(), sent.headers());
}

#[test]
fn only_a_write_that_was_sent_may_have_been_applied() {
    for (method, is_sent, may_be_applied, expected) in [
        (Method::PATCH, false, false, false),
        (Method::PATCH, true, false, false),
        (Method::PATCH, true, true, true),
        (Method::GET, true, true, false),
    ] {
        let request = request(method.clone());
        let mut progress = Progress::new(None, &request);
        if is_sent {
            progress.begin_attempt();
            // While the response is awaited, a write may have been applied.
            let info = progress.call_info(&request);
            assert_eq!(info.may_have_been_applied, method == Method::PATCH);
            progress.end_attempt(may_be_applied);
        }
        let info = progress.call_info(&request);
        assert_eq!(info.may_have_been_applied, expected, "{method} {is_sent}");
        assert_eq!(info.to_string(), format!("{method} /things (api.example)"));
    }
}
