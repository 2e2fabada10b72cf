//! The members of a page, and the parameter that contains a position.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::nullable::Nullable;

/// A list of a page, which may be absent.
pub trait IntoItems {
    /// The type of an item.
    type Item;

    /// Returns the items; none of an absent list.
    fn into_items(self) -> Vec<Self::Item>;
}

impl<T> IntoItems for Vec<T> {
    type Item = T;

    fn into_items(self) -> Self {
        self
    }
}

impl<L: IntoItems> IntoItems for Option<L> {
    type Item = L::Item;

    fn into_items(self) -> Vec<L::Item> {
        self.map(L::into_items).unwrap_or_default()
    }
}

impl<L: IntoItems> IntoItems for Nullable<L> {
    type Item = L::Item;

    fn into_items(self) -> Vec<L::Item> {
        Option::<L>::from(self).into_items()
    }
}

/// Returns the items of a list.
pub fn page_items<L: IntoItems>(list: L) -> Vec<L::Item> {
    list.into_items()
}

/// Returns the value at a path below a member of a page; null if there is none.
///
/// # Errors
/// The member cannot be serialized.
pub fn page_member(member: &impl Serialize, path: &[&str]) -> Result<Value, String> {
    let mut value = serde_json::to_value(member).map_err(|cause| cause.to_string())?;
    for name in path {
        value = value.get_mut(*name).map(Value::take).unwrap_or_default();
    }
    Ok(value)
}

/// Returns the position that a caller has set; null without one. An invalid one is reported by
/// the request of the first page.
pub fn position(parameter: &Result<Option<impl Serialize>, String>) -> Value {
    let value = parameter.as_ref().ok().and_then(Option::as_ref);
    let value = value.and_then(|value| serde_json::to_value(value).ok());
    value.unwrap_or_default()
}

/// Returns the value of a parameter for a page. Numbers and texts are converted into each other:
/// a document may describe a cursor as a number in one place and as a text in the other.
///
/// # Errors
/// The type of the parameter does not allow the value.
pub fn at_position<T: DeserializeOwned>(name: &str, position: &Value) -> Result<T, String> {
    let other = match position {
        Value::String(text) => text.parse().map(Value::Number).ok(),
        Value::Number(number) => Some(Value::String(number.to_string())),
        _ => None,
    };
    serde_json::from_value(position.clone())
        .or_else(|cause| serde_json::from_value(other.ok_or(cause)?))
        .map_err(|cause| format!("the parameter {name} cannot be that of the next page: {cause}"))
}
