//! What a request on its way is given of its call's time.

use std::sync::Mutex;

use perspio_auth::clock::ManualClock;
use reqwest::{Method, Url};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// The network, which keeps the time limit that it was given.
#[derive(Default)]
struct Network(Mutex<Option<Duration>>);

impl Onward for Network {
    async fn send(
        &self,
        request: &mut Request,
        _: &mut Extensions,
    ) -> reqwest_middleware::Result<Response> {
        *self.0.lock().unwrap() = request.timeout().copied();
        Ok(http::Response::new("").into())
    }
}

#[tokio::test]
async fn a_request_has_its_own_time_or_the_clients_and_never_more_than_its_call_has_left() {
    for (own, longest, left, expected) in [
        (None, None, None, None),
        (Some(9), None, None, Some(9)),
        (None, None, Some(7), Some(7)),
        (None, Some(30), Some(7), Some(7)),
        (None, Some(5), Some(7), Some(5)),
        (Some(3), Some(5), Some(7), Some(3)),
        (Some(60), Some(5), Some(7), Some(7)),
    ] {
        let clock = ManualClock::new();
        let seconds = |it: Option<u32>| it.map(|it| it * SECOND);
        let attempt = Attempt::new(Arc::new(clock.clone()), seconds(longest));
        let url = Url::parse("http://api.example/").unwrap();
        let mut request = Request::new(Method::GET, url);
        *request.timeout_mut() = seconds(own);
        let mut extensions = Extensions::new();
        if let Some(left) = seconds(left) {
            let deadline = clock.now().deadline(left + SECOND);
            extensions.insert(CallDeadline(deadline));
            clock.advance(SECOND);
        }
        let network = Network::default();
        let answer = attempt.pass(&mut request, &mut extensions, &network);
        answer.await.unwrap();
        let given = *network.0.lock().unwrap();
        assert_eq!(given, seconds(expected), "{own:?} {longest:?} {left:?}");
    }
}
