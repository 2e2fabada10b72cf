//! The form of a list.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::answer::json;
use crate::builder::ListShape;

pub(crate) fn list<T: Serialize>(shape: &ListShape, items: &[T]) -> Response {
    match shape {
        ListShape::Array => json(StatusCode::OK, &items),
        ListShape::Object { member } => {
            let items_as_json = serde_json::to_value(items).unwrap_or_default();
            let mut object = Map::new();
            object.insert("count".to_owned(), Value::from(items.len()));
            object.insert(member.clone(), items_as_json);
            json(StatusCode::OK, &object)
        }
    }
}
