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
        for name in types(&items(Path::new(path))?) {
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

/// Returns the items of a file. Modules with a file of their own have their content.
fn items(path: &Path) -> Result<Vec<Item>, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", path.display());
    let mut items = syn::parse_file(&std::fs::read_to_string(path)?)?.items;
    for item in &mut items {
        if let Item::Mod(module) = item
            && module.content.is_none()
        {
            let file = path.with_extension("").join(format!("{}.rs", module.ident));
            module.content = Some((syn::token::Brace::default(), self::items(&file)?));
        }
    }
    Ok(items)
}

/// Returns the public types of `mod types`, also those of its private modules, which it
/// re-exports.
fn types(items: &[Item]) -> Vec<String> {
    let module = items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_ref(),
        _ => None,
    });
    let mut names = Vec::new();
    let mut open: Vec<&Item> = module.into_iter().flat_map(|(_, items)| items).collect();
    while let Some(item) = open.pop() {
        let (visibility, name) = match item {
            Item::Struct(item) => (&item.vis, &item.ident),
            Item::Enum(item) => (&item.vis, &item.ident),
            Item::Type(item) => (&item.vis, &item.ident),
            Item::Mod(module) if matches!(module.vis, Visibility::Inherited) => {
                open.extend(module.content.iter().flat_map(|(_, items)| items));
                continue;
            }
            _ => continue,
        };
        if matches!(visibility, Visibility::Public(_)) {
            names.push(name.to_string());
        }
    }
    names.sort_unstable();
    names
}
