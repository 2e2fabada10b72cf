//! Certificates of an authority that no machine trusts by default.

use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

/// A certificate authority of a test, and a server certificate that it has issued, in the
/// files `authority.pem`, `server.pem` and `key.pem`.
pub(crate) struct Authority {
    /// The certificate of the authority, as PEM.
    pub(crate) certificate: String,
    directory: TempDir,
}

impl Authority {
    pub(crate) fn for_server(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority).unwrap();
        let made = Self {
            certificate: authority.pem(),
            directory: tempfile::tempdir().unwrap(),
        };
        std::fs::write(made.file("authority.pem"), &made.certificate).unwrap();
        std::fs::write(made.file("server.pem"), certificate.pem()).unwrap();
        std::fs::write(made.file("key.pem"), key.serialize_pem()).unwrap();
        made
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}
