//! The credentials of one request, to remove them from texts.

use std::fmt;
use std::sync::Arc;

use http::header::COOKIE;
use secrecy::ExposeSecret;

use crate::middleware::authorizer::Api;
use crate::token::AccessToken;
use crate::token::secret::{scrub, scrub_cut};

/// Header values shorter than this are not removed from texts: a tenant's id is not
/// confidential, and short enough to be part of other words.
const SHORTEST_SECRET: usize = 12;

/// The credentials that a request was sent with, if any. They are removed from every text that
/// shows a part of the response, because some servers repeat them.
#[derive(Clone)]
pub struct SentCredentials {
    pub(super) token: Option<AccessToken>,
    pub(super) api: Arc<Api>,
}

impl SentCredentials {
    /// Returns whether a token was sent.
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Returns whether the request was sent without any credentials.
    pub fn is_empty(&self) -> bool {
        let Api {
            headers,
            query_keys,
            ..
        } = &*self.api;
        self.token.is_none() && headers.is_empty() && query_keys.is_empty()
    }

    /// Returns `text` without the credentials, and without characters that a terminal
    /// would act on.
    pub fn scrub(&self, text: &str) -> String {
        scrub(text, &self.secrets())
    }

    /// Returns the same for a text that was cut off: the beginning of a credential at
    /// its end is removed too.
    pub fn scrub_cut(&self, text: &str) -> String {
        scrub_cut(text, &self.secrets())
    }

    fn secrets(&self) -> Vec<&str> {
        let headers = self.api.headers.iter();
        let values = headers.filter_map(|(_, value)| value.to_str().ok());
        let secrets = values.filter(|value| value.len() >= SHORTEST_SECRET);
        let cookies = self.api.headers.iter().filter(|(name, _)| name == COOKIE);
        let cookies = cookies.filter_map(|(_, value)| value.to_str().ok());
        let cookies = cookies.flat_map(|cookies| cookies.split("; "));
        let cookies = cookies.filter_map(|pair| Some(pair.split_once('=')?.1));
        let query_keys = self.api.query_keys.iter();
        let query_keys = query_keys.map(|key| key.value().expose_secret());
        let tokens = self.token.iter().flat_map(AccessToken::secrets);
        let keys = secrets.chain(cookies).chain(query_keys);
        keys.chain(tokens).collect()
    }
}

impl fmt::Debug for SentCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SentCredentials")
    }
}
