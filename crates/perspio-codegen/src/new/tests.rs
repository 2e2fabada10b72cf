use serde_json::json;

use super::*;

#[test]
fn a_name_that_a_crate_cannot_have_is_rejected() {
    for name in ["", "A", "1a", "a b", "../a", "type", "-a", "test"] {
        assert!(check_name(name).is_err(), "{name}");
    }
    for name in ["petstore", "pet-store", "pet_store2"] {
        check_name(name).unwrap();
    }
}

#[test]
fn an_address_that_a_client_cannot_use_is_none() {
    let url = |url: &str| base_url(&json!({"servers": [{"url": url}]})).map(str::to_owned);
    assert_eq!(
        url("https://a.example/v1/").as_deref(),
        Some("https://a.example/v1")
    );
    for other in ["http://a.example", "/v1", "https://{host}/v1", ""] {
        assert_eq!(url(other), None, "{other}");
    }
    assert_eq!(base_url(&json!({})), None);
}

#[test]
fn a_runtime_path_without_the_runtime_is_an_error() {
    let folder = tempfile::TempDir::new().unwrap();
    let error = dependency(&Runtime::Path(folder.path().to_owned())).unwrap_err();
    assert!(error.to_string().contains("perspio-http"), "{error}");
    let crates = crate::testing::workspace().join("crates");
    assert!(
        dependency(&Runtime::Path(crates))
            .unwrap()
            .starts_with("path = ")
    );
}
