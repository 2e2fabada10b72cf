//! Short names in generated code.
//!
//! progenitor names everything by its full path, so that no type of a document can shadow a
//! standard one. After this pass, a module names an item by its last identifier,
//! unless it has an item of the same name.

use std::collections::{BTreeMap, BTreeSet};

use quote::format_ident;
use syn::visit_mut::{self, VisitMut};

use crate::rust::{names, serde_members, value_of};

/// Items of the prelude.
const PRELUDE: [&str; 11] = [
    "std::boxed::Box",
    "std::convert::From",
    "std::convert::Into",
    "std::convert::TryFrom",
    "std::convert::TryInto",
    "std::default::Default",
    "std::option::Option",
    "std::result::Result",
    "std::string::String",
    "std::string::ToString",
    "std::vec::Vec",
];

/// Items that a module imports if it names them.
const IMPORTED: [&str; 24] = [
    "perspio_http::ApiRequest",
    "perspio_http::Budget",
    "perspio_http::CallOptions",
    "perspio_http::Download",
    "perspio_http::Error",
    "perspio_http::EventStream",
    "perspio_http::FilePart",
    "perspio_http::FormParts",
    "perspio_http::ItemStream",
    "perspio_http::Operation",
    "perspio_http::Provenance",
    "perspio_http::auth::TokenSource",
    "perspio_http::auth::http::Method",
    "perspio_http::rt::ACCEPT",
    "perspio_http::rt::ByteStream",
    "perspio_http::rt::CONTENT_TYPE",
    "perspio_http::rt::Constant",
    "perspio_http::rt::HeaderMap",
    "perspio_http::rt::HeaderValue",
    "perspio_http::rt::ResponseValue",
    "perspio_http::rt::Shape",
    "perspio_http::rt::Variant",
    "std::fmt::Debug",
    "std::fmt::Display",
];

/// Shortens the names of a file, module by module.
pub(super) fn shorten(file: &mut syn::File) {
    module(&mut file.items);
}

fn module(items: &mut Vec<syn::Item>) {
    let mut names = Names::of(items);
    for item in &mut *items {
        match item {
            syn::Item::Mod(inner) => {
                if let Some((_, items)) = &mut inner.content {
                    module(items);
                }
            }
            item => names.visit_item_mut(item),
        }
    }
    let imports = names.imports();
    let at = items
        .iter()
        .take_while(|it| matches!(it, syn::Item::Use(_)))
        .count();
    items.splice(at..at, imports);
}

/// The names of one module.
struct Names {
    taken: BTreeSet<String>,
    used: BTreeSet<&'static str>,
}

impl Names {
    fn of(items: &[syn::Item]) -> Self {
        let taken = items.iter().filter_map(|item| match item {
            syn::Item::Struct(item) => Some(&item.ident),
            syn::Item::Enum(item) => Some(&item.ident),
            syn::Item::Trait(item) => Some(&item.ident),
            syn::Item::Type(item) => Some(&item.ident),
            syn::Item::Mod(item) => Some(&item.ident),
            syn::Item::Const(item) => Some(&item.ident),
            _ => None,
        });
        let mut taken: BTreeSet<_> = taken.map(ToString::to_string).collect();
        for item in items {
            if let syn::Item::Use(item) = item {
                imported(&item.tree, &mut taken);
            }
        }
        Self {
            taken,
            used: BTreeSet::new(),
        }
    }

    /// Returns the number of segments that the last of them replaces.
    fn known(&mut self, code: &syn::Path) -> Option<usize> {
        let names = names(code);
        let starts = |known: &&&str| {
            let known = known.split("::");
            let count = known.clone().count();
            count <= names.len() && known.zip(&names).all(|(a, b)| a == b)
        };
        let (list, path) = [&PRELUDE[..], &IMPORTED[..]]
            .into_iter()
            .enumerate()
            .find_map(|(list, all)| Some((list, *all.iter().find(starts)?)))?;
        let name = path.rsplit("::").next()?;
        if self.taken.contains(name) {
            return None;
        }
        if list == 1 {
            self.used.insert(path);
        }
        Some(path.split("::").count())
    }

    fn shorten(&mut self, path: &mut syn::Path) {
        if let Some(count) = self.known(path) {
            path.leading_colon = None;
            path.segments = path.segments.iter().skip(count - 1).cloned().collect();
        } else if path
            .segments
            .first()
            .is_some_and(|first| !self.taken.contains(&first.ident.to_string()))
        {
            path.leading_colon = None;
        }
    }

    fn imports(&self) -> Vec<syn::Item> {
        let mut by_module: BTreeMap<&str, Vec<syn::Ident>> = BTreeMap::new();
        for path in &self.used {
            if let Some((module, name)) = path.rsplit_once("::") {
                by_module
                    .entry(module)
                    .or_default()
                    .push(format_ident!("{name}"));
            }
        }
        by_module
            .into_iter()
            .filter_map(|(module, names)| {
                let module: syn::Path = syn::parse_str(module).ok()?;
                Some(match names.as_slice() {
                    [name] => syn::parse_quote!(use #module::#name;),
                    names => syn::parse_quote!(use #module::{#(#names),*};),
                })
            })
            .collect()
    }
}

fn imported(tree: &syn::UseTree, names: &mut BTreeSet<String>) {
    match tree {
        syn::UseTree::Path(path) => imported(&path.tree, names),
        syn::UseTree::Name(name) => drop(names.insert(name.ident.to_string())),
        syn::UseTree::Rename(name) => drop(names.insert(name.rename.to_string())),
        syn::UseTree::Group(group) => group.items.iter().for_each(|it| imported(it, names)),
        syn::UseTree::Glob(_) => {}
    }
}

impl VisitMut for Names {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        self.shorten(path);
    }

    fn visit_type_path_mut(&mut self, ty: &mut syn::TypePath) {
        match &mut ty.qself {
            // Its position counts the segments.
            Some(owner) => {
                self.visit_type_mut(&mut owner.ty);
                ty.path.leading_colon = None;
            }
            None => visit_mut::visit_type_path_mut(self, ty),
        }
    }

    fn visit_expr_path_mut(&mut self, path: &mut syn::ExprPath) {
        match &mut path.qself {
            Some(owner) => {
                self.visit_type_mut(&mut owner.ty);
                path.path.leading_colon = None;
            }
            None => visit_mut::visit_expr_path_mut(self, path),
        }
    }

    fn visit_attribute_mut(&mut self, attribute: &mut syn::Attribute) {
        let mut members = serde_members(attribute);
        let mut is_changed = false;
        for member in &mut members {
            let path = value_of(member).filter(|value| value.starts_with("::"));
            let Some(Ok(mut path)) = path.map(|path| syn::parse_str::<syn::Path>(&path)) else {
                continue;
            };
            self.shorten(&mut path);
            let path = names(&path).join("::");
            if let syn::Meta::NameValue(member) = member {
                member.value = syn::parse_quote!(#path);
                is_changed = true;
            }
        }
        if is_changed {
            *attribute = syn::parse_quote!(#[serde(#(#members),*)]);
        }
    }
}

/// Returns a type as another crate names it, which names `types` through a crate.
pub(super) fn elsewhere(ty: &syn::Type, crate_name: &str) -> syn::Type {
    struct Elsewhere(Names, syn::Ident);
    impl VisitMut for Elsewhere {
        fn visit_path_mut(&mut self, path: &mut syn::Path) {
            visit_mut::visit_path_mut(self, path);
            if path
                .segments
                .first()
                .is_some_and(|first| first.ident == "types")
            {
                let krate = &self.1;
                path.segments.insert(0, syn::parse_quote!(#krate));
            }
            if PRELUDE.contains(&names(path).join("::").as_str()) {
                self.0.shorten(path);
            } else {
                path.leading_colon = None;
            }
        }
    }
    let mut ty = ty.clone();
    let mut pass = Elsewhere(Names::of(&[]), format_ident!("{crate_name}"));
    pass.visit_type_mut(&mut ty);
    ty
}
