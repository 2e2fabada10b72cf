//! The URL of a request to any endpoint.

use http::Method;
use reqwest::Url;

/// Returns the URL of `path` below `base`, exactly as it is given.
/// # Errors
/// Why it cannot be.
pub(super) fn of(base: &Url, method: &Method, path: &str) -> Result<Url, String> {
    let rejected = |reason: &str| {
        Err(format!(
            "{reason}; the path comes after the base URL, for instance /assets/v3/"
        ))
    };
    // Both are for proxies, and a response to TRACE repeats the credentials.
    if *method == Method::CONNECT || *method == Method::TRACE {
        return Err(format!("{method} is not a method of an API"));
    }
    if !path.starts_with('/') {
        return rejected("the path does not begin with `/`");
    }
    if path.contains('#') {
        return rejected("the path has a fragment (`#`), which is never sent; write it as %23");
    }
    let (before_query, _) = path.split_once('?').unwrap_or((path, ""));
    if before_query.contains("//") {
        return rejected("the path has an empty segment (`//`)");
    }
    if before_query.split(['/', '\\']).any(is_dots) {
        return rejected("the path has a segment `.` or `..`");
    }
    let base_text = base.as_str().trim_end_matches('/');
    let wanted = format!("{base_text}{path}");
    match Url::parse(&wanted) {
        // Parsing normalizes. A changed URL is not what the caller asked for.
        Ok(url) if url.as_str() == wanted => Ok(url),
        _ => rejected(
            "the path has a character that cannot be sent as it is; write it percent-encoded \
             (a space is %20)",
        ),
    }
}

/// Whether `segment` is `.` or `..`, a dot also as `%2e`.
fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASES: [&str; 2] = ["https://api.example/", "https://api.example/base"];

    fn address(base: &str, path: &str) -> Result<String, String> {
        let base = Url::parse(base).unwrap();
        of(&base, &Method::GET, path).map(|url| url.to_string())
    }

    #[test]
    fn a_path_comes_after_the_base_as_it_is_given() {
        for path in [
            "/",
            "/assets/v3/",
            "/assets/v3/IN-1?a=b&c=%20d",
            "/a%2Fb/%E2%82%AC",
            "/a?next=https://x.example/../y//",
            "/a..b/...",
            "/a;b=1/@me:x",
        ] {
            for base in BASES {
                let expected = format!("{}{path}", base.trim_end_matches('/'));
                assert_eq!(address(base, path), Ok(expected));
            }
        }
    }

    #[test]
    fn what_would_lead_elsewhere_or_be_changed_is_refused_with_the_reason() {
        for (path, named) in [
            ("https://elsewhere.example/", "begin with `/`"),
            ("assets/v3/", "begin with `/`"),
            ("", "begin with `/`"),
            ("@elsewhere.example/", "begin with `/`"),
            ("//elsewhere.example/", "`//`"),
            ("/a//b", "`//`"),
            ("/a/../b", "`..`"),
            ("/a/%2E./b", "`..`"),
            ("/a/.", "`..`"),
            ("/a\\..\\b", "`..`"),
            ("/a\\b", "percent-encoded"),
            ("/a#b", "%23"),
            ("/a b", "%20"),
            ("/a\nb", "percent-encoded"),
            ("/a\t", "percent-encoded"),
            ("/a ", "percent-encoded"),
            ("/a?b=\r\nc", "percent-encoded"),
            ("/€", "percent-encoded"),
        ] {
            for base in BASES {
                let error = address(base, path).unwrap_err();
                assert!(error.contains(named), "{path:?}: {error}");
            }
        }
    }

    #[test]
    fn methods_for_whoever_stands_between_are_refused() {
        let base = Url::parse(BASES[0]).unwrap();
        for method in [Method::TRACE, Method::CONNECT] {
            assert!(of(&base, &method, "/a").is_err());
        }
    }
}
