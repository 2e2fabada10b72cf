//! Prints a response in the format that the options select.

mod columns;
mod csv;
mod jq;
mod pager;
mod screen;
mod stream;
mod style;
mod table;
mod yaml;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::slice;

use clap::ValueEnum;
use perspio::List;
use serde::Deserialize;
use serde_json::Value;

use crate::arguments::GlobalOptions;
use crate::failure::{Failure, print_message};
pub(crate) use jq::Filter;
use pager::{Destination, Pager};
use screen::{PrintableLines, Screen};
pub(crate) use style::{Color, label, status_on_stderr};

/// The output format of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people; elsewhere than on a terminal the rows only, with tabs between the cells.
    Table,
    /// The whole response.
    Json,
    /// Each item as JSON in one line, as soon as it has arrived.
    Ndjson,
    /// Comma-separated values with a header.
    Csv,
    /// The whole response.
    Yaml,
}

/// The shape of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    List,
    Item,
}

/// The body of a response.
#[derive(Debug)]
pub(crate) enum Body {
    Json(Shape, Value),
    /// A body that is not JSON is printed as it is.
    Other {
        bytes: Vec<u8>,
        content_type: String,
    },
}

/// A response to print.
#[derive(Debug)]
pub(crate) struct Document {
    /// The status and the headers, if they are printed.
    pub(crate) head: Option<Head>,
    /// `None` if only the head is printed.
    pub(crate) body: Option<Body>,
}

impl Document {
    /// Returns the document of a body alone.
    pub(crate) fn of(body: Body) -> Self {
        Self {
            head: None,
            body: Some(body),
        }
    }
}

/// The status and the headers of a response.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: perspio::auth::http::StatusCode,
    /// The headers, without secrets.
    pub(crate) headers: Vec<(String, String)>,
}

/// Prints responses as the options select.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    format: Format,
    columns: Vec<String>,
    filter: Option<Filter>,
    screen: Screen,
    pager: Option<Pager>,
}

impl Output {
    /// Returns the output that the options select.
    ///
    /// # Errors
    /// The options contradict each other.
    pub(crate) fn new(options: &GlobalOptions) -> Result<Self, Failure> {
        let format = options.output;
        if options.jq.is_some() && matches!(format, Format::Csv | Format::Yaml) {
            return Err(Failure::usage(
                "--jq prints JSON and texts, not CSV or YAML: in the filter, `@csv` makes lines of \
                 CSV",
            ));
        }
        let screen = Screen::of_stdout();
        let pager = (screen.is_terminal && !options.no_pager).then(Pager::of_environment);
        Ok(Self {
            format,
            columns: options.columns.clone(),
            filter: options.jq.clone(),
            screen,
            pager: pager.flatten(),
        })
    }

    /// Returns whether the output is for people, and not filtered.
    pub(crate) fn is_table(&self) -> bool {
        self.format == Format::Table && self.filter.is_none()
    }

    /// Prints a value.
    pub(crate) fn print(&self, shape: Shape, value: Value) -> Result<(), Failure> {
        let out = Destination::new(self.pager.clone());
        self.write(&Document::of(Body::Json(shape, value)), out)
    }

    /// Prints a response in another thread, so that a signal ends a filter that does not end,
    /// or a write that waits for its reader. The user closes a pager first, which has the terminal.
    pub(crate) async fn print_response(&self, document: Document) -> Result<(), Failure> {
        let output = self.clone();
        let out = Destination::new(self.pager.clone());
        // Dropped when a signal ends this.
        let _pager = out.running();
        let printing = tokio::task::spawn_blocking(move || output.write(&document, out));
        match printing.await {
            Ok(outcome) => outcome,
            Err(cause) => Err(Failure::other(format!(
                "the response cannot be printed: {cause}"
            ))),
        }
    }

    fn write(&self, document: &Document, out: impl Write) -> Result<(), Failure> {
        let mut out = BufWriter::new(out);
        if let Some(head) = &document.head {
            self.head(head, document.body.is_some(), &mut out)?;
        }
        match &document.body {
            None => {}
            Some(Body::Json(shape, value)) => {
                if self.format == Format::Table && self.filter.is_none() {
                    // A table is printable, and it has colours.
                    self.data(*shape, value, &mut out)?;
                } else {
                    self.printable(&mut out, |mut out| self.data(*shape, value, &mut out))?;
                }
            }
            Some(Body::Other {
                bytes,
                content_type,
            }) => self.other(bytes, content_type, &mut out)?,
        }
        out.flush()?;
        Ok(())
    }

    fn head(&self, head: &Head, has_body: bool, out: &mut impl Write) -> Result<(), Failure> {
        let status = style::status(head.status, self.screen.is_coloured);
        writeln!(out, "HTTP {status}")?;
        for (name, value) in &head.headers {
            writeln!(out, "{name}: {value}")?;
        }
        if has_body {
            writeln!(out)?;
        }
        Ok(())
    }

    /// Calls `print` with a writer that cannot steer a terminal.
    fn printable(
        &self,
        out: &mut dyn Write,
        print: impl FnOnce(&mut dyn Write) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if !self.screen.is_terminal {
            return print(out);
        }
        let mut lines = PrintableLines::new(out);
        let outcome = print(&mut lines);
        lines.end()?;
        outcome
    }

    fn data(&self, shape: Shape, value: &Value, out: &mut impl Write) -> Result<(), Failure> {
        if let Some(filter) = &self.filter {
            let is_indented = match self.format {
                Format::Json => true,
                Format::Ndjson => false,
                _ => self.screen.is_terminal,
            };
            return filter.print(value, is_indented, out);
        }
        let is_list = shape == Shape::List || value.is_array();
        let list = is_list.then(|| List::<Value>::deserialize(value));
        let list = list.transpose().map_err(std::io::Error::from)?;
        let items = match &list {
            Some(list) => list.items(),
            None if value.is_null() => &[],
            None => slice::from_ref(value),
        };
        columns::check(&self.columns, items.iter())?;
        let shows_other_members = match self.format {
            Format::Table => {
                match &list {
                    Some(list) => table::list(list, &self.columns, &self.screen, out)?,
                    None => self.item(value, out)?,
                }
                self.screen.is_terminal
            }
            Format::Json => {
                serde_json::to_writer_pretty(&mut *out, &*self.selected(value, list.as_ref()))
                    .map_err(std::io::Error::from)?;
                writeln!(out)?;
                self.columns.is_empty()
            }
            Format::Yaml => {
                yaml::print(&*self.selected(value, list.as_ref()), out)?;
                self.columns.is_empty()
            }
            Format::Ndjson => {
                items.iter().try_for_each(|item| self.line(item, out))?;
                false
            }
            Format::Csv => {
                csv::print(items, &self.columns, out)?;
                false
            }
        };
        if let Some(list) = list.filter(|_| !shows_other_members) {
            note_other_members(list.other());
        }
        Ok(())
    }

    /// Prints one item as a table.
    fn item(&self, value: &Value, out: &mut impl Write) -> Result<(), Failure> {
        match value {
            Value::Null if self.screen.is_terminal => writeln!(out, "done")?,
            Value::Null => {}
            value => table::item(&self.selected(value, None), &self.screen, out)?,
        }
        Ok(())
    }

    /// Returns the value with the selected columns only.
    fn selected<'a>(&self, value: &'a Value, list: Option<&List<Value>>) -> Cow<'a, Value> {
        if self.columns.is_empty() {
            return Cow::Borrowed(value);
        }
        let selected = |item: &Value| columns::selected(item, &self.columns);
        Cow::Owned(match list {
            Some(list) => list.iter().map(selected).collect(),
            None => selected(value),
        })
    }

    fn other(&self, bytes: &[u8], content_type: &str, out: &mut dyn Write) -> Result<(), Failure> {
        if self.filter.is_some() || !self.columns.is_empty() {
            return Err(Failure::usage(format!(
                "the response is {content_type}: --jq and --columns need JSON"
            )));
        }
        if self.screen.is_terminal && (std::str::from_utf8(bytes).is_err() || bytes.contains(&0)) {
            return Err(Failure::usage(format!(
                "the response is not text ({} bytes of {content_type}), and a terminal cannot show \
                 it: --output-file FILE writes it to a file",
                bytes.len()
            )));
        }
        self.printable(out, |out| Ok(out.write_all(bytes)?))?;
        if self.screen.is_terminal && !bytes.ends_with(b"\n") {
            writeln!(out)?;
        }
        Ok(())
    }
}

/// Reports the members of a response that are not in its list, and that are not printed.
fn note_other_members(other: &BTreeMap<String, Value>) {
    if !other.is_empty() {
        let names: Vec<_> = other.keys().map(String::as_str).collect();
        let names = perspio::auth::secret::printable(&names.join(", "));
        let text = format!("the response also has {names}: --output json prints them");
        print_message("note", &text);
    }
}

#[cfg(test)]
mod tests;
