//! Comma-separated values (RFC 4180, lines end with a line feed).

use std::borrow::Cow;
use std::io::{self, Write};

use serde_json::Value;

use super::columns;

/// The header if the items have no members.
const ONLY_COLUMN: &str = "value";

/// Prints a header and one row for each item. A null is an empty cell, and an array or an
/// object is JSON.
pub(super) fn print(items: &[Value], selected: &[String], out: &mut impl Write) -> io::Result<()> {
    let columns: Vec<Cow<'_, str>> = if selected.is_empty() {
        columns::all(items)
    } else {
        selected.iter().map(|name| name.as_str().into()).collect()
    };
    if columns.is_empty() {
        row([ONLY_COLUMN.into()].into_iter(), out)?;
        return items
            .iter()
            .try_for_each(|item| row([cell(item)].into_iter(), out));
    }
    row(columns.iter().map(|name| Cow::Borrowed(&**name)), out)?;
    for item in items {
        let cells = columns
            .iter()
            .map(|name| columns::member(item, name).map(cell).unwrap_or_default());
        row(cells, out)?;
    }
    Ok(())
}

fn cell(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => "".into(),
        Value::String(text) => text.into(),
        other => other.to_string().into(),
    }
}

fn row<'a>(cells: impl Iterator<Item = Cow<'a, str>>, out: &mut impl Write) -> io::Result<()> {
    for (position, cell) in cells.enumerate() {
        if position > 0 {
            out.write_all(b",")?;
        }
        if cell.contains([',', '"', '\n', '\r']) {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn printed(items: &[Value], selected: &[&str]) -> String {
        let selected: Vec<_> = selected.iter().map(|name| (*name).to_owned()).collect();
        let mut out = Vec::new();
        print(items, &selected, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn csv_has_all_members_and_quotes_what_needs_it() {
        let items = [
            json!({"id": 1, "a,b": "x \"y\"", "tags": ["t"], "none": null}),
            json!({"id": 2.5, "more": "two\nlines", "owner": {"name": "é"}}),
        ];
        assert_eq!(
            printed(&items, &[]),
            "id,\"a,b\",tags,none,more,owner\n\
             1,\"x \"\"y\"\"\",\"[\"\"t\"\"]\",,,\n\
             2.5,,,,\"two\nlines\",\"{\"\"name\"\":\"\"é\"\"}\"\n"
        );
    }

    #[test]
    fn csv_of_columns_has_these_in_their_order() {
        let items = [json!({"id": 1, "owner": {"name": "Ada"}}), json!({"id": 2})];
        assert_eq!(
            printed(&items, &["owner.name", "id"]),
            "owner.name,id\nAda,1\n,2\n"
        );
    }

    #[test]
    fn csv_of_texts_has_one_column() {
        assert_eq!(printed(&[json!("a"), json!(1)], &[]), "value\na\n1\n");
    }
}
