//! The three ways to sign in.

#[cfg(feature = "sign-in")]
mod browser;
mod device;
mod paste;

#[cfg(feature = "sign-in")]
pub use browser::Browser;
pub use device::{Device, DeviceAttempt};
pub use paste::{Paste, PasteAttempt};

/// A way through a page of the authorization endpoint, in some browser.
pub trait ThroughBrowser {}
