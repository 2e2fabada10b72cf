//! The parts that all pages share: header, footer, style and security headers.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use uuid::Uuid;

const STYLE: &str = concat!(include_str!("style.css"), include_str!("live.css"));

/// Only the one stylesheet above is applied, because only its hash is allowed.
static STYLE_HASH: LazyLock<String> = LazyLock::new(|| {
    format!(
        "'sha256-{}'",
        STANDARD.encode(digest(&SHA256, STYLE.as_bytes()))
    )
});

/// A page without its content.
pub(super) struct Document<'a> {
    pub(super) status: StatusCode,
    pub(super) title: &'a str,
    /// The sources of the policy's `form-action`.
    pub(super) form_target: &'a str,
    /// The only script of the page, if it has one.
    pub(super) script: Option<&'static str>,
    /// Whether the script may send requests to the sandbox.
    pub(super) connects: bool,
}

impl Document<'_> {
    pub(super) fn respond(&self, main: &Markup) -> Response {
        let nonce = self.script.map(|_| Uuid::new_v4().simple().to_string());
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    title { (self.title) " · Perspio sandbox" }
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    header { (logo()) a href="/" { "Perspio sandbox" } }
                    main { (main) }
                    footer { p { "Perspio sandbox — made-up users, nothing here is real" } }
                    @if let (Some(script), Some(nonce)) = (self.script, &nonce) {
                        script nonce=(nonce) { (PreEscaped(script)) }
                    }
                }
            }
        };
        let mut response = (self.status, page.into_string()).into_response();
        self.protect(response.headers_mut(), nonce.as_deref());
        response
    }

    fn protect(&self, headers: &mut HeaderMap, nonce: Option<&str>) {
        let script =
            nonce.map_or_else(String::new, |nonce| format!("; script-src 'nonce-{nonce}'"));
        let connect = if self.connects {
            "; connect-src 'self'"
        } else {
            ""
        };
        let policy = format!(
            "default-src 'none'; style-src {}; form-action {}; base-uri 'none'; \
             frame-ancestors 'none'{connect}{script}",
            *STYLE_HASH, self.form_target
        );
        // Cannot fail, because a form's target is a registered redirect URI. The fallback is the
        // strictest policy, because a page without one would block nothing.
        let policy = HeaderValue::from_str(&policy)
            .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'; sandbox"));
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        for (name, value) in [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (header::PRAGMA, "no-cache"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::X_FRAME_OPTIONS, "DENY"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

/// A place on a map, in a box of sand.
fn logo() -> Markup {
    html! {
        svg width="28" height="28" viewBox="0 0 28 28" aria-hidden="true" focusable="false" {
            rect class="logo-box" width="28" height="28" rx="8" {}
            circle class="logo-pin" cx="14" cy="11.5" r="4.5" fill="none" stroke-width="2.5" {}
            path class="logo-pin" d="M7 21.5h14" fill="none" stroke-width="2.5"
                stroke-linecap="round" {}
        }
    }
}
