//! Types of integers.

use serde_json::{Value, json};

use crate::document::text;
use crate::document::walk::{self, describe};
use crate::import::notes::Notes;

/// The formats with the range of values that their types hold.
const FORMATS: [(&str, i128, i128); 10] = [
    ("int8", -0x80, 0x7f),
    ("uint8", 0, 0xff),
    ("int16", -0x8000, 0x7fff),
    ("uint16", 0, 0xffff),
    ("int32", -0x8000_0000, 0x7fff_ffff),
    ("uint32", 0, 0xffff_ffff),
    ("int", I64.0, I64.1),
    ("int64", I64.0, I64.1),
    ("uint", U64.0, U64.1),
    ("uint64", U64.0, U64.1),
];

const I64: (i128, i128) = (i64::MIN as i128, i64::MAX as i128);
const U64: (i128, i128) = (0, u64::MAX as i128);

/// Formats of integers of any size.
const UNLIMITED: [&str; 6] = [
    "bigint",
    "biginteger",
    "int128",
    "int256",
    "uint128",
    "uint256",
];

/// Gives an integer a format that holds every value within its bounds. A later pass removes
/// the bounds, after which the generator chooses 64 bits with a sign, or the bits of the
/// format. If no type holds the values, any JSON is accepted, which keeps every digit of 64
/// bits.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    walk::schemas(document, &mut |location, schema| {
        if text(schema, "type") != "integer" {
            return;
        }
        let format = text(schema, "format").to_owned();
        let known = FORMATS.iter().find(|(name, ..)| *name == format);
        let (low, high) = known.map_or(I64, |(_, low, high)| (*low, *high));
        let is_unlimited = UNLIMITED.contains(&format.to_ascii_lowercase().as_str());
        let default = if is_unlimited {
            (i128::MIN, i128::MAX)
        } else {
            (low, high)
        };
        let (min, max) = range(schema, default);
        let holds = |(low, high): (i128, i128)| low <= min && max <= high;
        if holds((low, high)) || min > max {
            return;
        }
        let Some(members) = schema.as_object_mut() else {
            return;
        };
        let fitting = [("int64", I64), ("uint64", U64)];
        let change = if let Some((format, _)) = fitting.into_iter().find(|(_, it)| holds(*it)) {
            members.insert("format".to_owned(), json!(format));
            format!("the format {format} holds the values of its bounds")
        } else {
            members.remove("type");
            members.remove("format");
            describe(schema, "An integer of more than 64 bits.");
            "an integer of more than 64 bits: any JSON is accepted".to_owned()
        };
        notes.changed(location.as_str(), change);
    });
}

/// Returns the smallest and the largest value of a schema; without bounds, those of
/// `default`.
fn range(schema: &Value, default: (i128, i128)) -> (i128, i128) {
    let values: Vec<_> = walk::items(schema.get("enum"))
        .filter_map(integer)
        .collect();
    if let (Some(min), Some(max)) = (values.iter().min(), values.iter().max()) {
        return (*min, *max);
    }
    let bound = |name, exclusive| {
        let bound = schema.get(name).and_then(integer)?;
        let excludes = schema.get(exclusive) == Some(&true.into());
        Some((bound, i128::from(excludes)))
    };
    let min = bound("minimum", "exclusiveMinimum").map(|(it, one)| it.saturating_add(one));
    let max = bound("maximum", "exclusiveMaximum").map(|(it, one)| it.saturating_sub(one));
    (min.unwrap_or(default.0), max.unwrap_or(default.1))
}

/// Returns a bound. A bound that was read as a floating-point number is the nearest one to
/// that of the document: the limits of 64 bits are one less than the powers of two.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a number beyond the range becomes the limit of the range"
)]
fn integer(bound: &Value) -> Option<i128> {
    let signed = bound.as_i64().map(i128::from);
    let whole = signed.or_else(|| bound.as_u64().map(i128::from));
    let of_float = |float: f64| {
        let limits = [I64.1, U64.1].into_iter();
        let mut limits = limits.filter(|limit| (*limit as f64).total_cmp(&float).is_eq());
        limits.next().unwrap_or(float as i128)
    };
    whole.or_else(|| bound.as_f64().map(of_float))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::pass::testing::run_on_schema;

    /// Returns the format, or the type if it has none.
    fn format(schema: Value) -> String {
        let (output, _) = run_on_schema(run, schema);
        match text(&output, "format") {
            "" => text(&output, "type").to_owned(),
            format => format.to_owned(),
        }
    }

    #[test]
    fn the_format_of_an_integer_holds_every_value_within_its_bounds() {
        for (schema, expected) in [
            (json!({}), "integer"),
            (json!({"minimum": 0}), "integer"),
            (json!({"minimum": 1, "maximum": 100}), "integer"),
            (json!({"minimum": 0, "maximum": u64::MAX}), "uint64"),
            (json!({"minimum": i64::MIN, "maximum": i64::MAX}), "integer"),
            (
                json!({"format": "int32", "maximum": 4_294_967_295_u64}),
                "int64",
            ),
            (
                json!({"format": "int32", "minimum": 0, "maximum": 100}),
                "int32",
            ),
            (
                json!({"format": "uint64", "minimum": -1, "maximum": 5}),
                "int64",
            ),
            (json!({"format": "unix-time"}), "unix-time"),
            (
                json!({"format": "int64", "minimum": 0, "maximum": 1e19}),
                "uint64",
            ),
            (
                json!({"minimum": 0, "maximum": 18_446_744_073_709_551_616.0}),
                "uint64",
            ),
            (
                json!({"minimum": -1, "maximum": 9_223_372_036_854_775_808.0}),
                "integer",
            ),
            (
                json!({"minimum": -1, "exclusiveMinimum": true, "maximum": 1e19}),
                "uint64",
            ),
            (json!({"format": "int8", "enum": [1, 300]}), "int64"),
            (json!({"enum": [u64::MAX]}), "uint64"),
        ] {
            let mut integer = schema.clone();
            integer["type"] = "integer".into();
            assert_eq!(format(integer), expected, "{schema}");
        }
    }

    #[test]
    fn an_integer_of_more_than_64_bits_is_any_json() {
        for schema in [
            json!({"type": "integer", "maximum": u64::MAX}),
            json!({"type": "integer", "minimum": 0, "maximum": 1e30}),
            json!({"type": "integer", "format": "uint128"}),
        ] {
            let (output, message) = run_on_schema(run, schema);
            assert!(output.get("type").is_none(), "{output}");
            assert!(message.contains("any JSON is accepted"), "{message}");
        }
    }

    #[test]
    fn bounds_that_contradict_each_other_change_nothing() {
        let schema = json!({"type": "integer", "minimum": 5, "maximum": 1});
        assert_eq!(run_on_schema(run, schema.clone()).0, schema);
    }
}
