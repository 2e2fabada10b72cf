//! The files of types: one, or if it is too long, one for the types of each group of operations,
//! and those of several groups in `types/shared.rs`.

use std::collections::{BTreeMap, BTreeSet};

use quote::format_ident;
use syn::visit::{self, Visit};

use super::{imports, parts};
use crate::error::{Context, Result};
use crate::generate::documentation::doc;
use crate::rust::{content, path_of_type, type_arguments};

/// The module of types that belong to several groups, or to none.
const SHARED: &str = "shared";

/// The files of the module `types`.
pub(super) struct TypeFiles {
    /// Its declaration in the root.
    pub(super) declaration: syn::Item,
    pub(super) files: BTreeMap<String, syn::File>,
}

/// A type with its implementations, and the items of its builder.
struct Type {
    name: String,
    items: Vec<syn::Item>,
    builder: Vec<syn::Item>,
}

/// Splits the module `types`. `groups` are the types that each group of operations names.
pub(super) fn split(
    mut module: syn::ItemMod,
    groups: &BTreeMap<String, BTreeSet<String>>,
    max: usize,
) -> Result<TypeFiles> {
    let items = module.content.take().map(|(_, items)| items);
    let items = items.context("the module `types` is empty")?;
    let attributes = &module.attrs;
    let declaration = syn::parse_quote!(#(#attributes)* pub mod types;);
    let files = if parts::lines(&items) <= max {
        [("types.rs".to_owned(), super::file(&items))].into()
    } else {
        files(items, groups, max)?
    };
    Ok(TypeFiles { declaration, files })
}

fn files(
    items: Vec<syn::Item>,
    groups: &BTreeMap<String, BTreeSet<String>>,
    max: usize,
) -> Result<BTreeMap<String, syn::File>> {
    let (types, modules) = read(items)?;
    let group_of = groups_of(&types, groups);
    let mut available: BTreeSet<String> = types.iter().map(|it| it.name.clone()).collect();
    let (builder, modules): (Vec<_>, Vec<_>) = modules
        .into_iter()
        .partition(|module| module.ident == "builder");
    available.extend(modules.iter().map(|module| module.ident.to_string()));
    let mut by_group: BTreeMap<&str, Vec<(Type, usize)>> = BTreeMap::new();
    for of_type in types {
        let group = group_of.get(&of_type.name).map_or(SHARED, String::as_str);
        let lines = parts::lines(&of_type.items) + parts::lines(&of_type.builder);
        by_group.entry(group).or_default().push((of_type, lines));
    }
    let mut taken: BTreeSet<String> = groups.keys().cloned().collect();
    let mut files = BTreeMap::new();
    let mut declarations: Vec<syn::Item> = Vec::new();
    let (mut all, mut with_builders) = (Vec::new(), Vec::new());
    for (group, types) in by_group {
        let types = parts::limited(types, max);
        let names = parts::names(group, types.len(), &mut taken);
        let is_numbered = names.len() > 1;
        for (name, types) in names.into_iter().zip(types) {
            let module = format_ident!("{name}");
            let range = range(&types).filter(|_| is_numbered).unwrap_or_default();
            declarations.push(syn::parse_quote!(#(#range)* mod #module;));
            let (part, has_builders) = part(types, &available);
            if has_builders {
                with_builders.push(module.clone());
            }
            all.push(module);
            files.insert(format!("types/{name}.rs"), part);
        }
    }
    for module in modules {
        if module.ident == "shapes" {
            let attributes = &module.attrs;
            declarations.push(syn::parse_quote!(#(#attributes)* mod shapes;));
            let shapes = super::file(content(&module));
            files.insert("types/shapes.rs".to_owned(), shapes);
        } else {
            declarations.push(syn::Item::Mod(module));
        }
    }
    let builder = builder.first().map(|module| -> syn::Item {
        let attributes = &module.attrs;
        syn::parse_quote! {
            #(#attributes)*
            pub mod builder {
                #(pub use super::#with_builders::builder::*;)*
            }
        }
    });
    let root = syn::parse_quote! {
        #(pub use #all::*;)*
        #(#declarations)*
        #builder
    };
    files.insert("types.rs".to_owned(), root);
    Ok(files)
}

/// Returns the documentation of a part that is one of several: its first and last type.
fn range(types: &[Type]) -> Option<Vec<syn::Attribute>> {
    let (first, last) = (&types.first()?.name, &types.last()?.name);
    Some(doc(&format!("From `{first}` to `{last}`.")))
}

/// Returns the types in their order, and the modules.
fn read(items: Vec<syn::Item>) -> Result<(Vec<Type>, Vec<syn::ItemMod>)> {
    let mut types = Vec::new();
    let mut position = BTreeMap::new();
    for item in &items {
        if let Some(name) = defined(item) {
            position.insert(name.clone(), types.len());
            types.push(Type {
                name,
                items: Vec::new(),
                builder: Vec::new(),
            });
        }
    }
    let tuples: BTreeSet<_> = items.iter().filter_map(tuple).collect();
    let position_of = |item: &syn::Item| {
        let owner = defined(item).or_else(|| owner(item, &position, &tuples));
        let position = owner.and_then(|owner| position.get(&owner).copied());
        position.context("`types` has an item that belongs to no type")
    };
    let mut modules = Vec::new();
    for item in items {
        match item {
            syn::Item::Mod(module) => {
                let of_builder = content(&module)
                    .iter()
                    .filter(|_| module.ident == "builder");
                for item in of_builder.filter(|it| !matches!(it, syn::Item::Use(_))) {
                    if let Some(owner) = types.get_mut(position_of(item)?) {
                        owner.builder.push(item.clone());
                    }
                }
                modules.push(module);
            }
            item => {
                if let Some(owner) = types.get_mut(position_of(&item)?) {
                    owner.items.push(item);
                }
            }
        }
    }
    Ok((types, modules))
}

fn defined(item: &syn::Item) -> Option<String> {
    match item {
        syn::Item::Struct(item) => Some(item.ident.to_string()),
        syn::Item::Enum(item) => Some(item.ident.to_string()),
        _ => None,
    }
}

fn tuple(item: &syn::Item) -> Option<String> {
    match item {
        syn::Item::Struct(item) if matches!(item.fields, syn::Fields::Unnamed(_)) => {
            Some(item.ident.to_string())
        }
        _ => None,
    }
}

/// Returns the type in whose file an implementation is: the type that implements, or of
/// `From<T>` the tuple `T` whose private member it reads.
fn owner(
    item: &syn::Item,
    types: &BTreeMap<String, usize>,
    tuples: &BTreeSet<String>,
) -> Option<String> {
    let syn::Item::Impl(block) = item else {
        return None;
    };
    let known = |ty: &syn::Type| {
        // A builder names its type through `super`.
        let path = path_of_type(ty).filter(|path| {
            path.segments.len() == 1 || path.segments.first().is_some_and(|it| it.ident == "super")
        })?;
        let name = path.segments.last()?.ident.to_string();
        types.contains_key(&name).then_some(name)
    };
    let argument = block.trait_.as_ref().and_then(|(path, _)| {
        let of_trait: syn::Type = syn::parse_quote!(#path);
        type_arguments(&of_trait).into_iter().find_map(known)
    });
    let read = argument
        .clone()
        .filter(|it| tuples.contains(it) && reads_tuple(block));
    read.or_else(|| known(&block.self_ty)).or(argument)
}

fn reads_tuple(block: &syn::ItemImpl) -> bool {
    struct Reads(bool);
    impl<'ast> Visit<'ast> for Reads {
        fn visit_expr_field(&mut self, field: &'ast syn::ExprField) {
            visit::visit_expr_field(self, field);
            self.0 |= matches!(field.member, syn::Member::Unnamed(_));
        }
    }
    let mut reads = Reads(false);
    reads.visit_item_impl(block);
    reads.0
}

/// Returns the group of each type that the operations of one group only contain.
fn groups_of(
    types: &[Type],
    groups: &BTreeMap<String, BTreeSet<String>>,
) -> BTreeMap<String, String> {
    let all: BTreeSet<String> = types.iter().map(|it| it.name.clone()).collect();
    let contained: BTreeMap<&str, BTreeSet<String>> = types
        .iter()
        .map(|Type { name, items, .. }| {
            let definition = items.iter().filter(|it| defined(it).is_some());
            let definition: Vec<_> = definition.cloned().collect();
            let mut named = imports::used(&definition, &all);
            named.remove(name);
            (name.as_str(), named)
        })
        .collect();
    let mut of_type: BTreeMap<String, Option<&str>> = BTreeMap::new();
    for (group, named) in groups {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = named.iter().map(String::as_str).collect();
        while let Some(name) = open.pop() {
            if let Some(inner) = contained.get(name)
                && seen.insert(name)
            {
                open.extend(inner.iter().map(String::as_str));
                let several = of_type.contains_key(name);
                of_type.insert(name.to_owned(), (!several).then_some(group.as_str()));
            }
        }
    }
    let of_one = of_type.into_iter();
    of_one
        .filter_map(|(name, group)| Some((name, group?.to_owned())))
        .collect()
}

/// Returns the file of some types, and whether it has builders.
fn part(types: Vec<Type>, available: &BTreeSet<String>) -> (syn::File, bool) {
    let (mut items, mut builders) = (Vec::new(), Vec::new());
    for of_type in types {
        items.extend(of_type.items);
        builders.extend(of_type.builder);
    }
    let has_builders = !builders.is_empty();
    if has_builders {
        items.push(syn::parse_quote! {
            pub mod builder {
                use perspio_http::rt;

                #(#builders)*
            }
        });
    }
    let used = imports::used(&items, available);
    let names: Vec<_> = used.iter().map(|name| format_ident!("{name}")).collect();
    match names.as_slice() {
        [] => {}
        [name] => items.insert(0, syn::parse_quote!(use super::#name;)),
        names => items.insert(0, syn::parse_quote!(use super::{#(#names),*};)),
    }
    (super::file(&items), has_builders)
}
