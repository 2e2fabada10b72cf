//! Colours: of table headers, of the labels of messages, and of HTTP statuses.

use std::io;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use perspio::auth::http::StatusCode;

/// When colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// Applies the choice to this process.
    pub(crate) fn apply(self) {
        let choice = match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// Returns whether standard output is coloured.
pub(crate) fn is_stdout_coloured() -> bool {
    AutoStream::choice(&io::stdout()) != ColorChoice::Never
}

fn is_stderr_coloured() -> bool {
    AutoStream::choice(&io::stderr()) != ColorChoice::Never
}

/// Returns a header of a table.
pub(crate) fn header(text: &str, is_coloured: bool) -> String {
    painted(Style::new().bold(), text, is_coloured)
}

/// Returns a status of HTTP.
pub(crate) fn status(status: StatusCode, is_coloured: bool) -> String {
    let color = match status.as_u16() {
        ..300 => AnsiColor::Green,
        300..400 => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    };
    painted(color.on_default(), &status.to_string(), is_coloured)
}

/// Returns a status of HTTP for standard error.
pub(crate) fn status_on_stderr(code: StatusCode) -> String {
    status(code, is_stderr_coloured())
}

/// Returns the label of a message on standard error.
pub(crate) fn label(label: &str) -> String {
    let color = match label {
        "error" => AnsiColor::Red,
        "warning" => AnsiColor::Yellow,
        _ => AnsiColor::Cyan,
    };
    painted(color.on_default().bold(), label, is_stderr_coloured())
}

fn painted(style: Style, text: &str, is_coloured: bool) -> String {
    if is_coloured {
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}
