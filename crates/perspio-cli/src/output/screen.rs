//! The terminal that standard output may be.

use std::env;
use std::io::{self, IsTerminal, Write};

use perspio::auth::secret::printable;
use terminal_size::{Width, terminal_size_of};

use super::style;

/// The width of a terminal that does not report one.
const USUAL_WIDTH: usize = 80;

/// What standard output can show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    pub(crate) is_terminal: bool,
    /// The number of columns of the terminal.
    pub(crate) width: usize,
    pub(crate) is_coloured: bool,
}

impl Screen {
    /// Returns the properties of standard output. `COLUMNS` overrides the width.
    pub(crate) fn of_stdout() -> Self {
        let columns = env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
        let width = columns
            .filter(|width| *width > 0)
            .or_else(|| terminal_size_of(io::stdout()).map(|(Width(width), _)| width.into()));
        Self {
            is_terminal: io::stdout().is_terminal(),
            width: width.unwrap_or(USUAL_WIDTH),
            is_coloured: style::is_stdout_coloured(),
        }
    }
}

/// Writes text whose characters cannot steer the terminal: a control character becomes a
/// space. The line that is not ended when it is dropped is lost: see [`end`](Self::end).
pub(super) struct PrintableLines<W> {
    out: W,
    line: Vec<u8>,
}

impl<W: Write> PrintableLines<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            line: Vec::new(),
        }
    }

    /// Writes the last line, if it has no line break.
    pub(super) fn end(mut self) -> io::Result<()> {
        let line = printable(&String::from_utf8_lossy(&self.line));
        self.out.write_all(line.as_bytes())
    }
}

impl<W: Write> Write for PrintableLines<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        for piece in text.split_inclusive(|byte| *byte == b'\n') {
            match piece.strip_suffix(b"\n") {
                Some(end) => {
                    self.line.extend_from_slice(end);
                    let line = printable(&String::from_utf8_lossy(&self.line));
                    self.line.clear();
                    writeln!(self.out, "{line}")?;
                }
                None => self.line.extend_from_slice(piece),
            }
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_arrive_in_pieces_are_printable() {
        let mut out = Vec::new();
        let mut lines = PrintableLines::new(&mut out);
        for piece in [
            &b"a\x1b"[..],
            b"[2J\nb\xe2",
            b"\x82\xac\xe2\x80\xae",
            b"\n\nc\t\xff",
        ] {
            lines.write_all(piece).unwrap();
        }
        lines.end().unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a [2J\nb€ \n\nc \u{fffd}");
    }
}
