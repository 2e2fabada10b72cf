//! The page that is generated from the table, and rules that every entry obeys.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use super::*;

/// The variable that rewrites the page instead of checking it.
const REWRITE: &str = "UPDATE_DOCS";

const INTRODUCTION: &str = "\
# Errors of the identity server

An error response of the identity server belongs to one of five classes. The class decides \
whether a stored sign-in is deleted, whether the request is worth repeating, and what the error \
says. `perspio_auth::Error` has a predicate for each.

| class | meaning | stored sign-in | `Error` | predicate |
|---|---|---|---|---|
| terminal | the grant has expired, or was used or revoked | deleted | `SignInRequired` | `needs_sign_in` |
| user action required | the identity server requires something else of the user | kept | `UserActionRequired` | `needs_sign_in` |
| transient | the same request may succeed later | kept | `Rejected` | `is_transient` |
| application settings | the registration of the application or a setting is wrong | kept | `Rejected` | `is_configuration` |
| invalid request | the request is malformed or does not belong to the sign-in | kept | `Rejected` | `is_configuration` |

Rules:

- A code of Entra decides before the `suberror`, and that before the OAuth `error`. A terminal \
code among several, or a terminal suberror of `invalid_grant`, is enough. `server_error` and \
`temporarily_unavailable` are always transient.
- `invalid_grant` alone is terminal (RFC 6749 §5.2): most servers say nothing more. With a code \
or a suberror that is not listed here it is *user action required*: the error asks for a new \
sign-in, and the stored one is kept, because a code of Entra may mean anything.
- On a refresh, no other OAuth `error` than `invalid_grant` is terminal.
- A response with `claims` (a claims challenge) is *user action required*: sign in with \
`SignIn::claims`, on the command line with `login --claims`.
- If the application signs in as itself, there is no user: *terminal* and *user action required* \
are *application settings*.
- A status of 429 or 5xx is transient, whatever the body says. A redirect, or a response \
without an OAuth error, is not a decision about the grant either (`UnexpectedResponse`).

The tables are generated from `crates/perspio-auth/src/oauth/error/codes.rs`. To write this \
page again: `cargo xtask docs`.
";

fn link(known: &KnownError) -> &'static str {
    match known.source {
        Source::EntraReference => {
            "[Entra](https://learn.microsoft.com/entra/identity-platform/reference-error-codes)"
        }
        Source::EntraLookup => "[Entra, lookup](https://login.microsoftonline.com/error)",
        Source::EntraDeviceCode => {
            "[Entra, device code](https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code)"
        }
        Source::Msal => {
            "[MSAL](https://learn.microsoft.com/entra/msal/dotnet/advanced/exceptions/msal-error-handling)"
        }
        Source::Rfc6749Token => {
            "[RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)"
        }
        Source::Rfc6749Authorization => {
            "[RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)"
        }
        Source::Rfc6750 => "[RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)",
        Source::Rfc8628 => "[RFC 8628 §3.5](https://www.rfc-editor.org/rfc/rfc8628#section-3.5)",
        Source::Rfc8707 => "[RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)",
        Source::OpenIdCore => {
            "[OpenID Connect Core §3.1.2.6](https://openid.net/specs/openid-connect-core-1_0.html#AuthError)"
        }
    }
}

fn name(code: Code) -> String {
    match code {
        Code::Entra(number) => format!("AADSTS{number}"),
        Code::Suberror(name) => format!("suberror `{name}`"),
        Code::OAuth(name) => format!("`{name}`"),
    }
}

fn help(known: &KnownError) -> String {
    let mut help = known.help.to_owned();
    if let Some(application) = known.application_help {
        let _ = write!(help, ". Application: {application}");
    }
    help.replace("{secret}", "Check the client id and the client secret")
        .replace("{scopes}", "")
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for class in [
        ErrorClass::Terminal,
        ErrorClass::UserAction,
        ErrorClass::Transient,
        ErrorClass::ApplicationSettings,
        ErrorClass::InvalidRequest,
    ] {
        let title = class.name();
        let (first, rest) = title.split_at(1);
        let _ = write!(page, "\n## {}{rest}\n\n", first.to_uppercase());
        page.push_str("| error | meaning | what to do | source |\n|---|---|---|---|\n");
        for known in KNOWN_ERRORS.iter().filter(|known| known.class == class) {
            let (name, help, link) = (name(known.code), help(known), link(known));
            let _ = writeln!(page, "| {name} | {} | {help} | {link} |", known.meaning);
        }
    }
    page
}

#[test]
fn the_troubleshooting_page_is_the_rendering_of_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/troubleshooting.md");
    if std::env::var_os(REWRITE).is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found.replace("\r\n", "\n") == page(),
        "docs/troubleshooting.md is outdated: run {REWRITE}=1 cargo test -p perspio-auth --lib troubleshooting"
    );
}

#[test]
fn each_code_has_one_entry_with_a_meaning_and_a_next_step() {
    let mut seen = BTreeSet::new();
    for known in KNOWN_ERRORS {
        let name = name(known.code);
        assert!(
            !known.meaning.is_empty() && !known.help.is_empty(),
            "{name}"
        );
        for text in [
            Some(known.meaning),
            Some(known.help),
            known.application_help,
        ] {
            let text = text.unwrap_or_default();
            assert!(
                !text.ends_with('.') && !text.contains('|'),
                "{name}: {text}"
            );
        }
        assert!(seen.insert(name.clone()), "{name} has two entries");
        assert_ne!(known.class, ErrorClass::Unknown, "{name}");
    }
    let numbers = KNOWN_ERRORS
        .iter()
        .filter(|known| matches!(known.code, Code::Entra(_)));
    assert!(numbers.count() >= 40);
}

#[test]
fn an_error_asks_for_a_sign_in_if_required_and_never_asks_an_application() {
    for known in KNOWN_ERRORS {
        let name = name(known.code);
        if matches!(known.class, ErrorClass::Terminal | ErrorClass::UserAction) {
            assert!(
                known.help.to_lowercase().contains("sign in again"),
                "{name}"
            );
        }
        let application = known.application_help.unwrap_or_default();
        assert!(
            !application.to_lowercase().contains("sign in again"),
            "{name}"
        );
    }
}
