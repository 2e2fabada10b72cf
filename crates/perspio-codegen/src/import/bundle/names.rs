//! The names of the components that are made of parts of documents.

use std::collections::BTreeSet;

use super::Target;
use crate::document::unescape;
use crate::document::walk;

/// The keywords in a JSON pointer, in addition to those of every location, that do not become
/// parts of a name.
const KEYWORDS: [&str; 5] = ["", "responses", "$defs", "definitions", "requestBody"];

/// Returns the name of the component that is made of a target.
pub(super) fn of((file, pointer): &Target) -> String {
    let last = unescape(pointer.rsplit('/').next().unwrap_or_default());
    let is_component =
        pointer.starts_with("/components/schemas/") && pointer.matches('/').count() == 3;
    // A part of a component: the names in its pointer that the author chose.
    let parts = || {
        let parts = pointer.split('/').map(unescape);
        let chosen =
            parts.filter(|it| !walk::is_structural(it) && !KEYWORDS.contains(&it.as_str()));
        chosen.collect::<Vec<_>>().join("_")
    };
    let name = match last.as_str() {
        "" => String::new(),
        _ if is_component => last,
        _ => Some(parts()).filter(|it| !it.is_empty()).unwrap_or(last),
    };
    let stem = || file.file_stem().and_then(|stem| stem.to_str());
    let name = match name.as_str() {
        "" => stem().unwrap_or("schema"),
        name => name,
    };
    name.chars()
        .map(|letter| match letter {
            '.' | '-' | '_' => letter,
            _ if letter.is_ascii_alphanumeric() => letter,
            _ => '_',
        })
        .collect()
}

/// Returns a name, with a number if it is taken.
pub(super) fn unused(name: &str, taken: &BTreeSet<String>) -> String {
    let numbered = (2..).map(|number: u64| format!("{name}{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names
        .find(|it| !taken.contains(it))
        .unwrap_or_else(|| name.to_owned())
}
