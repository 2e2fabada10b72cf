//! The error of conversions.
//!
//! progenitor generates the same type in every client. After this pass, the module of the
//! client re-exports that of the runtime, if a conversion needs it.

use syn::visit::{self, Visit};

use crate::error::Result;
use crate::rust::{Expected, ends_with};

pub(super) fn run(items: &mut Vec<syn::Item>) -> Result<()> {
    let is_error = |item: &syn::Item| matches!(item, syn::Item::Mod(it) if it.ident == "error");
    let all = items.len();
    items.retain(|item| !is_error(item));
    let expected = Expected {
        pass: "error",
        location: "types",
        count: 1,
    };
    expected.check(all - items.len())?;
    let mut uses = Uses(0);
    for item in &*items {
        uses.visit_item(item);
    }
    if uses.0 > 0 {
        items.push(syn::parse_quote! {
            /// The error of conversions.
            pub mod error {
                pub use perspio_http::rt::ConversionError;
            }
        });
    }
    Ok(())
}

struct Uses(usize);

impl<'ast> Visit<'ast> for Uses {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        visit::visit_path(self, path);
        self.0 += usize::from(ends_with(path, &["error", "ConversionError"]));
    }
}
