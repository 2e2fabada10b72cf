//! What our own stores cost: a process's memory, and those that many share.

mod cold_start;
mod hits;
mod miss;

use anyhow::Result;
use perspio_auth::secret::SecretString;
use perspio_auth::store::StoreKey;
use perspio_bench::place::Place;
use perspio_bench::servers::{Program, StoreServer};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::report::{Compared, Scenario};

const TO_MEMORY: Compared = Compared {
    rows: "store",
    ratio: "to memory",
};

pub(crate) fn all(runtime: &Runtime) -> Result<Vec<Scenario>> {
    let mut places = Places::start()?;
    Ok(vec![
        cold_start::measure(&places)?,
        miss::measure(runtime, &places)?,
        // The last: it takes the stores away.
        hits::measure(runtime, &mut places)?,
    ])
}

/// Redis and Memcached, with their versions.
pub(crate) fn servers() -> Result<String> {
    let versions = [Program::Redis.version()?, Program::Memcached.version()?];
    Ok(versions.join(", "))
}

/// Where tokens can be kept, as long as this lives.
struct Places {
    directory: TempDir,
    redis: StoreServer,
    memcached: StoreServer,
    /// What all stores are sealed with.
    key: SecretString,
}

impl Places {
    fn start() -> Result<Self> {
        Ok(Self {
            // Beside the build: the usual directory for such files may be in memory.
            directory: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?,
            redis: StoreServer::start(Program::Redis)?,
            memcached: StoreServer::start(Program::Memcached)?,
            key: StoreKey::random()?.to_base64(),
        })
    }

    /// With their names; the first is what the others are compared to.
    fn all(&self) -> [(&'static str, Place); 4] {
        let file = self.directory.path().join("tokens");
        [
            ("memory", Place::Memory),
            ("encrypted file", Place::File(file)),
            ("Redis", Place::Redis(self.redis.address())),
            ("Memcached", Place::Memcached(self.memcached.address())),
        ]
    }

    /// Ends the servers and removes the file.
    fn take_away(&mut self) -> Result<()> {
        self.redis.stop();
        self.memcached.stop();
        Ok(std::fs::remove_dir_all(self.directory.path())?)
    }
}
