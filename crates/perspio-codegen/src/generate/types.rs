//! Passes over the module `types` of progenitor, each with the limitation that it works
//! around.

mod attributes;
mod builders;
mod dates;
mod documentation;
mod empty_lists;
mod error;
mod implementations;
mod members;
mod nullable;
mod order;
mod unions;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use syn::visit::{self, Visit};

use crate::error::{Context, Result, fail};
use crate::rust::{implemented, name_of_type, names, path_is};
pub(super) use members::json_name;

/// The parts of the module `types`.
pub(super) struct Types {
    /// Attributes and name of the module.
    module: syn::ItemMod,
    /// Structs, enums and their implementations, in progenitor's order.
    items: Vec<syn::Item>,
    /// The builders of structs, by the names of the structs.
    builders: BTreeMap<String, builders::Builder>,
    /// The module of errors, and that of functions that return default values.
    modules: Vec<syn::ItemMod>,
}

/// Runs every pass.
///
/// `sent` are the types that the builders of requests store, each with whether its own builder
/// is stored. Callers make values of these and of the types that they contain.
pub(super) fn run(
    module: syn::ItemMod,
    sent: &BTreeMap<String, bool>,
    document: &Value,
) -> Result<syn::ItemMod> {
    let mut types = Types::read(module)?;
    members::name(&mut types);
    order::run(&mut types, document);
    let built = types.reachable(sent.keys());
    members::keep_absent(&mut types)?;
    let optional = empty_lists::run(&mut types)?;
    nullable::run(&mut types, &built, document)?;
    members::check_open(&types, document)?;
    types
        .builders
        .retain(|name, _| built.contains(name.as_str()));
    let builders = builders::write(&mut types, sent, &optional)?;
    implementations::run(&mut types, &built)?;
    unions::run(&mut types, document);
    dates::run(&mut types);
    attributes::run(&mut types, &built)?;
    documentation::run(&mut types, document);
    let mut module = types.module;
    let mut items = types.items;
    items.extend(builders.map(syn::Item::Mod));
    items.extend(types.modules.into_iter().map(syn::Item::Mod));
    error::run(&mut items)?;
    module.attrs = vec![syn::parse_quote!(#[doc = " The types of parameters and bodies."])];
    module.content = Some((syn::token::Brace::default(), items));
    Ok(module)
}

impl Types {
    fn read(mut module: syn::ItemMod) -> Result<Self> {
        let (_, all) = module
            .content
            .take()
            .context("the module `types` is empty")?;
        let mut types = Self {
            module,
            items: Vec::new(),
            builders: BTreeMap::new(),
            modules: Vec::new(),
        };
        for item in all {
            match item {
                syn::Item::Mod(inner) if inner.ident == "builder" => {
                    types.builders = builders::read(&inner)?;
                }
                syn::Item::Mod(inner) if inner.ident == "error" || inner.ident == "defaults" => {
                    types.modules.push(inner);
                }
                syn::Item::Struct(_) | syn::Item::Enum(_) | syn::Item::Impl(_) => {
                    types.items.push(item);
                }
                other => fail(format_args!(
                    "`types` has an item of an unknown form, adapt the passes: {}",
                    super::format::excerpt(&other)
                ))?,
            }
        }
        Ok(types)
    }

    /// Returns the structs, mutably.
    fn structs_mut(&mut self) -> impl Iterator<Item = &mut syn::ItemStruct> {
        self.items.iter_mut().filter_map(|item| match item {
            syn::Item::Struct(item) => Some(item),
            _ => None,
        })
    }

    /// Returns the types `sent`, and every type that a value of one of them contains.
    fn reachable<'a>(&self, sent: impl Iterator<Item = &'a String>) -> BTreeSet<String> {
        let mut contained = BTreeMap::new();
        for item in &self.items {
            let name = match item {
                syn::Item::Struct(item) => item.ident.to_string(),
                syn::Item::Enum(item) => item.ident.to_string(),
                _ => continue,
            };
            let mut named = Named::default();
            named.visit_item(item);
            contained.insert(name, named.0);
        }
        let mut found = BTreeSet::new();
        let mut open: Vec<String> = sent.cloned().collect();
        while let Some(name) = open.pop() {
            if let Some(inner) = contained.get(&name)
                && found.insert(name)
            {
                open.extend(inner.iter().cloned());
            }
        }
        found
    }
}

/// The types that code names by one identifier: those of its own module.
#[derive(Default)]
struct Named(BTreeSet<String>);

impl<'ast> Visit<'ast> for Named {
    fn visit_type_path(&mut self, ty: &'ast syn::TypePath) {
        visit::visit_type_path(self, ty);
        self.0.extend(ty.path.get_ident().map(ToString::to_string));
    }
}

/// The types that code names as `types::…` or `types::builder::…`, each with whether it is named
/// in the second way.
#[derive(Default)]
pub(super) struct OfTypes(pub(super) BTreeMap<String, bool>);

impl<'ast> Visit<'ast> for OfTypes {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        visit::visit_path(self, path);
        let names = names(path);
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let (name, is_builder) = match names.as_slice() {
            ["types", name] => (*name, false),
            ["types", "builder", name] => (*name, true),
            _ => return,
        };
        *self.0.entry(name.to_owned()).or_default() |= is_builder;
    }
}

/// Returns whether an item implements a trait with this last identifier for a type.
fn implements(item: &syn::Item, name: &str, of: &str) -> bool {
    matches!(item, syn::Item::Impl(block)
        if implemented(block).as_deref() == Some(name)
            && name_of_type(&block.self_ty).as_deref() == Some(of))
}

/// Returns whether an attribute derives a trait with this path.
fn derives(attribute: &syn::Attribute, path: &[&str]) -> bool {
    crate::rust::derived(attribute)
        .iter()
        .any(|it| path_is(it, path))
}
