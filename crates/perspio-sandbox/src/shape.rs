//! A request as text for a snapshot.

use url::form_urlencoded;

use crate::credentials::{CLIENT_SECRET, DIRECTORY_ID, SUBSCRIPTION_KEY};
use crate::log::RecordedRequest;
use crate::shared::Shared;

/// Returns the text; see [`Sandbox::shape`](crate::Sandbox::shape).
pub(crate) fn shape(shared: &Shared, request: &RecordedRequest) -> String {
    let mut text = format!("{} {}", request.method, request.path);
    if let Some(query) = &request.query {
        text = format!("{text}?{query}");
    }
    let mut headers: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    headers.sort();
    for header in headers {
        text.push('\n');
        text.push_str(&header);
    }
    if !request.body.is_empty() {
        let body = String::from_utf8_lossy(&request.body);
        let body = if request.has_form() {
            body.replace('&', "\n&")
        } else {
            body.into_owned()
        };
        text = format!("{text}\n\n{body}");
    }
    named(shared, request, text)
}

fn named(shared: &Shared, request: &RecordedRequest, text: String) -> String {
    let host = shared.base_url.trim_start_matches("http://");
    let constants = [
        (host, "[host]"),
        (DIRECTORY_ID, "[directory]"),
        (CLIENT_SECRET, "[client secret]"),
        (SUBSCRIPTION_KEY, "[subscription key]"),
    ];
    let text = constants
        .into_iter()
        .fold(text, |text, (value, name)| text.replace(value, name));
    let sent = sent(request).into_iter();
    let issued = sent.filter_map(|(raw, value)| Some((raw, issued(shared, &value)?)));
    issued.fold(text, |text, (raw, name)| text.replace(&raw, name))
}

/// Returns the name of a value that this sandbox has issued.
pub(crate) fn issued(shared: &Shared, value: &str) -> Option<&'static str> {
    let (issuer, sign_ins) = (&shared.issuer, &shared.sign_ins);
    if issuer.issued(value) {
        Some("[access token]")
    } else if issuer.issued_id_token(value) {
        Some("[id token]")
    } else if sign_ins.codes().issued(value) {
        Some("[code]")
    } else if sign_ins.refresh_tokens().issued(value) {
        Some("[refresh token]")
    } else if sign_ins.devices().issued(value) {
        Some("[device code]")
    } else {
        None
    }
}

/// The bearer token, and the values of query and form: as sent, and decoded.
fn sent(request: &RecordedRequest) -> Vec<(String, String)> {
    let bearer = request.header("authorization");
    let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
    let query = request.query.as_deref().unwrap_or_default();
    let form = String::from_utf8_lossy(&request.body);
    let pairs = query.split('&').chain(form.split('&'));
    pairs
        .filter_map(|pair| {
            let (_, raw) = pair.split_once('=')?;
            let (_, value) = form_urlencoded::parse(pair.as_bytes()).next()?;
            Some((raw.to_owned(), value.into_owned()))
        })
        .chain(bearer.map(|token| (token.to_owned(), token.to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;
    use crate::endpoint::Endpoint;
    use crate::testing::sign_in::{post, refresh, sign_in};
    use crate::testing::{Answer, application_token, token_request};
    use crate::{Person, Sandbox};

    async fn shape(authorization: impl Fn(&str) -> String) -> String {
        let sandbox = Sandbox::start().await.unwrap();
        let token = application_token(&sandbox).await;
        let request = Request::get("/assets/v3/?a=b")
            .header("host", sandbox.base_url().trim_start_matches("http://"))
            .header("authorization", authorization(&token))
            .header("accept", "application/json");
        let (parts, ()) = request.body(()).unwrap().into_parts();
        sandbox.shape(&RecordedRequest::new(Endpoint::Api, &parts, b"{}".to_vec()))
    }

    #[tokio::test]
    async fn a_shape_is_sorted_and_shows_nothing_that_changes_between_runs() {
        let expected = "GET /assets/v3/?a=b\naccept: application/json\n\
                        authorization: Bearer [access token]\nhost: [host]\n\n{}";
        assert_eq!(shape(|token| format!("Bearer {token}")).await, expected);
    }

    #[tokio::test]
    async fn a_token_that_was_not_issued_here_is_shown_as_it_is() {
        assert!(
            shape(|_| "Bearer wrong".to_owned())
                .await
                .contains("authorization: Bearer wrong")
        );
        assert!(
            shape(|token| format!("Bearer {token}x"))
                .await
                .contains("Bearer eyJ")
        );
    }

    /// The form of the last token request as the shape shows it.
    fn last_form(sandbox: &Sandbox) -> String {
        let request = sandbox.log().token_requests().pop().unwrap();
        let shape = sandbox.shape(&request);
        shape.split_once("\n\n").unwrap().1.to_owned()
    }

    #[tokio::test]
    async fn what_a_sign_in_made_up_is_named() {
        let sandbox = Sandbox::start().await.unwrap();
        let tokens = sign_in(&sandbox, Person::Ada).await;
        assert!(last_form(&sandbox).contains("\n&code=[code]\n"));
        let text = |name: &str| tokens[name].as_str().unwrap();
        refresh(&sandbox, text("refresh_token"), None).await;
        assert!(last_form(&sandbox).ends_with("&refresh_token=[refresh token]"));
        let url = format!("{}/oauth2/v2.0/devicecode", sandbox.authority());
        let scope = "api://perspiotalk/access_as_user";
        let asked = [("client_id", sandbox.client_id()), ("scope", scope)];
        let begun = post(&url, &asked).await.json();
        let device_code = begun["device_code"].as_str().unwrap();
        let parameters = [
            ("device_code", device_code),
            ("id_token_hint", text("id_token")),
            ("token", text("access_token")),
        ];
        Answer::to(token_request(&sandbox, &parameters)).await;
        let expected =
            "device_code=[device code]\n&id_token_hint=[id token]\n&token=[access token]";
        assert_eq!(last_form(&sandbox), expected);
    }

    #[tokio::test]
    async fn what_was_not_issued_here_is_shown_as_it_is() {
        let sandbox = Sandbox::start().await.unwrap();
        let tokens = sign_in(&sandbox, Person::Ada).await;
        let wrong = format!("{}x", tokens["refresh_token"].as_str().unwrap());
        refresh(&sandbox, &wrong, None).await;
        assert!(last_form(&sandbox).ends_with(&format!("&refresh_token={wrong}")));
    }

    #[tokio::test]
    async fn a_percent_encoded_value_is_named_too() {
        let sandbox = Sandbox::start().await.unwrap();
        let tokens = sign_in(&sandbox, Person::Ada).await;
        let token = tokens["refresh_token"].as_str().unwrap();
        let body = format!("refresh_token={}", token.replace('-', "%2d"));
        let (parts, ()) = Request::post("/t").body(()).unwrap().into_parts();
        let request = RecordedRequest::new(Endpoint::Token, &parts, body.into_bytes());
        assert_eq!(
            sandbox.shape(&request),
            "POST /t\n\nrefresh_token=[refresh token]"
        );
    }
}
