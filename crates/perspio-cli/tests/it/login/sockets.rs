//! What the kernel says of a process's sockets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::*;

/// `/proc/net/tcp` calls it so.
const LISTENS: &str = "0A";

/// The addresses that a process listens on.
fn listened_on(process: u32) -> Vec<(IpAddr, u16)> {
    let files = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    // A file that has been closed since then has no link.
    let files = files.filter_map(|file| std::fs::read_link(file.unwrap().path()).ok());
    let own: Vec<_> = files.map(|file| file.display().to_string()).collect();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        // A machine without IPv6 has no such table.
        let table = std::fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
        for line in table.lines().skip(1) {
            let columns: Vec<_> = line.split_whitespace().collect();
            let socket = format!("socket:[{}]", columns[9]);
            if columns[3] == LISTENS && own.contains(&socket) {
                found.push(address(columns[1]));
            }
        }
    }
    found
}

/// Words of the machine's own byte order, and a port.
fn address(text: &str) -> (IpAddr, u16) {
    let (words, port) = text.split_once(':').unwrap();
    let words = words.as_bytes().chunks(8).map(std::str::from_utf8);
    let bytes = words.flat_map(|word| {
        u32::from_str_radix(word.unwrap(), 16)
            .unwrap()
            .to_ne_bytes()
    });
    let bytes: Vec<_> = bytes.collect();
    let address = match <[u8; 4]>::try_from(&*bytes) {
        Ok(ipv4) => Ipv4Addr::from(ipv4).into(),
        Err(_) => Ipv6Addr::from(<[u8; 16]>::try_from(&*bytes).unwrap()).into(),
    };
    (address, u16::from_str_radix(port, 16).unwrap())
}

#[test]
fn checklist_07_the_command_listens_on_loopback_only_and_no_longer_than_the_sign_in() {
    let desk = Desk::new();
    let mut login = desk.login(&["--no-browser"]);
    let url = login.url();
    let redirect_uri = Url::parse(&parameter(&url, "redirect_uri")).unwrap();
    let listened_on = listened_on(login.process.id());
    assert!(!listened_on.is_empty());
    for (address, port) in listened_on {
        assert!(address.is_loopback(), "{address}");
        assert_eq!(Some(port), redirect_uri.port());
    }
    desk.visit(desk.sign_ada_in(&url));
    assert_eq!(login.end().0, Some(0));
    let again = std::net::TcpStream::connect(("localhost", redirect_uri.port().unwrap()));
    assert!(again.is_err());
}

#[test]
fn a_way_without_a_browser_listens_nowhere() {
    let desk = Desk::new();
    let mut login = desk.login(&["--paste"]);
    login.url();
    assert_eq!(listened_on(login.process.id()), []);
}

#[test]
fn the_kernels_table_is_read_right() {
    let listeners = ["127.0.0.1:0", "[::1]:0"].map(std::net::TcpListener::bind);
    let listeners = listeners.into_iter().flatten();
    for listener in listeners {
        let address = listener.local_addr().unwrap();
        let found = listened_on(std::process::id());
        assert!(found.contains(&(address.ip(), address.port())), "{found:?}");
    }
}
