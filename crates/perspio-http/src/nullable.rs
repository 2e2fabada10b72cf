//! Members that are absent, null, or there.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// A value that may be null, where null has a meaning: in a change, an absent
/// member stays as it is and null clears it.
///
/// ```
/// use perspio_http::Nullable;
///
/// let change: Nullable<String> = "new text".into();
/// assert_eq!(serde_json::to_string(&change).unwrap(), r#""new text""#);
/// assert_eq!(serde_json::to_string(&Nullable::<String>::Null).unwrap(), "null");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(inline))]
#[serde(untagged)]
pub enum Nullable<T> {
    /// The value.
    Value(T),
    /// Null: in a change, clears the member.
    Null,
}

impl<T> Nullable<T> {
    /// Returns the value; `None` if it is null.
    pub fn as_option(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Null => None,
        }
    }
}

/// Through `Option`, not untagged: an untagged value is buffered first, which loses the
/// digits of a number where `serde_json` keeps them (`arbitrary_precision`).
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::deserialize(deserializer)?;
        Ok(value.map_or(Self::Null, Self::Value))
    }
}

impl<T> From<T> for Nullable<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl From<&str> for Nullable<String> {
    fn from(value: &str) -> Self {
        Self::Value(value.to_owned())
    }
}

impl<T> From<Nullable<T>> for Option<T> {
    fn from(value: Nullable<T>) -> Self {
        match value {
            Nullable::Value(value) => Some(value),
            Nullable::Null => None,
        }
    }
}

impl FromStr for Nullable<String> {
    type Err = Infallible;

    /// Every text is a value; null has none.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

impl<T: fmt::Display> fmt::Display for Nullable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => value.fmt(f),
            Self::Null => f.write_str("null"),
        }
    }
}

/// Reads a member that is there, null included: serde alone takes a null for
/// an absent member, and a change read from a file would lose it. For
/// `#[serde(default, deserialize_with = "perspio_http::some")]`.
pub fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize, Serialize)]
    struct Change {
        #[serde(
            default,
            deserialize_with = "some",
            skip_serializing_if = "Option::is_none"
        )]
        text: Option<Nullable<String>>,
    }

    #[test]
    fn absent_null_and_a_value_survive_a_round_trip() {
        for json in [
            "{}",
            r#"{"text":null}"#,
            r#"{"text":""}"#,
            r#"{"text":"null"}"#,
        ] {
            let change: Change = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&change).unwrap(), json);
        }
    }
}
