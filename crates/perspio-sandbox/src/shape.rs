//! A request as text for a snapshot.

use crate::log::RecordedRequest;
use crate::sandbox::Sandbox;

impl Sandbox {
    /// A request as text for a snapshot: method and path, headers sorted, body;
    /// a form has a line for each pair.
    ///
    /// The values that this sandbox made up are replaced by their names, each
    /// by its exact text: `[host]`, `[directory]`, `[client secret]`,
    /// `[subscription key]`, `[access token]`. Anything else stays as it was
    /// sent, so that a wrong value shows.
    pub fn shape(&self, request: &RecordedRequest) -> String {
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
            let is_form = request
                .header("content-type")
                .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
            let body = if is_form {
                body.replace('&', "\n&")
            } else {
                body.into_owned()
            };
            text = format!("{text}\n\n{body}");
        }
        self.named(request, text)
    }

    fn named(&self, request: &RecordedRequest, text: String) -> String {
        let host = self.base_url().trim_start_matches("http://");
        let directory = self.authority().rsplit('/').next().unwrap_or_default();
        let token = request
            .header("authorization")
            .and_then(|value| value.strip_prefix("Bearer "))
            .filter(|token| self.shared().issuer.issued(token));
        let mut made_up = vec![
            (host, "[host]"),
            (directory, "[directory]"),
            (self.client_secret(), "[client secret]"),
            (self.subscription_key(), "[subscription key]"),
        ];
        made_up.extend(token.map(|token| (token, "[access token]")));
        made_up
            .into_iter()
            .fold(text, |text, (value, name)| text.replace(value, name))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;
    use crate::endpoint::Endpoint;
    use crate::testing::application_token;

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
}
