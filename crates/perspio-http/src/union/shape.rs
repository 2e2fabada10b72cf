//! The shapes of the variants of a union.

use std::cmp::Reverse;

use super::Json;

/// The values that a schema accepts, as far as they distinguish the variants of a union.
#[derive(Debug)]
pub enum Shape {
    /// Any JSON.
    Any,
    /// Null.
    Null,
    /// A boolean.
    Boolean,
    /// A number without a fraction.
    Integer,
    /// A number.
    Number,
    /// A string.
    String,
    /// One of these values.
    Constants(&'static [Constant]),
    /// A list of items of a shape.
    List(&'static Shape),
    /// An object with these members, and any others.
    Object {
        /// The members that every value has.
        required: &'static [(&'static str, Shape)],
        /// The other known members.
        optional: &'static [(&'static str, Shape)],
    },
    /// A value of one of these shapes.
    OneOf(&'static [Shape]),
}

/// A constant of a schema.
#[derive(Debug)]
pub enum Constant {
    /// A boolean.
    Boolean(bool),
    /// A number without a fraction.
    Integer(i128),
    /// A string.
    String(&'static str),
}

/// How well a variant fits a value; the lowest rank fits best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    /// Variants that accept any JSON come last.
    accepts_any: bool,
    /// The number of members whose values do not match.
    mismatches: usize,
    /// The number of members that match.
    matches: Reverse<usize>,
}

impl Shape {
    /// Returns whether any JSON has this shape.
    pub(super) fn accepts_any(&self) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(shapes) => shapes.iter().any(Self::accepts_any),
            _ => false,
        }
    }

    /// Returns the rank of a variant of this shape for a value; none if the variant cannot
    /// be decoded from the value.
    pub(super) fn rank(&self, json: &Json) -> Option<Rank> {
        let mut rank = Rank {
            accepts_any: self.accepts_any(),
            mismatches: 0,
            matches: Reverse(0),
        };
        match self {
            Self::Object { required, optional } => {
                if !json.is_object() {
                    return None;
                }
                let required = required.iter().map(|member| (member, true));
                let optional = optional.iter().map(|member| (member, false));
                for ((name, shape), is_required) in required.chain(optional) {
                    match json.member(name) {
                        None if is_required => return None,
                        None => {}
                        Some(value) if shape.matches(&value) => rank.matches.0 += 1,
                        Some(_) if matches!(shape, Self::Constants(_)) => return None,
                        Some(_) => rank.mismatches += 1,
                    }
                }
            }
            Self::List(item) => {
                let items = json.items()?;
                rank.mismatches = items.filter(|value| !item.matches(value)).count();
            }
            Self::OneOf(shapes) => {
                let ranks = shapes.iter().filter_map(|shape| shape.rank(json));
                return ranks.min();
            }
            plain => return plain.matches(json).then_some(rank),
        }
        Some(rank)
    }

    /// Returns whether a value has this shape. Of an object, only the required members and
    /// the constants are compared.
    fn matches(&self, json: &Json) -> bool {
        match self {
            Self::Any => true,
            Self::Null => json.leaf().is_some_and(serde_json::Value::is_null),
            Self::Boolean => json.leaf().is_some_and(serde_json::Value::is_boolean),
            Self::Integer => json.leaf().is_some_and(|it| it.is_i64() || it.is_u64()),
            Self::Number => json.leaf().is_some_and(serde_json::Value::is_number),
            Self::String => json.leaf().is_some_and(serde_json::Value::is_string),
            Self::Constants(constants) => constants.iter().any(|it| it.is(json)),
            Self::List(_) => json.items().is_some(),
            Self::Object { required, optional } => {
                let has = |(name, shape): &(&str, Self)| match (json.member(name), shape) {
                    (None, _) => false,
                    (Some(value), Self::Constants(_)) => shape.matches(&value),
                    (Some(_), _) => true,
                };
                let allows = |member: &(&str, Self)| {
                    !matches!(member.1, Self::Constants(_))
                        || json.member(member.0).is_none()
                        || has(member)
                };
                json.is_object() && required.iter().all(has) && optional.iter().all(allows)
            }
            Self::OneOf(shapes) => shapes.iter().any(|shape| shape.matches(json)),
        }
    }
}

impl Constant {
    fn is(&self, json: &Json) -> bool {
        let Some(value) = json.leaf() else {
            return false;
        };
        match self {
            Self::Boolean(constant) => value.as_bool() == Some(*constant),
            Self::Integer(constant) => {
                let signed = value.as_i64().map(i128::from);
                signed.or_else(|| value.as_u64().map(i128::from)) == Some(*constant)
            }
            Self::String(constant) => value.as_str() == Some(*constant),
        }
    }
}
