//! The names of the methods, builders and types that progenitor generates.

use std::collections::BTreeSet;

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value;

use crate::document::walk;

/// Returns the name of progenitor's method for an operation with this id, and of a parameter
/// with this name.
pub fn method_name(id: &str) -> String {
    let name = match id {
        "+1" => "plus1".to_owned(),
        "-1" => "minus1".to_owned(),
        _ => plain(id).to_snake_case(),
    };
    // `gen` is a keyword of this edition only.
    if name == "gen" {
        return "gen_".to_owned();
    }
    identifier(name, "x")
}

/// Returns the name of progenitor's builder for the method `name`.
pub fn builder_name(name: &str) -> String {
    identifier(plain(name).to_pascal_case(), "X")
}

/// Returns the names of the types of a document's components.
pub(crate) fn type_names(document: &Value) -> BTreeSet<String> {
    let components = walk::components(document).into_iter().flatten();
    components.map(|(name, _)| name.to_pascal_case()).collect()
}

/// Returns a name of a component whose type is not taken, and takes it: `name`, with as many `V` at
/// its end as necessary.
pub(crate) fn free_type_name(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = name.to_owned();
    while !taken.insert(name.to_pascal_case()) {
        name.push('V');
    }
    name
}

fn plain(id: &str) -> String {
    let stays = |letter: char| letter.is_alphanumeric() || letter == '_';
    id.replace('\'', "").replace(|letter| !stays(letter), "-")
}

fn identifier(name: String, of_nothing: &str) -> String {
    let name = match name {
        empty if empty.is_empty() => of_nothing.to_owned(),
        name if name.starts_with(char::is_alphabetic) => name,
        name => format!("_{name}"),
    };
    // A keyword gets an ending.
    if syn::parse_str::<syn::Ident>(&name).is_err() {
        format!("{name}_")
    } else {
        name
    }
}
