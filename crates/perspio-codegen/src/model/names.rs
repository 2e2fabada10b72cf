//! The names of the methods and builders that progenitor generates.

use heck::{ToPascalCase, ToSnakeCase};

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
