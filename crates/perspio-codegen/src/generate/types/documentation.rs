//! Documentation of every public item of the generated types.
//!
//! progenitor documents only the items with a description in the document.

use super::Types;
use super::builders::json_name;
use crate::generate::documentation::{doc, rewrite};

pub(super) fn run(types: &mut Types) {
    for item in &mut types.items {
        match item {
            syn::Item::Struct(item) => {
                or_else(&mut item.attrs, &format!("The schema `{}`.", item.ident));
                fields(&mut item.fields);
            }
            syn::Item::Enum(item) => {
                or_else(&mut item.attrs, &format!("The schema `{}`.", item.ident));
                for variant in &mut item.variants {
                    let name = variant.ident.to_string();
                    or_else(&mut variant.attrs, &format!("`{name}`"));
                    fields(&mut variant.fields);
                }
            }
            _ => {}
        }
    }
    for module in &mut types.modules {
        if module.ident == "defaults" {
            module.attrs = doc("The default values of members.");
        }
    }
}

fn fields(fields: &mut syn::Fields) {
    for field in fields {
        let Some(name) = field.ident.clone() else {
            continue;
        };
        let is_map = crate::rust::has_serde(&field.attrs, "flatten");
        let text = if is_map {
            "All other members.".to_owned()
        } else {
            format!("The member `{}`.", json_name(&name, field))
        };
        or_else(&mut field.attrs, &text);
    }
}

/// Rewrites the documentation; without one, `text` becomes it.
fn or_else(attributes: &mut Vec<syn::Attribute>, text: &str) {
    rewrite(attributes);
    if !attributes.iter().any(|it| it.path().is_ident("doc")) {
        let others = std::mem::take(attributes);
        attributes.extend(doc(text).into_iter().chain(others));
    }
}
