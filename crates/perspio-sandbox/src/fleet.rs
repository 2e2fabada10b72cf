//! The made-up tenant: assets, sites and labels, the same in every run.

mod assets;
mod places;
mod random;

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

type Object = Map<String, Value>;

#[derive(Debug)]
pub(crate) struct Fleet {
    assets: Mutex<Vec<Object>>,
    sites: Vec<Value>,
    labels: Vec<Value>,
}

/// Why an asset was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatchError {
    NotFound,
    IdIsFixed,
}

impl Fleet {
    pub(crate) fn new(assets: usize) -> Self {
        Self {
            assets: Mutex::new((1..=assets).map(assets::asset).collect()),
            sites: places::sites(),
            labels: places::labels(),
        }
    }

    pub(crate) fn with_assets<R>(&self, read: impl FnOnce(&[Object]) -> R) -> R {
        read(&self.lock())
    }

    /// The letter case of the id does not matter.
    pub(crate) fn asset(&self, id: &str) -> Option<Object> {
        self.lock().iter().find(|asset| has_id(asset, id)).cloned()
    }

    /// Sets each member of the patch, null included, and gives the whole asset.
    pub(crate) fn patch_asset(&self, id: &str, patch: Object) -> Result<Object, PatchError> {
        let mut assets = self.lock();
        let asset = assets
            .iter_mut()
            .find(|asset| has_id(asset, id))
            .ok_or(PatchError::NotFound)?;
        if patch
            .get("id")
            .is_some_and(|new| asset.get("id") != Some(new))
        {
            return Err(PatchError::IdIsFixed);
        }
        asset.extend(patch);
        Ok(asset.clone())
    }

    pub(crate) fn sites(&self) -> &[Value] {
        &self.sites
    }

    pub(crate) fn labels(&self) -> &[Value] {
        &self.labels
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Object>> {
        self.assets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn has_id(asset: &Object, id: &str) -> bool {
    asset
        .get("id")
        .and_then(Value::as_str)
        .is_some_and(|own| own.eq_ignore_ascii_case(id))
}

#[cfg(test)]
mod tests;
