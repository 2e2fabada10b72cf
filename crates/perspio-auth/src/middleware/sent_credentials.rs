//! The credentials of one request, to remove them from texts.

use std::fmt;
use std::sync::Arc;

use crate::middleware::api::Api;
use crate::token::AccessToken;
use crate::token::secret::{scrub, scrub_cut};

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
        self.token.is_none() && self.api.is_anonymous()
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
        let tokens = self.token.iter().flat_map(AccessToken::secrets);
        self.api.secrets().chain(tokens).collect()
    }
}

impl fmt::Debug for SentCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SentCredentials")
    }
}
