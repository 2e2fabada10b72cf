//! The classes of OAuth error responses.

/// The meaning of an OAuth error response for the caller. The page
/// `docs/troubleshooting.md` lists the class of each known error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorClass {
    /// The grant has expired, or was used or revoked. Only a new sign-in helps; a stored
    /// sign-in is deleted.
    Terminal,
    /// The identity server requires an action of the user, such as multi-factor
    /// authentication or consent. The grant may still be valid; a stored sign-in is kept.
    UserAction,
    /// The same request may succeed later.
    Transient,
    /// The registration of the application, or a setting such as the secret, is wrong.
    ApplicationSettings,
    /// The request is malformed, or does not belong to this sign-in.
    InvalidRequest,
    /// The error is not known.
    #[default]
    Unknown,
}

impl ErrorClass {
    /// Returns the name of the class, for the documentation.
    #[cfg(test)]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::UserAction => "user action required",
            Self::Transient => "transient",
            Self::ApplicationSettings => "application settings",
            Self::InvalidRequest => "invalid request",
            Self::Unknown => "unknown",
        }
    }
}
