//! APIs of several servers: each request goes to the server of its operation, and credentials to
//! configured servers only.

use std::time::Duration;

use perspio_auth::http::Method;
use perspio_auth::{AuthMiddleware, FixedToken, Profile, SecretString, TokenSource};
use perspio_http::{ApiClient, Error, Operation, Provenance, RetryPolicy};

use crate::raw_server::RawServer;
use crate::support;

const UPLOAD: Operation = Operation {
    id: "upload",
    method: "POST",
    path: "/files",
    provenance: Provenance::Documented,
    writes: true,
    repeatable: false,
    anonymous: false,
    server: Some("upload"),
};
const LIST: Operation = Operation {
    id: "list",
    method: "GET",
    server: None,
    ..UPLOAD
};
const OF_NO_SERVER: Operation = Operation {
    id: "elsewhere",
    server: Some("elsewhere"),
    ..UPLOAD
};

/// A client with a token and a key. The server `upload` has the path `/up`.
fn client(main: &RawServer, upload: &RawServer) -> ApiClient {
    let here = support::address(main.url());
    let key = SecretString::from("canary-key");
    let profile = Profile::custom("Servers", here.clone(), &here);
    ApiClient::builder(profile.with_query_key("key", &key).unwrap())
        .credential(FixedToken::new("canary-token"))
        .server("upload", support::address(&format!("{}/up", upload.url())))
        .retry(RetryPolicy::none())
        .timeout(Duration::from_secs(5))
        .build()
        .unwrap()
}

#[tokio::test]
async fn an_operation_is_sent_to_its_server_with_the_credentials() {
    let (main, upload) = (RawServer::start().await, RawServer::start().await);
    let client = client(&main, &upload);
    main.queue_http(200, "", "[]");
    upload.queue_http(201, "", "");
    client.operation(&LIST).send().await.unwrap();
    client.operation(&UPLOAD).send().await.unwrap();
    let begins = |server: &RawServer, line: &str| {
        let requests = server.requests();
        assert_eq!(requests.len(), 1);
        assert!(requests[0].starts_with(line), "{}", requests[0]);
        assert!(requests[0].contains("authorization: Bearer canary-token"));
    };
    begins(&main, "GET /files?key=canary-key ");
    begins(&upload, "POST /up/files?key=canary-key ");
    // A request to any path goes to the base URL.
    main.queue_http(200, "", "[]");
    client
        .request(Method::GET, "/up/files")
        .send()
        .await
        .unwrap();
    assert_eq!((main.connections(), upload.connections()), (2, 1));
}

#[tokio::test]
async fn an_error_of_another_server_names_its_path() {
    let (main, upload) = (RawServer::start().await, RawServer::start().await);
    let client = client(&main, &upload);
    upload.queue_http(404, "", "");
    let error = client.operation(&UPLOAD).send().await.unwrap_err();
    assert!(error.to_string().contains("/up/files"), "{error}");
}

#[tokio::test]
async fn a_redirect_between_servers_is_not_followed() {
    let (main, upload) = (RawServer::start().await, RawServer::start().await);
    let client = client(&main, &upload);
    for status in [301, 302, 303, 307, 308] {
        // Each is a server of the client; the request belongs to one of them.
        let location = |to: &RawServer| format!("location: {}/up/files\r\n", to.url());
        main.queue_http(status, &location(&upload), "");
        let error = client.operation(&LIST).send().await.unwrap_err();
        assert_eq!(error.status().unwrap(), status);
        upload.queue_http(status, &location(&main), "");
        let error = client.operation(&UPLOAD).send().await.unwrap_err();
        assert_eq!(error.status().unwrap(), status);
    }
    let sent = |server: &RawServer| server.requests().len();
    assert_eq!((sent(&main), sent(&upload)), (5, 5));
    // Within one server it is followed, with the credentials.
    upload.queue_http(307, "location: /up/files/1\r\n", "");
    upload.queue_http(201, "", "");
    client.operation(&UPLOAD).send().await.unwrap();
    let last = upload.requests().pop().unwrap();
    assert!(
        last.starts_with("POST /up/files/1?key=canary-key "),
        "{last}"
    );
    assert!(last.contains("canary-token"), "{last}");
}

#[tokio::test]
async fn a_server_without_a_url_gets_nothing_and_the_error_says_how_to_set_it() {
    let (main, upload) = (RawServer::start().await, RawServer::start().await);
    let client = client(&main, &upload);
    let error = client.operation(&OF_NO_SERVER).send().await.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("`elsewhere`") && text.contains(".server(\"elsewhere\", …)"),
        "{text}"
    );
    assert!(!text.contains("canary"), "{text}");
    assert_eq!((main.connections(), upload.connections()), (0, 0));
}

#[tokio::test]
async fn checklist_25_no_credentials_are_sent_to_an_origin_that_is_not_configured() {
    let (main, upload, evil) = (
        RawServer::start().await,
        RawServer::start().await,
        RawServer::start().await,
    );
    let here = support::address(main.url());
    let profile = Profile::custom("Servers", here.clone(), &here)
        .with_server("upload", support::address(upload.url()));
    let source = TokenSource::builder(&profile, FixedToken::new("canary-token")).build();
    let middleware = AuthMiddleware::new(&profile, source.unwrap()).unwrap();
    let http = reqwest_middleware::ClientBuilder::new(support::local_client());
    let http = http.with(middleware).build();
    upload.queue_http(200, "", "");
    http.get(upload.url()).send().await.unwrap();
    assert!(upload.requests()[0].contains("canary-token"));
    let error = http.get(evil.url()).send().await.unwrap_err();
    let text = format!("{error:?}");
    assert!(
        text.contains(main.url()) && text.contains(upload.url()),
        "{text}"
    );
    // A redirect does not lead there either.
    upload.queue_http(307, &format!("location: {}\r\n", evil.url()), "");
    client(&main, &upload)
        .operation(&UPLOAD)
        .send()
        .await
        .unwrap_err();
    assert_eq!(evil.connections(), 0);
}
