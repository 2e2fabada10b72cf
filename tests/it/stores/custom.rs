//! A custom store that uses only the public API: a database table with a column for each
//! field of `Row`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use perspio_auth::store::{
    Lease, Revision, StoreError, StoreKey, Stored, TokenRecord, conformance,
};
use perspio_auth::{TokenKey, TokenStore};

struct Row {
    version: u64,
    sealed: Vec<u8>,
}

#[derive(Default)]
struct Database {
    rows: Mutex<HashMap<String, Row>>,
    /// A sequence of the database.
    last_version: Mutex<u64>,
    /// Advisory locks, which are released with their session.
    locks: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Database {
    /// `UPDATE … WHERE name = … AND version = …`, or an `INSERT` or a `DELETE`.
    fn change(&self, name: String, expected: Option<u64>, sealed: Option<Vec<u8>>) -> bool {
        let mut rows = self.rows.lock().unwrap();
        if rows.get(&name).map(|row| row.version) != expected {
            return false;
        }
        match sealed {
            Some(sealed) => {
                let mut version = self.last_version.lock().unwrap();
                *version += 1;
                let version = *version;
                rows.insert(name, Row { version, sealed });
            }
            None => drop(rows.remove(&name)),
        }
        true
    }
}

struct TableStore {
    database: Arc<Database>,
    key: Arc<StoreKey>,
}

impl std::fmt::Debug for TableStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TableStore")
    }
}

fn failed(cause: impl std::fmt::Display) -> StoreError {
    StoreError::new("the table of tokens", cause.to_string())
}

#[async_trait]
impl TokenStore for TableStore {
    async fn read(&self, key: &TokenKey) -> Result<Option<Stored>, StoreError> {
        let name = key.name();
        let rows = self.database.rows.lock().map_err(failed)?;
        let Some(row) = rows.get(&name) else {
            return Ok(None);
        };
        let record = TokenRecord::unseal(&self.key, &name, &row.sealed).map_err(failed)?;
        let revision = Revision(row.version);
        Ok(Some(Stored { record, revision }))
    }

    async fn replace(
        &self,
        key: &TokenKey,
        expected: Option<Revision>,
        record: TokenRecord,
    ) -> Result<bool, StoreError> {
        let name = key.name();
        let sealed = record.seal(&self.key, &name).map_err(failed)?;
        let expected = expected.map(|Revision(version)| version);
        Ok(self.database.change(name, expected, Some(sealed)))
    }

    async fn delete(&self, key: &TokenKey, expected: Revision) -> Result<bool, StoreError> {
        Ok(self.database.change(key.name(), Some(expected.0), None))
    }

    async fn lock(&self, key: &TokenKey) -> Result<Lease, StoreError> {
        let lock = {
            let mut locks = self.database.locks.lock().map_err(failed)?;
            locks.entry(key.name()).or_default().clone()
        };
        Ok(Lease::new(lock.lock_owned().await))
    }
}

#[tokio::test]
async fn a_custom_store_can_conform() {
    let database = Arc::new(Database::default());
    let key = Arc::new(StoreKey::random().unwrap());
    let open = || async {
        TableStore {
            database: database.clone(),
            key: key.clone(),
        }
    };
    conformance::check(open).await;
}
