//! Signing people in.

use std::collections::HashMap;

use serde_json::Value;
use url::Url;

use super::{Answer, FORM, form, http, token_request};
use crate::{Person, Sandbox};

/// What replaces a good request's parameter; an absent value leaves it out.
pub(crate) type Change<'a> = (&'a str, Option<&'a str>);

pub(crate) const REDIRECT_URI: &str = "http://localhost:5000/callback";
/// The pair of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) fn changed<'a>(
    mut parameters: Vec<(&'a str, &'a str)>,
    changes: &[Change<'a>],
) -> Vec<(&'a str, &'a str)> {
    for (name, value) in changes {
        parameters.retain(|(known, _)| known != name);
        parameters.extend(value.map(|value| (*name, value)));
    }
    parameters
}

/// A good authorization request, with `changes`.
pub(crate) fn authorize_url(sandbox: &Sandbox, changes: &[Change<'_>]) -> String {
    let parameters = vec![
        ("client_id", sandbox.client_id()),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT_URI),
        ("scope", "api://perspiotalk/access_as_user offline_access"),
        ("state", "a state"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let query = form(&changed(parameters, changes));
    format!("{}/oauth2/v2.0/authorize?{query}", sandbox.authority())
}

/// The parameters that an address brings back, which must be the application's.
pub(crate) fn brought_back(url: &str) -> HashMap<String, String> {
    let rest = url.strip_prefix(REDIRECT_URI).unwrap();
    assert!(rest.starts_with('?'), "{url}");
    let pairs = Url::parse(url).unwrap();
    let pairs: Vec<_> = pairs.query_pairs().into_owned().collect();
    let map: HashMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(map.len(), pairs.len(), "a parameter twice: {url}");
    map
}

pub(crate) fn code(sandbox: &Sandbox, person: Person, changes: &[Change<'_>]) -> String {
    let url = authorize_url(sandbox, changes);
    let back = sandbox.authorize(&url, person).unwrap();
    brought_back(&back).remove("code").unwrap()
}

/// Asks for tokens with a code.
pub(crate) async fn exchange(sandbox: &Sandbox, code: &str, changes: &[Change<'_>]) -> Answer {
    let parameters = vec![
        ("client_id", sandbox.client_id()),
        ("client_secret", sandbox.client_secret()),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ];
    Answer::to(token_request(sandbox, &changed(parameters, changes))).await
}

/// The tokens of a whole sign-in.
pub(crate) async fn sign_in(sandbox: &Sandbox, person: Person) -> Value {
    let code = code(sandbox, person, &[]);
    let answer = exchange(sandbox, &code, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

pub(crate) async fn refresh(sandbox: &Sandbox, token: &str, scope: Option<&str>) -> Answer {
    let mut parameters = vec![
        ("client_id", sandbox.client_id()),
        ("client_secret", sandbox.client_secret()),
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
    ];
    parameters.extend(scope.map(|scope| ("scope", scope)));
    Answer::to(token_request(sandbox, &parameters)).await
}

/// Opens a page and gives the transaction that it holds.
pub(crate) async fn transaction(url: &str) -> String {
    transaction_in(&Answer::to(http().get(url)).await)
}

pub(crate) fn transaction_in(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let start = answer.text.find("sandbox-transaction-").unwrap();
    let rest = &answer.text[start..];
    rest[..rest.find('"').unwrap()].to_owned()
}

/// Clicks, on the page of an application's sign-in.
pub(crate) async fn click(sandbox: &Sandbox, parameters: &[(&str, &str)]) -> Answer {
    let url = format!("{}/oauth2/v2.0/authorize", sandbox.authority());
    post(&url, parameters).await
}

pub(crate) async fn post(url: &str, parameters: &[(&str, &str)]) -> Answer {
    let request = http().post(url).header("Content-Type", FORM);
    Answer::to(request.body(form(parameters))).await
}
