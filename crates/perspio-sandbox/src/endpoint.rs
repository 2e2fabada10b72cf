//! Which part of the sandbox a path belongs to.

use serde::{Deserialize, Serialize};

/// Which part of the sandbox a request goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// The identity server's token endpoint, `/{directory}/oauth2/v2.0/token`.
    Token,
    /// The identity server's pages for a person, `/{directory}/oauth2/v2.0/authorize`.
    Authorize,
    /// Where a device begins its sign-in, `/{directory}/oauth2/v2.0/devicecode`.
    DeviceCode,
    /// The API: at PerspioTalk every path that begins like `/assets/v3/`, at dispoGas
    /// those below `/account/` and `/upload/`, known or not.
    Api,
    /// Everything else.
    Other,
}

impl Endpoint {
    /// Every endpoint.
    pub(crate) const ALL: [Self; 5] = [
        Self::Api,
        Self::Token,
        Self::Authorize,
        Self::DeviceCode,
        Self::Other,
    ];

    /// Returns the name in JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Authorize => "authorize",
            Self::DeviceCode => "device_code",
            Self::Api => "api",
            Self::Other => "other",
        }
    }

    pub(crate) fn of(path: &str) -> Self {
        if path.ends_with("/oauth2/v2.0/token") {
            return Self::Token;
        }
        if path.ends_with("/oauth2/v2.0/authorize") {
            return Self::Authorize;
        }
        if path.ends_with("/oauth2/v2.0/devicecode") {
            return Self::DeviceCode;
        }
        // dispoGas' have no version.
        if path.starts_with("/account/") || path.starts_with("/upload/") {
            return Self::Api;
        }
        let version = path.split('/').nth(2).and_then(|s| s.strip_prefix('v'));
        match version {
            Some(number) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => {
                Self::Api
            }
            _ => Self::Other,
        }
    }
}

/// One value for each endpoint.
#[derive(Debug, Default)]
pub(crate) struct PerEndpoint<T> {
    token: T,
    authorize: T,
    device_code: T,
    api: T,
    other: T,
}

impl<T> PerEndpoint<T> {
    pub(crate) fn get(&self, endpoint: Endpoint) -> &T {
        match endpoint {
            Endpoint::Token => &self.token,
            Endpoint::Authorize => &self.authorize,
            Endpoint::DeviceCode => &self.device_code,
            Endpoint::Api => &self.api,
            Endpoint::Other => &self.other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_its_endpoint() {
        for (path, endpoint) in [
            ("/5a4db0c5/oauth2/v2.0/token", Endpoint::Token),
            ("/5a4db0c5/oauth2/v2.0/authorize", Endpoint::Authorize),
            ("/5a4db0c5/oauth2/v2.0/devicecode", Endpoint::DeviceCode),
            ("/device", Endpoint::Other),
            (
                "/5a4db0c5/v2.0/.well-known/openid-configuration",
                Endpoint::Other,
            ),
            ("/assets/v3/", Endpoint::Api),
            ("/assets/v3/IN-000001", Endpoint::Api),
            ("/unknown/v12", Endpoint::Api),
            ("/account/me", Endpoint::Api),
            ("/upload/day/xml", Endpoint::Api),
            ("/unknown/v", Endpoint::Other),
            ("/", Endpoint::Other),
        ] {
            assert_eq!(Endpoint::of(path), endpoint, "{path}");
        }
    }
}
