//! Whether a change of a keyword makes a schema accept fewer or more values.

use std::cmp::Ordering;

use serde_json::Value;

/// The effect of a change on the values that a schema accepts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Some values are not accepted any more.
    Tighter,
    /// Other values are accepted in addition.
    Looser,
    /// Some values are not accepted any more, and others are.
    Both,
    /// A value that is left out means another one.
    Default,
}

/// A keyword that limits values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    /// An upper bound.
    AtMost,
    /// A lower bound.
    AtLeast,
    /// A lower bound of a size, which is 0 if it is absent.
    SizeAtLeast,
    Pattern,
    MultipleOf,
    /// Values are limited if the keyword is `true`.
    Flag,
    /// Null is accepted if the keyword is `true`.
    Nullable,
    /// Other members are not accepted if the keyword is `false`.
    Closed,
    /// A list of values.
    Enum,
    Default,
}

impl Limit {
    /// Returns the limit that a keyword of a schema or a parameter is.
    pub(crate) fn of(keyword: &str) -> Option<Self> {
        Some(match keyword {
            "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" => {
                Self::AtMost
            }
            "minimum" | "exclusiveMinimum" => Self::AtLeast,
            "minLength" | "minItems" | "minProperties" => Self::SizeAtLeast,
            "pattern" => Self::Pattern,
            "multipleOf" => Self::MultipleOf,
            "uniqueItems" | "required" => Self::Flag,
            "nullable" => Self::Nullable,
            "additionalProperties" => Self::Closed,
            "enum" => Self::Enum,
            "default" => Self::Default,
            _ => return None,
        })
    }

    /// Returns the effect of a keyword that is different, new or removed; `None` if it has
    /// none.
    pub(crate) fn effect(self, old: Option<&Value>, new: Option<&Value>) -> Option<Effect> {
        let is_true = |value: Option<&Value>| value == Some(&Value::Bool(true));
        let is_false = |value: Option<&Value>| value == Some(&Value::Bool(false));
        match self {
            Self::AtMost => bound(number(old), number(new), Ordering::Less),
            Self::AtLeast => bound(number(old), number(new), Ordering::Greater),
            Self::SizeAtLeast => {
                let size = |value| number(value).or(Some(0.0));
                bound(size(old), size(new), Ordering::Greater)
            }
            Self::Pattern | Self::Enum => presence(old, new),
            Self::MultipleOf => match (number(old), number(new)) {
                (Some(old), Some(new)) if is_multiple(new, old) => Some(Effect::Tighter),
                (Some(old), Some(new)) if is_multiple(old, new) => Some(Effect::Looser),
                _ => presence(old, new),
            },
            // A list of required members is new or removed.
            Self::Flag if is_list(old) || is_list(new) => presence(old, new),
            Self::Flag => tightened(is_true(old), is_true(new)),
            Self::Nullable => tightened(is_true(new), is_true(old)),
            Self::Closed => tightened(is_false(old), is_false(new)),
            Self::Default => Some(Effect::Default),
        }
    }

    /// Returns the effect of an item of a list that is new or removed.
    pub(crate) fn effect_of_item(self, is_added: bool) -> Option<Effect> {
        match self {
            Self::Enum => tightened(is_added, !is_added),
            Self::Flag => tightened(!is_added, is_added),
            Self::Default => Some(Effect::Default),
            _ => None,
        }
    }
}

fn is_list(value: Option<&Value>) -> bool {
    value.is_some_and(Value::is_array)
}

fn number(value: Option<&Value>) -> Option<f64> {
    value.and_then(Value::as_f64)
}

/// Compares two bounds, of which the one that is `tighter` than the other accepts fewer values.
fn bound(old: Option<f64>, new: Option<f64>, tighter: Ordering) -> Option<Effect> {
    match (old, new) {
        (Some(old), Some(new)) => match new.partial_cmp(&old)? {
            Ordering::Equal => None,
            order if order == tighter => Some(Effect::Tighter),
            _ => Some(Effect::Looser),
        },
        (None, Some(_)) => Some(Effect::Tighter),
        (Some(_), None) => Some(Effect::Looser),
        (None, None) => None,
    }
}

fn presence(old: Option<&Value>, new: Option<&Value>) -> Option<Effect> {
    match (old, new) {
        (None, Some(_)) => Some(Effect::Tighter),
        (Some(_), None) => Some(Effect::Looser),
        (Some(_), Some(_)) => Some(Effect::Both),
        (None, None) => None,
    }
}

fn tightened(was: bool, is: bool) -> Option<Effect> {
    match (was, is) {
        (false, true) => Some(Effect::Tighter),
        (true, false) => Some(Effect::Looser),
        _ => None,
    }
}

fn is_multiple(number: f64, of: f64) -> bool {
    let quotient = number / of;
    quotient.is_finite() && quotient.abs() > 0.5 && (quotient - quotient.round()).abs() < 1e-9
}

#[cfg(test)]
mod tests;
