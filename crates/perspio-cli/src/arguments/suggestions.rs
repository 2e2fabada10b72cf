//! The suggestion for an unknown command: by its meaning, then by its spelling.

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

/// Words for a command that are no commands.
const SYNONYMS: [(&str, &[&str]); 8] = [
    (
        "doctor",
        &[
            "check",
            "diagnose",
            "diagnostics",
            "health",
            "test",
            "verify",
        ],
    ),
    (
        "login",
        &["auth", "authenticate", "connect", "signin", "sign-in"],
    ),
    ("logout", &["disconnect", "signout", "sign-out"]),
    (
        "profile",
        &[
            "account",
            "config",
            "configure",
            "context",
            "init",
            "setup",
            "tenant",
        ],
    ),
    (
        "request",
        &[
            "api", "call", "curl", "delete", "get", "http", "patch", "post", "put",
        ],
    ),
    ("sandbox", &["mock", "server", "simulate"]),
    (
        "status",
        &["budget", "info", "limits", "me", "user", "whoami"],
    ),
    ("completions", &["autocomplete", "completion"]),
];

/// The largest number of edits between a command and a misspelled one.
const MOST_EDITS: usize = 2;

/// Replaces the suggestions of an unknown command.
pub(super) fn improve(mut error: Error) -> Error {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return error;
    }
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    let unknown = unknown.to_lowercase();
    let meant = SYNONYMS
        .iter()
        .find(|(_, words)| words.contains(&unknown.as_str()))
        .map(|(command, _)| (*command).to_owned());
    let suggested = match error.get(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::String(name)) => vec![name.clone()],
        Some(ContextValue::Strings(names)) => names.clone(),
        _ => Vec::new(),
    };
    let is_close = |name: &String| strsim::osa_distance(name, &unknown) <= MOST_EDITS;
    let similar = suggested.into_iter().find(is_close);
    match meant.or(similar) {
        Some(name) => {
            let names = ContextValue::Strings(vec![name]);
            error.insert(ContextKind::SuggestedSubcommand, names);
        }
        None => {
            error.remove(ContextKind::SuggestedSubcommand);
        }
    }
    error
}
