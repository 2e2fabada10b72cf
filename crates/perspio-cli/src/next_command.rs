//! The command that resolves a failure.

use std::fmt::Write;

use perspio::auth::Error;
use serde_json::{Map, Value};

/// Returns the command that signs the user in again, if `error` or its `text` asks for a
/// sign-in: with the claims that it must satisfy, quoted for a shell.
pub(crate) fn login_command(error: &Error, text: &str) -> Option<String> {
    if let Some(command) = error.claims().and_then(login_with_claims) {
        return Some(command);
    }
    let asks = error.needs_sign_in() || text.to_lowercase().contains("sign in again");
    asks.then(|| "Sign in again: perspio login".to_owned())
}

/// Returns the command that signs the user in with `claims`, if they are a JSON object.
fn login_with_claims(claims: &str) -> Option<String> {
    let claims = quoted(&escaped(claims)?);
    Some(format!("Sign in again: perspio login --claims {claims}"))
}

/// Returns the claims in one line of visible ASCII characters, if they are a JSON object.
fn escaped(claims: &str) -> Option<String> {
    let claims: Map<String, Value> = serde_json::from_str(claims).ok()?;
    let mut text = String::new();
    for letter in Value::Object(claims).to_string().chars() {
        if letter.is_ascii() && !letter.is_ascii_control() {
            text.push(letter);
            continue;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            // Writing to a string does not fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    Some(text)
}

/// Quotes an argument for a POSIX shell.
pub(crate) fn quoted(argument: &str) -> String {
    format!("'{}'", argument.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claims_are_one_quoted_argument_that_a_terminal_can_show() {
        for (claims, argument) in [
            (r#"{"a":"b"}"#, r#"'{"a":"b"}'"#),
            ("{\n  \"a\": 1\n}", r#"'{"a":1}'"#),
            (r#"{"a":"it's"}"#, r#"'{"a":"it'\''s"}'"#),
            (
                "{\"a\":\"\u{202e}é😀\u{7f}\"}",
                r#"'{"a":"\u202e\u00e9\ud83d\ude00\u007f"}'"#,
            ),
        ] {
            let expected = format!("Sign in again: perspio login --claims {argument}");
            assert_eq!(login_with_claims(claims), Some(expected));
        }
    }

    #[test]
    fn the_shell_passes_the_claims_unchanged() {
        let claims = r#"{"a":"$HOME `id` \"x\" it's \\ !"}"#;
        let argument = quoted(&escaped(claims).unwrap());
        let printed = std::process::Command::new("sh")
            .args(["-c", &format!("printf %s {argument}")])
            .output()
            .unwrap();
        let given: Value = serde_json::from_slice(&printed.stdout).unwrap();
        assert_eq!(given, serde_json::from_str::<Value>(claims).unwrap());
    }

    #[test]
    fn claims_that_are_not_an_object_are_in_no_command() {
        for claims in ["", "[]", "{"] {
            assert_eq!(login_with_claims(claims), None, "{claims}");
        }
    }
}
