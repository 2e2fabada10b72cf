//! The distribution of items over files of limited length.

use std::collections::BTreeSet;

use crate::generate::format;

/// The length of a file in lines, before rustfmt, which may add some. Together they stay below
/// 5,000.
pub(super) const MAX_FILE: usize = 4_500;

/// Returns the number of lines of some items, with the blank line after each.
pub(super) fn lines(items: &[syn::Item]) -> usize {
    let text = format::text(&super::file(items));
    text.lines().count() + 1
}

/// Returns the values in parts whose lengths are at most `max`, in their order. A longer value
/// is a part alone.
pub(super) fn limited<T>(all: Vec<(T, usize)>, max: usize) -> Vec<Vec<T>> {
    let mut parts: Vec<Vec<T>> = Vec::new();
    let mut length = 0;
    for (value, lines) in all {
        length += lines;
        match parts.last_mut() {
            Some(last) if length <= max => last.push(value),
            _ => {
                parts.push(vec![value]);
                length = lines;
            }
        }
    }
    parts
}

/// Names the parts of a module: the module's name, then with a number. `taken` are the names of
/// all modules.
pub(super) fn names(name: &str, count: usize, taken: &mut BTreeSet<String>) -> Vec<String> {
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    let free: Vec<_> = numbered
        .filter(|name| taken.insert(name.clone()))
        .take(count.saturating_sub(1))
        .collect();
    std::iter::once(name.to_owned())
        .chain(free)
        .take(count)
        .collect()
}
