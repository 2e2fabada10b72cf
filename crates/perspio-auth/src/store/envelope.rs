//! The outside of what a store keeps: a line that anybody can read, then what
//! is sealed.

use aws_lc_rs::aead::NONCE_LEN;
use zeroize::Zeroizing;

use super::{Revision, StoreKey};

/// The version in the first lines.
const VERSION: u64 = 1;

/// Why bytes are none of ours, or cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("it is not a token store")]
    Foreign,
    #[error("it was written by a newer release (version {version}): update this program")]
    Newer { version: u64 },
    #[error(
        "it cannot be opened: the key is not the one that it was written with, or it is damaged"
    )]
    WrongKeyOrDamaged,
    #[error("its content makes no sense")]
    Content,
    #[error("it cannot be sealed")]
    Seal,
    #[error("this machine gives no random numbers")]
    NoRandomness,
}

impl Unreadable {
    /// With what to do about bytes that are `foreign`, and about those of ours
    /// that are `unusable`.
    pub(super) fn advised(&self, foreign: &str, unusable: &str) -> String {
        match self {
            Self::Foreign => format!("{self}: {foreign}"),
            Self::WrongKeyOrDamaged | Self::Content => format!("{self}: {unusable}"),
            Self::Newer { .. } | Self::Seal | Self::NoRandomness => self.to_string(),
        }
    }
}

/// One kind of envelope: what it is called in its first line.
#[derive(Clone, Copy)]
pub(super) struct Envelope {
    name: &'static str,
}

impl Envelope {
    pub(super) const fn named(name: &'static str) -> Self {
        Self { name }
    }

    /// The first line.
    fn head(self) -> String {
        format!("{} {VERSION}\n", self.name)
    }

    /// `plain`, sealed for `place`: it opens nowhere else, nor behind the first
    /// line of another version.
    pub(super) fn seal(
        self,
        key: &StoreKey,
        place: &str,
        plain: &[u8],
    ) -> Result<Vec<u8>, Unreadable> {
        let head = self.head();
        let sealed = key.seal(associated(&head, place).as_bytes(), plain);
        let sealed = sealed.map_err(|_| Unreadable::Seal)?;
        Ok([head.as_bytes(), &sealed].concat())
    }

    /// What was sealed for `place`.
    pub(super) fn open(
        self,
        key: &StoreKey,
        place: &str,
        bytes: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
        let head = self.head();
        let sealed = self.content(bytes)?;
        key.open(associated(&head, place).as_bytes(), sealed)
            .map_err(|_| Unreadable::WrongKeyOrDamaged)
    }

    /// What stands behind the first line.
    fn content(self, bytes: &[u8]) -> Result<&[u8], Unreadable> {
        bytes
            .strip_prefix(self.head().as_bytes())
            .ok_or_else(|| self.refusal(bytes))
    }

    /// Tells two seals apart: each begins with random bits of its own.
    pub(super) fn revision(self, bytes: &[u8]) -> Result<Revision, Unreadable> {
        let sealed = self.content(bytes)?;
        let random = sealed.get(..NONCE_LEN).and_then(<[u8]>::first_chunk);
        let random = random.ok_or(Unreadable::WrongKeyOrDamaged)?;
        Ok(Revision(u64::from_be_bytes(*random)))
    }

    /// What bytes without our first line are.
    fn refusal(self, bytes: &[u8]) -> Unreadable {
        let version = bytes
            .strip_prefix(self.name.as_bytes())
            .and_then(|rest| rest.strip_prefix(b" "))
            .and_then(|rest| rest.split(|byte| *byte == b'\n').next())
            .and_then(|version| std::str::from_utf8(version).ok())
            .and_then(|version| version.parse().ok());
        match version {
            Some(version) if version > VERSION => Unreadable::Newer { version },
            Some(_) => Unreadable::WrongKeyOrDamaged,
            None => Unreadable::Foreign,
        }
    }
}

fn associated(head: &str, place: &str) -> String {
    format!("{head}{place}")
}
