//! A client for programs without a tokio runtime, such as scripts.
//!
//! ```no_run
//! # fn main() -> Result<(), perspio::Error> {
//! let client = perspio::blocking::Client::new(perspio::Client::from_env()?)?;
//! let assets = client.call(async |client| client.assets_list().send().await)?;
//! println!("{} assets", assets.len());
//! # Ok(())
//! # }
//! ```

/// A [`Client`](crate::Client) that waits for its calls.
pub type Client = perspio_http::blocking::Client<crate::Client>;
