//! Opens the user's browser.

use std::sync::Arc;

use url::Url;

use crate::oauth::endpoint::Endpoint;

/// A function that opens an address.
pub(crate) type Opener = Arc<dyn Fn(&Url) -> std::io::Result<()> + Send + Sync>;

/// A callback that receives an address.
pub(crate) type OnUrl = Arc<dyn Fn(&Url) + Send + Sync>;

/// Opens `url` in the user's default browser, or in that of `BROWSER`, without a
/// shell.
pub(crate) fn open(url: &Url) -> std::io::Result<()> {
    // The authorization endpoint of a profile is https or local; this check keeps it
    // so if the caller changes.
    let mut plain = url.clone();
    plain.set_query(None);
    plain
        .as_str()
        .parse::<Endpoint>()
        .map_err(std::io::Error::other)?;
    webbrowser::open_browser_with_options(
        webbrowser::Browser::Default,
        url.as_str(),
        webbrowser::BrowserOptions::new().with_suppress_output(true),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checklist_14_only_https_and_loopback_addresses_are_opened() {
        for address in [
            "http://login.example/authorize?a=b",
            "file:///etc/passwd",
            "javascript:alert(1)",
        ] {
            assert!(open(&Url::parse(address).unwrap()).is_err(), "{address}");
        }
    }
}
