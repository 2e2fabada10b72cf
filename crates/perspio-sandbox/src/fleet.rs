//! The made-up tenant: assets, sites and labels, the same in every run with the same seed.

mod assets;
mod places;

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde_json::{Map, Value};

type Object = Map<String, Value>;

/// An asset is made when it is asked for: a hundred thousand of them, kept as
/// values, would take 200 MB.
#[derive(Debug)]
pub(crate) struct Fleet {
    size: usize,
    seed: u64,
    changes: Mutex<Changes>,
    sites: Vec<Value>,
    labels: Vec<Value>,
}

#[derive(Debug, Default)]
struct Changes {
    /// The assets that are no longer as they were made, by their numbers.
    assets: HashMap<usize, Object>,
    /// The list as it was last written, until an asset is changed.
    list: Option<Bytes>,
}

/// Why an asset was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatchError {
    NotFound,
    IdIsFixed,
}

impl Fleet {
    pub(crate) fn new(size: usize, seed: u64) -> Self {
        Self {
            size,
            seed,
            changes: Mutex::default(),
            sites: places::sites(),
            labels: places::labels(),
        }
    }

    /// All assets as `write` writes them; it is asked again only once an asset has changed.
    pub(crate) fn list<E>(
        &self,
        write: impl FnOnce(Assets<'_>) -> Result<Bytes, E>,
    ) -> Result<Bytes, E> {
        let Changes { assets, list } = &mut *self.changes();
        if let Some(list) = list {
            return Ok(list.clone());
        }
        let written = write(Assets {
            numbers: 1..self.size.saturating_add(1),
            changed: assets,
            seed: self.seed,
        })?;
        Ok(list.insert(written).clone())
    }

    /// The letter case of the id does not matter.
    pub(crate) fn asset(&self, id: &str) -> Option<Object> {
        let number = self.number(id)?;
        let changes = self.changes();
        Some(asset(number, self.seed, &changes.assets).into_owned())
    }

    /// Sets each member of the patch, null included, and gives the whole asset.
    pub(crate) fn patch_asset(&self, id: &str, patch: Object) -> Result<Object, PatchError> {
        let number = self.number(id).ok_or(PatchError::NotFound)?;
        let mut changes = self.changes();
        let mut asset = asset(number, self.seed, &changes.assets).into_owned();
        if patch
            .get("id")
            .is_some_and(|new| asset.get("id") != Some(new))
        {
            return Err(PatchError::IdIsFixed);
        }
        asset.extend(patch);
        changes.assets.insert(number, asset.clone());
        changes.list = None;
        Ok(asset)
    }

    /// Reverts every change.
    pub(crate) fn reset(&self) {
        *self.changes() = Changes::default();
    }

    pub(crate) fn sites(&self) -> &[Value] {
        &self.sites
    }

    pub(crate) fn labels(&self) -> &[Value] {
        &self.labels
    }

    fn number(&self, id: &str) -> Option<usize> {
        let (_, digits) = id.rsplit_once('-')?;
        let number = digits.parse().ok()?;
        let exists = (1..=self.size).contains(&number);
        // The text decides: `IN-1` names no asset.
        (exists && assets::id(number).eq_ignore_ascii_case(id)).then_some(number)
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All assets, the first first.
#[derive(Clone, Debug)]
pub(crate) struct Assets<'a> {
    numbers: Range<usize>,
    seed: u64,
    changed: &'a HashMap<usize, Object>,
}

impl<'a> Iterator for Assets<'a> {
    type Item = Cow<'a, Object>;

    fn next(&mut self) -> Option<Self::Item> {
        let number = self.numbers.next()?;
        Some(asset(number, self.seed, self.changed))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.numbers.size_hint()
    }
}

impl ExactSizeIterator for Assets<'_> {}

fn asset(number: usize, seed: u64, changed: &HashMap<usize, Object>) -> Cow<'_, Object> {
    match changed.get(&number) {
        Some(asset) => Cow::Borrowed(asset),
        None => Cow::Owned(assets::asset(number, seed)),
    }
}

#[cfg(test)]
mod tests;
