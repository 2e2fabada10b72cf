//! What the tests of several rooms use.

pub(crate) mod sign_in;

use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use url::form_urlencoded;

use crate::Sandbox;

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) fn http() -> Client {
    // A sandbox that never answers should fail a test, not hang it.
    let timeout = Duration::from_secs(30);
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        // The sandbox speaks plain HTTP: the system's certificates need not be read.
        .tls_certs_only([])
        .timeout(timeout)
        .build()
        .unwrap()
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .unwrap_or_else(|| panic!("no header {name}"))
            .to_str()
            .unwrap()
    }

    /// Status and message of an error that must have the shape of the gateway's.
    pub(crate) fn problem(&self) -> (u16, String) {
        let body = self.json();
        assert_eq!(body["statusCode"], self.status);
        assert_eq!(body.as_object().unwrap().len(), 2);
        (self.status, body["message"].as_str().unwrap().to_owned())
    }
}

pub(crate) fn form(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

/// The parameters of a token request that succeeds.
pub(crate) fn good_parameters(sandbox: &Sandbox) -> Vec<(&str, &str)> {
    vec![
        ("client_id", sandbox.client_id()),
        ("client_secret", sandbox.client_secret()),
        ("scope", "api://perspiotalk/.default"),
        ("grant_type", "client_credentials"),
    ]
}

pub(crate) fn token_request(sandbox: &Sandbox, parameters: &[(&str, &str)]) -> RequestBuilder {
    http()
        .post(format!("{}/oauth2/v2.0/token", sandbox.authority()))
        .header("Content-Type", FORM)
        .body(form(parameters))
}

pub(crate) async fn application_token(sandbox: &Sandbox) -> String {
    let answer = Answer::to(token_request(sandbox, &good_parameters(sandbox))).await;
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

/// A call of the API with all that it needs.
pub(crate) fn call(sandbox: &Sandbox, method: Method, path: &str, token: &str) -> RequestBuilder {
    http()
        .request(method, format!("{}{path}", sandbox.base_url()))
        .header("Authorization", format!("Bearer {token}"))
        .header("Ocp-Apim-Subscription-Key", sandbox.subscription_key())
        .header("tid", sandbox.tenant_id())
}

pub(crate) async fn get(sandbox: &Sandbox, path: &str, token: &str) -> Answer {
    Answer::to(call(sandbox, Method::GET, path, token)).await
}
