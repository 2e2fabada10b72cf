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

pub(crate) use operations::{id_in_send, success};

/// The public API of a generated client.
#[derive(Debug, Default)]
pub(crate) struct Surface {
    /// By the name of their method.
    pub(crate) operations: BTreeMap<String, Operation>,
    /// By their path, `types::Asset`.
    pub(crate) types: BTreeMap<String, Type>,
    /// Every other public item, one line each.
    pub(crate) others: BTreeSet<String>,
}

/// A method of the client and its builder.
#[derive(Debug, Default)]
pub(crate) struct Operation {
    pub(crate) method: String,
    pub(crate) path: String,
    /// The type that has the method.
    pub(crate) owner: String,
    /// Its id in the list of operations.
    pub(crate) id: String,
    /// The type that the method returns.
    pub(crate) builder: String,
    /// Provenance and properties in the list of operations.
    pub(crate) marks: Vec<String>,
    /// The builder's setters, by name.
    pub(crate) setters: BTreeMap<String, Setter>,
    /// The type of the response's body.
    pub(crate) success: String,
    /// The statuses of the document, by the media types of their bodies.
    pub(crate) responses: BTreeMap<String, Vec<String>>,
    /// The builder's other functions, and its traits.
    pub(crate) others: BTreeSet<String>,
}

/// A setter of an operation's builder.
#[derive(Debug, PartialEq)]
pub(crate) struct Setter {
    /// The type of its value, into which its argument is converted.
    pub(crate) ty: String,
    /// The call fails without it.
    pub(crate) required: bool,
    /// Where the value is sent: `query pageSize`, or the body's media type.
    pub(crate) sent_as: String,
}

/// A generated type.
#[derive(Debug)]
pub(crate) struct Type {
    pub(crate) shape: Shape,
    /// Other crates can neither write it out nor match all of it.
    pub(crate) non_exhaustive: bool,
    /// Its serde attributes.
    pub(crate) serde: Vec<String>,
    /// Derived or implemented.
    pub(crate) traits: BTreeSet<String>,
    /// Its public functions.
    pub(crate) functions: BTreeSet<String>,
    /// Why it rejects values, in the generator's words.
    pub(crate) rejects: BTreeSet<String>,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Shape {
    Struct(Vec<Member>),
    Tuple(Vec<Member>),
    Enum(Vec<Variant>),
}

/// A member of a struct, a tuple or a variant.
#[derive(Debug, PartialEq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) ty: String,
    pub(crate) public: bool,
    /// Its name in JSON; none if it holds the members without a name.
    pub(crate) json_name: Option<String>,
    /// A builder fails without it.
    pub(crate) required: bool,
    /// Its other serde attributes.
    pub(crate) serde: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Variant {
    pub(crate) name: String,
    /// Its text in JSON, if it is a string.
    pub(crate) json_name: String,
    pub(crate) members: Vec<Member>,
    pub(crate) serde: Vec<String>,
}

impl Shape {
    /// The keyword.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Struct(_) => "struct",
            Self::Tuple(_) => "tuple",
            Self::Enum(_) => "enum",
        }
    }
}

impl Type {
    pub(crate) fn members(&self) -> &[Member] {
        match &self.shape {
            Shape::Struct(members) | Shape::Tuple(members) => members,
            Shape::Enum(_) => &[],
        }
    }
}

#[cfg(test)]
mod tests;
