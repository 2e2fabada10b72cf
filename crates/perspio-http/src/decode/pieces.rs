//! A body as it has come: in pieces, each freed once it is read.

use std::collections::VecDeque;
use std::io::{self, Read};

use bytes::{Buf, Bytes};

use super::SURROUNDINGS;

/// The pieces of a body. Reading takes them away; only the last few that were
/// read are kept, for the error that may come.
#[derive(Default)]
pub(super) struct Pieces {
    unread: VecDeque<Bytes>,
    read: VecDeque<Bytes>,
    read_len: usize,
    /// How many lines end in what is freed.
    freed_lines: usize,
    /// How much of a line that goes on is freed.
    freed_of_line: usize,
}

impl Pieces {
    pub(super) fn new(unread: VecDeque<Bytes>) -> Self {
        Self {
            unread,
            ..Self::default()
        }
    }

    /// The surroundings of where the reading has come to, and the place in them
    /// that `serde_json` tells by line and column.
    pub(super) fn around(&self, line: usize, column: usize) -> (Vec<u8>, usize) {
        let mut around: Vec<u8> = self.read.iter().flatten().copied().collect();
        let ahead = self.unread.iter().flatten().copied();
        around.extend(ahead.take(2 * SURROUNDINGS));
        let later_lines = line.saturating_sub(1).saturating_sub(self.freed_lines);
        let place = if later_lines == 0 {
            column.saturating_sub(self.freed_of_line)
        } else {
            let lines = around.split_inclusive(|byte| *byte == b'\n');
            lines.take(later_lines).map(<[u8]>::len).sum::<usize>() + column
        };
        (around, place)
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

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(piece) = self.unread.front_mut() {
            let mut read = piece.split_to(buffer.len().min(piece.len()));
            if piece.is_empty() {
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

    /// A text with a line now and then, in pieces of a few KiB.
    fn pieces(text: &str) -> Pieces {
        let pieces = text.as_bytes().chunks(3_000);
        Pieces::new(pieces.map(Bytes::copy_from_slice).collect())
    }

    fn place_of_misfit(text: &str) -> String {
        let mut pieces = pieces(text);
        let cause = serde_json::from_reader::<_, Vec<u32>>(io::BufReader::new(&mut pieces))
            .expect_err("a text among numbers");
        let (around, place) = pieces.around(cause.line(), cause.column());
        String::from_utf8(around[..place].to_vec()).unwrap()
    }

    #[test]
    fn the_place_is_found_with_and_without_lines() {
        for end in [",", ",\n", "\n,\n\n"] {
            for before in [0, 10, 5_000, 50_000] {
                let numbers = format!("1234567{end}").repeat(before);
                let rest = ",1".repeat(50_000);
                let told = place_of_misfit(&format!("[{numbers}\"canary\"{rest}]"));
                assert!(told.ends_with("\"canary\""), "{before} {end:?}");
            }
        }
    }

    #[test]
    fn what_is_read_is_freed() {
        let mut pieces = pieces(&"x".repeat(1_000_000));
        io::copy(&mut pieces, &mut io::sink()).unwrap();
        assert!(pieces.unread.is_empty());
        assert!(pieces.read_len < 3 * SURROUNDINGS);
    }
}
