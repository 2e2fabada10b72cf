//! The classes of failed connections.

use std::error::Error as StdError;
use std::io;

use rustls::CertificateError;
use rustls::pki_types::InvalidDnsNameError;

use crate::token::causes::causes;

/// The class of a failed connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportCause {
    /// The host's name cannot be resolved.
    Dns,
    /// The host rejects connections to this port.
    Refused,
    /// There is no route to the host.
    Unreachable,
    /// A time limit ended the request.
    Timeout,
    /// The certificate was issued by an authority that is not trusted.
    UnknownIssuer,
    /// The certificate has expired, or this machine's clock is fast.
    CertificateExpired,
    /// The certificate is not valid yet, or this machine's clock is slow.
    CertificateNotYetValid,
    /// The certificate is for another name.
    WrongName,
    /// The certificate is invalid for another reason, such as a revocation.
    InvalidCertificate,
    /// The TLS handshake failed, for instance because the server does not use TLS.
    Tls,
    /// The proxy's host cannot be resolved, or it does not accept connections.
    ProxyNotFound,
    /// The proxy requires a user and a password, or rejects those that are set (407).
    ProxyAuthentication,
    /// The proxy did not open a connection to the host.
    ProxyRefused,
    /// The connection broke after it was established.
    Broken,
    /// Any other failure.
    Other,
}

impl TransportCause {
    /// Returns the class of `error`.
    pub fn of(error: &reqwest::Error) -> Self {
        classify(error).0
    }

    /// Returns whether the same request may succeed later without a change of settings,
    /// certificates or the clock.
    pub fn is_transient(self) -> bool {
        match self {
            Self::UnknownIssuer
            | Self::CertificateExpired
            | Self::CertificateNotYetValid
            | Self::WrongName
            | Self::InvalidCertificate
            | Self::Tls
            | Self::ProxyAuthentication => false,
            Self::Dns
            | Self::Refused
            | Self::Unreachable
            | Self::Timeout
            | Self::ProxyNotFound
            | Self::ProxyRefused
            | Self::Broken
            | Self::Other => true,
        }
    }

    /// Returns an explanation if the innermost cause is unclear. `{its}` is a placeholder for
    /// the owner of the certificate.
    pub(super) fn explanation(self) -> &'static str {
        match self {
            Self::Dns => "its name cannot be resolved",
            Self::UnknownIssuer => {
                "{its} certificate was issued by an authority that is not trusted"
            }
            Self::CertificateExpired => {
                "{its} certificate has expired, or this machine's clock is wrong"
            }
            Self::CertificateNotYetValid => {
                "{its} certificate is not valid yet, or this machine's clock is wrong"
            }
            Self::WrongName => "{its} certificate is for another name",
            Self::InvalidCertificate => "{its} certificate is invalid",
            Self::Tls => "{its} side of the TLS handshake is invalid",
            Self::ProxyNotFound => "the proxy cannot be reached",
            Self::ProxyAuthentication => {
                "the proxy requires another user and password than those that are set (407)"
            }
            Self::ProxyRefused => "the proxy did not open the connection",
            Self::Refused | Self::Unreachable | Self::Timeout | Self::Broken | Self::Other => "",
        }
    }
}

/// Returns the class of `error`, and whether the failure is of the connection to the proxy.
pub(super) fn classify(error: &reqwest::Error) -> (TransportCause, bool) {
    let layers: Vec<_> = causes(error).collect();
    let phase = layers.iter().find_map(|layer| Phase::of(*layer));
    let at_proxy = phase == Some(Phase::ConnectingToProxy);
    let cause = match phase {
        Some(Phase::ProxyAuthentication) => TransportCause::ProxyAuthentication,
        Some(Phase::OpeningTunnel) => TransportCause::ProxyRefused,
        phase => {
            let tls = layers.iter().find_map(|layer| layer.downcast_ref());
            match tls {
                Some(tls) => of_tls(tls),
                None if error.is_timeout() => TransportCause::Timeout,
                None if at_proxy => TransportCause::ProxyNotFound,
                None if phase == Some(Phase::Resolving) => TransportCause::Dns,
                None if layers.iter().any(|layer| layer.is::<InvalidDnsNameError>()) => {
                    TransportCause::Dns
                }
                None => of_io(&layers, error.is_connect()),
            }
        }
    };
    (cause, at_proxy)
}

fn of_tls(error: &rustls::Error) -> TransportCause {
    let rustls::Error::InvalidCertificate(invalid) = error else {
        return TransportCause::Tls;
    };
    match invalid {
        CertificateError::UnknownIssuer => TransportCause::UnknownIssuer,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            TransportCause::CertificateExpired
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            TransportCause::CertificateNotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TransportCause::WrongName
        }
        _ => TransportCause::InvalidCertificate,
    }
}

fn of_io(layers: &[&(dyn StdError + 'static)], is_connect: bool) -> TransportCause {
    let mut errors = layers
        .iter()
        .rev()
        .filter_map(|layer| layer.downcast_ref::<io::Error>());
    match errors.next().map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => TransportCause::Refused,
        Some(
            io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkDown,
        ) => TransportCause::Unreachable,
        _ if is_connect => TransportCause::Other,
        _ => TransportCause::Broken,
    }
}

/// The phase of connecting in which the failure occurred, if it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Resolving,
    ConnectingToProxy,
    ProxyAuthentication,
    OpeningTunnel,
}

impl Phase {
    /// Returns the phase by the text of the error: `hyper-util` exports neither the type of
    /// its connection errors nor that of its tunnel errors. The tests run the library
    /// itself, so that they fail if it changes the texts.
    fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        let text = error.to_string();
        if text == "dns error" {
            return Some(Self::Resolving);
        }
        match text.strip_prefix("tunnel error: ")? {
            "failed to create underlying connection" => Some(Self::ConnectingToProxy),
            "proxy authorization required" => Some(Self::ProxyAuthentication),
            _ => Some(Self::OpeningTunnel),
        }
    }
}
