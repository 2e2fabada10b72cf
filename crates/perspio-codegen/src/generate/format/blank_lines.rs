//! Blank lines between items: prettyplease prints none, and rustfmt adds none.
//!
//! The syntax tree gets a macro at each of these positions, whose line becomes a blank one in
//! the text.

use syn::visit_mut::{self, VisitMut};

const MARK: &str = "__blank_line! {}";

/// Adds marks between items, also in modules, traits and implementations.
pub(super) fn mark(file: &mut syn::File) {
    Marks.visit_file_mut(file);
}

/// Replaces the marks.
pub(super) fn unmark(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| if line.trim() == MARK { "" } else { line });
    let mut text = lines.collect::<Vec<_>>().join("\n");
    text.push('\n');
    text
}

struct Marks;

impl VisitMut for Marks {
    fn visit_file_mut(&mut self, file: &mut syn::File) {
        visit_mut::visit_file_mut(self, file);
        file.items = between(std::mem::take(&mut file.items), belong_together, || {
            syn::parse_quote!(__blank_line! {})
        });
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        visit_mut::visit_item_mod_mut(self, module);
        if let Some((_, items)) = &mut module.content {
            *items = between(std::mem::take(items), belong_together, || {
                syn::parse_quote!(__blank_line! {})
            });
        }
    }

    fn visit_item_impl_mut(&mut self, block: &mut syn::ItemImpl) {
        visit_mut::visit_item_impl_mut(self, block);
        let are_types = |one: &syn::ImplItem, other: &syn::ImplItem| {
            matches!(
                (one, other),
                (syn::ImplItem::Type(_), syn::ImplItem::Type(_))
            )
        };
        block.items = between(std::mem::take(&mut block.items), are_types, || {
            syn::parse_quote!(__blank_line! {})
        });
    }

    fn visit_item_trait_mut(&mut self, item: &mut syn::ItemTrait) {
        visit_mut::visit_item_trait_mut(self, item);
        item.items = between(
            std::mem::take(&mut item.items),
            |_, _| false,
            || syn::parse_quote!(__blank_line! {}),
        );
    }
}

/// Returns whether both are imports, or private modules in other files.
fn belong_together(one: &syn::Item, other: &syn::Item) -> bool {
    let is_declared = |item: &syn::Item| {
        matches!(item, syn::Item::Mod(module)
            if module.content.is_none() && module.attrs.is_empty())
    };
    matches!((one, other), (syn::Item::Use(_), syn::Item::Use(_)))
        || (is_declared(one) && is_declared(other))
}

/// Returns the items with a mark between two that do not belong together.
fn between<T>(items: Vec<T>, together: impl Fn(&T, &T) -> bool, mark: impl Fn() -> T) -> Vec<T> {
    let mut spaced: Vec<T> = Vec::with_capacity(items.len() * 2);
    for item in items {
        if let Some(last) = spaced.last()
            && !together(last, &item)
        {
            spaced.push(mark());
        }
        spaced.push(item);
    }
    spaced
}
