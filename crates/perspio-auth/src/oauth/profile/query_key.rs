//! API keys that are sent in the query of a request, or in a cookie.

use std::fmt;

use http::header::COOKIE;
use secrecy::{ExposeSecret, SecretString};
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::{ApiHeader, Profile};
use crate::oauth::error::Error;

/// A key that an API takes as a parameter of the query.
#[derive(Clone)]
pub(crate) struct QueryKey {
    name: String,
    value: SecretString,
    /// `name=value`, percent-encoded.
    encoded: SecretString,
}

impl QueryKey {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn value(&self) -> &SecretString {
        &self.value
    }

    /// Returns whether a parameter has this name. Some servers ignore the case.
    fn is_named(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Returns the name of a parameter of `url` that is also the name of one of `keys`.
    pub(crate) fn found_in<'a>(keys: &'a [Self], url: &Url) -> Option<&'a str> {
        let mut keys = keys.iter();
        let key = keys.find(|key| url.query_pairs().any(|(name, _)| key.is_named(&name)));
        key.map(Self::name)
    }

    /// Appends `keys` to the query of `url`.
    pub(crate) fn append(keys: &[Self], url: &mut Url) {
        let mut query = Zeroizing::new(url.query().unwrap_or_default().to_owned());
        for key in keys {
            if !query.is_empty() {
                query.push('&');
            }
            query.push_str(key.encoded.expose_secret());
        }
        url.set_query(Some(&query));
    }

    /// Removes the parameters of `url` that have the name of one of `keys`. The others stay
    /// as they are encoded.
    pub(crate) fn remove(keys: &[Self], url: &mut Url) {
        if Self::found_in(keys, url).is_none() {
            return;
        }
        let is_other = |pair: &&str| {
            let parameter = form_urlencoded::parse(pair.as_bytes()).next();
            parameter.is_none_or(|(name, _)| !keys.iter().any(|key| key.is_named(&name)))
        };
        let pairs = url.query().unwrap_or_default().split('&');
        let rest: Vec<_> = pairs.filter(is_other).collect();
        let rest = (!rest.is_empty()).then(|| rest.join("&"));
        url.set_query(rest.as_deref());
    }
}

impl fmt::Debug for QueryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryKey")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Profile {
    /// Adds an API key that is sent as the parameter `name` of the query of every request,
    /// percent-encoded. Replaces a key of the same name.
    ///
    /// The key is sent to the origin of the base URL only, and appears in no error, trace or
    /// URL of a response. Servers and proxies log URLs, however: if the API also accepts the
    /// key in a header, prefer [`Profile::with_header`].
    ///
    /// # Errors
    /// [`Error::Configuration`] if the name or the value is empty, or the value contains a
    /// control character. The message does not contain the value.
    pub fn with_query_key(
        mut self,
        name: impl Into<String>,
        value: &SecretString,
    ) -> Result<Self, Error> {
        let name = name.into();
        let secret = value.expose_secret();
        if name.is_empty() || secret.is_empty() {
            return Err(Error::configuration(format!(
                "the key {name} in the query is empty: set its name and its value"
            )));
        }
        if secret.contains(char::is_control) {
            return Err(Error::configuration(format!(
                "the value of the key {name} in the query contains a line break or another control \
                 character; copy it again without them"
            )));
        }
        let encoded = Zeroizing::new(format!("{}={}", *encode(&name), *encode(secret)));
        let key = QueryKey {
            value: value.clone(),
            encoded: encoded.as_str().into(),
            name,
        };
        self.query_keys.retain(|known| !known.is_named(&key.name));
        self.query_keys.push(key);
        Ok(self)
    }

    /// Returns the names of the keys that are sent in the query.
    pub fn query_key_names(&self) -> impl Iterator<Item = &str> {
        self.query_keys.iter().map(QueryKey::name)
    }

    pub(crate) fn query_keys(&self) -> &[QueryKey] {
        &self.query_keys
    }

    /// Adds an API key that is sent as a cookie with every request, in the header `Cookie`
    /// of the profile. Replaces a cookie of the same name.
    ///
    /// # Errors
    /// [`Error::Configuration`] if the name is not a token, or the value is empty or contains
    /// a character that a cookie cannot carry (RFC 6265 §4.1.1). The message does not contain
    /// the value.
    pub fn with_cookie(self, name: &str, value: &SecretString) -> Result<Self, Error> {
        let secret = value.expose_secret();
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(Error::configuration(format!(
                "{name:?} is not the name of a cookie: it is empty, or contains a character that \
                 is not allowed in it"
            )));
        }
        if secret.is_empty() || !secret.bytes().all(is_cookie_octet) {
            return Err(Error::configuration(format!(
                "the value of the cookie {name} is empty, or contains a space, a quote, a comma, a \
                 semicolon, a backslash or another character that a cookie cannot carry; encode it \
                 as the API documents"
            )));
        }
        let header = self.headers.iter().find(|header| *header.name() == COOKIE);
        let known = header.and_then(ApiHeader::value);
        let known = known.and_then(|value| value.to_str().ok());
        let mut cookies = Zeroizing::new(String::new());
        for pair in known.into_iter().flat_map(|known| known.split("; ")) {
            if pair.split('=').next() != Some(name) {
                cookies.push_str(pair);
                cookies.push_str("; ");
            }
        }
        cookies.push_str(name);
        cookies.push('=');
        cookies.push_str(secret);
        self.with_header(COOKIE, &cookies.as_str().into())
    }
}

/// Percent-encodes a text for a query. A space is `%20`, which every server understands.
fn encode(text: &str) -> Zeroizing<String> {
    let form: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
    Zeroizing::new(Zeroizing::new(form).replace('+', "%20"))
}

/// Returns whether a byte may occur in the name of a cookie (RFC 2616 §2.2, `token`).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte)
}

/// Returns whether a byte may occur in the value of a cookie (RFC 6265 §4.1.1,
/// `cookie-octet`).
fn is_cookie_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\",;\\".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing;

    fn keyed(name: &str, value: &str) -> Profile {
        let value = SecretString::from(value);
        testing::profile().with_query_key(name, &value).unwrap()
    }

    fn url(query: &str) -> Url {
        Url::parse(&format!("https://api.example/things{query}")).unwrap()
    }

    fn cookie(profile: &Profile) -> &str {
        let mut headers = profile.headers().iter();
        let header = headers.find(|header| *header.name() == COOKIE).unwrap();
        header.value().unwrap().to_str().unwrap()
    }

    #[test]
    fn a_query_key_is_appended_percent_encoded() {
        let profile = keyed("api key", "a+b c&d=\u{e4}/~");
        for (before, after) in [
            ("", "?"),
            ("?", "?"),
            ("?a=%2f+b", "?a=%2f+b&"),
            ("?a#part", "?a&"),
        ] {
            let mut url = url(before);
            QueryKey::append(profile.query_keys(), &mut url);
            let url = url.to_string();
            let url = url.split('#').next().unwrap();
            let expected =
                format!("https://api.example/things{after}api%20key=a%2Bb%20c%26d%3D%C3%A4%2F%7E");
            assert_eq!(url, expected);
        }
    }

    #[test]
    fn parameters_with_the_name_of_a_query_key_are_found_and_removed() {
        let profile = keyed("api_key", "canary");
        let keys = profile.query_keys();
        for (query, rest) in [
            ("?api_key=1", None),
            ("?a=%2f&api%5fkey=1&b=+", Some("a=%2f&b=+")),
            ("?API_KEY&a", Some("a")),
        ] {
            let mut url = url(query);
            assert_eq!(QueryKey::found_in(keys, &url), Some("api_key"));
            QueryKey::remove(keys, &mut url);
            assert_eq!(url.query(), rest);
        }
        for query in ["", "?", "?a=api_key", "?api_keys=1&&x"] {
            let mut with = url(query);
            assert_eq!(QueryKey::found_in(keys, &with), None);
            QueryKey::remove(keys, &mut with);
            assert_eq!(with, url(query));
        }
    }

    proptest! {
        #[test]
        fn a_query_key_is_decoded_as_it_was_set(name in ".+", value in "[^\\p{Cc}]+") {
            let profile = keyed(&name, &value);
            let mut url = url("?a=b");
            QueryKey::append(profile.query_keys(), &mut url);
            let (found, decoded) = url.query_pairs().last().unwrap();
            prop_assert_eq!((found.as_ref(), decoded.as_ref()), (&*name, &*value));
            QueryKey::remove(profile.query_keys(), &mut url);
            prop_assert_eq!(url.query(), if name.eq_ignore_ascii_case("a") { None } else { Some("a=b") });
        }
    }

    #[test]
    fn a_query_key_replaces_the_one_of_the_same_name() {
        let profile = keyed("one", "1");
        let profile = profile.with_query_key("two", &"2".into()).unwrap();
        let profile = profile.with_query_key("ONE", &"3".into()).unwrap();
        let mut url = url("");
        QueryKey::append(profile.query_keys(), &mut url);
        assert_eq!(url.query(), Some("two=2&ONE=3"));
        let names: Vec<_> = profile.query_key_names().collect();
        assert_eq!(names, ["two", "ONE"]);
    }

    #[test]
    fn an_invalid_query_key_or_cookie_is_rejected_and_not_repeated() {
        let profile = testing::profile;
        for (name, value) in [("", "canary"), ("key", ""), ("key", "canary\n")] {
            let error = profile().with_query_key(name, &value.into()).unwrap_err();
            assert!(error.is_configuration());
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
        for (name, value) in [
            ("", "canary"),
            ("a=b", "canary"),
            ("key", ""),
            ("key", "canary;other=1"),
            ("key", "\"canary\""),
            ("key", "canary canary"),
            ("key", "can\u{e4}ry canary"),
        ] {
            let error = profile().with_cookie(name, &value.into()).unwrap_err();
            assert!(error.is_configuration());
            assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        }
    }

    #[test]
    fn cookies_share_one_header_and_replace_those_of_the_same_name() {
        let profile = testing::profile();
        let profile = profile.with_cookie("one", &"a=1".into()).unwrap();
        let profile = profile.with_cookie("two", &"2".into()).unwrap();
        assert_eq!(cookie(&profile), "one=a=1; two=2");
        let profile = profile.with_cookie("one", &"3".into()).unwrap();
        assert_eq!(cookie(&profile), "two=2; one=3");
    }

    #[test]
    fn neither_a_query_key_nor_a_cookie_shows_in_debug() {
        let profile = keyed("key", "canary");
        let profile = profile.with_cookie("key", &"canary".into()).unwrap();
        assert!(!format!("{profile:?}").contains("canary"));
    }
}
