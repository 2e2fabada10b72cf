//! Dates and times of day in text, from seconds since 1970 (UTC).

use std::time::SystemTime;

use jiff::Timestamp;

/// ISO 8601, for instance `2026-01-31T08:05:09Z`.
pub(crate) fn iso_8601(unix_seconds: u64) -> String {
    at(unix_seconds).to_string()
}

/// Returns ISO 8601 with milliseconds, for instance `2026-01-31T08:05:09.120Z`.
pub(crate) fn iso_8601_millis(time: SystemTime) -> String {
    let time = Timestamp::try_from(time).unwrap_or(Timestamp::MAX);
    time.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

/// As in the member `timestamp` of Entra's errors, for instance `2026-01-31 08:05:09Z`.
pub(crate) fn entra_timestamp(unix_seconds: u64) -> String {
    at(unix_seconds).strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// A clock that was moved beyond all calendars is at their end.
fn at(unix_seconds: u64) -> Timestamp {
    i64::try_from(unix_seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_in_both_forms() {
        assert_eq!(iso_8601(951_782_400), "2000-02-29T00:00:00Z");
        let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(1_050);
        assert_eq!(iso_8601_millis(time), "1970-01-01T00:00:01.050Z");
        assert_eq!(entra_timestamp(1_767_225_599), "2025-12-31 23:59:59Z");
    }
}
