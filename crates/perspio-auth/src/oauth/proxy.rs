//! The proxy of https connections: its address, and the variables of the environment that
//! set it.

use std::ffi::OsString;

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

/// The proxy of https connections, and the hosts that are called directly.
#[derive(Clone)]
pub(super) struct ProxyServer {
    url: Url,
    no_proxy: String,
}

/// The form of a proxy's address.
const FORM: &str = "must be like http://host:port, without a path; special characters of a user \
     or password must be percent-encoded";
const SOCKS: &str = "names a SOCKS proxy, which this build does not support: it must be like \
     http://host:port";

impl ProxyServer {
    /// Parses an address with a scheme.
    ///
    /// # Errors
    /// The reason, without the address, which may contain a password.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.to_ascii_lowercase().starts_with("socks") && text.contains("://") {
            return Err(SOCKS);
        }
        let url = Url::parse(text).map_err(|_| FORM)?;
        // In an address that is not percent-encoded, a part of the password would be taken
        // for the host or the port.
        let authority = text.split_once("://").map(|(_, rest)| rest).ok_or(FORM)?;
        let is_address = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.port() != Some(0)
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && authority.matches('@').count() <= 1;
        let proxy = Self {
            url,
            no_proxy: String::new(),
        };
        if is_address && proxy.is_what_reqwest_takes(proxy.url.as_str()) {
            Ok(proxy)
        } else {
            Err(FORM)
        }
    }

    /// Reads the proxy of the environment by the rules of reqwest, which reads it itself: the first of `HTTPS_PROXY`
    /// and `https_proxy` that is set, or else of `ALL_PROXY` and `all_proxy`. An empty
    /// variable counts as missing. There is none in a CGI program, whose variables a client
    /// can set.
    ///
    /// # Errors
    /// The name of the variable and what is wrong with it, without its value.
    pub(super) fn from_variables(
        get: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<Self>, String> {
        if get("REQUEST_METHOD").is_some() {
            return Ok(None);
        }
        let first = |names: [&'static str; 2]| {
            let mut set = names
                .into_iter()
                .filter_map(|name| Some((name, get(name)?)));
            set.next()
        };
        for names in [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]] {
            let Some((name, value)) = first(names) else {
                continue;
            };
            let Ok(text) = value.into_string() else {
                return Err(format!("{name} is not valid Unicode"));
            };
            let with_scheme = match text.trim() {
                "" => continue,
                text if text.contains("://") => text.to_owned(),
                text => format!("http://{text}"),
            };
            let proxy = Self::parse(&with_scheme)
                .and_then(|proxy| {
                    proxy
                        .is_what_reqwest_takes(&text)
                        .then_some(proxy)
                        .ok_or(FORM)
                })
                .map_err(|reason| format!("{name} {reason}"))?;
            let no_proxy = first(["NO_PROXY", "no_proxy"]).map(|(_, hosts)| hosts);
            return Ok(Some(Self {
                no_proxy: no_proxy.unwrap_or_default().to_string_lossy().into_owned(),
                ..proxy
            }));
        }
        Ok(None)
    }

    /// Returns the setting of the HTTP client.
    pub(super) fn to_reqwest(&self) -> reqwest::Result<reqwest::Proxy> {
        reqwest::Proxy::all(self.url.as_str())
    }

    /// Returns whether reqwest takes `text` for the same proxy. An address that it cannot
    /// parse it ignores, and connects directly.
    fn is_what_reqwest_takes(&self, text: &str) -> bool {
        let matcher = Matcher::builder().all(text).build();
        let destination = http::Uri::from_static("https://destination.invalid/");
        let Some(taken) = matcher.intercept(&destination) else {
            return false;
        };
        let Ok(url) = Url::parse(&taken.uri().to_string()) else {
            return false;
        };
        url.host_str() == self.url.host_str()
            && url.port_or_known_default() == self.url.port_or_known_default()
    }

    /// Returns whether https connections to `host` use the proxy.
    pub(super) fn intercepts(&self, host: &str) -> bool {
        let matcher = Matcher::builder()
            .all(self.url.as_str())
            .no(&self.no_proxy)
            .build();
        let destination = http::Uri::builder()
            .scheme("https")
            .authority(host)
            .path_and_query("/")
            .build();
        destination.is_ok_and(|destination| matcher.intercept(&destination).is_some())
    }

    /// Returns `host:port`, without user and password.
    pub(super) fn name(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        let port = self.url.port_or_known_default().unwrap_or_default();
        format!("{host}:{port}")
    }
}

#[cfg(test)]
mod tests;
