//! Days of the calendar, for entries that expire.

use std::time::{SystemTime, UNIX_EPOCH};

/// A day in UTC, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Day(u64);

impl Day {
    /// Returns the day of the system's clock.
    pub(crate) fn today() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        Self(since.map_or(0, |time| time.as_secs() / 86_400))
    }

    /// Reads `YYYY-MM-DD`, from 1970 on.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut number = |length| {
            let part = parts.next().filter(|part| part.len() == length)?;
            let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| part.parse::<usize>().ok())?
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        let is_leap = |year: usize| {
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
        };
        let february = if is_leap(year) { 29 } else { 28 };
        let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let before = months.get(..month.checked_sub(1)?)?;
        let is_valid = (1..=*months.get(before.len())?).contains(&day);
        if year < 1970 || !is_valid || parts.next().is_some() {
            return None;
        }
        let years = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 });
        let days = years.sum::<usize>() + before.iter().sum::<usize>() + day - 1;
        u64::try_from(days).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn a_date_is_the_number_of_days_since_1970() {
        let dates = [
            ("1970-01-01", 0),
            ("2000-03-01", 11_017),
            ("2024-02-29", 19_782),
            ("2026-11-30", 20_787),
            ("9999-12-31", 2_932_896),
        ];
        for (text, days) in dates {
            assert_eq!(Day::parse(text), Some(Day(days)), "{text}");
        }
        assert!(Day::parse("2026-11-01") < Some(Day::today()));
    }

    #[test]
    fn other_texts_are_not_dates() {
        let texts = [
            "",
            "2026",
            "2026-11",
            "2026-11-31",
            "2026-02-29",
            "2100-02-29",
            "2026-00-01",
            "2026-13-01",
            "2026-01-00",
            "26-01-01",
            "2026-1-1",
            "2026-01-01-01",
            "2026-01-01 ",
            "+026-01-01",
            "1969-12-31",
            "20260101",
            "2026-01-0a",
        ];
        for text in texts {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }
}
