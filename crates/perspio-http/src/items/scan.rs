//! Where a JSON value ends.

/// How far a value has been looked through that arrives in pieces. It ends where
/// its brackets and quotes are closed, or a number or word meets what is none.
#[derive(Debug, Default)]
pub(super) struct Scan {
    seen: usize,
    depth: usize,
    deepest: usize,
    in_text: bool,
    after_backslash: bool,
}

impl Scan {
    /// Whether a part of the value has been looked through.
    pub(super) fn has_begun(&self) -> bool {
        self.seen > 0
    }

    /// How many brackets were open at once.
    pub(super) fn deepest(&self) -> usize {
        self.deepest
    }

    /// The length of the value at the beginning of `bytes`, if it is whole. The
    /// next time `bytes` begin with the same, and go on.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        for (at, byte) in bytes.iter().enumerate().skip(self.seen) {
            if self.in_text {
                match byte {
                    _ if self.after_backslash => self.after_backslash = false,
                    b'\\' => self.after_backslash = true,
                    b'"' => {
                        self.in_text = false;
                        if self.depth == 0 {
                            return Some(at + 1);
                        }
                    }
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_text = true,
                b'{' | b'[' => {
                    self.depth += 1;
                    self.deepest = self.deepest.max(self.depth);
                }
                b'}' | b']' | b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' if self.depth == 0 => {
                    return Some(at);
                }
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        self.seen = bytes.len();
        None
    }
}
