//! The URL of a next page, as the server has sent it.

use perspio_auth::endpoint::Endpoint;
use reqwest::Url;

/// Returns the URL of the next page: `next`, relative to that of the page that names it.
///
/// # Errors
/// Why it is not requested: it is outside of the base URL, to which the credentials belong. Of
/// the URL, the reason contains at most the origin.
pub(super) fn of(next: &str, of_page: &Url, base: &Endpoint) -> Result<Url, String> {
    let mut url = of_page
        .join(next)
        .map_err(|cause| format!("the URL of the next page is invalid: {cause}"))?;
    url.set_fragment(None);
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user || !base.same_origin(&url) {
        let origin = url.origin().ascii_serialization();
        return Err(format!(
            "the next page is at {origin} and not requested, because the credentials belong to \
             this server"
        ));
    }
    let below = url
        .path()
        .strip_prefix(base.url().path().trim_end_matches('/'));
    if !below.is_some_and(|below| below.is_empty() || below.starts_with('/')) {
        return Err(format!(
            "the next page is not below the base path {} and not requested",
            base.url().path()
        ));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "https://api.example/v1/things?page=1";

    fn next(next: &str) -> Result<String, String> {
        let base: Endpoint = "https://api.example/v1".parse().unwrap();
        of(next, &Url::parse(PAGE).unwrap(), &base).map(Into::into)
    }

    #[test]
    fn a_url_below_the_base_is_resolved() {
        for (sent, expected) in [
            ("https://api.example/v1/things?page=2", "/v1/things?page=2"),
            ("https://api.example:443/v1/all#top", "/v1/all"),
            ("//api.example/v1/all", "/v1/all"),
            ("/v1/things?page=2", "/v1/things?page=2"),
            ("things?page=2", "/v1/things?page=2"),
            ("?page=2", "/v1/things?page=2"),
            ("/v1", "/v1"),
        ] {
            let expected = format!("https://api.example{expected}");
            assert_eq!(next(sent), Ok(expected), "{sent}");
        }
    }

    #[test]
    fn any_other_url_is_an_error_without_its_path() {
        for (sent, named) in [
            (
                "https://other.example/v1/secret",
                "https://other.example and",
            ),
            ("//other.example/v1/secret", "https://other.example and"),
            ("http://api.example/v1/secret", "http://api.example and"),
            (
                "https://api.example:444/v1/secret",
                "https://api.example:444 and",
            ),
            ("https://secret@api.example/v1/", "https://api.example and"),
            ("data:secret", "null"),
            ("/v2/secret", "base path /v1"),
            ("/v1/../v2/secret", "base path /v1"),
            ("/v1/%2e%2e/secret", "base path /v1"),
            ("/v1\\..\\secret", "base path /v1"),
            ("/v11/secret", "base path /v1"),
            ("https://:secret", "invalid"),
        ] {
            let reason = next(sent).unwrap_err();
            assert!(reason.contains(named), "{sent}: {reason}");
            assert!(!reason.contains("secret"), "{sent}: {reason}");
        }
    }
}
