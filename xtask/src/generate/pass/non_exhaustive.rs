//! Leaves room for what the vendor adds.
//!
//! The generator's types can be written out and matched in full by every
//! program, so that one more member of an answer, or one more value of an
//! enum, would break programs that have nothing to do with it. After this pass
//! only `builder()` makes a struct elsewhere, and a `match` has to say what
//! becomes of the rest. A variant with members of its own is left as it is: it
//! has no builder.

use std::collections::BTreeSet;

use quote::ToTokens;

/// Runs the pass over `mod types`.
pub(crate) fn run(file: &mut syn::File) {
    for item in &mut file.items {
        if let syn::Item::Mod(module) = item
            && module.ident == "types"
            && let Some((_, items)) = &mut module.content
        {
            let built = built(items);
            for item in items {
                let attributes = match item {
                    syn::Item::Enum(item) => &mut item.attrs,
                    syn::Item::Struct(item) if built.contains(&item.ident.to_string()) => {
                        &mut item.attrs
                    }
                    _ => continue,
                };
                attributes.push(syn::parse_quote!(#[non_exhaustive]));
            }
        }
    }
}

/// The types that have a function `builder`.
fn built(items: &[syn::Item]) -> BTreeSet<String> {
    let blocks = items.iter().filter_map(|item| match item {
        syn::Item::Impl(block) if block.trait_.is_none() => Some(block),
        _ => None,
    });
    let built = blocks.filter(|block| {
        block.items.iter().any(
            |item| matches!(item, syn::ImplItem::Fn(function) if function.sig.ident == "builder"),
        )
    });
    built
        .map(|block| block.self_ty.to_token_stream().to_string())
        .collect()
}
