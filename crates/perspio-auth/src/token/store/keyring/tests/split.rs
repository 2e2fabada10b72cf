//! Records in small entries, and crashes while they are written.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};

use super::super::split::Split;
use super::*;
use crate::token::store::tests::record;
use crate::token::store::{Revision, TokenRecord};

const NAME: &str = "name";

/// An action of another process.
type Meanwhile = Box<dyn FnOnce(&Small)>;

/// A keyring with small entries, whose process can be killed.
struct Small {
    capacity: usize,
    entries: RefCell<BTreeMap<String, Vec<u8>>>,
    /// The number of changes before the process is killed.
    changes: Cell<Option<usize>>,
    /// The action of another process between two reads.
    meanwhile: RefCell<Option<Meanwhile>>,
}

impl Default for Small {
    fn default() -> Self {
        Self {
            // The size of the smallest heads.
            capacity: 100,
            entries: RefCell::default(),
            changes: Cell::default(),
            meanwhile: RefCell::default(),
        }
    }
}

impl Small {
    fn split(&self) -> Split<'_, Self> {
        Split {
            entries: self,
            name: NAME,
            capacity: self.capacity,
        }
    }

    fn change(&self) -> Result<(), Failure> {
        match self.changes.get() {
            Some(0) => return Err(Failure::Other("cut off".to_owned())),
            Some(left) => self.changes.set(Some(left - 1)),
            None => {}
        }
        Ok(())
    }

    fn revision(&self) -> Option<Revision> {
        let found = self.split().read().unwrap();
        found.map(|found| found.revision)
    }

    fn token(&self) -> Option<String> {
        let found = self.split().read().unwrap()?;
        Some(found.record.access_token.expose_secret().to_owned())
    }

    fn put(&self, record: &TokenRecord) -> Result<bool, Failure> {
        self.split().replace(self.revision(), Some(record))
    }

    fn names(&self) -> Vec<String> {
        self.entries.borrow().keys().cloned().collect()
    }

    /// Asserts that there are no entries but the head and its parts.
    fn has_no_leftovers(&self) {
        let entries = self.entries.borrow();
        let expected = entries.get(NAME).map_or(0, |head| {
            let head: serde_json::Value = serde_json::from_slice(head).unwrap();
            1 + head["parts"]["count"].as_u64().unwrap_or_default()
        });
        let names: Vec<_> = entries.keys().collect();
        assert_eq!(names.len() as u64, expected, "{names:?}");
    }
}

impl Entries for Small {
    fn get(&self, user: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Failure> {
        let found = self.entries.borrow().get(user).cloned();
        let meanwhile = self.meanwhile.take();
        if let Some(meanwhile) = meanwhile {
            meanwhile(self);
        }
        Ok(found.map(Zeroizing::new))
    }

    fn contains(&self, user: &str) -> Result<bool, Failure> {
        Ok(self.entries.borrow().contains_key(user))
    }

    fn put(&self, user: &str, secret: &[u8]) -> Result<(), Failure> {
        self.change()?;
        assert!(secret.len() <= self.capacity, "{} bytes", secret.len());
        assert!(
            str::from_utf8(secret).is_ok(),
            "KDE's keyring stores text only"
        );
        let mut entries = self.entries.borrow_mut();
        entries.insert(user.to_owned(), secret.to_vec());
        Ok(())
    }

    fn remove(&self, user: &str) -> Result<(), Failure> {
        self.change()?;
        self.entries.borrow_mut().remove(user);
        Ok(())
    }
}

/// A record that needs several parts.
fn long(letter: &str) -> TokenRecord {
    record(&letter.repeat(200))
}

#[test]
fn a_record_is_replaced_only_if_the_revision_is_the_expected_one() {
    let small = Small::default();
    assert!(small.put(&long("a")).unwrap());
    let stale = small.revision();
    assert!(small.put(&long("b")).unwrap());
    let entries = small.entries.borrow().clone();
    for (expected, new) in [
        (stale, Some(&long("c"))),
        (None, Some(&long("c"))),
        (stale, None),
    ] {
        assert!(!small.split().replace(expected, new).unwrap());
    }
    assert_eq!(*small.entries.borrow(), entries, "nothing has changed");
}

#[test]
fn a_long_record_is_split_joined_and_replaced_without_leftovers() {
    let small = Small::default();
    for round in 0..4 {
        let mut written = long(&round.to_string());
        // Characters of two, three and four bytes at every split.
        written.scopes = vec!["\u{e9}\u{20ac}\u{1f511}".repeat(60)];
        assert!(small.put(&written).unwrap());
        let read = small.split().read().unwrap().unwrap().record;
        assert_eq!(
            read.access_token.expose_secret(),
            written.access_token.expose_secret()
        );
        assert_eq!(read.scopes, written.scopes);
        assert!(small.names().len() > 5, "{:?}", small.names());
        small.has_no_leftovers();
    }
    let revision = small.revision().unwrap();
    assert!(small.split().replace(Some(revision), None).unwrap());
    assert!(small.names().is_empty());
}

#[test]
fn a_short_record_is_one_entry_even_after_a_long_one() {
    let small = Small {
        capacity: 300,
        ..Small::default()
    };
    for record in [record("b"), long("a"), record("b")] {
        assert!(small.put(&record).unwrap());
        small.has_no_leftovers();
    }
    assert_eq!(small.names(), [NAME]);
    assert_eq!(small.token().as_deref(), Some("b"));
}

/// Asserts that a record is complete after a crash at each change, and that the leftovers are
/// removed by the next write.
fn survives_every_crash(old: Option<&TokenRecord>, new: Option<&TokenRecord>) {
    let token = |record: Option<&TokenRecord>| {
        record.map(|record| record.access_token.expose_secret().to_owned())
    };
    for changes in 0.. {
        let small = Small::default();
        if let Some(old) = old {
            assert!(small.put(old).unwrap());
        }
        let revision = small.revision();
        small.changes.set(Some(changes));
        let outcome = small.split().replace(revision, new);
        let cut_off = small.changes.get() == Some(0);
        small.changes.set(None);
        let found = small.token();
        if outcome.is_ok() {
            assert_eq!(found, token(new), "an acknowledged record can be read");
        } else {
            assert!(
                found == token(old) || found == token(new),
                "{changes}: neither the old nor the new one: {found:?}"
            );
            assert_eq!(small.revision() == revision, found == token(old));
        }
        // Twice, because the leftovers may be in either set; with fewer parts, which do not
        // replace all leftovers.
        for next in ["x", "y"] {
            assert!(small.put(&record(next)).unwrap());
            assert_eq!(small.token().as_deref(), Some(next));
            small.has_no_leftovers();
        }
        if !cut_off {
            assert!(outcome.unwrap());
            return;
        }
    }
}

#[test]
fn a_crash_at_any_change_leaves_a_complete_record_and_no_leftovers() {
    let (old, new) = (long("o"), long("n"));
    survives_every_crash(Some(&old), Some(&new));
    survives_every_crash(None, Some(&new));
    survives_every_crash(Some(&old), None);
}

#[test]
fn a_record_that_is_replaced_during_a_read_is_read_completely() {
    for replaced in [1, 2] {
        let small = Small::default();
        assert!(small.put(&long("o")).unwrap());
        *small.meanwhile.borrow_mut() = Some(Box::new(move |small| {
            for _ in 0..replaced {
                assert!(small.put(&long("n")).unwrap());
            }
        }));
        assert_eq!(small.token(), Some("n".repeat(200)));
    }
    let small = Small::default();
    assert!(small.put(&long("o")).unwrap());
    *small.meanwhile.borrow_mut() = Some(Box::new(|small| {
        assert!(small.split().replace(small.revision(), None).unwrap());
    }));
    assert_eq!(small.token(), None, "deleted while it is read");
}

fn rejection(small: &Small) -> String {
    let revision = Some(Revision(1));
    let before = small.entries.borrow().clone();
    let rejected = [
        small.split().read().map(drop),
        small.split().replace(None, Some(&record("x"))).map(drop),
        small.split().replace(revision, None).map(drop),
    ];
    assert_eq!(*small.entries.borrow(), before);
    let mut texts: Vec<_> = rejected
        .into_iter()
        .map(|outcome| match outcome {
            Err(Failure::Other(reason)) => reason,
            other => panic!("{other:?}"),
        })
        .collect();
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains(NAME) && !texts[0].contains("canary"));
    texts.remove(0)
}

#[test]
fn an_entry_that_is_not_a_record_is_rejected_and_kept() {
    for (entry, expected) in [
        ("canary", "remove it"),
        ("", "remove it"),
        ("{}", "remove it"),
        (r#"{"version": 0, "revision": 1}"#, "remove it"),
        (r#"{"version": 1, "record": {"canary": 1}}"#, "remove it"),
        (r#"{"version": 2, "later": "canary"}"#, "newer release"),
    ] {
        let small = Small::default();
        Entries::put(&small, NAME, entry.as_bytes()).unwrap();
        let text = rejection(&small);
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_record_with_a_missing_or_wrong_part_is_rejected() {
    for damage in [None, Some("0123456789abcdef"), Some("canary"), Some("")] {
        let small = Small::default();
        assert!(small.put(&long("o")).unwrap());
        let second = format!("{NAME}.a.1");
        {
            let mut entries = small.entries.borrow_mut();
            match damage {
                Some(part) => entries.insert(second, part.as_bytes().to_vec()),
                None => entries.remove(&second),
            };
        }
        let error = small.split().read().unwrap_err();
        assert!(
            matches!(&error, Failure::Other(text) if text.contains("remove it")),
            "{error:?}"
        );
        assert!(!format!("{error:?}").contains("canary"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_record_is_read_as_it_was_written(token in "\\PC{0,400}", scopes: Vec<String>) {
        let small = Small::default();
        let mut written = record("");
        written.access_token = SecretString::from(token.as_str());
        written.scopes = scopes;
        prop_assert!(small.put(&written).unwrap());
        let read = small.split().read().unwrap().unwrap().record;
        prop_assert_eq!(read.access_token.expose_secret(), token);
        prop_assert_eq!(read.scopes, written.scopes);
    }
}
