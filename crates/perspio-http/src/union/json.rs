//! JSON as a tree that nested unions share.
//!
//! A union that is nested in another one is decoded through serde, which passes a value to it
//! piece by piece: each level would copy everything below it. A [`Json`] therefore passes
//! itself as a whole to the union that asks for a newtype with the name [`HANDOVER`].

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use serde::de::value::{
    MapAccessDeserializer, MapDeserializer, SeqAccessDeserializer, SeqDeserializer,
};
use serde::de::{DeserializeOwned, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};
use serde_json::{Error, Value};

/// The limit of lists and objects that contain a value: that of `serde_json` for a text.
const MAX_DEPTH: usize = 128;

/// How many times the size of the whole tree the retries of variants may read.
const RETRIES: usize = 4;

/// The name of the newtype that a union asks its deserializer for.
const HANDOVER: &str = "$perspio_http::union";

thread_local! {
    /// The value that a deserializer passes to the visitor of a union. It is taken before
    /// anything else is decoded.
    static HANDED_OVER: RefCell<Option<Json>> = const { RefCell::new(None) };
}

/// A value in a tree of JSON.
#[derive(Clone)]
pub struct Json {
    node: Rc<Node>,
    /// How many nodes the retries may still read, shared by the whole tree.
    spare: Rc<Cell<usize>>,
}

struct Node {
    content: Content,
    /// The number of nodes, including those that it contains.
    size: usize,
}

enum Content {
    Leaf(Value),
    List(Vec<Rc<Node>>),
    Object(BTreeMap<String, Rc<Node>>),
}

/// Reads a value into a tree, or takes it from the tree that contains it.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
    deserializer.deserialize_newtype_struct(HANDOVER, Reader)
}

impl Json {
    fn new<E: serde::de::Error>(value: Value) -> Result<Self, E> {
        let node = Node::new(value, 0).ok_or_else(|| {
            E::custom(format_args!(
                "it nests more than {MAX_DEPTH} lists and objects"
            ))
        })?;
        Ok(Self {
            spare: Rc::new(Cell::new(node.size.saturating_mul(RETRIES))),
            node: Rc::new(node),
        })
    }

    /// Decodes the value of a variant, of which `make` makes the union.
    pub fn decode<V: DeserializeOwned, T>(&self, make: fn(V) -> T) -> Result<T, Error> {
        V::deserialize(self.clone()).map(make)
    }

    /// Reserves the reads of one more attempt to decode the value. Returns whether any were
    /// left.
    pub(super) fn pay_for_retry(&self) -> bool {
        let rest = self.spare.get().checked_sub(self.node.size);
        rest.inspect(|rest| self.spare.set(*rest)).is_some()
    }

    fn of(&self, node: &Rc<Node>) -> Self {
        Self {
            node: Rc::clone(node),
            spare: Rc::clone(&self.spare),
        }
    }

    /// Returns the value if it contains no others.
    pub(super) fn leaf(&self) -> Option<&Value> {
        match &self.node.content {
            Content::Leaf(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the items of a list.
    pub(super) fn items(&self) -> Option<impl Iterator<Item = Self> + '_> {
        match &self.node.content {
            Content::List(items) => Some(items.iter().map(|item| self.of(item))),
            _ => None,
        }
    }

    pub(super) fn is_object(&self) -> bool {
        matches!(self.node.content, Content::Object(_))
    }

    fn members(&self, all: &BTreeMap<String, Rc<Node>>) -> impl Iterator<Item = (String, Self)> {
        all.iter()
            .map(|(name, member)| (name.clone(), self.of(member)))
    }

    /// Returns a member of an object.
    pub(super) fn member(&self, name: &str) -> Option<Self> {
        match &self.node.content {
            Content::Object(members) => members.get(name).map(|member| self.of(member)),
            _ => None,
        }
    }
}

impl Node {
    /// Returns the tree of a value; none if it nests too deeply.
    fn new(value: Value, depth: usize) -> Option<Self> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut size: usize = 1;
        let mut inner = |value| {
            let node = Self::new(value, depth + 1)?;
            size = size.saturating_add(node.size);
            Some(Rc::new(node))
        };
        let content = match value {
            Value::Array(items) => {
                Content::List(items.into_iter().map(&mut inner).collect::<Option<_>>()?)
            }
            Value::Object(members) => {
                let members = members.into_iter();
                let nodes = members.map(|(name, value)| Some((name, inner(value)?)));
                Content::Object(nodes.collect::<Option<_>>()?)
            }
            leaf => Content::Leaf(leaf),
        };
        Some(Self { content, size })
    }
}

/// The visitor of a union.
struct Reader;

/// Implements the visit of a value that is not part of a tree.
macro_rules! plain {
    ($($visit:ident: $of:ty),+) => {$(
        fn $visit<E: serde::de::Error>(self, value: $of) -> Result<Json, E> {
            Json::new(value.into())
        }
    )+};
}

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    plain!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);
    plain!(visit_str: &str, visit_string: String);

    fn visit_unit<E: serde::de::Error>(self) -> Result<Json, E> {
        match HANDED_OVER.take() {
            Some(json) => Ok(json),
            None => Json::new(Value::Null),
        }
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Json, E> {
        Json::new(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Json, D::Error> {
        read(inner)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<Json, D::Error> {
        Json::new(Value::deserialize(inner)?)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Json, A::Error> {
        Json::new(Value::deserialize(SeqAccessDeserializer::new(items))?)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Json, A::Error> {
        Json::new(Value::deserialize(MapAccessDeserializer::new(members))?)
    }
}

impl<'de> Deserializer<'de> for Json {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.content {
            Content::Leaf(value) => value.clone().deserialize_any(visitor),
            Content::List(items) => {
                let items = items.iter().map(|item| self.of(item));
                SeqDeserializer::new(items).deserialize_any(visitor)
            }
            Content::Object(members) => {
                MapDeserializer::new(self.members(members)).deserialize_any(visitor)
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.leaf() {
            Some(Value::Null) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == HANDOVER {
            HANDED_OVER.set(Some(self));
            visitor.visit_unit()
        } else {
            visitor.visit_newtype_struct(self)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.node.content {
            Content::Leaf(value) => value.clone().deserialize_enum(name, variants, visitor),
            Content::List(_) => self.deserialize_any(visitor),
            Content::Object(members) => {
                let members = MapDeserializer::new(self.members(members));
                visitor.visit_enum(MapAccessDeserializer::new(members))
            }
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string
        bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier
    }
}

impl IntoDeserializer<'_, Error> for Json {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_union_inside_of_another_one_shares_its_tree() {
        let outer = read(serde_json::json!({"a": [1]})).unwrap();
        let member = outer.member("a").unwrap();
        let inner = read(member.clone()).unwrap();
        assert!(Rc::ptr_eq(&inner.node, &member.node));
        assert!(Rc::ptr_eq(&inner.spare, &outer.spare));
    }
}
