//! What to do about a failed connection.

use super::TransportCause;

/// Returns what to do, in a sentence or two. Waiting is suggested only where it helps.
pub(super) fn help(cause: TransportCause, connected: bool, has_proxy: bool) -> &'static str {
    match cause {
        TransportCause::Dns => {
            "Check the host's name in the address, and the network and DNS of this machine."
        }
        TransportCause::Refused => {
            "Check the network, and the host and port of the address. If they are right, the server \
             is down: call again later."
        }
        TransportCause::Unreachable => {
            "Check the network of this machine (a VPN may be required), then call again."
        }
        TransportCause::Timeout if connected => {
            "Check the network. If it is right, the server is slow or unavailable: call again later."
        }
        TransportCause::Timeout => {
            "Check the network, the address, and whether this network requires a proxy \
             (HTTPS_PROXY). If they are right, call again later."
        }
        TransportCause::UnknownIssuer if has_proxy => {
            "If the proxy inspects TLS, add the certificate of its authority to those that the \
             client trusts (a file of root certificates) or that this machine trusts."
        }
        TransportCause::UnknownIssuer => {
            "Check the address. If the server's authority is private, add its certificate to those \
             that the client trusts (a file of root certificates) or that this machine trusts."
        }
        TransportCause::CertificateExpired => {
            "Check the clock of this machine. If it is right, the certificate must be renewed by the \
             operator of the server."
        }
        TransportCause::CertificateNotYetValid => {
            "Check the clock of this machine. If it is right, the certificate must be replaced by \
             the operator of the server."
        }
        TransportCause::WrongName => {
            "Check the host in the address: it must be one of the names in the certificate."
        }
        TransportCause::InvalidCertificate => {
            "Check the address. If it is right, the certificate must be replaced by the operator of \
             the server."
        }
        TransportCause::Tls => {
            "Check that the port of the address is that of an https server, with TLS 1.2 or later."
        }
        TransportCause::ProxyNotFound => {
            "Check the host and port of the proxy (HTTPS_PROXY), and that it is reachable from this \
             network."
        }
        TransportCause::ProxyAuthentication => {
            "Set the user and password of the proxy (HTTPS_PROXY): http://user:password@host:port, \
             with special characters percent-encoded."
        }
        TransportCause::ProxyRefused => {
            "Ask the operator of the proxy to allow connections to the host, or list the host in \
             NO_PROXY if it is reachable directly."
        }
        TransportCause::Broken => "Check the network, then call again.",
        TransportCause::Other if connected => "Check the network, then call again.",
        TransportCause::Other => {
            "Check the network, the proxy, the address, and the certificates that this machine \
             trusts."
        }
    }
}
