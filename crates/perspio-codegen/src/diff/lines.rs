//! The lines of the new document on which changes are.

use super::source::Read;
use super::{Difference, Kind};

/// Adds the lines of the changes to `difference`, except those of removed parts. Pointers
/// into an imported document do not lead to lines of the original.
pub(crate) fn add(difference: &mut Difference, new: &Read) {
    if new.imported.is_some() {
        return;
    }
    for change in &mut difference.changes {
        if change.kind != Kind::Removed && !change.pointer.is_empty() {
            change.line = line_of(&new.text, &change.pointer);
        }
    }
}

/// Returns the line of a JSON pointer, counted from 1, by the indentation of a document in
/// YAML or JSON. For a part without a line of its own it is the line that contains it.
fn line_of(text: &str, pointer: &str) -> Option<usize> {
    let lines = text
        .lines()
        .enumerate()
        .map(|(at, line)| Line::read(at, line));
    let lines: Vec<Line<'_>> = lines.filter(|line| !line.is_blank).collect();
    let is_json = lines.first().is_some_and(|line| line.content == "{");
    let mut rest = lines.get(usize::from(is_json)..)?;
    let mut found: Option<&Line<'_>> = None;
    for name in pointer.split('/').skip(1) {
        let name = name.replace("~1", "/").replace("~0", "~");
        let Some(at) = child(rest, found, &name) else {
            break;
        };
        found = rest.get(at);
        rest = rest.get(at + 1..)?;
    }
    found.map(|line| line.number)
}

/// Returns the index of the line of a member or an item in the lines after its parent.
fn child(lines: &[Line<'_>], parent: Option<&Line<'_>>, name: &str) -> Option<usize> {
    let first = lines.first()?;
    let is_inside = parent.is_none_or(|parent| {
        // YAML allows the items of a list at the indentation of its name.
        let is_list = first.is_item() && !parent.is_item();
        first.indentation > parent.indentation || is_list && first.indentation == parent.indentation
    });
    if !is_inside {
        return None;
    }
    let siblings = lines
        .iter()
        .enumerate()
        .take_while(|(_, line)| line.indentation >= first.indentation)
        .filter(|(_, line)| line.indentation == first.indentation);
    if first.is_item() {
        let mut items = siblings.take_while(|(_, line)| line.is_item());
        return Some(items.nth(name.parse().ok()?)?.0);
    }
    let mut members = siblings;
    let (at, _) = members.find(|(_, line)| line.key() == Some(name))?;
    Some(at)
}

/// A line of the document.
struct Line<'a> {
    number: usize,
    indentation: usize,
    content: &'a str,
    /// It is empty or a comment.
    is_blank: bool,
}

impl<'a> Line<'a> {
    fn read(at: usize, line: &'a str) -> Self {
        let content = line.trim();
        Self {
            number: at + 1,
            indentation: line.len() - line.trim_start().len(),
            content,
            is_blank: content.is_empty() || content.starts_with('#'),
        }
    }

    /// Whether an item of a list in YAML begins on it.
    fn is_item(&self) -> bool {
        self.content.starts_with("- ") || self.content == "-"
    }

    /// Returns the name of the member that begins on it.
    fn key(&self) -> Option<&'a str> {
        let name = match self.content.split_once(": ") {
            Some((name, _)) => name,
            None => self.content.strip_suffix(':')?,
        };
        Some(name.trim_matches(|quote| matches!(quote, '"' | '\'')))
    }
}

#[cfg(test)]
mod tests {
    use super::line_of;

    const YAML: &str = include_str!("rules/example.yaml");

    /// The text of the line of a pointer.
    fn line<'a>(text: &'a str, pointer: &str) -> Option<&'a str> {
        let number = line_of(text, pointer)?;
        text.lines().nth(number - 1).map(str::trim)
    }

    #[test]
    fn a_pointer_leads_to_the_line_of_its_part_in_yaml_and_json() {
        let document = crate::load::parse(YAML, false).unwrap();
        let json = serde_json::to_string_pretty(&document).unwrap();
        let pointers = [
            ("/paths/~1things~1{thingId}/post", "post:", "\"post\": {"),
            (
                "/paths/~1plain/put/requestBody",
                "requestBody:",
                "\"requestBody\": {",
            ),
            (
                "/components/schemas/Thing/properties/top-speed",
                "top-speed: { type: number }",
                "\"top-speed\": {",
            ),
        ];
        for (pointer, in_yaml, in_json) in pointers {
            assert_eq!(line(YAML, pointer), Some(in_yaml));
            assert_eq!(line(&json, pointer), Some(in_json));
        }
        let item = line(YAML, "/paths/~1things~1{thingId}/post/parameters/1").unwrap();
        assert!(item.contains("name: pageSize"), "{item}");
    }

    #[test]
    fn a_part_without_a_line_of_its_own_has_the_line_that_contains_it() {
        let pointer = "/components/schemas/Money/properties/amount";
        assert!(line(YAML, pointer).unwrap().starts_with("Money: {"));
        let flush = "a:\n- b: 1\n- c: 2\nd: 3\n";
        assert_eq!(line(flush, "/a/1"), Some("- c: 2"));
        assert_eq!(line(flush, "/a/2"), Some("a:"));
        assert_eq!(line(flush, "/d"), Some("d: 3"));
        assert_eq!(line_of("{\"a\": 1}", "/a"), None);
        assert_eq!(line_of("", "/a"), None);
    }
}
