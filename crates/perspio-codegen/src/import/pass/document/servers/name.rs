//! The names of servers, which operations and settings refer to.

use std::collections::BTreeMap;

use heck::ToSnakeCase;
use serde_json::Value;

use crate::document::text;

/// The names whose setting, such as `TOKEN_URL`, every client has for something else.
const RESERVED: [&str; 4] = ["authorize", "base", "device_code", "token"];

/// The longest description that becomes a name, in words.
const MAX_WORDS: usize = 3;

/// The names of the servers of a document. Each is unique and a lower-case identifier.
pub(super) struct Names<'a> {
    /// The URL of the document's own server.
    main: &'a str,
    /// The URLs without their schemes, by name.
    taken: BTreeMap<String, String>,
}

impl<'a> Names<'a> {
    pub(super) fn new(main: &'a str) -> Self {
        Self {
            main,
            taken: BTreeMap::new(),
        }
    }

    /// Returns the name of `server`, whose resolved URL is `url`. `known` is the name of an
    /// earlier import.
    pub(super) fn of(&mut self, server: &Value, url: &str, known: &str) -> String {
        let bare = super::url::without_scheme(url).to_owned();
        if let Some((name, _)) = self.taken.iter().find(|(_, other)| **other == bare) {
            return name.clone();
        }
        let description = text(server, "description");
        let is_short = description.split_whitespace().count() <= MAX_WORDS;
        let candidates = [
            Some(known),
            Some(text(server, "x-server-name")),
            Some(text(server, "name")),
            differing_label(url, self.main),
            differing_segment(url, self.main),
            Some(description).filter(|_| is_short),
        ];
        let mut candidates = candidates.into_iter().flatten().filter_map(identifier);
        let name = candidates.next();
        let mut number = if name.is_some() { 1 } else { 2 };
        let name = name.unwrap_or_else(|| "server".to_owned());
        loop {
            let unique = match number {
                1 => name.clone(),
                _ => format!("{name}{number}"),
            };
            if !self.taken.contains_key(&unique) {
                self.taken.insert(unique.clone(), bare);
                return unique;
            }
            number += 1;
        }
    }
}

/// Returns the name that a text becomes, if it begins with a letter.
fn identifier(text: &str) -> Option<String> {
    let plain = text.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
    let name = plain.to_snake_case();
    let name = if RESERVED.contains(&name.as_str()) {
        format!("{name}_server")
    } else {
        name
    };
    let begins = name.starts_with(|letter: char| letter.is_ascii_lowercase());
    begins.then_some(name)
}

/// Returns the first label of the host of `url` that the host of `main` does not have in its
/// place, counted from the end.
fn differing_label<'u>(url: &'u str, main: &str) -> Option<&'u str> {
    let others: Vec<_> = super::url::host(main)?.rsplit('.').collect();
    let labels: Vec<_> = super::url::host(url)?.rsplit('.').collect();
    let mut labels = labels.into_iter().enumerate().rev();
    labels.find_map(|(at, label)| {
        let is_name = label.starts_with(|letter: char| letter.is_ascii_alphabetic());
        (is_name && others.get(at) != Some(&label)).then_some(label)
    })
}

/// Returns the first segment of the path of `url` that the path of `main` does not have in its
/// place.
fn differing_segment<'u>(url: &'u str, main: &str) -> Option<&'u str> {
    let mut others = super::url::path(main).split('/');
    let mut segments = super::url::path(url).split('/');
    segments.find(|segment| {
        let is_name = segment.starts_with(|letter: char| letter.is_ascii_alphabetic());
        others.next() != Some(segment) && is_name
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_server_is_named_after_what_distinguishes_it() {
        let main = "https://api.eu.example.com/v1";
        for (server, name) in [
            (json!({"url": "https://upload.eu.example.com"}), "upload"),
            (json!({"url": "https://api.us.example.com"}), "us"),
            (json!({"url": "https://files.example.net/v1"}), "files"),
            (json!({"url": "https://{tenant}.auth-eu.com"}), "auth_eu"),
            (json!({"url": "https://api.eu.example.com/v2"}), "v2"),
            (json!({"url": "https://10.0.0.1"}), "server2"),
            (
                json!({"url": "https://10.0.0.1", "description": "The uploads"}),
                "the_uploads",
            ),
            (
                json!({"url": "https://10.0.0.1", "description": "A server that stores files"}),
                "server2",
            ),
            (
                json!({"url": "https://upload.x", "x-server-name": "fileStore"}),
                "file_store",
            ),
            (json!({"url": "https://upload.x", "name": "Files"}), "files"),
            (json!({"url": "https://token.x"}), "token_server"),
        ] {
            let url = server["url"].as_str().unwrap();
            assert_eq!(Names::new(main).of(&server, url, ""), name, "{server}");
        }
    }

    #[test]
    fn names_are_unique_and_those_of_an_earlier_import_stay() {
        let mut names = Names::new("https://api.x");
        let mut of = |url: &str, known: &str| names.of(&json!({}), url, known);
        assert_eq!(of("https://upload.x", ""), "upload");
        assert_eq!(of("https://upload.y", ""), "upload2");
        assert_eq!(of("http://upload.x", ""), "upload");
        assert_eq!(of("https://media.x", "images"), "images");
    }
}
