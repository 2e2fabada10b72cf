use std::collections::HashMap;

use super::*;

fn read(variables: &[(&str, &str)]) -> Result<Option<ProxyServer>, String> {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    ProxyServer::from_variables(|name| variables.get(name).map(OsString::from))
}

fn name(variables: &[(&str, &str)]) -> Option<String> {
    read(variables).unwrap().map(|proxy| proxy.name())
}

#[test]
fn the_variables_are_read_in_the_order_of_reqwest() {
    let all = [
        ("HTTPS_PROXY", "http://a:1"),
        ("https_proxy", "http://b:1"),
        ("ALL_PROXY", "http://c:1"),
        ("all_proxy", "http://d:1"),
        ("HTTP_PROXY", "http://e:1"),
    ];
    for (first, expected) in ["a:1", "b:1", "c:1", "d:1"].into_iter().enumerate() {
        assert_eq!(name(&all[first..]).as_deref(), Some(expected));
    }
    assert_eq!(name(&all[4..]), None, "HTTP_PROXY is not for https");
    assert_eq!(
        name(&[("HTTPS_PROXY", " "), ("ALL_PROXY", "c:1")]).unwrap(),
        "c:1"
    );
    let cgi = [("REQUEST_METHOD", "GET"), ("HTTPS_PROXY", "http://a:1")];
    assert_eq!(name(&cgi), None);
}

#[test]
fn an_address_may_have_no_scheme_or_port_and_is_named_without_a_password() {
    for (text, expected) in [
        ("proxy.internal:3128", "proxy.internal:3128"),
        ("proxy.internal", "proxy.internal:80"),
        ("http://user:canary@proxy:3128/", "proxy:3128"),
        ("user:can%40ary@proxy:3128", "proxy:3128"),
        ("https://proxy", "proxy:443"),
        ("HTTP://[::1]:3128", "[::1]:3128"),
    ] {
        assert_eq!(name(&[("HTTPS_PROXY", text)]).unwrap(), expected);
    }
}

#[test]
fn a_malformed_variable_is_named_and_its_value_is_not_shown() {
    for text in [
        "canary-scheme://proxy:3128",
        "http//canary:3128",
        "http:/canary",
        "http://",
        "http://:3128",
        "http://canary:port",
        "http://canary:99999",
        "http://canary:0",
        "http://user:canary#1@proxy:3128",
        "http://user:12#canary@proxy:3128",
        "http://user:12/canary@proxy:3128",
        "http://user:12?canary@proxy:3128",
        "http://user:c@nary@proxy:3128",
        "http://canary:3128/path",
        "\u{feff}http://canary:3128",
        "\"http://canary:3128\"",
        "'canary:3128'",
        "\"canary\"",
        "“http://canary:3128”",
        "http://can ary:3128",
        " http://canary:3128",
        "http://canary:3128\n",
        "http://cänary:3128",
        "http://can\u{200b}ary:3128",
        "http://can\u{a0}ary:3128",
    ] {
        for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            let error = read(&[(variable, text)]).err().unwrap();
            assert!(error.starts_with(&format!("{variable} must")), "{error}");
            assert!(!error.contains("canary"), "{error}");
        }
    }
}

#[test]
fn a_socks_proxy_is_rejected_as_unsupported() {
    for scheme in ["socks4", "socks4a", "socks5", "socks5h", "SOCKS5", "socks"] {
        let text = format!("{scheme}://canary:1080");
        let error = read(&[("ALL_PROXY", &text)]).err().unwrap();
        assert!(error.contains("ALL_PROXY names a SOCKS proxy"), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }
    // It is not used, so that its scheme does not matter.
    let both = [("ALL_PROXY", "socks5://a:1"), ("HTTPS_PROXY", "b:1")];
    assert_eq!(name(&both).unwrap(), "b:1");
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_unicode_is_named() {
    use std::os::unix::ffi::OsStringExt;
    let broken = |name: &str| (name == "https_proxy").then(|| OsString::from_vec(vec![0xff]));
    let error = ProxyServer::from_variables(broken).err().unwrap();
    assert_eq!(error, "https_proxy is not valid Unicode");
}

#[test]
fn the_hosts_of_no_proxy_are_called_directly() {
    let hosts = "internal.example, .local.example, 10.0.0.0/8";
    let proxy = read(&[("HTTPS_PROXY", "http://proxy:1"), ("no_proxy", hosts)]);
    let proxy = proxy.unwrap().unwrap();
    for direct in ["internal.example", "a.internal.example", "10.1.2.3"] {
        assert!(!proxy.intercepts(direct), "{direct}");
    }
    for proxied in ["api.example", "notinternal.example", "11.0.0.1"] {
        assert!(proxy.intercepts(proxied), "{proxied}");
    }
}
