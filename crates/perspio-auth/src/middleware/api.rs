//! The data that all requests to an API share.

use http::header::COOKIE;
use http::{HeaderName, HeaderValue};
use secrecy::ExposeSecret;

use crate::oauth::{Profile, QueryKey};

/// Header values shorter than this are not removed from texts: a tenant's id is not
/// confidential, and short enough to be part of other words.
const SHORTEST_SECRET: usize = 12;

/// The common data of all requests to an API.
pub(crate) struct Api {
    pub(crate) profile: Profile,
    /// The headers that are sent.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// The query keys that are sent.
    pub(crate) query_keys: Vec<QueryKey>,
}

impl Api {
    /// Returns whether neither headers nor query keys are sent.
    pub(crate) fn is_anonymous(&self) -> bool {
        self.headers.is_empty() && self.query_keys.is_empty()
    }

    /// Returns the texts that no output may contain.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let headers = self.headers.iter();
        let headers = headers.filter_map(|(name, value)| Some((name, value.to_str().ok()?)));
        let values = headers.clone().map(|(_, value)| value);
        let values = values.filter(|value| value.len() >= SHORTEST_SECRET);
        let cookies = headers.filter(|(name, _)| *name == COOKIE);
        let cookies = cookies.flat_map(|(_, cookies)| cookies.split("; "));
        let cookies = cookies.filter_map(|pair| Some(pair.split_once('=')?.1));
        let keys = self.query_keys.iter();
        let keys = keys.map(|key| key.value().expose_secret());
        values.chain(cookies).chain(keys)
    }
}
