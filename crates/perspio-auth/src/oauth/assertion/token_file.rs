//! Assertions from a file that another program keeps up to date.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use super::{AssertionRequest, ClientAssertion};
use crate::oauth::error::Error;

/// The largest file that is read; a token has a few kilobytes.
const LARGEST: u64 = 64 * 1024;

/// A file with a client assertion, such as the service account token of Kubernetes
/// workload identity (`AZURE_FEDERATED_TOKEN_FILE`). It is read at each request, because
/// the platform replaces it before the token expires.
#[derive(Clone, Debug)]
pub struct FederatedTokenFile {
    path: PathBuf,
}

impl FederatedTokenFile {
    /// Creates a provider. The file is not read yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

#[async_trait]
impl ClientAssertion for FederatedTokenFile {
    async fn assertion(&self, _: &AssertionRequest<'_>) -> Result<SecretString, Error> {
        let path = self.path.clone();
        let read = tokio::task::spawn_blocking(move || read(&path)).await;
        let invalid = |reason: &dyn std::fmt::Display| {
            let path = self.path.display();
            Error::configuration(format!("the federated token file {path} {reason}"))
        };
        let token = read
            .unwrap_or_else(|cause| Err(io::Error::other(cause)))
            .map_err(|cause| invalid(&format_args!("cannot be read: {cause}")))?;
        if token.expose_secret().is_empty() {
            return Err(invalid(&"is empty"));
        }
        Ok(token)
    }
}

fn read(path: &Path) -> io::Result<SecretString> {
    // Allocated once: growing would leave copies of the token in memory.
    let mut token = Zeroizing::new(String::with_capacity(64 * 1024));
    File::open(path)?.take(LARGEST).read_to_string(&mut token)?;
    Ok(SecretString::from(token.trim()))
}

#[cfg(test)]
mod tests {

    use super::*;

    async fn assertion(path: &Path) -> Result<SecretString, Error> {
        let request =
            AssertionRequest::new("client", "https://login.example", std::time::UNIX_EPOCH);
        FederatedTokenFile::new(path).assertion(&request).await
    }

    #[tokio::test]
    async fn the_file_is_read_again_for_each_assertion() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for token in ["first", "second"] {
            std::fs::write(&path, format!(" {token}\n")).unwrap();
            assert_eq!(assertion(&path).await.unwrap().expose_secret(), token);
        }
    }

    #[tokio::test]
    async fn a_missing_or_empty_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let missing = assertion(&path).await.unwrap_err();
        std::fs::write(&path, "\n").unwrap();
        let empty = assertion(&path).await.unwrap_err();
        for (error, reason) in [(missing, "cannot be read"), (empty, "is empty")] {
            let text = error.to_string();
            assert!(error.is_configuration() && text.contains(reason), "{text}");
            assert!(text.contains(path.to_str().unwrap()), "{text}");
        }
    }
}
