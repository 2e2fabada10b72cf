//! Decodes dates with a time that are not written as RFC 3339 requires.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use crate::nullable::Nullable;

/// The formats with an offset, after the text is in upper case and `T` precedes the time.
const WITH_OFFSET: [&str; 2] = ["%Y-%m-%dT%H:%M:%S%.f %#z", "%Y-%m-%dT%H:%M %#z"];
/// The formats without an offset.
const WITHOUT_OFFSET: [&str; 2] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];

/// Decodes a member that contains dates with a time, for
/// `#[serde(deserialize_with = "perspio_http::rt::dates")]`.
///
/// In addition to RFC 3339, it accepts a space before the time, an offset without a colon or
/// minutes, a time without seconds, a time without an offset, which is UTC, and a date without
/// a time, which is its midnight in UTC.
///
/// # Errors
/// If a text has another form, or the value another type.
pub fn dates<'de, T: Dates, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::decode(deserializer)
}

/// Decodes such a member that may be null, and may be absent, for
/// `#[serde(default, deserialize_with = "perspio_http::rt::nullable_dates")]`.
///
/// # Errors
/// Those of [`dates`].
pub fn nullable_dates<'de, T: Dates, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Nullable<T>>, D::Error> {
    let value = Option::decode(deserializer)?;
    Ok(Some(value.map_or(Nullable::Null, Nullable::Value)))
}

/// A type that contains dates with a time.
pub trait Dates: Sized {
    /// Decodes a value.
    ///
    /// # Errors
    /// Those of [`dates`].
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// A value inside of another one.
struct Inner<T>(T);

impl<'de, T: Dates> Deserialize<'de> for Inner<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::decode(deserializer).map(Self)
    }
}

impl Dates for DateTime<Utc> {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

impl<T: Dates> Dates for Option<T> {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::<Inner<T>>::deserialize(deserializer)?;
        Ok(value.map(|Inner(value)| value))
    }
}

impl<T: Dates> Dates for Box<T> {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::decode(deserializer).map(Self::new)
    }
}

impl<T: Dates> Dates for Vec<T> {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = Vec::<Inner<T>>::deserialize(deserializer)?;
        Ok(values.into_iter().map(|Inner(value)| value).collect())
    }
}

impl<T: Dates> Dates for BTreeMap<String, T> {
    fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = BTreeMap::<String, Inner<T>>::deserialize(deserializer)?;
        let values = values.into_iter();
        Ok(values.map(|(name, Inner(value))| (name, value)).collect())
    }
}

/// The visitor of a date with a time.
struct Text;

impl Visitor<'_> for Text {
    type Value = DateTime<Utc>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date with a time, such as 2026-01-02T03:04:05Z")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let invalid = || E::invalid_value(serde::de::Unexpected::Str(text), &self);
        parse(text).ok_or_else(invalid)
    }
}

fn parse(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let text = text.trim().to_ascii_uppercase();
    let text = text.strip_suffix("UTC").map_or(&*text, str::trim_end);
    // Only the first space separates the time; a second one may precede the offset.
    let text = match text.split_once([' ', 'T']) {
        Some((date, time)) => format!("{date}T{}", time.trim_start().replace('Z', "+00:00")),
        None => text.to_owned(),
    };
    let with_offset = WITH_OFFSET
        .iter()
        .find_map(|format| DateTime::parse_from_str(&text, format).ok());
    if let Some(time) = with_offset {
        return Some(time.to_utc());
    }
    let without_offset = WITHOUT_OFFSET
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok());
    let midnight = || {
        NaiveDate::parse_from_str(&text, "%Y-%m-%d")
            .ok()?
            .and_hms_opt(0, 0, 0)
    };
    Some(without_offset.or_else(midnight)?.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sloppy_dates_are_decoded_and_written_as_rfc_3339() {
        for (text, expected) in [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05.25+02:00", "2026-01-02T01:04:05.250Z"),
            ("2026-01-02t03:04:05z", "2026-01-02T03:04:05Z"),
            ("2026-01-02 03:04:05Z", "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05", "2026-01-02T03:04:05Z"),
            ("2026-01-02 03:04:05.5", "2026-01-02T03:04:05.500Z"),
            ("2026-01-02T03:04", "2026-01-02T03:04:00Z"),
            ("2026-01-02T03:04Z", "2026-01-02T03:04:00Z"),
            ("2026-01-02T03:04:05+0200", "2026-01-02T01:04:05Z"),
            ("2026-01-02 03:04:05 +02", "2026-01-02T01:04:05Z"),
            ("2026-01-02 03:04:05 UTC", "2026-01-02T03:04:05Z"),
            ("2026-01-02", "2026-01-02T00:00:00Z"),
        ] {
            let time = parse(text).unwrap_or_else(|| panic!("{text}"));
            let written = serde_json::to_value(time).unwrap();
            assert_eq!(written, expected, "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_date_is_an_error() {
        for text in [
            "",
            "today",
            "2026-13-01",
            "03:04:05",
            "2026-01-02T25:00:00Z",
            "ZT",
            "é T",
        ] {
            assert!(parse(text).is_none(), "{text}");
            let json = serde_json::json!(text);
            let error = dates::<DateTime<Utc>, _>(json).unwrap_err().to_string();
            assert!(error.contains("such as 2026-01-02T03:04:05Z"), "{error}");
        }
    }

    #[test]
    fn a_nullable_date_distinguishes_null_from_a_date() {
        type Member = Option<Nullable<DateTime<Utc>>>;
        let date: Member = nullable_dates(serde_json::json!("2026-01-02")).unwrap();
        let written = serde_json::to_value(date).unwrap();
        assert_eq!(written, "2026-01-02T00:00:00Z");
        let null: Member = nullable_dates(serde_json::Value::Null).unwrap();
        assert_eq!(null, Some(Nullable::Null));
    }

    #[test]
    fn dates_are_decoded_in_lists_maps_and_options() {
        type Nested = Vec<BTreeMap<String, Option<Box<DateTime<Utc>>>>>;
        let json = serde_json::json!([{"a": "2026-01-02", "b": null}]);
        let nested: Nested = dates(json).unwrap();
        let written = serde_json::to_value(nested).unwrap();
        let expected = serde_json::json!([{"a": "2026-01-02T00:00:00Z", "b": null}]);
        assert_eq!(written, expected);
    }
}
