//! A client for programs without a tokio runtime, such as scripts.
//!
//! ```no_run
//! # fn main() -> Result<(), dispogas::Error> {
//! let client = dispogas::blocking::Client::new(dispogas::Client::from_env()?)?;
//! let account = client.call(async |client| client.account_me().send().await)?;
//! println!("{:?}", *account);
//! # Ok(())
//! # }
//! ```

/// A [`Client`](crate::Client) that waits for its calls.
pub type Client = perspio_http::blocking::Client<crate::Client>;
