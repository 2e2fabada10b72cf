//! Implementations that the generated types lack, or have for other versions.

use std::collections::BTreeSet;

use quote::quote;
use syn::visit_mut::VisitMut;

/// Runs over every module of types.
pub(crate) fn run(file: &mut syn::File) {
    Module.visit_file_mut(file);
}

struct Module;

impl VisitMut for Module {
    fn visit_file_mut(&mut self, file: &mut syn::File) {
        items(&mut file.items);
        syn::visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, content)) = &mut module.content {
            items(content);
        }
        syn::visit_mut::visit_item_mod_mut(self, module);
    }
}

fn items(items: &mut Vec<syn::Item>) {
    items.iter_mut().for_each(schema_of_now);
    let more = displays(items);
    items.extend(more);
}

/// An integer with known values gets an implementation of schemars 0.8, in
/// which `gen` was no keyword yet.
fn schema_of_now(item: &mut syn::Item) {
    let syn::Item::Impl(block) = item else {
        return;
    };
    if implemented(block) != Some("JsonSchema".to_owned()) {
        return;
    }
    let name = &block.self_ty;
    let told = quote!(#name).to_string();
    let Some(statements) = block.items.iter().find_map(|item| match item {
        syn::ImplItem::Fn(function) if function.sig.ident == "json_schema" => {
            Some(&function.block.stmts)
        }
        _ => None,
    }) else {
        return;
    };
    let Some(syn::Stmt::Local(first)) = statements.first() else {
        return;
    };
    let mut values = Values(Vec::new());
    for statement in statements {
        syn::visit::Visit::visit_stmt(&mut values, statement);
    }
    let values = values.0;
    // `<T as JsonSchema>::json_schema(gen)`, of which only T is of use.
    let mut kind = None;
    if let Some(start) = &first.init {
        Inner(&mut kind).find(&start.expr);
    }
    let Some(kind) = kind else {
        return;
    };
    *item = syn::parse_quote! {
        impl ::schemars::JsonSchema for #name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                #told.into()
            }

            fn json_schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                let mut schema = <#kind as ::schemars::JsonSchema>::json_schema(generator);
                let values: &[&str] = &[#(#values),*];
                let values = values.iter().filter_map(|value| ::serde_json::from_str(value).ok());
                schema.insert("enum".to_owned(), ::serde_json::Value::Array(values.collect()));
                schema
            }
        }
    };
}

/// The last name of the trait that is implemented.
fn implemented(block: &syn::ItemImpl) -> Option<String> {
    let (path, _) = block.trait_.as_ref()?;
    Some(path.segments.last()?.ident.to_string())
}

/// The texts in the statements: the values, as JSON.
struct Values(Vec<syn::LitStr>);

impl<'a> syn::visit::Visit<'a> for Values {
    fn visit_lit_str(&mut self, text: &'a syn::LitStr) {
        self.0.push(text.clone());
    }
}

struct Inner<'a>(&'a mut Option<syn::Type>);

impl Inner<'_> {
    fn find(&mut self, expression: &syn::Expr) {
        match expression {
            syn::Expr::MethodCall(call) => self.find(&call.receiver),
            syn::Expr::Call(call) => self.find(&call.func),
            syn::Expr::Path(path) => {
                *self.0 = path.qself.as_ref().map(|owner| (*owner.ty).clone());
            }
            _ => {}
        }
    }
}

/// An open enum, known values or any text, can be shown only if the generator
/// happens to make the known ones first. A path and a header need it.
fn displays(items: &[syn::Item]) -> Vec<syn::Item> {
    let shown: BTreeSet<String> = items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Impl(block) if implemented(block).as_deref() == Some("Display") => {
                let name = &block.self_ty;
                Some(quote!(#name).to_string())
            }
            _ => None,
        })
        .collect();
    let mut more = Vec::new();
    for item in items {
        let syn::Item::Enum(item) = item else {
            continue;
        };
        let name = &item.ident;
        let kinds: Vec<_> = item.variants.iter().map(kind).collect();
        let [Some(known), Some(text)] = kinds.as_slice() else {
            continue;
        };
        let is_open = shown.contains(known) && text == ":: std :: string :: String";
        if is_open && !shown.contains(&name.to_string()) {
            let variants = item.variants.iter().map(|variant| &variant.ident);
            more.push(syn::parse_quote! {
                impl ::std::fmt::Display for #name {
                    fn fmt(&self, formatter: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                        match self {
                            #(Self::#variants(value) => ::std::fmt::Display::fmt(value, formatter),)*
                        }
                    }
                }
            });
        }
    }
    more
}

/// The type that a variant holds, if it is one.
fn kind(variant: &syn::Variant) -> Option<String> {
    match &variant.fields {
        syn::Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            let kind = &fields.unnamed.first()?.ty;
            Some(quote!(#kind).to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(before: &str) -> String {
        let mut file = syn::parse_file(before).unwrap();
        run(&mut file);
        prettyplease::unparse(&file)
    }

    #[test]
    fn an_open_enum_can_be_shown_and_only_once() {
        let open = "pub mod types {
            pub enum Kind { Known(KindKnown), String(::std::string::String) }
            pub enum KindKnown { A }
            impl ::std::fmt::Display for KindKnown {}
        }";
        let once = after(open);
        assert!(once.contains("Display for Kind {"), "{once}");
        assert_eq!(after(&once), once);
    }

    #[test]
    fn a_schema_of_known_integers_is_one_of_this_schemars() {
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
}
