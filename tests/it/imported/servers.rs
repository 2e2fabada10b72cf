//! Operations of other servers than the document's.

use std::ffi::OsString;

use perspio_http::settings::VariableNames;
use perspio_http::{Api, ClientBuilder, Error, SecurityScheme, Server};

use super::generated::{Client, SERVERS};
use super::{RawServer, Sent};

impl Api for Client {
    const NAME: &'static str = "Hard";
    const VARIABLES: VariableNames = VariableNames::new("HARD");
    const BASE_URL: Option<&'static str> = Some("https://things.test");
    const SECURITY: &'static [SecurityScheme] = &[SecurityScheme::Bearer];
    const SERVERS: &'static [Server] = SERVERS;
}

fn builder(main: &RawServer) -> ClientBuilder<Client> {
    let builder = ClientBuilder::new().base_url(main.url());
    builder.token("canary-token")
}

#[tokio::test]
async fn an_operation_of_another_server_is_sent_there_with_the_token() {
    let (main, upload) = (RawServer::start().await, RawServer::start().await);
    let client = builder(&main)
        .server("upload", upload.url())
        .build()
        .unwrap();
    upload.queue_http(204, "", "");
    client.post_elsewhere().send().await.unwrap();
    let sent = Sent::last(&upload);
    assert_eq!(sent.line(), "POST /elsewhere HTTP/1.1");
    assert_eq!(sent.header("authorization"), ["Bearer canary-token"]);
    assert_eq!(main.connections(), 0);
    main.queue_http(204, "", "");
    client.first_of_two().send().await.unwrap();
    assert_eq!((main.connections(), upload.connections()), (1, 1));
}

#[tokio::test]
async fn the_url_of_a_server_is_read_from_the_environment_and_may_have_a_path() {
    let (main, reporting) = (RawServer::start().await, RawServer::start().await);
    let url = format!("{}/reporting/us/", reporting.url());
    let get = |name: &str| match name {
        "HARD_BASE_URL" => Some(OsString::from(main.url())),
        "HARD_REPORTING_URL" => Some(OsString::from(&url)),
        "HARD_TOKEN" => Some("canary-token".into()),
        _ => None,
    };
    let client: Client = ClientBuilder::from_variables(get).build().unwrap();
    reporting.queue_http(204, "", "");
    client.report().id("a/b").send().await.unwrap();
    let line = "GET /reporting/us/reports/a%2Fb HTTP/1.1";
    assert_eq!(Sent::last(&reporting).line(), line);
    // An empty parameter would be another path.
    let error = client.report().id("..").send().await.unwrap_err();
    assert!(error.to_string().contains("a path parameter"), "{error}");
    assert_eq!((main.connections(), reporting.connections()), (0, 1));
}

#[tokio::test]
async fn another_installation_sends_no_token_to_the_servers_of_the_document() {
    let main = RawServer::start().await;
    let client = builder(&main).build().unwrap();
    let error = client.post_elsewhere().send().await.unwrap_err();
    assert!(matches!(error, Error::InvalidRequest { .. }), "{error:?}");
    assert!(error.to_string().contains("`upload`"), "{error}");
    assert_eq!(main.connections(), 0);
}

#[test]
fn a_variable_without_a_default_is_a_setting_that_is_required() {
    let builder = || ClientBuilder::<Client>::new().token("canary-token");
    let Err(Error::Settings(error)) = builder().build() else {
        panic!("the tenant is missing");
    };
    let problem = error.problems().first().unwrap();
    assert_eq!(problem.name, "HARD_TENANT");
    assert!(problem.problem.starts_with("is missing"), "{error}");
    builder().server_variable("tenant", "acme").build().unwrap();
    builder()
        .server("reporting", "https://reports.test")
        .build()
        .unwrap();
    let escaped = builder().server_variable("tenant", "a.evil.com/");
    assert!(
        escaped
            .build()
            .unwrap_err()
            .to_string()
            .contains("HARD_TENANT")
    );
}
