//! Generates a list of every type of the generated clients, so that the tests of all types
//! are complete.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use syn::{Item, Visibility};

/// The module and the file of each generated client.
const CLIENTS: [(&str, &str); 3] = [
    ("perspio", "../crates/perspio/src/generated.rs"),
    ("dispogas", "../crates/dispogas/src/generated.rs"),
    // The client of an imported document with every difficult construct.
    ("crate::imported::generated", "it/imported/generated.rs"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut calls = String::from("{\n");
    for (module, path) in CLIENTS {
        println!("cargo::rerun-if-changed={path}");
        let file = syn::parse_file(&std::fs::read_to_string(path)?)?;
        for name in types(&file.items) {
            writeln!(
                calls,
                "round_trips::<{module}::types::{name}>(\"{module}::types::{name}\");"
            )?;
        }
    }
    calls.push_str("}\n");
    let folder = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    std::fs::write(Path::new(&folder).join("every_type.rs"), calls)?;
    Ok(())
}

/// Returns the public types of `mod types`, without those of its submodules.
fn types(items: &[Item]) -> Vec<String> {
    let inner = items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_ref(),
        _ => None,
    });
    inner
        .flat_map(|(_, items)| items)
        .filter_map(|item| match item {
            Item::Struct(item) => Some((&item.vis, &item.ident)),
            Item::Enum(item) => Some((&item.vis, &item.ident)),
            Item::Type(item) => Some((&item.vis, &item.ident)),
            _ => None,
        })
        .filter(|(visibility, _)| matches!(visibility, Visibility::Public(_)))
        .map(|(_, name)| name.to_string())
        .collect()
}
