//! Opens the person's browser.

use std::sync::Arc;

use url::Url;

use crate::endpoint::Endpoint;

/// Opens an address, or says why it cannot.
pub(crate) type Open = Arc<dyn Fn(&Url) -> std::io::Result<()> + Send + Sync>;

/// Is told an address.
pub(crate) type Tell = Arc<dyn Fn(&Url) + Send + Sync>;

/// Opens `url` in the person's own browser, as the system (or `BROWSER`) says,
/// without a shell.
pub(crate) fn open(url: &Url) -> std::io::Result<()> {
    // What is opened is the authorize URL of a profile, https or of this
    // machine; whoever changes that is stopped here.
    let mut plain = url.clone();
    plain.set_query(None);
    Endpoint::parse(plain.as_str()).map_err(std::io::Error::other)?;
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
