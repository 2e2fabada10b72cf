use std::collections::HashMap;
use std::ffi::OsString;

use super::*;
use crate::client::ApiClient;
use crate::error::Error;
use crate::server::ServerVariable;
use crate::settings::VariableNames;

struct Client(ApiClient);

impl From<ApiClient> for Client {
    fn from(inner: ApiClient) -> Self {
        Self(inner)
    }
}

const TENANT: ServerVariable = ServerVariable {
    name: "tenant",
    setting: "TENANT",
    default: None,
    values: &[],
};
const REGION: ServerVariable = ServerVariable {
    name: "region",
    setting: "REGION",
    default: Some("eu"),
    values: &["eu", "us"],
};

impl Api for Client {
    const NAME: &'static str = "Example";
    const VARIABLES: VariableNames = VariableNames::new("EXAMPLE");
    const BASE_URL: Option<&'static str> = Some("https://{tenant}.example.com/{region}");
    const SERVER_VARIABLES: &'static [ServerVariable] = &[TENANT, REGION];
    const SERVERS: &'static [Server] = &[
        Server {
            name: "upload",
            setting: "UPLOAD_URL",
            url: "https://upload.example.com/{region}",
            variables: &[REGION],
        },
        Server {
            name: "v2",
            setting: "V2_URL",
            url: "/v2",
            variables: &[],
        },
    ];
}

fn builder(variables: &[(&str, &str)]) -> ClientBuilder<Client> {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    ClientBuilder::from_variables(|name| variables.get(name).map(OsString::from))
}

/// Returns the base URL and those of the two servers; empty if one is not set.
fn addresses(builder: ClientBuilder<Client>) -> [String; 3] {
    let client = builder
        .build()
        .map_err(|error| error.to_string())
        .unwrap()
        .0;
    let profile = client.profile();
    let base = |name| profile.server(name).map_or("", Endpoint::base).to_owned();
    [client.base_url().to_owned(), base("upload"), base("v2")]
}

/// Returns the settings that the error names, with their problems.
fn problems(builder: ClientBuilder<Client>) -> Vec<(String, String)> {
    let Err(Error::Settings(error)) = builder.build().map(|client| client.0) else {
        panic!("the settings are complete");
    };
    let problems = error.problems().iter();
    problems
        .map(|problem| (problem.name.clone(), problem.problem.clone()))
        .collect()
}

#[test]
fn servers_have_the_urls_of_the_document_with_the_values_of_the_variables() {
    let expected = |region: &str| {
        [
            format!("https://acme.example.com/{region}"),
            format!("https://upload.example.com/{region}"),
            "https://acme.example.com/v2".to_owned(),
        ]
    };
    let tenant = ("EXAMPLE_TENANT", "acme");
    assert_eq!(addresses(builder(&[tenant])), expected("eu"));
    let both = builder(&[tenant, ("EXAMPLE_REGION", "us")]);
    assert_eq!(addresses(both), expected("us"));
    let given = builder(&[]).server_variable("tenant", "acme");
    assert_eq!(
        addresses(given.server_variable("region", "us")),
        expected("us")
    );
}

#[test]
fn a_server_has_the_url_that_is_set() {
    let tenant = ("EXAMPLE_TENANT", "acme");
    let url = "https://up.test/x";
    let of_environment = builder(&[tenant, ("EXAMPLE_UPLOAD_URL", url)]);
    assert_eq!(addresses(of_environment)[1], url);
    let given = builder(&[tenant]).server("upload", url);
    assert_eq!(addresses(given)[1], url);
}

#[test]
fn another_installation_does_not_call_the_documented_host() {
    let staging = "https://staging.test/base";
    let [base, upload, v2] = addresses(builder(&[]).base_url(staging));
    assert_eq!((base.as_str(), upload.as_str()), (staging, ""));
    assert_eq!(v2, "https://staging.test/v2");
    let same = builder(&[("EXAMPLE_TENANT", "acme")]).base_url("https://acme.example.com/x");
    assert_eq!(addresses(same)[1], "https://upload.example.com/eu");
}

#[test]
fn a_variable_that_is_missing_or_wrong_is_named_with_its_allowed_values() {
    let missing = problems(builder(&[("EXAMPLE_REGION", "mars")]));
    let named: Vec<_> = missing.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(named, ["EXAMPLE_TENANT", "EXAMPLE_REGION"]);
    assert!(missing[0].1.starts_with("is missing"), "{missing:?}");
    assert!(missing[1].1.contains("one of eu, us"), "{missing:?}");
    for tenant in ["a.evil.com/", "evil.com#", "u@evil", "a.b"] {
        let wrong = problems(builder(&[("EXAMPLE_TENANT", tenant)]));
        assert!(
            wrong[0].1.contains("not a label of a host name"),
            "{wrong:?}"
        );
    }
}

#[test]
fn an_unknown_server_or_variable_is_an_error_with_a_suggestion() {
    let builder = builder(&[("EXAMPLE_TENANT", "acme")]);
    let unknown = builder.server("uplaod", "https://up.test");
    let problems = problems(unknown.server_variable("regoin", "eu"));
    assert_eq!(
        problems,
        [
            (
                "EXAMPLE_uplaod".to_owned(),
                "is not the name of a server of this API: did you mean `upload`?".to_owned()
            ),
            (
                "EXAMPLE_regoin".to_owned(),
                "is not the name of a server variable of this API: did you mean `region`?"
                    .to_owned()
            ),
        ]
    );
}

#[test]
fn a_server_on_another_machine_needs_https() {
    let builder = || builder(&[("EXAMPLE_TENANT", "acme")]);
    let problems = problems(builder().server("upload", "http://up.test"));
    assert_eq!(problems[0].0, "EXAMPLE_UPLOAD_URL");
    assert!(problems[0].1.contains("use https"), "{problems:?}");
    let mixed = builder().server("upload", "http://127.0.0.1:1").build();
    let Err(error) = mixed.map(|client| client.0) else {
        panic!("the schemes differ");
    };
    assert!(error.to_string().contains("both be https"), "{error}");
}
