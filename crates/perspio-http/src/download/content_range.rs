//! The header `Content-Range` (RFC 9110 §14.4).

use http::HeaderMap;
use http::header::CONTENT_RANGE;

/// The range of bytes in a response.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ContentRange {
    /// The position of the first byte.
    pub(super) first: u64,
    /// The length of the whole representation, if it is known.
    pub(super) length: Option<u64>,
}

impl ContentRange {
    /// Returns the range of a response; `None` if it has none, or an invalid one.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(CONTENT_RANGE)?.to_str().ok()?;
        let (unit, range) = text.trim().split_once(' ')?;
        let (positions, length) = range.trim().split_once('/')?;
        let (first, last) = positions.split_once('-')?;
        let (first, last) = (number(first)?, number(last)?);
        let length = match length {
            "*" => None,
            length => Some(number(length)?),
        };
        let is_valid = first <= last && length.is_none_or(|length| last < length);
        (unit.eq_ignore_ascii_case("bytes") && is_valid).then_some(Self { first, length })
    }
}

fn number(text: &str) -> Option<u64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_a_first_byte_and_perhaps_the_length() {
        let known = |first, length| Some(ContentRange { first, length });
        for (text, expected) in [
            ("bytes 2-9/10", known(2, Some(10))),
            ("bytes 0-0/1", known(0, Some(1))),
            ("Bytes 2-9/*", known(2, None)),
            ("bytes */10", None),
            ("bytes 9-2/10", None),
            ("bytes 2-10/10", None),
            ("bytes +2-9/10", None),
            ("bytes=2-9/10", None),
            ("items 2-9/10", None),
            ("bytes 2-9", None),
            ("bytes 2-99999999999999999999/*", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_RANGE, text.parse().unwrap());
            assert_eq!(ContentRange::of(&headers), expected, "{text:?}");
        }
        assert_eq!(ContentRange::of(&HeaderMap::new()), None);
    }
}
