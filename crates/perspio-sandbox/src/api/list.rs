//! The form of a list.

use axum::http::StatusCode;
use axum::response::Response;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::answer::json;
use crate::list_shape::ListShape;

pub(crate) fn list<T: Serialize>(shape: &ListShape, items: &[T]) -> Response {
    json(
        StatusCode::OK,
        &List {
            shape,
            items: items.iter(),
        },
    )
}

/// Serialized item by item, so that a long list is not in memory as one value.
pub(crate) struct List<'a, I> {
    pub(crate) shape: &'a ListShape,
    pub(crate) items: I,
}

impl<I> Serialize for List<'_, I>
where
    I: ExactSizeIterator<Item: Serialize> + Clone,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.shape {
            ListShape::Array => serializer.collect_seq(self.items.clone()),
            ListShape::Object { member } => {
                let array = List {
                    shape: &ListShape::Array,
                    items: self.items.clone(),
                };
                let mut object = serializer.serialize_map(Some(2))?;
                object.serialize_entry("count", &self.items.len())?;
                object.serialize_entry(member, &array)?;
                object.end()
            }
        }
    }
}
