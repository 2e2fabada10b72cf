//! Which API a sandbox stands in for, and what that changes at its identity server.

use crate::credentials::CLIENT_ID;

/// The API behind the identity server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Service {
    #[default]
    PerspioTalk,
    DispoGas,
}

impl Service {
    /// The application id URI of the API, the audience of its tokens.
    pub(crate) fn audience(self) -> String {
        match self {
            Self::PerspioTalk => "api://perspiotalk".to_owned(),
            Self::DispoGas => format!("api://{CLIENT_ID}"),
        }
    }

    /// The scope of a sign-in. dispoGas' is the one that its page prints, without
    /// the dot of Entra's own `/.default`.
    pub(crate) fn sign_in_scope(self) -> String {
        let name = match self {
            Self::PerspioTalk => "access_as_user",
            Self::DispoGas => "default",
        };
        format!("{}/{name}", self.audience())
    }
}
