//! The public API of a generated client as a list of what a program can name:
//! what a review reads, and what `cargo xtask diff` compares.
//!
//! It is read from the generated code, not from the document: whatever the
//! generator makes of a change, this shows it.

mod operations;
mod read;
mod rust;
mod text;
mod types;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use operations::id_in_call;

/// All that a generated client offers.
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
    /// The trait whose method it is.
    pub(crate) owner: String,
    /// Its id in the list of operations.
    pub(crate) id: String,
    /// The type that the method gives.
    pub(crate) builder: String,
    /// What the list of operations says beside method and path.
    pub(crate) marks: Vec<String>,
    /// The builder's setters, by name.
    pub(crate) setters: BTreeMap<String, Setter>,
    /// What `send` gives.
    pub(crate) success: String,
    /// What the error of `send` may hold.
    pub(crate) failure: String,
    /// The statuses of the document, by the media types of their bodies.
    pub(crate) answers: BTreeMap<String, Vec<String>>,
    /// What the builder can do beyond, and its traits.
    pub(crate) others: BTreeSet<String>,
}

/// A setter of an operation's builder.
#[derive(Debug, PartialEq)]
pub(crate) struct Setter {
    /// What it takes, or what that can be made of.
    pub(crate) kind: String,
    /// The call fails without it.
    pub(crate) needed: bool,
    /// Where the value goes: `query pageSize`, or the body's media type.
    pub(crate) wire: String,
}

/// A generated type.
#[derive(Debug)]
pub(crate) struct Type {
    pub(crate) shape: Shape,
    /// Programs elsewhere can neither write it out nor match all of it.
    pub(crate) non_exhaustive: bool,
    /// What serde is told about the whole.
    pub(crate) serde: Vec<String>,
    /// Derived or implemented.
    pub(crate) traits: BTreeSet<String>,
    /// Its public functions.
    pub(crate) functions: BTreeSet<String>,
    /// The values that it refuses, in the generator's words.
    pub(crate) refuses: BTreeSet<String>,
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
    pub(crate) kind: String,
    pub(crate) public: bool,
    /// Its name in JSON; none if it holds all members without a name.
    pub(crate) wire: Option<String>,
    /// A builder fails without it.
    pub(crate) needed: bool,
    /// What else serde is told about it.
    pub(crate) serde: Vec<String>,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Variant {
    pub(crate) name: String,
    /// Its text in JSON, if it is one.
    pub(crate) wire: String,
    pub(crate) members: Vec<Member>,
    pub(crate) serde: Vec<String>,
}

impl Shape {
    /// The word for it.
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
