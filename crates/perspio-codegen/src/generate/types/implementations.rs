//! Implementations of traits that progenitor's types lack, or have for an older version.

use std::collections::BTreeSet;

use syn::visit::Visit;

use super::Types;
use crate::error::{Result, fail};
use crate::rust::{functions, implemented, name_of_type, path_is, path_of_type};

pub(super) fn run(types: &mut Types, sent: &BTreeSet<String>) -> Result<()> {
    remove_conversions(types, sent);
    for item in &mut types.items {
        if let syn::Item::Impl(block) = item
            && implemented(block).as_deref() == Some("JsonSchema")
        {
            *block = current_schema(block)?;
        }
    }
    let more = displays(&types.items);
    types.items.extend(more);
    Ok(())
}

/// Removes the conversions of variants into unions that callers do not send. They read such a
/// union, and a large document has thousands of them.
fn remove_conversions(types: &mut Types, sent: &BTreeSet<String>) {
    let enums: BTreeSet<String> = types
        .items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Enum(item) => Some(item.ident.to_string()),
            _ => None,
        })
        .filter(|name| !sent.contains(name))
        .collect();
    types.items.retain(|item| match item {
        syn::Item::Impl(block) if implemented(block).as_deref() == Some("From") => {
            !name_of_type(&block.self_ty).is_some_and(|name| enums.contains(&name))
        }
        _ => true,
    });
}

/// Rewrites the implementation of an integer with known values, which is for schemars 0.8 and
/// names a parameter `gen`, now a keyword.
fn current_schema(block: &syn::ItemImpl) -> Result<syn::ItemImpl> {
    let owner = &block.self_ty;
    let name = name_of_type(owner).unwrap_or_default();
    let Some(function) = functions(block).find(|it| it.sig.ident == "json_schema") else {
        return fail(format_args!(
            "`JsonSchema` of types::{name} has no `json_schema`, adapt the pass"
        ));
    };
    let mut read = Schema::default();
    read.visit_block(&function.block);
    let (Some(inner), false) = (read.inner, read.values.is_empty()) else {
        return fail(format_args!(
            "`JsonSchema` of types::{name} has an unknown form, adapt the pass"
        ));
    };
    let values = read.values;
    Ok(syn::parse_quote! {
        impl ::schemars::JsonSchema for #owner {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                #name.into()
            }

            fn json_schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                let mut schema = <#inner as ::schemars::JsonSchema>::json_schema(generator);
                let values: &[&str] = &[#(#values),*];
                let values = values.iter().filter_map(|value| ::serde_json::from_str(value).ok());
                schema.insert("enum".to_owned(), ::serde_json::Value::Array(values.collect()));
                schema
            }
        }
    })
}

/// The contents of the implementation for schemars 0.8.
#[derive(Default)]
struct Schema {
    /// `T` of `<T as JsonSchema>::json_schema(gen)`.
    inner: Option<syn::Type>,
    /// The known values, as JSON.
    values: Vec<syn::LitStr>,
}

impl<'a> Visit<'a> for Schema {
    fn visit_expr_path(&mut self, path: &'a syn::ExprPath) {
        if let Some(owner) = &path.qself
            && path
                .path
                .segments
                .last()
                .is_some_and(|it| it.ident == "json_schema")
        {
            self.inner = Some((*owner.ty).clone());
        }
    }

    fn visit_lit_str(&mut self, text: &'a syn::LitStr) {
        self.values.push(text.clone());
    }
}

/// Returns implementations of `Display` for open enums, which paths and headers need.
/// progenitor adds them only if it generates the type of the known values first.
fn displays(items: &[syn::Item]) -> Vec<syn::Item> {
    let shown: BTreeSet<String> = items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Impl(block) if implemented(block).as_deref() == Some("Display") => {
                name_of_type(&block.self_ty)
            }
            _ => None,
        })
        .collect();
    let mut more = Vec::new();
    for item in items {
        let syn::Item::Enum(item) = item else {
            continue;
        };
        let inner: Vec<_> = item.variants.iter().map(inner).collect();
        let [Some(known), Some(any)] = inner.as_slice() else {
            continue;
        };
        let is_open = name_of_type(known).is_some_and(|known| shown.contains(&known))
            && path_of_type(any).is_some_and(|path| path_is(path, &["std", "string", "String"]));
        let name = &item.ident;
        if is_open && !shown.contains(&name.to_string()) {
            let variants = item.variants.iter().map(|variant| &variant.ident);
            more.push(syn::parse_quote! {
                impl ::std::fmt::Display for #name {
                    fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        match self {
                            #(Self::#variants(value) => ::std::fmt::Display::fmt(value, f),)*
                        }
                    }
                }
            });
        }
    }
    more
}

/// Returns the type of a variant's value, if it has one.
fn inner(variant: &syn::Variant) -> Option<&syn::Type> {
    match &variant.fields {
        syn::Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            Some(&fields.unnamed.first()?.ty)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the items after the pass.
    fn after(before: &str) -> String {
        let module: syn::ItemMod =
            syn::parse_str(&format!("pub mod types {{ {before} }}")).unwrap();
        let mut types = Types::read(module).unwrap();
        run(&mut types, &BTreeSet::new()).unwrap();
        let items = types.items;
        prettyplease::unparse(&syn::parse_quote!(#(#items)*))
    }

    #[test]
    fn an_open_enum_implements_display_once() {
        let open = "
            pub enum Kind { Known(KindKnown), String(::std::string::String) }
            pub enum KindKnown { A }
            impl ::std::fmt::Display for KindKnown {}
        ";
        let once = after(open);
        assert!(once.contains("Display for Kind {"), "{once}");
        assert_eq!(after(&once), once);
    }

    #[test]
    fn the_schema_of_known_integers_is_for_the_current_schemars() {
        let text = after(
            r#"impl ::schemars::JsonSchema for Kind {
                fn schema_name() -> ::std::string::String { "Kind".to_string() }
                fn json_schema(r#gen: &mut ::schemars::r#gen::SchemaGenerator) -> ::schemars::schema::Schema {
                    let mut schema = <i32 as ::schemars::JsonSchema>::json_schema(r#gen).into_object();
                    schema.enum_values = ::std::option::Option::Some(
                        [::serde_json::from_str("1").unwrap()].into_iter().collect(),
                    );
                    schema.into()
                }
            }"#,
        );
        assert!(
            text.contains("<i32 as ::schemars::JsonSchema>::json_schema(generator)"),
            "{text}"
        );
        assert!(
            text.contains(r#"&["1"]"#) && text.contains(r#""Kind".into()"#),
            "{text}"
        );
        assert!(
            !text.contains("r#gen") && !text.contains("unwrap"),
            "{text}"
        );
    }

    #[test]
    fn a_schema_of_another_form_is_an_error() {
        let module = syn::parse_str(
            "pub mod types { impl ::schemars::JsonSchema for Kind { fn json_schema() {} } }",
        );
        let mut types = Types::read(module.unwrap()).unwrap();
        let error = run(&mut types, &BTreeSet::new()).unwrap_err().to_string();
        assert!(error.contains("types::Kind"), "{error}");
    }
}
