//! Random texts: by format, by pattern, or of any characters.

use fastrand::Rng;
use regex_syntax::hir::{Class, Hir, HirKind};
use serde_json::{Map, Value};

use super::Random;

/// The characters of a text that its schema does not constrain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letters {
    /// All characters.
    Any,
    /// Characters for a path, in which a comma separates the items of a list.
    Path,
    /// Characters that every server accepts in a header, a delimited list or a form.
    Plain,
}

const PLAIN: &str = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789";
/// Characters with a meaning in addresses, JSON or terminals.
const SPECIAL: &str = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~äÖß€漢🚚";

impl Letters {
    /// Returns a text of `least` to `most` characters.
    pub(super) fn text(self, rng: &mut Rng, least: usize, most: usize) -> String {
        let count = rng.usize(least..=most.max(least));
        let special: Vec<char> = SPECIAL
            .chars()
            .filter(|letter| self == Self::Any || *letter != ',')
            .collect();
        let plain: Vec<char> = PLAIN.chars().collect();
        (0..count)
            .map(|index| {
                let letters = if self != Self::Plain && rng.u8(0..4) == 0 {
                    &special
                } else {
                    &plain
                };
                let letter = rng.choice(letters).copied().unwrap_or('x');
                // Many programs trim a space at either end, and dots change the path.
                let at_end = index == 0 || index + 1 == count;
                let moves = letter == ' ' || (self == Self::Path && letter == '.');
                if moves && at_end { 'x' } else { letter }
            })
            .collect()
    }
}

impl Random<'_> {
    pub(super) fn text(&mut self, schema: &Map<String, Value>) -> Option<String> {
        let length = |name: &str| {
            let length = super::number(schema, name)?;
            usize::try_from(length).ok()
        };
        let least = length("minLength").unwrap_or_default();
        let most = length("maxLength");
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
            let pattern = regex_syntax::Parser::new().parse(pattern).ok()?;
            return (0..200).find_map(|_| {
                let mut text = String::new();
                matching(&mut self.rng, &pattern, least, &mut text)?;
                (least..=most.unwrap_or(usize::MAX))
                    .contains(&text.chars().count())
                    .then_some(text)
            });
        }
        let rng = &mut self.rng;
        let day = |rng: &mut Rng| {
            let (year, month, day) = (rng.u16(1990..2060), rng.u8(1..=12), rng.u8(1..=28));
            format!("{year}-{month:02}-{day:02}")
        };
        let time = |rng: &mut Rng| {
            let (hour, minute, second) = (rng.u8(0..24), rng.u8(0..60), rng.u8(0..60));
            format!("{hour:02}:{minute:02}:{second:02}")
        };
        let format = schema.get("format").and_then(Value::as_str);
        let text = match format.unwrap_or_default() {
            "date-time" => format!("{}T{}Z", day(rng), time(rng)),
            "date" => day(rng),
            "time" => time(rng),
            "duration" => format!("PT{}S", rng.u16(1..)),
            "uuid" => {
                let (high, low) = (rng.u64(..), rng.u64(..));
                let digits = format!("{high:016x}{low:016x}");
                let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
                [part(0, 8), part(8, 12), "4abc", "8abc", part(20, 32)].join("-")
            }
            "email" => format!("person{}@example.com", rng.u16(..)),
            "uri" | "url" | "iri" => format!("https://example.com/a/{}?b=c", rng.u16(..)),
            "uri-reference" => format!("/a/{}", rng.u16(..)),
            "hostname" => format!("host{}.example.com", rng.u16(..)),
            "ipv4" => format!("192.0.2.{}", rng.u8(1..)),
            "ip" | "ipv6" => format!("2001:db8::{:x}", rng.u16(1..)),
            "byte" | "base64" => "AAEC".repeat(rng.usize(1..4)),
            "snowflake" => rng.u64(1 << 22..1 << 62).to_string(),
            "regex" => "^a+$".to_owned(),
            _ => {
                let most = most.unwrap_or(usize::MAX).min(least + 12);
                self.letters.text(rng, least, most)
            }
        };
        Some(text)
    }
}

/// Appends a text that matches the pattern; `long` is the length that it should reach.
fn matching(rng: &mut Rng, pattern: &Hir, long: usize, text: &mut String) -> Option<()> {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(Class::Unicode(class)) => {
            let ranges: Vec<(u32, u32)> = class
                .iter()
                .map(|range| (range.start().into(), range.end().into()))
                .collect();
            let readable = |(start, end): &(u32, u32)| {
                let (start, end) = ((*start).max(0x21), (*end).min(0x7e));
                (start <= end).then_some((start, end))
            };
            let ascii: Vec<_> = ranges.iter().filter_map(readable).collect();
            let (start, end) = rng.choice(if ascii.is_empty() { ranges } else { ascii })?;
            text.push(char::from_u32(rng.u32(start..=end))?);
        }
        HirKind::Class(Class::Bytes(_)) => return None,
        HirKind::Repetition(repetition) => {
            let least = repetition.min;
            let usual = least.saturating_add(u32::try_from(long.max(8)).ok()?);
            let most = repetition.max.unwrap_or(usual).min(usual);
            for _ in 0..rng.u32(least..=most.max(least)) {
                matching(rng, &repetition.sub, long, text)?;
            }
        }
        HirKind::Capture(capture) => matching(rng, &capture.sub, long, text)?,
        HirKind::Concat(parts) => {
            for part in parts {
                matching(rng, part, long, text)?;
            }
        }
        HirKind::Alternation(parts) => matching(rng, rng.clone().choice(parts)?, long, text)?,
    }
    Some(())
}
