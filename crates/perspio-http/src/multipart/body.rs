//! The body of a form with a streamed part.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::Multipart;

/// Reads the parts of a form one after the other.
pub(super) struct Streamed {
    segments: VecDeque<Segment>,
    /// The number of bytes that are left; `None` if a part has no known length.
    left: Option<u64>,
}

enum Segment {
    Text(Bytes),
    Part {
        name: String,
        content: reqwest::Body,
        /// The number of bytes that the content must still yield, if it is known.
        left: Option<u64>,
    },
}

/// Why a form cannot be sent completely.
#[derive(Debug)]
pub(super) enum StreamError {
    Content { name: String, cause: reqwest::Error },
    TooShort { name: String, missing: u64 },
    TooLong { name: String },
}

impl Streamed {
    pub(super) fn of(form: Multipart) -> Self {
        let mut segments = VecDeque::new();
        let after = form.after();
        let befores: Vec<_> = form
            .parts
            .iter()
            .enumerate()
            .map(|(index, part)| form.before(index, part))
            .collect();
        let texts = befores.iter().chain([&after]).map(|text| text.len() as u64);
        let contents = form.parts.iter().map(|part| part.length);
        let left = contents.chain(texts.map(Some)).sum();
        for (before, part) in befores.into_iter().zip(form.parts) {
            segments.push_back(Segment::Text(before.into()));
            segments.push_back(Segment::Part {
                name: part.name,
                content: part.content,
                left: part.length,
            });
        }
        segments.push_back(Segment::Text(after.into()));
        Self { segments, left }
    }
}

impl Segment {
    /// Returns its next bytes.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, StreamError>>> {
        let (name, body, left) = match self {
            Self::Text(text) if text.is_empty() => return Poll::Ready(None),
            Self::Text(text) => return Poll::Ready(Some(Ok(std::mem::take(text)))),
            Self::Part {
                name,
                content,
                left,
            } => (name, content, left),
        };
        loop {
            let frame = ready!(Pin::new(&mut *body).poll_frame(context));
            return Poll::Ready(match frame.map(|frame| frame.map(Frame::into_data)) {
                // Trailers have no place in a part.
                Some(Ok(Err(_))) => continue,
                Some(Ok(Ok(data))) => match left {
                    None => Some(Ok(data)),
                    Some(known) => match known.checked_sub(data.len() as u64) {
                        Some(rest) => {
                            *known = rest;
                            Some(Ok(data))
                        }
                        None => Some(Err(StreamError::TooLong { name: name.clone() })),
                    },
                },
                Some(Err(cause)) => Some(Err(StreamError::Content {
                    name: name.clone(),
                    cause,
                })),
                None => left.filter(|missing| *missing > 0).map(|missing| {
                    let name = name.clone();
                    Err(StreamError::TooShort { name, missing })
                }),
            });
        }
    }
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = StreamError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StreamError>>> {
        while let Some(segment) = self.segments.front_mut() {
            match ready!(segment.poll(context)) {
                None => drop(self.segments.pop_front()),
                Some(Ok(data)) => {
                    if let Some(left) = &mut self.left {
                        *left = left.saturating_sub(data.len() as u64);
                    }
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
                Some(Err(error)) => {
                    // Nothing after an error is sent.
                    self.segments.clear();
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        Poll::Ready(None)
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Content { name, .. } => write!(f, "the file {name} could not be read"),
            Self::TooShort { name, missing } => write!(
                f,
                "the stream of the file {name} ended {missing} bytes before its length"
            ),
            Self::TooLong { name } => write!(
                f,
                "the stream of the file {name} has more bytes than its length"
            ),
        }
    }
}

impl std::error::Error for StreamError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Content { cause, .. } => Some(cause),
            Self::TooShort { .. } | Self::TooLong { .. } => None,
        }
    }
}
