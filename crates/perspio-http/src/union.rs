//! Decodes the unions of generated clients in linear time.
//!
//! `#[serde(untagged)]` decodes every variant until one succeeds. In a recursive union, each
//! variant decodes its children in turn, which takes exponential time in the depth. [`union`]
//! reads the JSON into a tree once, compares the tree with the shape of each variant, and
//! decodes the variant that fits best. Unions inside of it share the tree.

mod json;
mod shape;

use serde::Deserializer;
use serde::de::Error as _;

pub use json::Json;
pub use shape::{Constant, Shape};

/// A variant of a union.
pub struct Variant<T> {
    /// The values that the variant accepts.
    pub shape: &'static Shape,
    /// Decodes a value of the variant.
    pub decode: fn(&Json) -> Result<T, serde_json::Error>,
}

/// Decodes a union: the variant whose constants and required members match, with the most
/// known members; the first one of several. A variant that accepts any JSON is the last
/// resort.
///
/// If the value of the best variant is invalid, the next ones are tried while the retries
/// read no more than a few times the whole JSON, so that the time stays linear.
///
/// # Errors
/// If no variant accepts the value, or if it nests too deeply.
pub fn union<'de, T, D: Deserializer<'de>>(
    deserializer: D,
    variants: &[Variant<T>],
) -> Result<T, D::Error> {
    let json = json::read(deserializer)?;
    let ranks = variants.iter().map(|variant| variant.shape.rank(&json));
    let mut candidates: Vec<_> = ranks
        .zip(variants)
        .filter_map(|(rank, variant)| Some((rank?, variant)))
        .collect();
    // The sort is stable: the first of several equal variants stays the first.
    candidates.sort_by_key(|(rank, _)| *rank);
    let mut first_cause = None;
    for (_, variant) in candidates {
        let is_retry = first_cause.is_some();
        if is_retry && !variant.shape.accepts_any() && !json.pay_for_retry() {
            continue;
        }
        match (variant.decode)(&json) {
            Ok(value) => return Ok(value),
            Err(cause) => first_cause = first_cause.or(Some(cause)),
        }
    }
    Err(match first_cause {
        Some(cause) => D::Error::custom(format_args!("the variant that fits best: {cause}")),
        None => D::Error::custom("the value matches no variant of the union"),
    })
}

#[cfg(test)]
mod tests;
