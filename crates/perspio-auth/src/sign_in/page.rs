//! The pages that the browser shows at the end of a sign-in.

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body_util::Full;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use oauth2::CsrfToken;

use crate::oauth::Application;
use crate::oauth::Profile;
use crate::oauth::{Error, ErrorResponse};
use crate::token::IdToken;
use crate::token::secret::printable;

/// A complete page.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    status: StatusCode,
    html: String,
    /// The nonce of the page's style in the content security policy.
    style_nonce: String,
}

const CLOSE: &str =
    "The program that asked you to sign in has been notified. You can close this tab.";

const STYLE: &str = include_str!("page.css");

impl Page {
    /// Returns an empty page, for redirects.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self {
            status,
            html: String::new(),
            style_nonce: String::new(),
        }
    }

    /// Returns the page of a successful sign-in.
    pub(crate) fn signed_in(
        profile: &Profile,
        application: &Application,
        id_token: Option<&IdToken>,
    ) -> Self {
        let claim = |name| id_token?.unverified_claim(name).as_deref().map(printable);
        let user = match (claim("name"), claim("preferred_username")) {
            (Some(name), Some(login)) => Some(format!("{name} ({login})")),
            (name, login) => name.or(login),
        };
        let facts = [
            ("Signed in as", user),
            ("Application", Some(printable(application.client_id()))),
            ("Tenant", profile.tenant().map(printable)),
        ];
        let title = format!("Signed in to {}", profile.name());
        Self::new(
            StatusCode::OK,
            &title,
            &html! {
                p.mark.good aria-hidden="true" {
                    svg viewBox="0 0 24 24" { path d="M5 12.5l4.5 4.5L19 7.5"; }
                }
                h1 { (title) }
                p { "You can close this tab and go back to the program that asked you to sign in." }
                (list(facts))
            },
        )
    }

    /// Returns the page of a sign-in that failed with `error`.
    pub(crate) fn failed(profile: &Profile, error: &Error) -> Self {
        let title = format!("The sign-in to {} did not work", profile.name());
        let explained = error
            .error_response()
            .map_or_else(|| html! { p { (error) } p { (CLOSE) } }, error_response);
        Self::new(
            StatusCode::OK,
            &title,
            &html! {
                p.mark.bad aria-hidden="true" { "!" }
                h1 { (title) }
                (explained)
            },
        )
    }

    /// Returns the page for any other request to the address of a sign-in.
    pub(crate) fn notice(status: StatusCode, text: &str) -> Self {
        let title = "Not part of the sign-in";
        Self::new(
            status,
            title,
            &html! {
                p.mark aria-hidden="true" { "?" }
                h1 { (title) }
                p { (text) "." }
                p { "If the sign-in is not finished yet, continue in the window that was opened for it." }
            },
        )
    }

    fn new(status: StatusCode, title: &str, main: &Markup) -> Self {
        let style_nonce = CsrfToken::new_random().into_secret();
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) }
                    style nonce=(style_nonce) { (PreEscaped(STYLE)) }
                }
                body { main { (main) } }
            }
        };
        Self {
            status,
            html: page.into_string(),
            style_nonce,
        }
    }
}

/// The details of an error response that support asks for.
fn error_response(response: &ErrorResponse) -> Markup {
    let codes: Vec<_> = response
        .codes
        .iter()
        .map(|code| format!("AADSTS{code}"))
        .collect();
    let codes = (!codes.is_empty()).then(|| codes.join(", "));
    let ids = [
        ("Error", Some(response.error.clone())),
        ("Code", codes),
        ("Correlation ID", response.correlation_id.clone()),
        ("Trace ID", response.trace_id.clone()),
        ("Timestamp", response.timestamp.clone()),
    ];
    html! {
        @if !response.description.is_empty() { p { (response.description) } }
        @if !response.help.is_empty() { p { strong { "What to do: " } (response.help) "." } }
        p { (CLOSE) }
        (list(ids))
    }
}

fn list<const N: usize>(facts: [(&str, Option<String>); N]) -> Markup {
    html! {
        dl {
            @for (name, value) in facts {
                @if let Some(value) = value { div { dt { (name) } dd { (value) } } }
            }
        }
    }
}

/// Adds headers that prevent loading, framing, caching, and referrers.
pub(crate) fn response(page: Page) -> Response<Full<Bytes>> {
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        page.style_nonce
    );
    let mut response = Response::new(Full::new(Bytes::from(page.html)));
    *response.status_mut() = page.status;
    let fixed = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
    ];
    let mut headers: HeaderMap = fixed
        .into_iter()
        .map(|(name, value)| (name, HeaderValue::from_static(value)))
        .collect();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    *response.headers_mut() = headers;
    response
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::testing;

    const HOSTILE: &str = "<script>alert(1)</script>\"'&\u{202e}";

    fn text(page: Page) -> String {
        page.html
    }

    fn is_inert(html: &str) {
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains('\u{202e}'));
    }

    #[test]
    fn the_page_shows_user_application_and_tenant() {
        let tenant = http::HeaderName::from_static("x-tenant");
        let profile = testing::profile()
            .with_header(tenant, &SecretString::from("in-norlund"))
            .unwrap();
        // {"name":"Ada","preferred_username":"ada@norlund.example"}
        let token = IdToken::new(SecretString::from(
            "e30.eyJuYW1lIjoiQWRhIiwicHJlZmVycmVkX3VzZXJuYW1lIjoiYWRhQG5vcmx1bmQuZXhhbXBsZSJ9.c",
        ));
        let application = Application::public("the-client-id");
        let html = text(Page::signed_in(&profile, &application, Some(&token)));
        for part in [
            "Signed in to Example",
            "the-client-id",
            "in-norlund",
            "Ada (ada@norlund.example)",
            "close this tab",
        ] {
            assert!(html.contains(part), "{part} is missing: {html}");
        }
    }

    #[test]
    fn checklist_13_nothing_is_reflected_unescaped() {
        use base64::Engine;
        let claims = serde_json::json!({"name": HOSTILE, "preferred_username": HOSTILE});
        let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims.to_string());
        let token = IdToken::new(SecretString::from(format!("e30.{claims}.c")));
        let profile = testing::profile();
        let application = Application::public(HOSTILE);
        is_inert(&text(Page::signed_in(&profile, &application, Some(&token))));
        let error = Error::Rejected {
            response: std::sync::Arc::new(ErrorResponse {
                error: HOSTILE.replace('\u{202e}', ""),
                description: HOSTILE.replace('\u{202e}', ""),
                correlation_id: Some("<b>".to_owned()),
                help: "<i>".to_owned(),
                ..ErrorResponse::default()
            }),
        };
        let html = text(Page::failed(&profile, &error));
        is_inert(&html);
        assert!(!html.contains("<b>") && !html.contains("<i>"));
        is_inert(&text(Page::notice(StatusCode::BAD_REQUEST, "<script>")));
    }

    #[test]
    fn checklist_13_the_page_loads_nothing_and_is_not_cached() {
        let page = Page::notice(StatusCode::NOT_FOUND, "a");
        let nonce = page.style_nonce.clone();
        let response = response(page);
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(policy.contains(&nonce) && policy.contains("frame-ancestors 'none'"));
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("x-content-type-options"), "nosniff");
    }

    #[test]
    fn a_failure_shows_entras_ids_and_a_next_step() {
        let error = Error::SignInRequired {
            response: std::sync::Arc::new(ErrorResponse {
                error: "invalid_grant".to_owned(),
                codes: vec![70_008],
                correlation_id: Some("c-1".to_owned()),
                trace_id: Some("t-1".to_owned()),
                timestamp: Some("2026-11-21 08:00:00Z".to_owned()),
                help: "Sign in again".to_owned(),
                ..ErrorResponse::default()
            }),
        };
        let html = text(Page::failed(&testing::profile(), &error));
        for part in [
            "AADSTS70008",
            "c-1",
            "t-1",
            "2026-11-21 08:00:00Z",
            "Sign in again",
        ] {
            assert!(html.contains(part), "{part} is missing: {html}");
        }
    }
}
