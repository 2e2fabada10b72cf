//! The outside of what a store keeps: a line that anybody can read, then what
//! is sealed, or, in the one store whose name says so, is not.

use aws_lc_rs::aead::NONCE_LEN;
use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use zeroize::Zeroizing;

use super::{Revision, StoreKey, hexadecimal};

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
    #[error("it is damaged")]
    Damaged,
    #[error("it contains tokens in plain text, and this store is encrypted")]
    PlainText,
    #[error("it is encrypted, and this store is in plain text")]
    Sealed,
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
            Self::PlainText => {
                format!("{self}: open it with FileStore::open_plain_text, or {foreign}")
            }
            Self::Sealed => format!("{self}: open it with FileStore::open, or {foreign}"),
            Self::WrongKeyOrDamaged | Self::Damaged | Self::Content => {
                format!("{self}: {unusable}")
            }
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

    /// `plain` as it is, behind the digest that tells whether it was damaged,
    /// each on lines of its own.
    pub(super) fn write_plain(self, plain: &[u8]) -> Zeroizing<Vec<u8>> {
        let head = self.head();
        let check = check(plain);
        // All of its room at once: growing would leave copies that nobody wipes.
        let mut bytes = Vec::with_capacity(head.len() + check.len() + plain.len());
        for part in [head.as_bytes(), check.as_bytes(), plain] {
            bytes.extend_from_slice(part);
        }
        Zeroizing::new(bytes)
    }

    /// What [`Self::write_plain`] wrote.
    pub(super) fn read_plain(self, bytes: &[u8]) -> Result<Zeroizing<Vec<u8>>, Unreadable> {
        let content = self.content(bytes).map_err(|error| match error {
            Unreadable::WrongKeyOrDamaged => Unreadable::Damaged,
            other => other,
        })?;
        let parts = content.split_at_checked(2 * SHA256_OUTPUT_LEN + 1);
        let (written, plain) = parts.ok_or(Unreadable::Damaged)?;
        if written != check(plain).as_bytes() {
            return Err(Unreadable::Damaged);
        }
        Ok(Zeroizing::new(plain.to_vec()))
    }

    /// Whether bytes begin with our first line, of whatever version.
    pub(super) fn is_named_by(self, bytes: &[u8]) -> bool {
        self.version(bytes).is_some()
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
        match self.version(bytes) {
            Some(version) if version > VERSION => Unreadable::Newer { version },
            Some(_) => Unreadable::WrongKeyOrDamaged,
            None => Unreadable::Foreign,
        }
    }

    fn version(self, bytes: &[u8]) -> Option<u64> {
        let rest = bytes.strip_prefix(self.name.as_bytes())?;
        let rest = rest.strip_prefix(b" ")?;
        let version = rest.split(|byte| *byte == b'\n').next()?;
        str::from_utf8(version).ok()?.parse().ok()
    }
}

/// The line that tells damage.
fn check(plain: &[u8]) -> String {
    let mut line = hexadecimal(digest(&SHA256, plain).as_ref());
    line.push('\n');
    line
}

fn associated(head: &str, place: &str) -> String {
    format!("{head}{place}")
}
