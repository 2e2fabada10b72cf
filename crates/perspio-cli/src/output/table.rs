//! Tables: for people on a terminal, as rows of tab-separated cells elsewhere.

use std::borrow::Cow;
use std::io::{self, Write};

use perspio::List;
use perspio::auth::secret::printable;
use serde_json::Value;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::columns;
use super::screen::Screen;
use super::style;

/// The longest text of a cell in a list on a terminal, in columns of the terminal.
const CELL: usize = 40;
/// The space between two columns.
const GAP: &str = "  ";

/// Prints a list: on a terminal with a header, the columns that fit, and a footer.
pub(super) fn list(
    list: &List<Value>,
    selected: &[String],
    screen: &Screen,
    out: &mut impl Write,
) -> io::Result<()> {
    let columns: Vec<Cow<'_, str>> = if selected.is_empty() {
        columns::of_table(list)
    } else {
        selected.iter().map(|name| name.as_str().into()).collect()
    };
    let rows = list.iter().map(|item| match columns.as_slice() {
        [] => vec![text(item)],
        columns => columns
            .iter()
            .map(|name| columns::member(item, name).map(text).unwrap_or_default())
            .collect(),
    });
    if !screen.is_terminal {
        for row in rows {
            writeln!(out, "{}", row.join("\t"))?;
        }
        return Ok(());
    }
    let rows: Vec<Vec<_>> = rows
        .map(|row| row.into_iter().map(|cell| cut(cell, CELL)).collect())
        .collect();
    let header: Vec<_> = columns
        .iter()
        .map(|name| cut(printable(name), CELL))
        .collect();
    let widths = widths(&header, &rows, screen.width);
    if !header.is_empty() {
        line(&header, &widths, screen.is_coloured, out)?;
    }
    for row in &rows {
        line(row, &widths, false, out)?;
    }
    for (name, value) in list.other() {
        writeln!(out, "{}: {}", printable(name), text(value))?;
    }
    let left_out = header.get(widths.len()..).unwrap_or_default();
    footer(list.len(), left_out, out)
}

fn footer(count: usize, left_out: &[String], out: &mut impl Write) -> io::Result<()> {
    let items = if count == 1 { "item" } else { "items" };
    write!(out, "{count} {items}; ")?;
    if !left_out.is_empty() {
        let names = left_out.join(", ");
        write!(out, "no space for {names} (--columns selects); ")?;
    }
    writeln!(out, "all members: --output json")
}

/// Prints one item: a row for each member.
pub(super) fn item(item: &Value, screen: &Screen, out: &mut impl Write) -> io::Result<()> {
    let Value::Object(members) = item else {
        return writeln!(out, "{}", text(item));
    };
    let rows = members
        .iter()
        .map(|(name, value)| (printable(name), text(value)));
    if !screen.is_terminal {
        for (name, value) in rows {
            writeln!(out, "{name}\t{value}")?;
        }
        return Ok(());
    }
    let rows: Vec<_> = rows.map(|(name, value)| (cut(name, CELL), value)).collect();
    let longest = rows.iter().map(|(name, _)| name.width()).max();
    let longest = longest.unwrap_or_default().min(screen.width / 2);
    // At least as wide as half the screen, because the names are at most as wide.
    let rest = screen.width.saturating_sub(longest + GAP.width());
    for (name, value) in rows {
        let row = [cut(name, longest), cut(value, rest)];
        let name = style::header(&padded(&row[0], longest), screen.is_coloured);
        writeln!(out, "{}", format!("{name}{GAP}{}", row[1]).trim_end())?;
    }
    Ok(())
}

/// Returns the widths of the columns that fit on the screen, from the left. The first column
/// is always shown.
fn widths(header: &[String], rows: &[Vec<String>], screen: usize) -> Vec<usize> {
    let mut used = 0;
    let count = header.len().max(1);
    let widths = (0..count).map(|column| {
        let cells = rows.iter().map(Vec::as_slice).chain([header]);
        let cells = cells.filter_map(|row| row.get(column));
        cells.map(|cell| cell.width()).max().unwrap_or_default()
    });
    let fit = widths.enumerate().map_while(|(column, width)| {
        if column == 0 {
            used = width.min(screen);
            return Some(used);
        }
        used += GAP.width() + width;
        (used <= screen).then_some(width)
    });
    fit.collect()
}

fn line(
    cells: &[String],
    widths: &[usize],
    is_header: bool,
    out: &mut impl Write,
) -> io::Result<()> {
    let cells: Vec<_> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| padded(&cut(cell.clone(), *width), *width))
        .collect();
    let line = cells.join(GAP);
    writeln!(out, "{}", style::header(line.trim_end(), is_header))
}

fn padded(text: &str, width: usize) -> String {
    let space = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(space))
}

/// Returns a value as one line that cannot steer the terminal.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => printable(text),
        other => printable(&other.to_string()),
    }
}

/// Returns the beginning of a text that is wider than `longest` columns.
fn cut(text: String, longest: usize) -> String {
    if text.width() <= longest {
        return text;
    }
    if longest == 0 {
        return String::new();
    }
    let mut width = 1;
    let mut short: String = text
        .chars()
        .take_while(|letter| {
            width += letter.width().unwrap_or_default();
            width <= longest
        })
        .collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests;
