//! A body in the chunks in which it arrived, each freed once it is read.

use std::collections::VecDeque;
use std::io::{self, Read};

use bytes::{Buf, Bytes};

use super::SURROUNDINGS;

/// The chunks of a body. Reading consumes them; only the last few that were read are kept,
/// for the excerpt of an error.
#[derive(Default)]
pub(super) struct Chunks {
    unread: VecDeque<Bytes>,
    read: VecDeque<Bytes>,
    read_len: usize,
    /// The number of line ends in what is freed.
    freed_lines: usize,
    /// The number of bytes of the current line that are freed.
    freed_of_line: usize,
}

impl Chunks {
    pub(super) fn new(unread: VecDeque<Bytes>) -> Self {
        Self {
            unread,
            ..Self::default()
        }
    }

    /// Removes `prefix` from the beginning.
    pub(super) fn skip(&mut self, prefix: &[u8]) {
        if let Some(first) = self.unread.front_mut()
            && first.starts_with(prefix)
        {
            first.advance(prefix.len());
        }
    }

    /// Returns the surroundings of the current position, and the position in them that
    /// `serde_json` reports by line and column.
    pub(super) fn around(&self, line: usize, column: usize) -> (Vec<u8>, usize) {
        let mut around: Vec<u8> = self.read.iter().flatten().copied().collect();
        let ahead = self.unread.iter().flatten().copied();
        around.extend(ahead.take(2 * SURROUNDINGS));
        let later_lines = line.saturating_sub(1).saturating_sub(self.freed_lines);
        let position = if later_lines == 0 {
            column.saturating_sub(self.freed_of_line)
        } else {
            let lines = around.split_inclusive(|byte| *byte == b'\n');
            lines.take(later_lines).map(<[u8]>::len).sum::<usize>() + column
        };
        (around, position)
    }

    fn keep(&mut self, read: Bytes) {
        self.read_len += read.len();
        self.read.push_back(read);
        while let Some(oldest) = self.read.front()
            && self.read_len - oldest.len() >= 2 * SURROUNDINGS
        {
            let mut lines = oldest.rsplit(|byte| *byte == b'\n');
            let of_line = lines.next().map_or(0, <[u8]>::len);
            let ended = lines.count();
            self.freed_lines += ended;
            self.freed_of_line = if ended == 0 {
                self.freed_of_line + of_line
            } else {
                of_line
            };
            self.read_len -= oldest.len();
            self.read.pop_front();
        }
    }
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(chunk) = self.unread.front_mut() {
            let mut read = chunk.split_to(buffer.len().min(chunk.len()));
            if chunk.is_empty() {
                self.unread.pop_front();
            }
            let len = read.len();
            if len > 0 {
                self.keep(read.clone());
                read.copy_to_slice(buffer.get_mut(..len).unwrap_or_default());
                return Ok(len);
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text with a line now and then, in chunks of a few KiB.
    fn chunks(text: &str) -> Chunks {
        let chunks = text.as_bytes().chunks(3_000);
        Chunks::new(chunks.map(Bytes::copy_from_slice).collect())
    }

    fn position_of_mismatch(text: &str) -> String {
        let mut chunks = chunks(text);
        let cause = serde_json::from_reader::<_, Vec<u32>>(io::BufReader::new(&mut chunks))
            .expect_err("a text among numbers");
        let (around, position) = chunks.around(cause.line(), cause.column());
        String::from_utf8(around[..position].to_vec()).unwrap()
    }

    #[test]
    fn the_position_is_found_with_and_without_lines() {
        for end in [",", ",\n", "\n,\n\n"] {
            for before in [0, 10, 5_000, 50_000] {
                let numbers = format!("1234567{end}").repeat(before);
                let rest = ",1".repeat(50_000);
                let found = position_of_mismatch(&format!("[{numbers}\"canary\"{rest}]"));
                assert!(found.ends_with("\"canary\""), "{before} {end:?}");
            }
        }
    }

    #[test]
    fn what_is_read_is_freed() {
        let mut chunks = chunks(&"x".repeat(1_000_000));
        io::copy(&mut chunks, &mut io::sink()).unwrap();
        assert!(chunks.unread.is_empty());
        assert!(chunks.read_len < 3 * SURROUNDINGS);
    }
}
