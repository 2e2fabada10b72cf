//! The files of a large client.
//!
//! The root keeps the client and its general methods. Each tag has a file with the methods and
//! the requests of its operations, and the types have one or several. The public paths are those
//! of a client in one file: `builder` and `types` re-export what their files contain.

mod groups;
mod imports;
mod list;
mod parts;
mod requests;
mod types;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::{Context, Result};
use crate::rust::name_of_type;

/// The length of a client in lines above which it is split.
pub(super) const MAX_CLIENT: usize = 1_500;

/// The files of a client.
pub(super) struct Layout {
    pub(super) root: syn::File,
    /// The other files, by their paths in the root's folder: `types.rs`, `types/shared.rs`.
    pub(super) parts: BTreeMap<String, syn::File>,
}

/// Splits a client whose names are not shortened.
///
/// # Errors
/// An item has an unknown form.
pub(super) fn split(file: syn::File, document: &Value) -> Result<Layout> {
    limited(file, document, parts::MAX_FILE)
}

/// Splits a client into files of at most `max` lines.
fn limited(file: syn::File, document: &Value, max: usize) -> Result<Layout> {
    let groups = groups::of(document);
    let mut root = syn::File {
        items: Vec::new(),
        ..file
    };
    let mut parts = BTreeMap::new();
    let mut methods = Vec::new();
    let mut builder = None;
    let mut types_module = None;
    for item in file.items {
        match item {
            syn::Item::Const(list) if list.ident == "OPERATIONS" => {
                root.items.insert(
                    0,
                    syn::parse_quote!(
                        pub use operations::OPERATIONS;
                    ),
                );
                parts.extend(list::split(list, max)?);
            }
            syn::Item::Impl(mut block)
                if block.trait_.is_none()
                    && name_of_type(&block.self_ty).as_deref() == Some("Client") =>
            {
                let of_operation = |item: &syn::ImplItem| matches!(item, syn::ImplItem::Fn(it) if groups.contains_key(&it.sig.ident.to_string()));
                let (own, general) = block.items.into_iter().partition(of_operation);
                methods = own;
                block.items = general;
                root.items.push(syn::Item::Impl(block));
            }
            syn::Item::Mod(module) if module.ident == "builder" => builder = Some(module),
            syn::Item::Mod(module) if module.ident == "types" => types_module = Some(module),
            item => root.items.push(item),
        }
    }
    let builder = builder.context("the client has no module `builder`")?;
    let types_module = types_module.context("the client has no module `types`")?;
    let requests = requests::split(methods, &builder, &groups, max)?;
    let types = types::split(types_module, &requests.types, max)?;
    let mut modules: Vec<String> = requests.files.keys().cloned().collect();
    modules.push("operations".to_owned());
    modules.sort_unstable();
    let mut declarations: Vec<syn::Item> = modules.iter().map(|it| declaration(it)).collect();
    declarations.push(types.declaration);
    let at = root
        .items
        .iter()
        .take_while(|it| matches!(it, syn::Item::Use(_)))
        .count();
    root.items.splice(at..at, declarations);
    root.items.push(requests.module);
    for (name, file) in requests.files {
        parts.insert(format!("{name}.rs"), file);
    }
    parts.extend(types.files);
    Ok(Layout { root, parts })
}

/// Returns the declaration of a private module with a file of its own.
fn declaration(name: &str) -> syn::Item {
    let name = quote::format_ident!("{name}");
    syn::parse_quote!(mod #name;)
}

fn file(items: &[syn::Item]) -> syn::File {
    syn::parse_quote!(#(#items)*)
}

#[cfg(test)]
mod tests;
