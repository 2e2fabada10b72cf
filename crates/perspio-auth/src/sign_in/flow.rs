//! The three flows of a sign-in.

#[cfg(feature = "sign-in")]
mod browser;
mod device;
mod paste;

#[cfg(feature = "sign-in")]
pub use browser::Browser;
pub use device::{Device, DeviceAttempt};
pub use paste::{Paste, PasteAttempt};

/// A flow in which a browser opens the authorization endpoint.
pub trait BrowserFlow {}
