//! Token stores that processes and machines share, on real servers and files.

mod away;
mod file;
mod memcached;
mod own;
mod proofs;
mod proxy;
mod redis;
pub(crate) mod servers;
mod stress;
mod waiting;
mod workers;
