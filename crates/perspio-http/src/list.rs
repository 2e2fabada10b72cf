//! Lists whose envelope is not published.

#[cfg(feature = "schemars")]
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

#[cfg(feature = "schemars")]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// The names under which an object may hold the array, in any letter case.
const USUAL_NAMES: [&str; 9] = [
    "value", "items", "data", "results", "content", "records", "assets", "sites", "labels",
];

/// A list that comes as a bare array, or as an object that holds the array
/// under a usual name (`value`, `items`, `data`, `results`, `content`,
/// `records`, `assets`, `sites`, `labels`) beside other members,
/// which are kept. Written out, it has the form that it came in.
///
/// It is read as a slice, and consumed as an iterator:
///
/// ```
/// use perspio_http::List;
///
/// let list: List<u32> = serde_json::from_str(r#"{"items":[1,2],"next":"…"}"#).unwrap();
/// assert_eq!(list.len(), 2);
/// assert_eq!(list.other()["next"], "…");
/// assert_eq!(list.into_iter().sum::<u32>(), 3);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct List<T> {
    items: Vec<T>,
    envelope: Option<Envelope>,
}

#[derive(Clone, Debug, PartialEq)]
struct Envelope {
    name: String,
    other: BTreeMap<String, Value>,
}

impl<T> List<T> {
    /// The items.
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// The items, owned.
    pub fn into_items(self) -> Vec<T> {
        self.items
    }

    /// What the object holds beside the items; empty for a bare array.
    pub fn other(&self) -> &BTreeMap<String, Value> {
        static NONE: BTreeMap<String, Value> = BTreeMap::new();
        self.envelope
            .as_ref()
            .map_or(&NONE, |envelope| &envelope.other)
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(items: Vec<T>) -> Self {
        Self {
            items,
            envelope: None,
        }
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.items
    }
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a List<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<T: Serialize> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(envelope) = &self.envelope else {
            return self.items.serialize(serializer);
        };
        let mut object = serializer.serialize_map(Some(1 + envelope.other.len()))?;
        object.serialize_entry(&envelope.name, &self.items)?;
        for (name, value) in &envelope.other {
            object.serialize_entry(name, value)?;
        }
        object.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

/// Written by hand: a derived `untagged` would buffer the whole response, and lose the
/// place of an error in it.
struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array, or an object that holds one")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<List<T>, A::Error> {
        Ok(items(array)?.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<List<T>, A::Error> {
        let mut found: Option<(String, Vec<T>)> = None;
        let mut other = BTreeMap::new();
        while let Some(name) = object.next_key::<String>()? {
            if found.is_some() || !is_usual(&name) {
                other.insert(name, object.next_value()?);
                continue;
            }
            match object.next_value()? {
                ArrayOrOther::Array(items) => found = Some((name, items)),
                ArrayOrOther::Other(value) => {
                    other.insert(name, value);
                }
            }
        }
        let Some((name, items)) = found else {
            return Err(A::Error::custom(no_list(other.keys())));
        };
        Ok(List {
            items,
            envelope: Some(Envelope { name, other }),
        })
    }
}

/// Returns the reason for an object with these members and no list.
pub(crate) fn no_list<'a>(members: impl Iterator<Item = &'a String>) -> String {
    let names: Vec<_> = members.map(String::as_str).collect();
    format!(
        "an object without a list: none of {} holds an array; its members are: {}",
        USUAL_NAMES.join(", "),
        names.join(", ")
    )
}

pub(crate) fn is_usual(name: &str) -> bool {
    USUAL_NAMES
        .iter()
        .any(|usual| usual.eq_ignore_ascii_case(name))
}

/// From this number of items on, a list grows by half: doubling a large one would reserve
/// memory that stays unused.
const MANY: usize = 4096;

fn items<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(mut array: A) -> Result<Vec<T>, A::Error> {
    let mut items = Vec::new();
    while let Some(item) = array.next_element()? {
        if items.len() == items.capacity() && items.len() >= MANY {
            items.reserve_exact(items.len() / 2);
        }
        items.push(item);
    }
    Ok(items)
}

enum ArrayOrOther<T> {
    Array(Vec<T>),
    Other(Value),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ArrayOrOther<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ArrayOrOtherVisitor(PhantomData))
    }
}

struct ArrayOrOtherVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ArrayOrOtherVisitor<T> {
    type Value = ArrayOrOther<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, array: A) -> Result<Self::Value, A::Error> {
        items(array).map(ArrayOrOther::Array)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(object)).map(ArrayOrOther::Other)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(ArrayOrOther::Other(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(ArrayOrOther::Other(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(ArrayOrOther::Other(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(ArrayOrOther::Other(value.into()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(ArrayOrOther::Other(value.into()))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(ArrayOrOther::Other(Value::Null))
    }
}

#[cfg(feature = "schemars")]
impl<T: JsonSchema> JsonSchema for List<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("ListOf{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let items = generator.subschema_for::<T>();
        json_schema!({
            "anyOf": [
                { "type": "array", "items": items },
                { "type": "object" }
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<List<u8>, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn a_bare_array_is_a_list() {
        let list = read("[1,2]").unwrap();
        assert_eq!(list.items(), [1, 2]);
        assert!(list.other().is_empty());
    }

    #[test]
    fn an_object_may_hold_the_array_under_every_usual_name() {
        for name in USUAL_NAMES.iter().chain(&["Items", "VALUE"]) {
            let list = read(&format!(r#"{{"count":2,"{name}":[1,2],"next":null}}"#)).unwrap();
            assert_eq!(list.items(), [1, 2], "{name}");
            assert_eq!(list.other()["count"], 2);
            assert_eq!(list.other()["next"], Value::Null);
        }
    }

    #[test]
    fn a_usual_name_that_holds_no_array_is_kept_as_another_member() {
        let list = read(r#"{"items":2,"data":{"a":[]},"value":[7]}"#).unwrap();
        assert_eq!(list.items(), [7]);
        assert_eq!(list.other()["items"], 2);
        assert!(list.other()["data"].is_object());
    }

    #[test]
    fn a_second_array_is_kept_as_another_member() {
        let list = read(r#"{"items":[1],"value":["x"]}"#).unwrap();
        assert_eq!(list.items(), [1]);
        assert_eq!(list.other()["value"][0], "x");
    }

    #[test]
    fn an_object_without_an_array_says_what_it_holds() {
        let error = read(r#"{"assetz":[],"total":0}"#).unwrap_err().to_string();
        assert!(error.contains("assetz, total"), "{error}");
    }

    #[test]
    fn a_list_is_written_in_the_form_it_came_in() {
        for json in ["[1,2]", r#"{"items":[1,2],"next":"n"}"#, "[]"] {
            assert_eq!(serde_json::to_string(&read(json).unwrap()).unwrap(), json);
        }
    }

    #[test]
    fn an_error_keeps_its_place() {
        for (json, place) in [
            (r#"[1,"x"]"#, "[1]"),
            (r#"{"items":[1,2,"x"]}"#, "items[2]"),
        ] {
            let mut json = serde_json::Deserializer::from_str(json);
            let error = serde_path_to_error::deserialize::<_, List<u8>>(&mut json).unwrap_err();
            assert_eq!(error.path().to_string(), place);
        }
    }
}
