//! The wait that a server requests with `Retry-After`.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, HeaderName, RETRY_AFTER};

use crate::token::clock::{Moment, between};

/// Milliseconds, as services of Azure send them; more exact than `Retry-After`.
static MILLISECONDS: [HeaderName; 2] = [
    HeaderName::from_static("retry-after-ms"),
    HeaderName::from_static("x-ms-retry-after-ms"),
];

/// Returns the wait before the next request that a response with these headers, received at
/// `now`, requests. `None` if there is none, or the value cannot be read.
///
/// `retry-after-ms` and `x-ms-retry-after-ms` are milliseconds; `Retry-After` is a
/// number of seconds (fractions are accepted, though RFC 9110 §10.2.3 has none) or a
/// date. A date is compared with the server's own `Date` if the response has one,
/// because its clock may differ from this machine's. The time is not capped.
///
/// ```
/// use perspio_auth::clock::{Clock, SystemClock};
/// use perspio_auth::http::{HeaderMap, HeaderValue, header::RETRY_AFTER};
///
/// let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("90"))]);
/// let wait = perspio_auth::retry_after(&headers, SystemClock.now());
/// assert_eq!(wait.unwrap().as_secs(), 90);
/// ```
pub fn retry_after(headers: &HeaderMap, now: Moment) -> Option<Duration> {
    let mut milliseconds = MILLISECONDS.iter().filter_map(|name| text(headers, name));
    if let Some(wait) = milliseconds.find_map(|text| time(text, 1e-3)) {
        return Some(wait);
    }
    let text = text(headers, &RETRY_AFTER)?;
    if let Some(wait) = time(text, 1.0) {
        return Some(wait);
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let sent = self::text(headers, &DATE)
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .unwrap_or(now.wall);
    Some(between(sent, until))
}

/// Reads a number of units of `seconds` each. Digits and a point only: a sign, an
/// exponent or `inf` is not a time.
fn time(text: &str, seconds: f64) -> Option<Duration> {
    let is_number = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !is_number {
        return None;
    }
    let number: f64 = text.parse().ok()?;
    Duration::try_from_secs_f64(number * seconds).ok()
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    Some(headers.get(name)?.to_str().ok()?.trim())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::token::clock::{Clock, ManualClock};

    fn read(headers: &[(HeaderName, &str)], now: Moment) -> Option<Duration> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
        retry_after(&headers.collect(), now)
    }

    #[test]
    fn a_wait_is_read_from_seconds_and_from_a_date() {
        let now = ManualClock::new().now();
        let read = |text: &str| read(&[(RETRY_AFTER, text)], now);
        let at = |seconds| httpdate::fmt_http_date(now.wall + Duration::from_secs(seconds));
        assert_eq!(read("120"), Some(Duration::from_secs(120)));
        assert_eq!(read(" 0 "), Some(Duration::ZERO));
        // A date has no fractions of a second.
        let dated = read(&at(60)).unwrap();
        assert!(
            dated <= Duration::from_secs(60) && dated >= Duration::from_secs(58),
            "{dated:?}"
        );
        assert_eq!(read("Thu, 01 Jan 1970 00:00:00 GMT"), Some(Duration::ZERO));
    }

    #[test]
    fn fractions_of_seconds_and_milliseconds_are_read() {
        let now = ManualClock::new().now();
        let wait = |name, text| read(&[(HeaderName::from_static(name), text)], now);
        assert_eq!(
            wait("retry-after", "1.5"),
            Some(Duration::from_millis(1_500))
        );
        for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
            assert_eq!(wait(name, "250"), Some(Duration::from_millis(250)));
            let both = [(HeaderName::from_static(name), "250"), (RETRY_AFTER, "1")];
            assert_eq!(read(&both, now), Some(Duration::from_millis(250)));
            let unreadable = [(HeaderName::from_static(name), "soon"), (RETRY_AFTER, "1")];
            assert_eq!(read(&unreadable, now), Some(Duration::from_secs(1)));
        }
    }

    #[test]
    fn an_invalid_value_counts_as_missing() {
        let now = ManualClock::new().now();
        for text in [
            "",
            "soon",
            "-1",
            "1e3",
            "inf",
            ".",
            "99999999999999999999999",
        ] {
            assert_eq!(read(&[(RETRY_AFTER, text)], now), None, "{text}");
        }
        assert_eq!(read(&[], now), None);
    }

    #[test]
    fn a_date_is_relative_to_the_date_of_the_response() {
        let now = ManualClock::new().now();
        let headers = [
            (DATE, "Thu, 01 Jan 1970 00:10:00 GMT"),
            (RETRY_AFTER, "Thu, 01 Jan 1970 00:11:30 GMT"),
        ];
        assert_eq!(read(&headers, now), Some(Duration::from_secs(90)));
    }
}
