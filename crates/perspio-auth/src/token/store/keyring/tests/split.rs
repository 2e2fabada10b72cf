//! Records in small entries, and what a crash leaves of them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};

use super::super::split::Split;
use super::*;
use crate::token::store::tests::record;
use crate::token::store::{Revision, TokenRecord};

const NAME: &str = "name";

/// What another process does.
type Meanwhile = Box<dyn FnOnce(&Small)>;

/// A keyring that may be cut off, whose entries hold little.
struct Small {
    room: usize,
    entries: RefCell<BTreeMap<String, Vec<u8>>>,
    /// How many changes are made before it is cut off.
    changes: Cell<Option<usize>>,
    /// What happens in another process between two readings.
    meanwhile: RefCell<Option<Meanwhile>>,
}

impl Default for Small {
    fn default() -> Self {
        Self {
            // The smallest heads need as much.
            room: 100,
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
            room: self.room,
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

    /// Nothing stands there but what the head names.
    fn holds_nothing_else(&self) {
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

    fn is_there(&self, user: &str) -> Result<bool, Failure> {
        Ok(self.entries.borrow().contains_key(user))
    }

    fn put(&self, user: &str, secret: &[u8]) -> Result<(), Failure> {
        self.change()?;
        assert!(secret.len() <= self.room, "{} bytes", secret.len());
        assert!(str::from_utf8(secret).is_ok(), "KDE keeps text only");
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
fn a_record_is_replaced_only_in_the_place_of_the_revision_that_was_read() {
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
fn a_long_record_is_split_and_joined_again_and_replaced_without_leftovers() {
    let small = Small::default();
    for round in 0..4 {
        let mut kept = long(&round.to_string());
        // Letters of two, three and four bytes at every cut.
        kept.scopes = vec!["\u{e9}\u{20ac}\u{1f511}".repeat(60)];
        assert!(small.put(&kept).unwrap());
        let read = small.split().read().unwrap().unwrap().record;
        assert_eq!(
            read.access_token.expose_secret(),
            kept.access_token.expose_secret()
        );
        assert_eq!(read.scopes, kept.scopes);
        assert!(small.names().len() > 5, "{:?}", small.names());
        small.holds_nothing_else();
    }
    let revision = small.revision().unwrap();
    assert!(small.split().replace(Some(revision), None).unwrap());
    assert!(small.names().is_empty());
}

#[test]
fn a_short_record_is_one_entry_even_after_a_long_one() {
    let small = Small {
        room: 300,
        ..Small::default()
    };
    for record in [record("b"), long("a"), record("b")] {
        assert!(small.put(&record).unwrap());
        small.holds_nothing_else();
    }
    assert_eq!(small.names(), [NAME]);
    assert_eq!(small.token().as_deref(), Some("b"));
}

/// What is whole after a crash at each change, and gone after the next write.
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
            assert_eq!(found, token(new), "what was acknowledged is there");
        } else {
            assert!(
                found == token(old) || found == token(new),
                "{changes}: neither the old nor the new one: {found:?}"
            );
            assert_eq!(small.revision() == revision, found == token(old));
        }
        // Twice, since the leftovers may be in either set; of fewer parts, which
        // do not cover what is left over.
        for next in ["x", "y"] {
            assert!(small.put(&record(next)).unwrap());
            assert_eq!(small.token().as_deref(), Some(next));
            small.holds_nothing_else();
        }
        if !cut_off {
            assert!(outcome.unwrap());
            return;
        }
    }
}

#[test]
fn a_crash_at_any_change_leaves_the_old_or_the_new_record_whole_and_no_leftovers() {
    let (old, new) = (long("o"), long("n"));
    survives_every_crash(Some(&old), Some(&new));
    survives_every_crash(None, Some(&new));
    survives_every_crash(Some(&old), None);
}

#[test]
fn a_record_that_is_replaced_while_it_is_read_is_read_whole() {
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

fn refusal(small: &Small) -> String {
    let revision = Some(Revision(1));
    let before = small.entries.borrow().clone();
    let refused = [
        small.split().read().map(drop),
        small.split().replace(None, Some(&record("x"))).map(drop),
        small.split().replace(revision, None).map(drop),
    ];
    assert_eq!(*small.entries.borrow(), before);
    let mut texts: Vec<_> = refused
        .into_iter()
        .map(|refused| match refused {
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
fn what_is_no_record_is_refused_and_stays() {
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
        let text = refusal(&small);
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_record_without_one_of_its_parts_or_with_a_foreign_one_is_not_half_read() {
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
    fn whatever_is_kept_comes_back(token in "\\PC{0,400}", scopes: Vec<String>) {
        let small = Small::default();
        let mut kept = record("");
        kept.access_token = SecretString::from(token.as_str());
        kept.scopes = scopes;
        prop_assert!(small.put(&kept).unwrap());
        let read = small.split().read().unwrap().unwrap().record;
        prop_assert_eq!(read.access_token.expose_secret(), token);
        prop_assert_eq!(read.scopes, kept.scopes);
    }
}
