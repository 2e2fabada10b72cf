//! The names of other files that code uses.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};

use crate::rust::{names, serde_members, value_of};

/// Returns the names among `available` that the items of a file use, also through `super` in
/// one of their modules, and do not define.
pub(super) fn used(items: &[syn::Item], available: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = Used::default();
    for item in items {
        match item {
            syn::Item::Mod(module) => {
                let mut inside = Used {
                    is_inside: true,
                    ..Used::default()
                };
                inside.visit_item_mod(module);
                found.names.extend(inside.names);
                found.defined.insert(module.ident.to_string());
            }
            item => found.visit_item(item),
        }
    }
    let Used { names, defined, .. } = found;
    let needed = |name: &String| available.contains(name) && !defined.contains(name);
    names.into_iter().filter(needed).collect()
}

#[derive(Default)]
struct Used {
    /// Whether the code is in a module of the file.
    is_inside: bool,
    names: BTreeSet<String>,
    defined: BTreeSet<String>,
    /// The type parameters in scope, which hide types.
    parameters: Vec<String>,
}

impl Used {
    fn path(&mut self, names: &[&str]) {
        let ((["super", name, ..], true) | (["self", name, ..] | [name, ..], false)) =
            (names, self.is_inside)
        else {
            return;
        };
        if !self.parameters.iter().any(|parameter| parameter == name) {
            self.names.insert((*name).to_owned());
        }
    }

    fn scope<T>(&mut self, generics: &syn::Generics, inside: impl FnOnce(&mut Self) -> T) -> T {
        let outside = self.parameters.len();
        let parameters = generics.type_params().map(|it| it.ident.to_string());
        self.parameters.extend(parameters);
        let outcome = inside(self);
        self.parameters.truncate(outside);
        outcome
    }
}

impl<'ast> Visit<'ast> for Used {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.defined.insert(item.ident.to_string());
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.defined.insert(item.ident.to_string());
        visit::visit_item_enum(self, item);
    }

    fn visit_item_impl(&mut self, block: &'ast syn::ItemImpl) {
        self.scope(&block.generics, |it| visit::visit_item_impl(it, block));
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.scope(&function.sig.generics, |it| {
            visit::visit_impl_item_fn(it, function);
        });
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        visit::visit_path(self, path);
        if path.leading_colon.is_none() {
            let names = names(path);
            self.path(&names.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        // A derive or a `cfg` names no type of the client.
        for member in serde_members(attribute) {
            if let Some(path) = value_of(&member) {
                self.path(&path.split("::").collect::<Vec<_>>());
            }
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let arguments = syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        if let Ok(arguments) = call.parse_body_with(arguments) {
            // The visitor needs expressions that live as long as the file.
            let mut inside = Used {
                is_inside: self.is_inside,
                parameters: self.parameters.clone(),
                ..Used::default()
            };
            arguments.iter().for_each(|it| inside.add(it));
            self.names.extend(inside.names);
        }
    }
}

impl Used {
    fn add(&mut self, expression: &syn::Expr) {
        self.visit_expr(expression);
    }
}
