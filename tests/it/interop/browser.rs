//! The person's side, over plain HTTP: follows redirects, keeps cookies.

use std::collections::HashMap;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, RequestBuilder, Response, Url};
use serde_json::Value;

use crate::support;

/// A sign-in takes two interactions of three redirects each.
const MOST_REDIRECTS: usize = 20;

/// Sends the requests that a browser would send for an authorization request. Returns the
/// address to which the identity server finally redirects the user.
pub(crate) async fn sign_in_over_http(authorize_url: &Url) -> Url {
    match Browser::new(authorize_url).get(authorize_url).await {
        Page::Elsewhere(back) => back,
        Page::Here(page) => panic!("the identity server did not redirect the user: {page}"),
    }
}

/// Returns a parameter of the query.
pub(crate) fn parameter(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// A browser that stays on one site.
pub(crate) struct Browser {
    http: Client,
    site: Url,
    cookies: HashMap<String, String>,
}

/// Where the redirects of a request end.
#[derive(Debug)]
pub(crate) enum Page {
    /// On the site, with this body.
    Here(String),
    /// At an address of another site, which is not called.
    Elsewhere(Url),
}

impl Page {
    /// A page of the device flow.
    pub(crate) fn json(&self) -> Value {
        let Self::Here(body) = self else {
            panic!("{self:?} is another site")
        };
        serde_json::from_str(body).unwrap_or_else(|cause| panic!("{cause}: {body}"))
    }
}

impl Browser {
    pub(crate) fn new(site: &Url) -> Self {
        Self {
            http: support::local_client(),
            site: site.clone(),
            cookies: HashMap::new(),
        }
    }

    pub(crate) async fn get(&mut self, url: &Url) -> Page {
        let request = self.http.get(url.clone());
        self.follow(request).await
    }

    pub(crate) async fn submit(&mut self, url: &Url, fields: &[(&str, &str)]) -> Page {
        let form = Url::parse_with_params(url.as_str(), fields).expect("the address is valid");
        let request = self
            .http
            .post(url.clone())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.query().unwrap_or_default().to_owned());
        self.follow(request).await
    }

    async fn follow(&mut self, request: RequestBuilder) -> Page {
        let mut request = request;
        for _ in 0..MOST_REDIRECTS {
            let request_with_cookies = request.header(COOKIE, self.cookie_header());
            let response = request_with_cookies.send().await;
            let response = response.expect("the identity server responds");
            self.keep_cookies(&response);
            let Some(target) = response.headers().get(LOCATION) else {
                return Page::Here(response.text().await.expect("a response is complete"));
            };
            let target = target.to_str().expect("an address is text");
            let target = response.url().join(target).expect("an address is valid");
            if target.origin() != self.site.origin() {
                return Page::Elsewhere(target);
            }
            request = self.http.get(target);
        }
        panic!("more than {MOST_REDIRECTS} redirects")
    }

    fn cookie_header(&self) -> String {
        let pairs = self.cookies.iter();
        pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// Stores the cookies regardless of their paths, because the site sets each cookie again
    /// when it changes.
    fn keep_cookies(&mut self, response: &Response) {
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("a cookie is text");
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie has a value");
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
