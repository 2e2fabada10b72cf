//! The servers of an API, as its document describes them.

/// A server of an API in addition to that of the base URL, such as a host for uploads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// The name, by which operations and settings refer to it.
    pub name: &'static str,
    /// The setting of its URL, without the prefix of the variables: `UPLOAD_URL`.
    pub setting: &'static str,
    /// The URL of the document, variables in braces. A relative one is resolved against the base
    /// URL of the client.
    pub url: &'static str,
    /// The variables in the URL.
    pub variables: &'static [ServerVariable],
}

/// A variable in the URL of a server (`OpenAPI` 3.0, Server Variable Object).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerVariable {
    /// The name, which the URL has in braces.
    pub name: &'static str,
    /// Its setting, without the prefix of the variables: `TENANT`.
    pub setting: &'static str,
    /// The value unless another one is set. None if each installation has its own.
    pub default: Option<&'static str>,
    /// The allowed values; any if there are none.
    pub values: &'static [&'static str],
}
