//! Sign-ins to other clients and servers than Entra's "Web" platform.

use super::*;

#[test]
fn a_public_client_signs_in_without_a_secret() {
    let desk = Desk::new();
    let mut command = desk.perspio(&["login", "--no-browser"]);
    command.env_remove("PERSPIO_CLIENT_SECRET");
    let mut login = Running::start(command);
    let url = login.url();
    desk.visit(desk.sign_ada_in(&url));
    let (code, _, err) = login.end();
    // The sandbox's only client is confidential.
    assert!(err.contains("AADSTS7000218"), "{err}");
    assert_eq!(code, Some(3), "{err}");
    let requests = desk.sandbox.log().token_requests();
    let sent = String::from_utf8(requests[0].body.clone()).unwrap();
    assert!(sent.contains("client_id=") && !sent.contains("client_secret"));
}

#[test]
fn a_stored_sign_in_of_a_public_client_is_used_without_a_secret() {
    let desk = Desk::new();
    desk.ada_has_signed_in();
    let mut command = desk.perspio(&["directory", "user"]);
    command.env_remove("PERSPIO_CLIENT_SECRET");
    let (code, out, err) = Running::start(command).end();
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(out.contains("ada@sandbox.example"), "{out}");
    let mut command = desk.perspio(&["sites", "list", "--as", "application"]);
    command.env_remove("PERSPIO_CLIENT_SECRET");
    let (code, _, err) = Running::start(command).end();
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("PERSPIO_CLIENT_SECRET"), "{err}");
}

#[test]
fn no_prompt_is_sent_if_the_option_or_the_setting_says_so() {
    let desk = Desk::new();
    let has_prompt = |arguments: &[&str], setting: Option<&str>| {
        let mut command = desk.perspio(&[&["login", "--no-browser"], arguments].concat());
        command.envs(setting.map(|value| ("PERSPIO_PROMPT", value)));
        let mut login = Running::start(command);
        let url = login.url();
        url.query_pairs()
            .find(|(name, _)| name == "prompt")
            .map(|(_, value)| value.into_owned())
    };
    assert_eq!(has_prompt(&[], None).as_deref(), Some("select_account"));
    assert_eq!(has_prompt(&["--prompt", "unspecified"], None), None);
    assert_eq!(has_prompt(&[], Some("unspecified")), None);
    let login = has_prompt(&["--prompt", "login"], Some("unspecified"));
    assert_eq!(login.as_deref(), Some("login"));
}
