//! The made-up users of the sandbox.

use serde_json::{Value, json};

use crate::token::UserAccess;

/// A made-up person of the sandbox's directory. None of them has a password:
/// on the sandbox's pages, a click on an account is the whole sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Person {
    /// `ada@sandbox.example`, an *API user*: reads and writes.
    Ada,
    /// `rosa@sandbox.example`: reads only.
    Rosa,
    /// `carl@sandbox.example`, an *API user* who must consent at every sign-in.
    Carl,
    /// `pia@sandbox.example`, who cannot sign in: her password expired (AADSTS50055).
    Pia,
}

impl Person {
    /// Everyone, in the order of the account picker.
    pub const ALL: [Self; 4] = [Self::Ada, Self::Rosa, Self::Carl, Self::Pia];

    /// The user principal name, which is the e-mail address as well.
    pub fn email(self) -> &'static str {
        match self {
            Self::Ada => "ada@sandbox.example",
            Self::Rosa => "rosa@sandbox.example",
            Self::Carl => "carl@sandbox.example",
            Self::Pia => "pia@sandbox.example",
        }
    }

    /// The display name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ada => "Ada Sandbox",
            Self::Rosa => "Rosa Sandbox",
            Self::Carl => "Carl Sandbox",
            Self::Pia => "Pia Sandbox",
        }
    }

    /// The id of the person in the Entra directory, the claim `oid`.
    pub fn object_id(self) -> &'static str {
        match self {
            Self::Ada => "5a4db0c5-0000-4000-8000-000000000003",
            Self::Rosa => "5a4db0c5-0000-4000-8000-000000000004",
            Self::Carl => "5a4db0c5-0000-4000-8000-000000000005",
            Self::Pia => "5a4db0c5-0000-4000-8000-000000000006",
        }
    }

    /// The value of the forms of the pages.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Ada => "ada",
            Self::Rosa => "rosa",
            Self::Carl => "carl",
            Self::Pia => "pia",
        }
    }

    pub(crate) fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|person| person.key() == key)
    }

    /// Returns the user that the claim `oid` names.
    pub(crate) fn of_object_id(id: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|person| person.object_id() == id)
    }

    /// Returns the user of `user_token`.
    pub(crate) fn with(access: UserAccess) -> Self {
        match access {
            UserAccess::ReadWrite => Self::Ada,
            UserAccess::ReadOnly => Self::Rosa,
        }
    }

    pub(crate) fn access(self) -> UserAccess {
        match self {
            Self::Ada | Self::Carl => UserAccess::ReadWrite,
            Self::Rosa | Self::Pia => UserAccess::ReadOnly,
        }
    }

    /// Entra remembers a consent. The sandbox requests it each time, so that no test depends on
    /// an earlier one.
    pub(crate) fn must_consent(self) -> bool {
        self == Self::Carl
    }

    pub(crate) fn password_expired(self) -> bool {
        self == Self::Pia
    }

    /// The members of the vendor's sample; `tenantId` is null there too.
    pub(crate) fn profile(self) -> Value {
        json!({
            "id": self.object_id(),
            "tenantId": null,
            "mail": self.email(),
            "surName": "Sandbox",
            "displayName": self.name(),
            "oDataType": "#microsoft.graph.user",
            "userPrincipalName": self.email(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_is_found_by_key_and_by_object_id() {
        for person in Person::ALL {
            assert_eq!(Person::of_key(person.key()), Some(person));
            assert_eq!(Person::of_object_id(person.object_id()), Some(person));
        }
        assert_eq!(Person::of_key("nobody"), None);
        assert_eq!(Person::of_object_id(""), None);
    }

    #[test]
    fn the_person_for_an_access_has_that_access() {
        for access in [UserAccess::ReadWrite, UserAccess::ReadOnly] {
            assert_eq!(Person::with(access).access(), access);
        }
    }
}
