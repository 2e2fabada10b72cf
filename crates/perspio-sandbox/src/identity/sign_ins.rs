//! The state of all sign-ins.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::codes::Codes;
use super::devices::Devices;
use super::refresh_tokens::{RefreshTokens, Rotation};
use super::transactions::Transactions;

/// Each part has its own lock, held for one step. Only a click holds two of them: the lock of
/// the transactions while it issues a code.
pub(crate) struct SignIns {
    transactions: Mutex<Transactions>,
    codes: Mutex<Codes>,
    refresh_tokens: Mutex<RefreshTokens>,
    devices: Mutex<Devices>,
}

impl SignIns {
    pub(crate) fn new(rotation: Rotation) -> Self {
        Self {
            transactions: Mutex::default(),
            codes: Mutex::default(),
            refresh_tokens: Mutex::new(RefreshTokens::new(rotation)),
            devices: Mutex::default(),
        }
    }

    pub(crate) fn transactions(&self) -> MutexGuard<'_, Transactions> {
        lock(&self.transactions)
    }

    pub(crate) fn codes(&self) -> MutexGuard<'_, Codes> {
        lock(&self.codes)
    }

    pub(crate) fn refresh_tokens(&self) -> MutexGuard<'_, RefreshTokens> {
        lock(&self.refresh_tokens)
    }

    pub(crate) fn devices(&self) -> MutexGuard<'_, Devices> {
        lock(&self.devices)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Prints nothing, because all values are secret.
impl fmt::Debug for SignIns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIns").finish_non_exhaustive()
    }
}
