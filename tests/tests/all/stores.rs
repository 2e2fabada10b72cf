//! Token stores that processes and machines share, on real servers and files.

mod memcached;
mod redis;
mod servers;
