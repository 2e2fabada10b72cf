//! The files of operations: their methods and the builders of their requests.

use std::collections::{BTreeMap, BTreeSet};

use quote::format_ident;
use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};

use super::parts;
use crate::error::{Context, Result, fail};
use crate::generate::documentation::text_of;
use crate::generate::types::OfTypes;
use crate::model::builder_name;
use crate::rust::{content, name_of_type, names};

/// The files of all operations.
pub(super) struct Requests {
    /// By the names of their modules.
    pub(super) files: BTreeMap<String, syn::File>,
    /// The module `builder`, which re-exports the builders.
    pub(super) module: syn::Item,
    /// The types that the operations of each group name.
    pub(super) types: BTreeMap<String, BTreeSet<String>>,
}

/// An operation: its method, and the items of its builder.
struct Operation {
    method: syn::ImplItem,
    builder: Vec<syn::Item>,
}

/// Splits the methods of operations and the module `builder` by the groups of the operations.
pub(super) fn split(
    methods: Vec<syn::ImplItem>,
    module: &syn::ItemMod,
    groups: &BTreeMap<String, String>,
    max: usize,
) -> Result<Requests> {
    let mut builders: BTreeMap<String, Vec<syn::Item>> = BTreeMap::new();
    for item in content(module) {
        let owner = match item {
            syn::Item::Use(_) => continue,
            syn::Item::Struct(item) => Some(item.ident.to_string()),
            syn::Item::Impl(block) => name_of_type(&block.self_ty),
            _ => None,
        };
        let owner = owner.context("`builder` has an item of an unknown form")?;
        builders.entry(owner).or_default().push(item.clone());
    }
    let mut by_group: BTreeMap<&str, Vec<(Operation, usize)>> = BTreeMap::new();
    let mut types: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for method in methods {
        let syn::ImplItem::Fn(function) = &method else {
            continue;
        };
        let name = function.sig.ident.to_string();
        let group = groups.get(&name).context("an operation has no group")?;
        let builder = builders
            .remove(&builder_name(&name))
            .context(format_args!("{name} has no builder"))?;
        let mut named = OfTypes::default();
        for item in &builder {
            named.visit_item(item);
        }
        types
            .entry(group.clone())
            .or_default()
            .extend(named.0.into_keys());
        let mut items = builder.clone();
        items.push(syn::parse_quote!(impl super::Client { #method }));
        let operation = Operation { method, builder };
        by_group
            .entry(group)
            .or_default()
            .push((operation, parts::lines(&items)));
    }
    if let Some(name) = builders.into_keys().next() {
        return fail(format_args!("builder::{name} belongs to no operation"));
    }
    let mut taken: BTreeSet<String> = groups.values().cloned().collect();
    let mut files = BTreeMap::new();
    for (group, operations) in by_group {
        let of_group = parts::limited(operations, max);
        let names = parts::names(group, of_group.len(), &mut taken);
        files.extend(names.into_iter().zip(of_group.into_iter().map(file)));
    }
    let modules = files.keys().map(|name| format_ident!("{name}"));
    let attributes = &module.attrs;
    let module = syn::parse_quote! {
        #(#attributes)*
        pub mod builder {
            #(pub use super::#modules::*;)*
        }
    };
    Ok(Requests {
        files,
        module,
        types,
    })
}

fn file(operations: Vec<Operation>) -> syn::File {
    let (mut methods, builders): (Vec<_>, Vec<_>) = operations
        .into_iter()
        .map(|operation| (operation.method, operation.builder))
        .unzip();
    let builders: Vec<_> = builders.into_iter().flatten().collect();
    let mut types = OfTypes::default();
    for item in &builders {
        types.visit_item(item);
    }
    let names_types = !types.0.is_empty();
    for method in &mut methods {
        Here { names_types }.visit_impl_item_mut(method);
    }
    let import: Option<syn::Item> = names_types.then(|| {
        syn::parse_quote!(
            use super::types;
        )
    });
    syn::parse_quote! {
        #import
        use perspio_http::rt;

        impl super::Client {
            #(#methods)*
        }

        #(#builders)*
    }
}

/// Names builders and types as the file of the operations does.
struct Here {
    /// Whether the code names types. An import for links only would be unused.
    names_types: bool,
}

impl VisitMut for Here {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        if names(path).first().is_some_and(|first| first == "builder") {
            path.segments = path.segments.iter().skip(1).cloned().collect();
        }
    }

    fn visit_attribute_mut(&mut self, attribute: &mut syn::Attribute) {
        let Some(text) =
            text_of(attribute).filter(|it| !self.names_types && it.contains("[`types::"))
        else {
            return;
        };
        let mut linked = String::new();
        let mut rest = text.as_str();
        while let Some((before, name)) = rest.split_once("[`types::") {
            linked.push_str(before);
            rest = name;
            match name.split_once("`]") {
                Some((name, after)) if syn::parse_str::<syn::Ident>(name).is_ok() => {
                    linked.extend(["[`types::", name, "`](super::types::", name, ")"]);
                    rest = after;
                }
                _ => linked.push_str("[`types::"),
            }
        }
        linked.push_str(rest);
        *attribute = syn::parse_quote!(#[doc = #linked]);
    }
}
