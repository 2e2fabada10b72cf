//! How long a server asks to wait.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use http::header::{DATE, HeaderName, RETRY_AFTER};

use crate::clock::Moment;

/// How long the answer with these headers, which came at `now`, asks to wait
/// before the next request: `Retry-After` as seconds or as a date (RFC 9110
/// §10.2.3). None if it says nothing that can be read.
///
/// A date is taken against the server's own `Date`, where it sends one: its
/// clock may differ from this machine's. The time is not capped.
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
    let text = text(headers, &RETRY_AFTER)?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let sent = self::text(headers, &DATE)
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .map_or(now.wall, since_1970);
    Some(since_1970(until).saturating_sub(sent))
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    Some(headers.get(name)?.to_str().ok()?.trim())
}

fn since_1970(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::clock::{Clock, ManualClock};

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
        let at =
            |seconds| httpdate::fmt_http_date(UNIX_EPOCH + now.wall + Duration::from_secs(seconds));
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
    fn what_cannot_be_read_is_no_wait() {
        let now = ManualClock::new().now();
        for text in ["", "soon", "-1", "1.5", "99999999999999999999999"] {
            assert_eq!(read(&[(RETRY_AFTER, text)], now), None, "{text}");
        }
        assert_eq!(read(&[], now), None);
    }

    #[test]
    fn a_date_counts_from_the_servers_own_time() {
        let now = ManualClock::new().now();
        let headers = [
            (DATE, "Thu, 01 Jan 1970 00:10:00 GMT"),
            (RETRY_AFTER, "Thu, 01 Jan 1970 00:11:30 GMT"),
        ];
        assert_eq!(read(&headers, now), Some(Duration::from_secs(90)));
    }
}
