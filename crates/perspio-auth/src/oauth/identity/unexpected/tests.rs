//! The error texts of unexpected responses.

use http::HeaderValue;
use http::header::RETRY_AFTER;

use super::*;
use crate::testing;
use crate::token::clock::SystemClock;

const SECRET: &str = "canary-secret";
const GRANTS: [GrantType; 5] = [
    GrantType::ClientCredentials,
    GrantType::Authorization,
    GrantType::AuthorizationCode,
    GrantType::RefreshToken,
    GrantType::DeviceCode,
];

fn explain(status: u16, headers: &HeaderMap, body: &str, grant: GrantType) -> Error {
    let unexpected = Unexpected {
        url: &Url::parse("https://login.example/tenant/token").unwrap(),
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: body.as_bytes(),
        grant,
    };
    unexpected.explain(&testing::profile(), &[SECRET], &SystemClock)
}

fn redirect(status: u16, location: &str) -> String {
    let location = HeaderValue::from_str(location).unwrap();
    let headers = HeaderMap::from_iter([(LOCATION, location)]);
    explain(status, &headers, "", GrantType::RefreshToken).to_string()
}

#[test]
fn a_redirect_names_host_and_path_of_its_target_and_nothing_else() {
    for status in [301, 302, 303, 307, 308] {
        for (location, target) in [
            (
                "https://new.example/a/token?code=canary#canary",
                " new.example/a/token,",
            ),
            (
                "https://canary:canary@new.example:8443/t",
                " new.example:8443/t,",
            ),
            ("/other/token?canary", " login.example/other/token,"),
            ("//new.example/x", " new.example/x,"),
            (
                "https://new.example/canary-secret/t",
                " new.example/[redacted]/t,",
            ),
        ] {
            let text = redirect(status, location);
            assert!(
                text.contains(&format!("responded with {status}, a redirect")),
                "{text}"
            );
            assert!(text.contains(&format!("redirects to{target}")), "{text}");
            assert!(!text.contains("canary"), "{text}");
        }
    }
    for location in ["", "mailto:canary", "http://[canary"] {
        let text = redirect(307, location);
        assert!(
            text.contains("It redirects") && !text.contains("canary"),
            "{text}"
        );
    }
    let text = explain(302, &HeaderMap::new(), "", GrantType::RefreshToken).to_string();
    assert!(text.contains("It redirects, and"), "{text}");
}

#[test]
fn an_oauth_error_with_status_429_or_5xx_is_quoted_and_transient() {
    let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("7"))]);
    let body = r#"{"error":"invalid_grant","error_codes":[700082],
        "error_description":"AADSTS700082: The refresh_token canary-secret has expired. Trace ID: t"}"#;
    for status in [429, 500, 502, 503, 504] {
        for grant in GRANTS {
            let error = explain(status, &headers, body, grant);
            assert!(error.is_transient() && !error.needs_sign_in() && !error.is_configuration());
            assert!(!error.is_verdict() && error.error_response().is_none());
            assert_eq!(error.retry_after().unwrap().as_secs(), 7);
            let text = error.to_string();
            let quote = "invalid_grant (AADSTS700082): The refresh_token [redacted] has expired.";
            assert!(
                text.contains(quote) && text.contains("asks to wait 7 s"),
                "{text}"
            );
            assert!(!text.to_lowercase().contains("sign in"), "{text}");
        }
    }
    let text = explain(429, &headers, "", GrantType::RefreshToken).to_string();
    assert!(text.contains("limits the rate of requests"), "{text}");
}

#[test]
fn a_rejection_without_a_reason_has_the_help_of_its_grant() {
    for status in [400, 401, 403] {
        for body in ["", "<html>no</html>", r#"{"message":"no"}"#] {
            let text = |grant| explain(status, &HeaderMap::new(), body, grant).to_string();
            let refresh = text(GrantType::RefreshToken);
            assert!(
                refresh.contains("sign in again") && refresh.contains("kept"),
                "{refresh}"
            );
            let application = text(GrantType::ClientCredentials);
            assert!(application.contains("Check the client id and the client secret"));
            assert!(
                !application.to_lowercase().contains("sign in again"),
                "{application}"
            );
            for grant in GRANTS {
                let error = explain(status, &HeaderMap::new(), body, grant);
                assert!(!error.to_string().contains("report"), "{error}");
                assert!(!matches!(error, Error::SignInRequired { .. }) && !error.is_verdict());
            }
        }
    }
}

#[test]
fn any_other_status_has_a_next_step() {
    for status in [200, 204, 404, 405, 410, 418] {
        for grant in GRANTS {
            let text = explain(status, &HeaderMap::new(), "", grant).to_string();
            assert!(text.contains("login.example/tenant/token"), "{text}");
            assert!(!text.contains("report"), "{text}");
        }
    }
}
