//! The parser of event streams: "Interpreting an event stream" of the HTML standard
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).

use bytes::{Buf, Bytes};

use crate::decode::BYTE_ORDER_MARK;

/// An event, before its data is decoded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RawEvent {
    /// Its type; empty if it has none.
    pub(crate) event: String,
    pub(crate) data: String,
    /// The last id that was received, of this or of an earlier event.
    pub(crate) id: String,
}

/// An event is larger than the limit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLarge {
    /// The number of bytes that were read.
    pub(crate) read: u64,
}

/// Splits the bytes of a stream into events.
#[derive(Debug)]
pub(crate) struct Parser {
    /// The largest size of an event, in bytes.
    limit: u64,
    /// What has arrived and is not yet split into lines.
    rest: Bytes,
    /// The beginning of a line whose end has not arrived.
    line: Vec<u8>,
    /// The last line ended with CR: an LF that follows belongs to its end.
    was_cr: bool,
    /// A line has ended, so that a byte order mark is an ordinary character.
    has_begun: bool,
    data: String,
    event: String,
    /// The id of the event that is being read.
    id: String,
    /// The id of the last event that has ended.
    last_id: String,
    /// The reconnection time that the server has asked for, in milliseconds.
    retry: Option<u64>,
}

impl Parser {
    /// Creates a parser of events that have at most `limit` bytes.
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            limit,
            rest: Bytes::new(),
            line: Vec::new(),
            was_cr: false,
            has_begun: false,
            data: String::new(),
            event: String::new(),
            id: String::new(),
            last_id: String::new(),
            retry: None,
        }
    }

    /// Adds the next bytes. The events of those before must have been read.
    pub(crate) fn push(&mut self, chunk: Bytes) {
        debug_assert!(self.rest.is_empty(), "the chunk before was read");
        self.rest = chunk;
    }

    /// Returns the next event. `None`: more of the stream must arrive.
    ///
    /// # Errors
    /// The event is larger than the limit.
    pub(crate) fn event(&mut self) -> Result<Option<RawEvent>, TooLarge> {
        loop {
            if self.was_cr && !self.rest.is_empty() {
                self.was_cr = false;
                if self.rest.first() == Some(&b'\n') {
                    self.rest.advance(1);
                }
            }
            let end = self
                .rest
                .iter()
                .position(|byte| matches!(byte, b'\r' | b'\n'));
            let length = end.unwrap_or(self.rest.len());
            let size =
                self.line.len() + self.data.len() + self.event.len() + self.id.len() + length;
            let read = u64::try_from(size).unwrap_or(u64::MAX);
            if read > self.limit {
                return Err(TooLarge { read });
            }
            let part = self.rest.split_to(length);
            let Some(_) = end else {
                self.line.extend_from_slice(&part);
                return Ok(None);
            };
            self.was_cr = self.rest.first() == Some(&b'\r');
            self.rest.advance(1);
            let event = if self.line.is_empty() {
                self.line(&part)
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(&part);
                self.line(&line)
            };
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    /// Begins a new connection, which continues the stream. An event that has not ended is
    /// discarded; the last id and the reconnection time are kept.
    pub(crate) fn reconnected(&mut self) {
        let limit = self.limit;
        let before = std::mem::replace(self, Self::new(limit));
        self.id.clone_from(&before.last_id);
        self.last_id = before.last_id;
        self.retry = before.retry;
    }

    /// Returns the id of the last event; empty if no event had one.
    pub(crate) fn last_id(&self) -> &str {
        &self.last_id
    }

    /// Returns the reconnection time that the server has asked for, in milliseconds.
    pub(crate) fn retry(&self) -> Option<u64> {
        self.retry
    }

    /// Reads a line, without its end. Returns the event that it ends.
    fn line(&mut self, line: &[u8]) -> Option<RawEvent> {
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        let line = match line.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) if is_first => rest,
            _ => line,
        };
        if line.is_empty() {
            return self.dispatch();
        }
        let (name, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => {
                let (name, value) = line.split_at(colon);
                let value = value.strip_prefix(b":").unwrap_or(value);
                (name, value.strip_prefix(b" ").unwrap_or(value))
            }
            None => (line, b"".as_slice()),
        };
        // Line ends and colons are ASCII, so that a line is decoded like the whole stream.
        let value = String::from_utf8_lossy(value);
        match name {
            b"event" => self.event = value.into_owned(),
            b"data" => {
                self.data.push_str(&value);
                self.data.push('\n');
            }
            b"id" if !value.contains('\0') => self.id = value.into_owned(),
            b"retry" if !value.is_empty() && value.bytes().all(|it| it.is_ascii_digit()) => {
                self.retry = Some(value.parse().unwrap_or(u64::MAX));
            }
            // A comment has an empty name; other names are ignored.
            _ => {}
        }
        None
    }

    fn dispatch(&mut self) -> Option<RawEvent> {
        self.last_id.clone_from(&self.id);
        let event = std::mem::take(&mut self.event);
        let mut data = std::mem::take(&mut self.data);
        if data.is_empty() {
            return None;
        }
        data.pop();
        Some(RawEvent {
            event,
            data,
            id: self.last_id.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns type, data and id of the events in a stream that arrives in these chunks.
    fn events(chunks: &[&[u8]]) -> Vec<(String, String, String)> {
        let mut parser = Parser::new(1_000);
        let mut found = Vec::new();
        for chunk in chunks {
            parser.push(Bytes::copy_from_slice(chunk));
            while let Some(RawEvent { event, data, id }) = parser.event().unwrap() {
                found.push((event, data, id));
            }
        }
        found
    }

    #[test]
    fn events_are_read_as_the_standard_says() {
        for (stream, expected) in [
            // The examples of the standard.
            (
                "data: YHOO\ndata: +2\ndata: 10\n\n",
                &[("", "YHOO\n+2\n10", "")][..],
            ),
            (
                ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
                &[("", "first event", "1"), ("", "second event", "")],
            ),
            (
                "data\n\ndata\ndata\n\ndata:",
                &[("", "", ""), ("", "\n", "")],
            ),
            (
                "data:test\n\ndata: test\n\n",
                &[("", "test", ""), ("", "test", "")],
            ),
            // Names, ends of lines and the byte order mark.
            (
                "event: add\rdata: a\r\ndata: b\n\r\n",
                &[("add", "a\nb", "")],
            ),
            ("\u{feff}data: a\n\n\u{feff}data: b\n\n", &[("", "a", "")]),
            (
                "Data: a\nDATA: b\n data: c\ndatas: d\ndata: e\n\n",
                &[("", "e", "")],
            ),
            (": data: a\n:\ndata: b\n\n", &[("", "b", "")]),
            // An event without data is not one, but its id counts.
            ("event: a\nid: 7\n\ndata: b\n\n", &[("", "b", "7")]),
            (
                "id: 1\ndata: a\n\nid: 2\0\ndata: b\n\n",
                &[("", "a", "1"), ("", "b", "1")],
            ),
            ("event: a\nevent: b\ndata: x\n\n", &[("b", "x", "")]),
            ("data: a: b\n\n", &[("", "a: b", "")]),
            ("data: not ended\n", &[]),
            ("", &[]),
        ] {
            let found = events(&[stream.as_bytes()]);
            let found: Vec<_> = found
                .iter()
                .map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str()))
                .collect();
            assert_eq!(found, expected, "{stream:?}");
        }
    }

    #[test]
    fn invalid_utf_8_is_replaced() {
        let found = events(&[b"data: a\xFFb\n\n"]);
        assert_eq!(
            found,
            [(String::new(), "a\u{fffd}b".to_owned(), String::new())]
        );
    }

    #[test]
    fn only_digits_are_a_reconnection_time() {
        for (stream, expected) in [
            ("retry: 10\n", Some(10)),
            ("retry: 1s\n", None),
            ("retry: -1\n", None),
            ("retry\n", None),
            ("retry: 10\nretry: x\n", Some(10)),
            ("retry: 99999999999999999999\n", Some(u64::MAX)),
        ] {
            let mut parser = Parser::new(100);
            parser.push(Bytes::from(stream));
            assert_eq!(parser.event(), Ok(None));
            assert_eq!(parser.retry(), expected, "{stream:?}");
        }
    }

    #[test]
    fn a_new_connection_continues_with_the_id_of_the_last_event_that_ended() {
        let mut parser = Parser::new(100);
        parser.push(Bytes::from("id: 1\nretry: 5\ndata: a\n\nid: 2\ndata: b\n"));
        assert_eq!(parser.event().unwrap().unwrap().id, "1");
        assert_eq!(parser.event(), Ok(None));
        parser.reconnected();
        assert_eq!((parser.last_id(), parser.retry()), ("1", Some(5)));
        parser.push(Bytes::from("\u{feff}data: c\n\n"));
        let event = parser.event().unwrap().unwrap();
        assert_eq!((event.data.as_str(), event.id.as_str()), ("c", "1"));
    }

    #[test]
    fn an_event_beyond_the_limit_is_an_error() {
        let line = "data: 12345678\n";
        for (stream, is_rejected) in [
            (format!("{line}\n"), false),
            (format!("{line}{line}\n"), true),
            (format!("{line}\n{line}\n"), false),
            ("x".repeat(16), false),
            ("x".repeat(17), true),
            (format!("event: 12345678\n{line}\n"), true),
        ] {
            let mut parser = Parser::new(16);
            parser.push(Bytes::from(stream.clone()));
            let mut outcome = parser.event();
            while let Ok(Some(_)) = outcome {
                outcome = parser.event();
            }
            assert_eq!(outcome.is_err(), is_rejected, "{stream:?}");
        }
    }

    proptest! {
        #[test]
        fn any_chunks_of_a_stream_are_the_same_events(
            stream in "\u{feff}?((data|event|id|retry|x|)(:|: |)[a-z0-9ä\0:]{0,3}(\r|\n|\r\n)(\r|\n|\r\n)?){0,8}",
            cuts in proptest::collection::vec(0_usize..80, 0..8),
        ) {
            let bytes = stream.as_bytes();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let chunks: Vec<_> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(events(&chunks), events(&[bytes]));
            let single: Vec<_> = bytes.chunks(1).collect();
            prop_assert_eq!(events(&single), events(&[bytes]));
        }
    }
}
