//! The listener on the loopback interface (RFC 8252 §8.3).

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use tokio::net::{TcpListener, TcpStream};

use super::redirect::{LoopbackHost, LoopbackRedirect};
use crate::oauth::Error;

/// Listens for the browser on loopback addresses. It is bound before the browser opens
/// and until the sign-in ends, without interruption, so that no other program can take
/// the port.
#[derive(Debug)]
pub(crate) struct Listener {
    ipv4: TcpListener,
    /// Bound for `localhost` only, which browsers resolve to either family.
    ipv6: Option<TcpListener>,
    port: u16,
}

/// The number of attempts to find a port that is free in both families.
const TRIES: usize = 20;

impl Listener {
    /// Binds the port of `redirect`, or a free one.
    pub(crate) async fn bind(redirect: &LoopbackRedirect) -> Result<Self, Error> {
        let mut tries = if redirect.bind_port() == 0 { TRIES } else { 1 };
        loop {
            tries -= 1;
            match Self::try_bind(redirect).await {
                Ok(listener) => return Ok(listener),
                Err(cause) if tries == 0 => {
                    return Err(Error::configuration(format!(
                        "{}: {cause}. Close the program that uses the port, or choose another; 0 \
                         takes a free one",
                        if redirect.bind_port() == 0 {
                            "cannot listen on any port of this machine".to_owned()
                        } else {
                            format!("cannot listen on port {}", redirect.bind_port())
                        }
                    )));
                }
                Err(_) => {}
            }
        }
    }

    async fn try_bind(redirect: &LoopbackRedirect) -> io::Result<Self> {
        let ipv4 = TcpListener::bind((Ipv4Addr::LOCALHOST, redirect.bind_port())).await?;
        let port = ipv4.local_addr()?.port();
        let ipv6 = match redirect.host() {
            LoopbackHost::Ipv4 => None,
            LoopbackHost::Localhost => {
                match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
                    Ok(listener) => Some(listener),
                    // Another program would receive the code.
                    Err(cause) if cause.kind() == io::ErrorKind::AddrInUse => return Err(cause),
                    Err(cause) => {
                        tracing::debug!(%cause, "this machine has no IPv6 loopback");
                        None
                    }
                }
            }
        };
        Ok(Self { ipv4, ipv6, port })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Accepts the next connection. Cancel safe.
    pub(crate) async fn accept(&self) -> io::Result<TcpStream> {
        let (stream, _) = match &self.ipv6 {
            None => self.ipv4.accept().await?,
            Some(ipv6) => tokio::select! {
                accepted = self.ipv4.accept() => accepted?,
                accepted = ipv6.accept() => accepted?,
            },
        };
        Ok(stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn bind(redirect: LoopbackRedirect) -> Result<Listener, Error> {
        Listener::bind(&redirect).await
    }

    #[tokio::test]
    async fn checklist_07_only_loopback_addresses_are_listened_on() {
        let listener = bind(LoopbackRedirect::localhost()).await.unwrap();
        let mut addresses = vec![listener.ipv4.local_addr().unwrap()];
        addresses.extend(listener.ipv6.iter().map(|it| it.local_addr().unwrap()));
        for address in addresses {
            assert!(address.ip().is_loopback());
            assert_eq!(address.port(), listener.port());
        }
    }

    #[tokio::test]
    async fn checklist_08_concurrent_sign_ins_get_different_ports() {
        let one = bind(LoopbackRedirect::localhost()).await.unwrap();
        let other = bind(LoopbackRedirect::localhost()).await.unwrap();
        assert_ne!(one.port(), other.port());
    }

    #[tokio::test]
    async fn checklist_09_localhost_binds_both_families_and_127_0_0_1_only_one() {
        let has_ipv6 = std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
        let both = bind(LoopbackRedirect::localhost()).await.unwrap();
        assert_eq!(both.ipv6.is_some(), has_ipv6);
        let one = bind(LoopbackRedirect::ipv4()).await.unwrap();
        assert!(one.ipv6.is_none());
    }

    #[tokio::test]
    async fn a_fixed_port_in_use_is_reported_with_a_next_step() {
        let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = bind(LoopbackRedirect::localhost().port(port))
            .await
            .unwrap_err();
        assert!(error.is_configuration());
        assert!(error.to_string().contains(&port.to_string()), "{error}");
        assert!(error.to_string().contains("choose another"), "{error}");
    }

    #[tokio::test]
    async fn a_port_that_another_program_has_on_the_other_family_is_not_shared() {
        let Ok(taken) = std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else {
            return;
        };
        let port = taken.local_addr().unwrap().port();
        let redirect = LoopbackRedirect::localhost().port(port);
        assert!(bind(redirect).await.is_err());
    }
}
