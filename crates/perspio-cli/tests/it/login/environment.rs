//! Variables of the environment that are misspelled, malformed or copied with invisible
//! characters, and the proxy.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::desk::{Desk, Ended, Running, contains_all};

fn run(desk: &Desk, arguments: &[&str], changes: &[(&str, &str)]) -> Ended {
    let mut command = desk.perspio(arguments);
    command.envs(changes.iter().copied());
    Running::start(command).end()
}

#[test]
fn a_misspelled_variable_gets_a_hint_in_every_command() {
    let desk = Desk::new();
    let misspelled = [("PERSPIO_BASEURL", "https://canary.example")];
    for command in [
        &["sites", "list"][..],
        &["sites", "list", "--as", "application"],
        &["status"],
        &["logout"],
        &["login", "--paste"],
    ] {
        let (_, _, err) = run(&desk, command, &misspelled);
        let hint = "hint: PERSPIO_BASEURL is set, but there is no such setting: did you mean \
                    PERSPIO_BASE_URL?";
        assert_eq!(err.matches(hint).count(), 1, "{command:?}: {err}");
        assert!(!err.contains("canary"), "{err}");
    }
}

#[test]
fn no_documented_variable_gets_a_hint() {
    let desk = Desk::new();
    let readme = include_str!("../../../../../README.md");
    let (_, help, _) = run(&desk, &["--help"], &[]);
    let text = format!("{readme} {help}");
    let mut names: Vec<_> = text
        .split(|it: char| it != '_' && !it.is_ascii_alphanumeric())
        .filter(|word| word.starts_with("PERSPIO_") && word.len() > "PERSPIO_".len())
        .collect();
    names.sort_unstable();
    names.dedup();
    assert!(names.len() > 10, "{names:?}");
    // An empty variable counts as missing, but it is set.
    let empty: Vec<_> = names.into_iter().map(|name| (name, "")).collect();
    let (_, _, err) = run(&desk, &["status"], &empty);
    assert!(!err.contains("hint:"), "{err}");
}

#[test]
fn the_variables_of_the_command_are_checked_for_invisible_characters() {
    let desk = Desk::new();
    for (command, name) in [
        ("--no-browser", "PERSPIO_REDIRECT_URI"),
        ("--paste", "PERSPIO_REDIRECT_URI"),
        ("--no-browser", "PERSPIO_STORE_KEY"),
        ("--no-browser", "PERSPIO_STORE"),
    ] {
        for (value, problem) in [
            ("\u{feff}canary", "U+FEFF"),
            ("can\u{200b}ary", "U+200B"),
            ("canary\u{a0}", "U+00A0"),
            ("\"canary\"", "quotation marks"),
        ] {
            let (code, out, err) = run(&desk, &["login", command], &[(name, value)]);
            assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
            contains_all(&err, &[name, problem]);
            assert!(!err.contains("canary"), "{err}");
        }
    }
}

#[test]
fn a_malformed_proxy_is_an_error_and_nothing_is_sent_directly() {
    let desk = Desk::new();
    let direct = TcpListener::bind("127.0.0.1:0").unwrap();
    direct.set_nonblocking(true).unwrap();
    let url = format!("https://{}", direct.local_addr().unwrap());
    for (name, value, problem) in [
        (
            "HTTPS_PROXY",
            "http//user:canary@proxy:3128",
            "http://host:port",
        ),
        (
            "https_proxy",
            "http://user:12#canary@proxy",
            "percent-encoded",
        ),
        ("ALL_PROXY", "socks5://user:canary@proxy:1080", "SOCKS"),
    ] {
        for server in ["PERSPIO_BASE_URL", "PERSPIO_AUTHORITY"] {
            let changes = [(name, value), (server, &*url)];
            let (code, out, err) = run(&desk, &["sites", "list"], &changes);
            assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
            contains_all(&err, &[name, problem]);
            assert!(!err.contains("canary"), "{err}");
        }
    }
    assert!(direct.accept().is_err(), "nothing was sent");
    // It is not used for this machine's sandbox.
    let (code, _, err) = run(&desk, &["sites", "list"], &[("HTTPS_PROXY", "http//")]);
    assert_eq!(code, Some(0), "{err}");
}

#[test]
fn the_proxy_of_the_environment_is_used_and_named_without_its_password() {
    let desk = Desk::new();
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let proxy = format!("http://user:canary@{closed}");
    let changes = [
        ("HTTPS_PROXY", &*proxy),
        ("PERSPIO_BASE_URL", "https://api.example"),
        ("PERSPIO_AUTHORITY", "https://login.example"),
    ];
    let (code, _, err) = run(&desk, &["sites", "list"], &changes);
    assert_eq!(code, Some(4), "{err}");
    let through = format!("login.example cannot be reached through the proxy {closed}");
    contains_all(&err, &[&through, "Check the host and port of the proxy"]);
    assert!(!err.contains("canary"), "{err}");
}

/// Accepts TLS connections with a certificate that no machine trusts.
fn untrusted_server(desk: &Desk) -> SocketAddr {
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = desk
        .runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
    let listener = listener.unwrap();
    let address = listener.local_addr().unwrap();
    desk.runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = acceptor.accept(stream).await;
        }
    });
    address
}

#[test]
fn an_unknown_authority_names_the_variable_of_trusted_certificates() {
    let desk = Desk::new();
    let url = format!("https://{}", untrusted_server(&desk));
    for server in ["PERSPIO_AUTHORITY", "PERSPIO_BASE_URL"] {
        let (code, _, err) = run(&desk, &["sites", "list"], &[(server, &url)]);
        assert_eq!(code, Some(4), "{err}");
        let parts = [
            "its certificate was issued by an authority that is not trusted",
            "root certificates",
            "PERSPIO_CA_FILE",
        ];
        contains_all(&err, &parts);
        assert!(!err.contains("later") && !err.contains("wait"), "{err}");
    }
}
