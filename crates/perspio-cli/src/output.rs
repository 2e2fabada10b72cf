//! Prints a response as a table or as JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::ValueEnum;
use comfy_table::{Table, presets};
use perspio::List;
use serde_json::Value;

/// The output format of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
}

/// The shape of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    List,
    Item,
}

/// A table has as many columns as a terminal can take; JSON shows all members.
const MOST_COLUMNS: usize = 6;
/// The longest text of a cell in a list, in characters.
const CELL: usize = 40;
/// The same where one item has the width for itself: a path fits.
const WIDE_CELL: usize = 120;
/// The members that are shown first.
const FIRST_COLUMNS: [&str; 4] = ["id", "name", "displayName", "description"];

impl Format {
    pub(crate) fn print(self, shape: Shape, value: &Value, out: &mut impl Write) -> io::Result<()> {
        match (self, shape, value) {
            (Self::Json, ..) => {
                serde_json::to_writer_pretty(&mut *out, value)?;
                writeln!(out)?;
            }
            (Self::Table, _, Value::Null) => writeln!(out, "done")?,
            (Self::Table, Shape::List, _) | (Self::Table, _, Value::Array(_)) => list(value, out)?,
            (Self::Table, Shape::Item, Value::Object(members)) => {
                let mut table = table();
                for (name, value) in members {
                    table.add_row([cell(name, CELL), text(value, WIDE_CELL)]);
                }
                writeln!(out, "{}", table.trim_fmt())?;
            }
            (Self::Table, ..) => writeln!(out, "{}", text(value, WIDE_CELL))?,
        }
        out.flush()
    }
}

fn list(value: &Value, out: &mut impl Write) -> io::Result<()> {
    let list: List<Value> = serde_json::from_value(value.clone())?;
    let columns = columns(&list);
    if columns.is_empty() {
        for item in &list {
            writeln!(out, "{}", text(item, WIDE_CELL))?;
        }
    } else {
        let mut table = table();
        table.set_header(&columns);
        for item in &list {
            table.add_row(columns.iter().map(|name| {
                item.get(name)
                    .map(|value| text(value, CELL))
                    .unwrap_or_default()
            }));
        }
        writeln!(out, "{}", table.trim_fmt())?;
    }
    for (name, value) in list.other() {
        writeln!(out, "{}: {}", cell(name, CELL), text(value, WIDE_CELL))?;
    }
    let items = if list.len() == 1 { "item" } else { "items" };
    writeln!(out, "{} {items}; all members: --output json", list.len())
}

/// The members to show: those that people look for, then the ones that most
/// items have; only those whose values fit into a cell.
fn columns(items: &[Value]) -> Vec<&str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, value) in items.iter().filter_map(Value::as_object).flatten() {
        if !value.is_object() && !value.is_array() {
            *counts.entry(name).or_default() += usize::from(!value.is_null());
        }
    }
    let mut names: Vec<_> = counts.into_iter().collect();
    let rank = |name: &str| FIRST_COLUMNS.iter().position(|first| *first == name);
    names.sort_by_key(|(name, count)| {
        (
            rank(name).unwrap_or(FIRST_COLUMNS.len()),
            usize::MAX - count,
        )
    });
    names
        .into_iter()
        .map(|(name, _)| name)
        .take(MOST_COLUMNS)
        .collect()
}

fn table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table
}

fn text(value: &Value, longest: usize) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => cell(text, longest),
        other => cell(&other.to_string(), longest),
    }
}

/// A text that fits into a cell and cannot steer the terminal.
fn cell(text: &str, longest: usize) -> String {
    let clean = perspio::auth::secret::printable(text);
    if clean.chars().count() <= longest {
        return clean;
    }
    let mut short: String = clean.chars().take(longest - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn print(format: Format, shape: Shape, value: &Value) -> String {
        let mut out = Vec::new();
        format.print(shape, value, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_list_shows_ids_first_and_says_how_many_there_are() {
        let items = json!([
            {"zone": "b", "id": "IN-1", "tags": ["x"]},
            {"id": "IN-2", "description": "Fork lift"},
        ]);
        let text = print(Format::Table, Shape::List, &items);
        let header = text.lines().next().unwrap();
        assert_eq!(
            header.split_whitespace().collect::<Vec<_>>(),
            ["id", "description", "zone"]
        );
        assert!(
            text.contains("IN-2") && text.contains("Fork lift"),
            "{text}"
        );
        assert!(text.contains("2 items"), "{text}");
    }

    #[test]
    fn the_other_members_of_an_envelope_stand_below_the_table() {
        let text = print(
            Format::Table,
            Shape::List,
            &json!({"items": [{"id": 1}], "next": "n"}),
        );
        assert!(
            text.contains("next: n") && text.contains("1 item;"),
            "{text}"
        );
    }

    #[test]
    fn a_list_of_texts_is_printed_line_by_line() {
        let text = print(Format::Table, Shape::List, &json!(["a", "b"]));
        assert!(text.starts_with("a\nb\n2 items"), "{text}");
    }

    #[test]
    fn what_a_server_sends_cannot_steer_the_terminal() {
        let text = print(
            Format::Table,
            Shape::List,
            &json!([{"id": "\u{1b}]0;title\u{7}"}]),
        );
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{7}'),
            "{text:?}"
        );
    }

    #[test]
    fn json_is_the_whole_answer() {
        let value = json!({"items": [{"id": 1, "tags": [{"a": null}]}], "next": null});
        let printed: Value =
            serde_json::from_str(&print(Format::Json, Shape::List, &value)).unwrap();
        assert_eq!(printed, value);
    }

    #[test]
    fn an_array_is_a_table_whatever_its_type_is_called() {
        let text = print(Format::Table, Shape::Item, &json!([{"id": 1}, {"id": 2}]));
        assert!(text.contains("2 items"), "{text}");
    }

    #[test]
    fn a_change_that_answers_nothing_is_done() {
        assert_eq!(print(Format::Table, Shape::Item, &Value::Null), "done\n");
    }
}
