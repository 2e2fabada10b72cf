//! A recorded request as a command for a shell.

use super::redact::{self, Piece};
use crate::log::RecordedRequest;
use crate::shared::Shared;

/// Headers that curl sets, or that belong to the connection.
const LEFT_OUT: [&str; 6] = [
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "te",
    "transfer-encoding",
];

/// Returns the command. Each secret is a variable, whose name says what it is.
pub(super) fn curl(shared: &Shared, request: &RecordedRequest) -> String {
    let prefix = shared.service.variable_prefix;
    let mut url = format!("{}{}", shared.base_url, request.path);
    let mut query = Vec::new();
    if let Some(text) = &request.query {
        url.push('?');
        query = redact::form(text);
    }
    let mut command = format!(
        "curl --request {} {}",
        quote(&request.method),
        word(prefix, &url, &query)
    );
    for (name, value) in &request.headers {
        if !LEFT_OUT.contains(&name.as_str()) {
            let header = word(prefix, &format!("{name}: "), &redact::header(name, value));
            command.push_str(" \\\n  --header ");
            command.push_str(&header);
        }
    }
    if !request.body.is_empty() {
        command.push_str(" \\\n  --data-raw ");
        command.push_str(&word(prefix, "", &redact::body(request)));
    }
    command
}

/// Returns the texts in quotes and a variable for each secret, as one word of a shell.
fn word(prefix: &str, start: &str, pieces: &[Piece<'_>]) -> String {
    let mut word = String::new();
    let mut text = start.to_owned();
    for piece in pieces {
        match piece {
            Piece::Text(more) => text.push_str(more),
            Piece::Secret { name, .. } => {
                if !text.is_empty() {
                    word.push_str(&quote(&text));
                    text.clear();
                }
                let name = name.to_ascii_uppercase().replace(' ', "_");
                word.extend(["\"$", prefix, "_", &name, "\""]);
            }
        }
    }
    if !text.is_empty() {
        word.push_str(&quote(&text));
    }
    word
}

/// Quotes a text so that a POSIX shell takes it literally.
fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_quoted_for_a_shell() {
        assert_eq!(quote("a b$(c)"), "'a b$(c)'");
        assert_eq!(quote("it's"), r"'it'\''s'");
    }
}
