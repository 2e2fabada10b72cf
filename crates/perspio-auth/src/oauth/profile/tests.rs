use http::{HeaderName, Method};
use secrecy::SecretString;

use super::*;
use crate::testing;

const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const TENANT: HeaderName = HeaderName::from_static("x-tenant");

#[test]
fn the_endpoints_and_the_issuer_follow_the_authority() {
    for authority in [
        "http://127.0.0.1:9/dir/",
        "http://127.0.0.1:9/dir/oauth2/v2.0",
    ] {
        let authority = authority.parse::<Endpoint>().unwrap();
        let profile = testing::profile().with_authority(&authority);
        let base = "http://127.0.0.1:9/dir";
        for (endpoint, path) in [
            (profile.authorize_url(), "authorize"),
            (profile.token_url(), "token"),
            (profile.device_code_url(), "devicecode"),
        ] {
            assert_eq!(endpoint.base(), format!("{base}/oauth2/v2.0/{path}"));
        }
        let issuer = Issuer::Known(format!("{base}/v2.0"));
        assert_eq!(*profile.issuer(), issuer);
    }
}

#[test]
fn a_header_value_with_a_line_break_is_rejected_and_not_repeated() {
    let value = SecretString::from("canary\r\nx: y");
    let error = testing::profile().with_header(API_KEY, &value).unwrap_err();
    assert!(error.to_string().contains("x-api-key"));
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[test]
fn no_header_value_appears_in_debug() {
    let value = SecretString::from("canary");
    let profile = testing::profile().with_header(API_KEY, &value).unwrap();
    assert!(!format!("{profile:?}").contains("canary"));
}

#[test]
fn a_value_is_set_on_the_header_of_that_name_or_adds_a_header() {
    let value = SecretString::from("a");
    let other = HeaderName::from_static("x-other");
    let profile = testing::profile().with_header(TENANT, &value).unwrap();
    let profile = profile.with_header(other, &value).unwrap();
    let names: Vec<_> = profile.headers().iter().map(ApiHeader::name).collect();
    assert_eq!(names, ["x-tenant", "x-api-key", "x-other"]);
    let values = profile.headers().iter().map(ApiHeader::value);
    let set: Vec<_> = values.map(|value| value.is_some()).collect();
    assert_eq!(set, [true, false, true]);
}

#[test]
fn a_required_header_replaces_the_one_of_the_same_name() {
    let header = ApiHeader::new(TENANT)
        .with_label("X-Tenant")
        .with_found_at("the console");
    let profile = testing::profile().with_required_header(header);
    let labels: Vec<_> = profile.headers().iter().map(ApiHeader::label).collect();
    assert_eq!(labels, ["X-Tenant", "x-api-key"]);
    assert_eq!(profile.headers()[0].found_at(), "the console");
}

#[test]
fn the_tenant_is_the_value_of_the_header_that_names_it_once_set() {
    let profile = testing::profile();
    assert_eq!(profile.tenant(), None);
    let key = SecretString::from("canary");
    let profile = profile.with_header(API_KEY, &key).unwrap();
    assert_eq!(profile.tenant(), None);
    let tenant = SecretString::from("t-1");
    let profile = profile.with_header(TENANT, &tenant).unwrap();
    assert_eq!(profile.tenant(), Some("t-1"));
}

#[test]
fn by_default_only_requests_that_read_are_retryable() {
    let api = Endpoint::from_static("https://api.example");
    let profile = Profile::custom("Example", api.clone(), &api);
    assert_eq!(profile.retryable_methods(), [Method::GET, Method::HEAD]);
}

#[test]
fn each_help_text_can_be_replaced() {
    let profile = testing::profile()
        .with_secret_help("secret")
        .with_write_help("write")
        .with_forbidden_help("forbidden")
        .with_issuer_help("issuer")
        .with_renewal_help("renewal");
    assert_eq!(profile.issuer_help(), "issuer");
    assert_eq!(profile.renewal_help(), "renewal");
    assert_eq!(profile.secret_help(), "secret");
    assert_eq!(profile.write_help(), "write");
    assert_eq!(profile.forbidden_help(), "forbidden");
}

#[test]
fn offline_access_is_added_to_a_sign_in_or_removed_everywhere() {
    let scopes = Scopes {
        refresh: Some(vec!["all".to_owned(), "offline_access".to_owned()]),
        ..testing::profile().scopes().clone()
    };
    let without = scopes.clone().with_offline_access(false);
    assert_eq!(without.sign_in, ["api://example/access_as_user"]);
    assert_eq!(without.refresh, Some(vec!["all".to_owned()]));
    let with = without.with_offline_access(true).with_offline_access(true);
    for requested in [&with.authorization, &with.sign_in] {
        assert_eq!(
            *requested,
            ["api://example/access_as_user", "offline_access"]
        );
    }
    assert_eq!(with.client_credentials, ["api://example/.default"]);
    let nothing_sent = Scopes::default().with_offline_access(true);
    assert_eq!(nothing_sent, Scopes::default());
}

#[test]
fn a_prompt_is_parsed_by_its_name_and_an_unknown_one_is_rejected() {
    for name in ["select_account", "login", "consent", "none", "unspecified"] {
        assert_eq!(name.parse::<Prompt>().unwrap().name(), name);
    }
    let error = "Login".parse::<Prompt>().unwrap_err();
    assert!(error.is_configuration());
    assert!(
        error.to_string().contains("select_account, login"),
        "{error}"
    );
}
