//! The public API of a generated client as a list of names, for reviews and for
//! `diff`.
//!
//! It is read from the generated code, not from the document, so that it shows the effect
//! of a change.

mod operations;
mod read;
mod rust;
mod text;
mod types;

use std::collections::{BTreeMap, BTreeSet};

pub use operations::{operation_id, success};

/// The public API of a generated client.
#[derive(Debug, Default)]
pub struct Surface {
    /// By the name of their method.
    pub operations: BTreeMap<String, Operation>,
    /// By their path, `types::Asset`.
    pub types: BTreeMap<String, Type>,
    /// Every other public item, one line each.
    pub others: BTreeSet<String>,
}

/// A method of the client and its builder.
#[derive(Debug, Default)]
pub struct Operation {
    pub method: String,
    pub path: String,
    /// The type that has the method.
    pub owner: String,
    /// Its id in the list of operations.
    pub id: String,
    /// The type that the method returns.
    pub builder: String,
    /// Provenance and properties in the list of operations.
    pub marks: Vec<String>,
    /// The name of its server, if that is not the base URL.
    pub server: Option<String>,
    /// The builder's setters, by name.
    pub setters: BTreeMap<String, Setter>,
    /// The type of the response's body.
    pub success: String,
    /// The statuses of the document, by the media types of their bodies.
    pub responses: BTreeMap<String, Vec<String>>,
    /// The builder's other functions, and its traits.
    pub others: BTreeSet<String>,
}

/// A setter of an operation's builder.
#[derive(Debug, PartialEq)]
pub struct Setter {
    /// The type of its value, into which its argument is converted.
    pub ty: String,
    /// The call fails without it.
    pub required: bool,
    /// Where the value is sent: `query pageSize`, or the body's media type.
    pub sent_as: String,
}

/// A generated type.
#[derive(Debug)]
pub struct Type {
    pub shape: Shape,
    /// Other crates can neither write it out nor match all of it.
    pub non_exhaustive: bool,
    /// Its serde attributes.
    pub serde: Vec<String>,
    /// Derived or implemented.
    pub traits: BTreeSet<String>,
    /// Its public functions.
    pub functions: BTreeSet<String>,
    /// Why it rejects values, in the generator's words.
    pub rejects: BTreeSet<String>,
}

#[derive(Debug, PartialEq)]
pub enum Shape {
    Struct(Vec<Member>),
    Tuple(Vec<Member>),
    Enum(Vec<Variant>),
}

/// A member of a struct, a tuple or a variant.
#[derive(Debug, PartialEq)]
pub struct Member {
    pub name: String,
    pub ty: String,
    pub public: bool,
    /// Its name in JSON; none for the map of unnamed members.
    pub json_name: Option<String>,
    /// A builder fails without it.
    pub required: bool,
    /// Its other serde attributes.
    pub serde: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub struct Variant {
    pub name: String,
    /// Its text in JSON, if it is a string.
    pub json_name: String,
    pub members: Vec<Member>,
    pub serde: Vec<String>,
}

impl Shape {
    /// Returns the keyword.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Struct(_) => "struct",
            Self::Tuple(_) => "tuple",
            Self::Enum(_) => "enum",
        }
    }
}

impl Type {
    pub fn members(&self) -> &[Member] {
        match &self.shape {
            Shape::Struct(members) | Shape::Tuple(members) => members,
            Shape::Enum(_) => &[],
        }
    }
}

#[cfg(test)]
mod tests;
