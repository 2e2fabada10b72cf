//! The URLs of servers, whose variables are in braces: no URL of RFC 3986 yet.

/// Returns `url` without its scheme and a slash at its end.
pub(super) fn without_scheme(url: &str) -> &str {
    let url = url.trim_end_matches('/');
    let schemes = ["https:", "http:"];
    let rest = schemes.iter().find_map(|scheme| url.strip_prefix(scheme));
    rest.unwrap_or(url)
}

/// Returns `url` as an absolute one, if `main` is absolute.
pub(super) fn resolved(url: &str, main: &str) -> String {
    if url.contains("://") {
        return url.to_owned();
    }
    if url.starts_with("//") {
        let scheme = main.split_once("//").map_or("", |(scheme, _)| scheme);
        let scheme = if scheme.is_empty() { "https:" } else { scheme };
        return format!("{scheme}{url}");
    }
    match main.split_once("//") {
        Some((scheme, rest)) => {
            let authority = rest.split('/').next().unwrap_or_default();
            let scheme = if scheme.is_empty() { "https:" } else { scheme };
            let path = url.trim_start_matches("./").trim_start_matches('/');
            format!("{scheme}//{authority}/{path}")
        }
        None => url.to_owned(),
    }
}

/// Returns the host, which may have variables. `None`: the URL is relative.
pub(super) fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("//")?;
    let authority = rest.split('/').next()?;
    authority.split(':').next()
}

/// Returns the path.
pub(super) fn path(url: &str) -> &str {
    match url.split_once("//") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => url.trim_start_matches('/'),
    }
}

/// Returns the names of the variables in a URL.
pub(super) fn variables(url: &str) -> impl Iterator<Item = &str> {
    let parts = url.split('{').skip(1);
    parts.filter_map(|part| Some(part.split_once('}')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_url_is_resolved_against_the_main_one() {
        let main = "https://a.example:8443/v1";
        for (url, expected) in [
            ("https://b.example", "https://b.example"),
            ("//b.example/x", "https://b.example/x"),
            ("/v2", "https://a.example:8443/v2"),
            ("v2", "https://a.example:8443/v2"),
            ("/", "https://a.example:8443/"),
            ("{scheme}://b.example", "{scheme}://b.example"),
        ] {
            assert_eq!(resolved(url, main), expected);
        }
        assert_eq!(resolved("/v2", "/v1"), "/v2");
        assert_eq!(resolved("//b", "/v1"), "https://b");
        assert_eq!(resolved("/v2", "//a/v1"), "https://a/v2");
    }

    #[test]
    fn the_variables_of_a_url_are_its_names_in_braces() {
        let names = |url| variables(url).collect::<Vec<_>>();
        assert_eq!(names("https://{a}.x/{b-c}/{d"), ["a", "b-c"]);
        assert!(names("https://x").is_empty());
    }
}
