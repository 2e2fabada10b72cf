//! Reads the surface from a generated file.

use std::collections::BTreeSet;

use quote::ToTokens;
use serde_json::Value;

use super::rust::{Writer, compact};
use super::{Surface, operations, types};
use crate::error::{Result, ensure};
use crate::model::servers;
use crate::rust::{content, is_public, name_of_type};

impl Surface {
    /// Reads the surface of a generated client, and of its document where each parameter
    /// is sent.
    pub fn read(file: &syn::File, document: &Value) -> Result<Self> {
        let mut surface = Self::default();
        let names = names_of_types(&file.items);
        let writer = Writer {
            types: &names,
            module: "",
        };
        let (mut rows, mut of_requests) = (None, None);
        for item in &file.items {
            match item {
                syn::Item::Mod(module) => {
                    let items = content(module);
                    match module.ident.to_string().as_str() {
                        "types" => types::read(items, &names, &mut surface),
                        "builder" => of_requests = Some(items),
                        name => surface.note(&format!("{name}::"), items, &writer),
                    }
                }
                syn::Item::Const(list) if list.ident == "OPERATIONS" => {
                    surface.others.insert("const OPERATIONS".to_owned());
                    rows = Some(list);
                }
                syn::Item::Const(list) if list.ident == "SERVERS" => {
                    surface.others.insert("const SERVERS".to_owned());
                    // A program sets the URL by the name.
                    let servers = servers(document)?.into_iter();
                    surface
                        .others
                        .extend(servers.map(|server| format!("server {}", server.name)));
                }
                syn::Item::Impl(block)
                    if block.trait_.is_none()
                        && name_of_type(&block.self_ty).as_deref() == Some("Client") =>
                {
                    operations::methods(block, &writer, &mut surface);
                }
                item => surface.note("", std::slice::from_ref(item), &writer),
            }
        }
        // The builders need the types, and the list needs the ids of the builders.
        if let Some(items) = of_requests {
            operations::builders(items, &writer, &mut surface);
        }
        if let Some(rows) = rows {
            operations::list(rows, &mut surface);
        }
        surface.fold_builders();
        operations::encodings(document, &mut surface);
        for (name, operation) in &surface.operations {
            ensure(
                !operation.method.is_empty() && !operation.success.is_empty(),
                format_args!("{name}: the generated operation has an unknown form"),
            )?;
        }
        Ok(surface)
    }

    /// Replaces the lines that every builder of a type has by one line of the type.
    fn fold_builders(&mut self) {
        for (path, ty) in &mut self.types {
            let name = path.trim_start_matches("types::");
            let function = format!("fn builder() -> builder::{name}");
            let usual = [
                format!("struct types::builder::{name}"),
                format!("impl TryFrom<types::builder::{name}> for {path}"),
            ];
            if ty.functions.contains(&function)
                && usual.iter().all(|line| self.others.contains(line))
            {
                ty.functions.remove(&function);
                self.others.retain(|line| !usual.contains(line));
                let folded =
                    format!("builder() -> types::builder::{name}, a setter for each member");
                ty.functions.insert(folded);
            }
        }
    }

    /// Notes every public item in a line of its own.
    pub(super) fn note(&mut self, prefix: &str, items: &[syn::Item], writer: &Writer<'_>) {
        for item in items {
            match item {
                syn::Item::Impl(block) => {
                    self.others.extend(of_impl(block, writer));
                }
                syn::Item::Use(import) if is_public(&import.vis) => {
                    for name in imported(&import.tree, "") {
                        let name = name.trim_start_matches("super::");
                        self.others.insert(format!("use {prefix}{name}"));
                    }
                }
                syn::Item::Struct(item) if is_public(&item.vis) => {
                    self.others.insert(format!("struct {prefix}{}", item.ident));
                    for derived in types::derives(&item.attrs) {
                        self.others
                            .insert(format!("impl {derived} for {prefix}{}", item.ident));
                    }
                    for field in item.fields.iter().filter(|field| is_public(&field.vis)) {
                        let name = field.ident.as_ref().map(ToString::to_string);
                        self.others.insert(format!(
                            "{prefix}{}.{}: {}",
                            item.ident,
                            name.unwrap_or_default(),
                            writer.line(&field.ty)
                        ));
                    }
                }
                syn::Item::Mod(module) if is_public(&module.vis) => {
                    self.note(
                        &format!("{prefix}{}::", module.ident),
                        content(module),
                        writer,
                    );
                }
                item => {
                    let line = head(item);
                    if line.starts_with("pub ") {
                        self.others.insert(format!("{prefix}{line}"));
                    }
                }
            }
        }
    }
}

/// Returns the lines of a block: its trait, or its public functions.
pub(super) fn of_impl(block: &syn::ItemImpl, writer: &Writer<'_>) -> Vec<String> {
    let owner = writer.line(&*block.self_ty);
    if let Some((name, _)) = &block.trait_ {
        return vec![format!("impl {} for {owner}", writer.line(name))];
    }
    let functions = block.items.iter().filter_map(|item| match item {
        syn::ImplItem::Fn(function) if is_public(&function.vis) => Some(function),
        _ => None,
    });
    functions
        .map(|function| format!("{owner}: {}", writer.line(&function.sig)))
        .collect()
}

/// Returns the names of the structs and enums in `mod types`.
fn names_of_types(items: &[syn::Item]) -> BTreeSet<String> {
    let modules = items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) if module.ident == "types" => Some(content(module)),
        _ => None,
    });
    let names = modules.flatten().filter_map(|item| match item {
        syn::Item::Struct(item) => Some(item.ident.to_string()),
        syn::Item::Enum(item) => Some(item.ident.to_string()),
        _ => None,
    });
    names.collect()
}

/// Returns the full names that a `use` imports.
fn imported(tree: &syn::UseTree, prefix: &str) -> Vec<String> {
    match tree {
        syn::UseTree::Path(path) => imported(&path.tree, &format!("{prefix}{}::", path.ident)),
        syn::UseTree::Group(group) => group
            .items
            .iter()
            .flat_map(|tree| imported(tree, prefix))
            .collect(),
        tree => vec![format!(
            "{prefix}{}",
            compact(&tree.to_token_stream().to_string())
        )],
    }
}

/// Returns the code of any other item, without its attributes.
fn head(item: &syn::Item) -> String {
    let mut item = item.clone();
    match &mut item {
        syn::Item::Const(item) => item.attrs.clear(),
        syn::Item::Fn(item) => item.attrs.clear(),
        syn::Item::Static(item) => item.attrs.clear(),
        syn::Item::Type(item) => item.attrs.clear(),
        syn::Item::Trait(item) => item.attrs.clear(),
        syn::Item::Enum(item) => item.attrs.clear(),
        _ => {}
    }
    compact(&item.to_token_stream().to_string())
}
