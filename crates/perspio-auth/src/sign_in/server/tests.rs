mod limits;

use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot::error::TryRecvError;
use tokio::task::JoinHandle;

use super::*;
use crate::oauth::Application;
use crate::testing;
use crate::token::clock::ManualClock;

/// A sign-in that waits, and the strangers around it.
struct Attempt {
    server: Arc<CallbackServer>,
    serving: JoinHandle<Infallible>,
    response: oneshot::Receiver<AuthorizationResponse>,
    request: AuthorizationRequest,
    clock: ManualClock,
    port: u16,
}

impl Attempt {
    async fn with(redirect: LoopbackRedirect, mode: ResponseMode) -> Self {
        let clock = ManualClock::new();
        let listener = Listener::bind(&redirect).await.unwrap();
        let port = listener.port();
        let profile = testing::profile();
        let application = Application::confidential("client", "canary-secret");
        let request = AuthorizationRequest::new(&profile, application, redirect.uri(port))
            .unwrap()
            .response_mode(mode);
        let (server, response) = CallbackServer::new(
            listener,
            &redirect,
            request.clone(),
            Arc::new(clock.clone()),
        );
        let server = Arc::new(server);
        let serving = tokio::spawn({
            let server = server.clone();
            async move { server.serve().await }
        });
        Self {
            server,
            serving,
            response,
            request,
            clock,
            port,
        }
    }

    async fn new() -> Self {
        Self::with(LoopbackRedirect::localhost(), ResponseMode::Query).await
    }

    fn state(&self) -> String {
        let url = self.request.url();
        let (_, state) = url.query_pairs().find(|(name, _)| name == "state").unwrap();
        state.into_owned()
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
            .await
            .unwrap()
    }

    /// Sends `bytes`, gives all that comes back.
    async fn send(&self, bytes: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_bytes()).await.unwrap();
        read(&mut stream).await
    }

    /// Does the same with bytes that the server may stop reading.
    async fn send_as_far_as_possible(&self, bytes: &str) -> String {
        let mut stream = self.connect().await;
        let _ = stream.write_all(bytes.as_bytes()).await;
        read(&mut stream).await
    }

    /// Sends a request as a browser does.
    async fn request(&self, method: &str, target: &str) -> String {
        let host = format!("localhost:{}", self.port);
        self.send(&format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n"
        ))
        .await
    }

    /// Returns the path of the result, to which only the user's browser is redirected.
    fn result_path(&self) -> String {
        self.server.sign_in.result_path.clone()
    }

    fn still_waits(&mut self) {
        assert!(matches!(self.response.try_recv(), Err(TryRecvError::Empty)));
    }

    /// Sends a valid callback; the response follows with the outcome.
    async fn callback(&self, code: &str) -> TcpStream {
        let mut stream = self.connect().await;
        let request = format!(
            "GET /?code={code}&state={}&session_state=s HTTP/1.1\r\nHost: localhost:{}\r\n\r\n",
            self.state(),
            self.port
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    fn is_code(response: AuthorizationResponse, expected: &str) {
        use secrecy::ExposeSecret;
        match response {
            AuthorizationResponse::Code(code) => assert_eq!(code.expose_secret(), expected),
            AuthorizationResponse::Failed(error) => panic!("{error}"),
        }
    }
}

/// Fails a test that would wait forever.
async fn bounded<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), future)
        .await
        .expect("it ends in time")
}

async fn read(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A connection that is cut may end in an error; the text before is returned.
    let _ = bounded(stream.read_to_end(&mut text)).await;
    String::from_utf8_lossy(&text).into_owned()
}

fn status(response: &str) -> u16 {
    let status = response.split(' ').nth(1).unwrap_or_default();
    status.parse().unwrap_or(0)
}

#[tokio::test]
async fn checklist_11_one_code_is_accepted_and_the_browser_is_redirected_without_it() {
    let mut attempt = Attempt::new().await;
    let mut browser = attempt.callback("the-code").await;
    Attempt::is_code(bounded(&mut attempt.response).await.unwrap(), "the-code");
    // Until the outcome is known, there is no result, and the callback waits.
    let result_path = attempt.result_path();
    assert_eq!(status(&attempt.request("GET", &result_path).await), 404);
    attempt
        .server
        .conclude(Page::notice(StatusCode::OK, "the result"));
    let response = read(&mut browser).await;
    assert_eq!(status(&response), 303);
    assert!(
        response.contains(&format!("location: {result_path}\r\n")),
        "{response}"
    );
    for header in ["cache-control: no-store", "referrer-policy: no-referrer"] {
        assert!(response.contains(header), "{response}");
    }
    assert!(!response.contains("the-code"));
    for other in ["/signed-in", "/signed-in/", "/signed-in/other"] {
        assert_eq!(status(&attempt.request("GET", other).await), 404);
    }
    let result = attempt.request("GET", &result_path).await;
    assert_eq!(status(&result), 200);
    assert!(result.contains("the result"), "{result}");
    attempt.server.shown().await;
}

#[tokio::test]
async fn checklist_11_a_double_click_and_a_reload_get_the_result_of_the_first() {
    let mut attempt = Attempt::new().await;
    let mut first = attempt.callback("code-1").await;
    Attempt::is_code(bounded(&mut attempt.response).await.unwrap(), "code-1");
    let mut second = attempt.callback("code-1").await;
    let mut third = attempt.callback("code-2").await;
    attempt.server.conclude(Page::notice(StatusCode::OK, "r"));
    for browser in [&mut first, &mut second, &mut third] {
        assert_eq!(status(&read(browser).await), 303);
    }
    let mut late = attempt.callback("code-3").await;
    assert_eq!(status(&read(&mut late).await), 303);
}

#[tokio::test]
async fn checklist_10_any_other_request_leaves_the_sign_in_pending() {
    let mut attempt = Attempt::new().await;
    let state = attempt.state();
    for (method, target, expected) in [
        ("GET", "/favicon.ico".to_owned(), 404),
        ("GET", format!("/other?code=c&state={state}"), 404),
        ("GET", attempt.result_path(), 404),
        ("OPTIONS", format!("/?code=c&state={state}"), 405),
        ("POST", format!("/?code=c&state={state}"), 405),
        ("HEAD", format!("/?code=c&state={state}"), 405),
        ("PUT", attempt.result_path(), 405),
        ("GET", "/".to_owned(), 400),
        ("GET", "/?code=c".to_owned(), 400),
        ("GET", "/?code=c&state=".to_owned(), 400),
        ("GET", "/?code=c&state=other".to_owned(), 400),
        ("GET", "/?error=access_denied".to_owned(), 400),
        ("GET", "/?error=access_denied&state=other".to_owned(), 400),
        ("GET", format!("/?code=c&code=d&state={state}"), 400),
        ("GET", format!("/?code=c&state={state}&state={state}"), 400),
        ("GET", format!("/?code=c&state={state}&state=other"), 400),
        ("GET", format!("/?state={state}"), 400),
    ] {
        let response = attempt.request(method, &target).await;
        assert_eq!(status(&response), expected, "{method} {target}: {response}");
        assert!(
            !response.contains(&state),
            "nothing is reflected: {response}"
        );
        attempt.still_waits();
    }
    let _browser = attempt.callback("c").await;
    Attempt::is_code(bounded(&mut attempt.response).await.unwrap(), "c");
}

#[tokio::test]
async fn checklist_10_another_missing_or_repeated_host_is_rejected() {
    let mut attempt = Attempt::new().await;
    let (state, port) = (attempt.state(), attempt.port);
    let target = format!("/?code=c&state={state}");
    for head in [
        format!("GET {target} HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\nHost: localhost:1\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}.evil.example\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\n\r\n"),
        format!("GET {target} HTTP/1.0\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\nHost: evil.example\r\n\r\n"),
        format!("GET http://evil.example{target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"),
    ] {
        assert_eq!(status(&attempt.send(&head).await), 400, "{head}");
        attempt.still_waits();
    }
    let head = format!("GET {target} HTTP/1.1\r\nHost: LOCALHOST:{port}\r\n\r\n");
    let mut stream = attempt.connect().await;
    stream.write_all(head.as_bytes()).await.unwrap();
    Attempt::is_code(bounded(&mut attempt.response).await.unwrap(), "c");
}

#[tokio::test]
async fn checklist_04_a_form_is_accepted_in_form_post_mode_only() {
    let mut attempt = Attempt::with(LoopbackRedirect::ipv4(), ResponseMode::FormPost).await;
    let (state, port) = (attempt.state(), attempt.port);
    let query = format!("/?code=c&state={state}");
    let get = format!("GET {query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    assert_eq!(status(&attempt.send(&get).await), 405);
    attempt.still_waits();
    let body = format!("code=from-the-form&state={state}");
    let form = format!(
        "POST / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}",
        body.len()
    );
    let mut stream = attempt.connect().await;
    stream.write_all(form.as_bytes()).await.unwrap();
    Attempt::is_code(
        bounded(&mut attempt.response).await.unwrap(),
        "from-the-form",
    );
}

#[tokio::test]
async fn an_error_response_with_the_state_ends_the_sign_in() {
    let mut attempt = Attempt::new().await;
    let mut stream = attempt.connect().await;
    let head = format!(
        "GET /?error=access_denied&state={} HTTP/1.1\r\nHost: localhost:{}\r\n\r\n",
        attempt.state(),
        attempt.port
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    match bounded(&mut attempt.response).await.unwrap() {
        AuthorizationResponse::Failed(error) => assert!(error.needs_sign_in(), "{error}"),
        AuthorizationResponse::Code(_) => panic!("there is no code"),
    }
}

#[tokio::test]
async fn only_the_registered_path_is_served() {
    let redirect = LoopbackRedirect::localhost().path("/callback").unwrap();
    let mut attempt = Attempt::with(redirect, ResponseMode::Query).await;
    let state = attempt.state();
    let at = |path: &str| format!("{path}?code=c&state={state}");
    for path in ["/", "/callback/", "/callback/x", "//callback", "/Callback"] {
        assert_eq!(
            status(&attempt.request("GET", &at(path)).await),
            404,
            "{path}"
        );
        attempt.still_waits();
    }
    let host = format!("localhost:{}", attempt.port);
    let mut stream = attempt.connect().await;
    let head = format!("GET {} HTTP/1.1\r\nHost: {host}\r\n\r\n", at("/callback"));
    stream.write_all(head.as_bytes()).await.unwrap();
    Attempt::is_code(bounded(&mut attempt.response).await.unwrap(), "c");
}

#[tokio::test]
async fn a_connection_without_http_is_closed_and_the_sign_in_waits() {
    let mut attempt = Attempt::new().await;
    for bytes in [
        "\x16\x03\x01\x02\x00\x01",
        "\r\n\r\n\r\n\0\0",
        "GET\r\n\r\n",
        "SSH-2.0-x\r\n",
    ] {
        let response = attempt.send(&format!("{bytes}\r\n\r\n")).await;
        assert!(
            response.is_empty() || status(&response) == 400,
            "{response}"
        );
        attempt.still_waits();
    }
}

#[tokio::test]
async fn checklist_11_after_the_sign_in_the_port_is_closed() {
    let attempt = Attempt::new().await;
    let mut open = attempt.connect().await;
    let (port, serving) = (attempt.port, attempt.serving);
    serving.abort();
    assert!(serving.await.unwrap_err().is_cancelled());
    drop(attempt.server);
    assert_eq!(read(&mut open).await, "");
    assert!(
        TcpStream::connect((Ipv4Addr::LOCALHOST, port))
            .await
            .is_err()
    );
}
