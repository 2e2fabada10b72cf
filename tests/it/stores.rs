//! Token stores that processes and machines share, on real servers and files.

mod custom;
mod file;
mod fixture;
mod memcached;
mod proofs;
mod proxy;
mod redis;
pub(crate) mod servers;
mod stress;
mod unavailable;
mod waiting;
mod workers;
