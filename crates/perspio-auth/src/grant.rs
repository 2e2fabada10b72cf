//! The grants of RFC 6749, each as the vendor's page shows it.

mod client_credentials;

pub use client_credentials::ClientCredentials;
