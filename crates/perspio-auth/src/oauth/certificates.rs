//! Certificates in PEM format.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Parses certificates of authorities.
///
/// # Errors
/// What is wrong, with the number of the certificate, counted from 1.
pub(super) fn parse(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, String> {
    if pem.starts_with(b"\xff\xfe") || pem.starts_with(b"\xfe\xff") {
        return Err("they are encoded in UTF-16: save them as ASCII or UTF-8".to_owned());
    }
    let expected = count(pem)?;
    if expected == 0 {
        return Err("there is none: they must be in PEM format \
             (-----BEGIN CERTIFICATE-----)"
            .to_owned());
    }
    let mut certificates = Vec::new();
    let mut roots = RootCertStore::empty();
    for (index, der) in CertificateDer::pem_slice_iter(pem).enumerate() {
        let invalid = |cause: String| format!("certificate {} is invalid: {cause}", index + 1);
        let der = der.map_err(|cause| invalid(cause.to_string()))?;
        let certificate = reqwest::Certificate::from_der(&der);
        certificates.push(certificate.map_err(|cause| invalid(cause.to_string()))?);
        // The check that the HTTP client makes when it is built.
        let added = roots.add(der);
        added.map_err(|cause| invalid(cause.to_string()))?;
    }
    if certificates.len() == expected {
        Ok(certificates)
    } else {
        let first = certificates.len() + 1;
        Err(format!("certificate {first} is invalid: it is incomplete"))
    }
}

/// Counts the first lines of certificates. A parser ignores a line that begins with other
/// characters, and with it the certificate.
fn count(pem: &[u8]) -> Result<usize, String> {
    let mut count = 0;
    for line in pem.split(|byte| matches!(byte, b'\n' | b'\r')) {
        let Some(start) = line.windows(BEGIN.len()).position(|part| part == BEGIN) else {
            continue;
        };
        count += 1;
        if start == 0 {
            continue;
        }
        let before = if line.starts_with(BOM) {
            "a byte order mark (BOM) is before its first line: save the file without one"
        } else {
            "other characters are before its first line: remove them"
        };
        return Err(format!("certificate {count} is invalid: {before}"));
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn certificate() -> String {
        let params = CertificateParams::new(Vec::new()).unwrap();
        params
            .self_signed(&KeyPair::generate().unwrap())
            .unwrap()
            .pem()
    }

    #[test]
    fn certificates_are_parsed_in_files_with_comments_and_keys() {
        let (one, key) = (certificate(), KeyPair::generate().unwrap().serialize_pem());
        let pem = format!("# a comment\n{one}\n{key}\n{}", one.replace('\n', "\r\n"));
        assert_eq!(parse(pem.as_bytes()).unwrap().len(), 2);
    }

    #[test]
    fn the_number_of_an_invalid_certificate_is_in_the_error() {
        let good = certificate();
        let in_body = good.replacen("MI", "%%", 1);
        let not_der = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let without_end = good.replace("-----END CERTIFICATE-----", "");
        let bom = format!("\u{feff}{good}");
        let indented = format!("  {good}");
        for bad in [&in_body, not_der, &without_end, &bom, &indented] {
            for (before, number) in [(0, 1), (1, 2), (2, 3)] {
                for after in [0, 1] {
                    let pem = [&good.repeat(before), bad, &good.repeat(after)].concat();
                    let error = parse(pem.as_bytes()).unwrap_err();
                    let expected = format!("certificate {number} is invalid: ");
                    assert!(error.contains(&expected), "{error}:\n{pem}");
                }
            }
        }
        assert!(parse(bom.as_bytes()).unwrap_err().contains("BOM"));
    }

    #[test]
    fn a_file_that_is_not_pem_is_rejected_with_the_format() {
        let utf16: Vec<u8> = certificate()
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let with_bom = [b"\xff\xfe".as_slice(), &utf16].concat();
        assert!(parse(&with_bom).unwrap_err().contains("UTF-16"));
        for other in [b"".as_slice(), b"\x30\x82\x01\x0a", &utf16] {
            assert!(parse(other).unwrap_err().contains("PEM format"));
        }
    }
}
