//! A list that was given is written, also where it is empty.
//!
//! Of a list or map that may be left out the generator makes a plain one and
//! leaves it out where it is empty: nobody could clear a list, and an empty one
//! that was read would be lost. After this pass such a member is an `Option`,
//! as every other that may be left out.

use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};

/// Runs the pass over `mod types`.
pub(crate) fn run(file: &mut syn::File) {
    for items in modules(&mut file.items, "types") {
        let members = members(items);
        for items in modules(items, "builder") {
            for item in items {
                members.build(item);
            }
        }
        let outside = items.iter_mut().filter(|item| !is_builder(item));
        outside.for_each(|item| Literals(&members).visit_item_mut(item));
    }
}

fn modules<'a>(
    items: &'a mut [syn::Item],
    name: &str,
) -> impl Iterator<Item = &'a mut Vec<syn::Item>> {
    items.iter_mut().filter_map(move |item| match item {
        syn::Item::Mod(module) if module.ident == name => {
            module.content.as_mut().map(|(_, items)| items)
        }
        _ => None,
    })
}

fn is_builder(item: &syn::Item) -> bool {
    matches!(item, syn::Item::Mod(module) if module.ident == "builder")
}

/// Makes every such member an option.
fn members(items: &mut [syn::Item]) -> Members {
    let mut members = Members(Vec::new());
    for item in items {
        match item {
            syn::Item::Struct(item) => members.of(&item.ident.to_string(), &mut item.fields),
            syn::Item::Enum(item) => {
                for variant in &mut item.variants {
                    let owner = format!("{} :: {}", item.ident, variant.ident);
                    members.of(&owner, &mut variant.fields);
                }
            }
            _ => {}
        }
    }
    members
}

/// Type (or variant) and name of each member that was changed.
struct Members(Vec<(String, syn::Ident)>);

impl Members {
    fn of(&mut self, owner: &str, fields: &mut syn::Fields) {
        for field in fields {
            let mut is_changed = false;
            for attribute in &mut field.attrs {
                is_changed |= leave_out_none(attribute);
            }
            if let Some(name) = field.ident.clone().filter(|_| is_changed) {
                let kind = &field.ty;
                field.ty = syn::parse_quote!(::std::option::Option<#kind>);
                self.0.push((owner.to_owned(), name));
            }
        }
    }

    fn has(&self, owner: &str, name: &syn::Ident) -> bool {
        let mut all = self.0.iter();
        all.any(|(known, member)| known == owner && member == name)
    }

    /// The builder's own member and its setter.
    fn build(&self, item: &mut syn::Item) {
        match item {
            syn::Item::Struct(item) => {
                let owner = item.ident.to_string();
                for field in &mut item.fields {
                    if let syn::Type::Path(kind) = &mut field.ty
                        && field
                            .ident
                            .as_ref()
                            .is_some_and(|name| self.has(&owner, name))
                    {
                        first_is_optional(&mut kind.path);
                    }
                }
            }
            syn::Item::Impl(block) if block.trait_.is_none() => {
                let owner = block.self_ty.to_token_stream().to_string();
                for item in &mut block.items {
                    if let syn::ImplItem::Fn(setter) = item
                        && self.has(&owner, &setter.sig.ident)
                        && let Some(bound) = first_bound(&mut setter.sig)
                    {
                        first_is_optional(bound);
                    }
                }
            }
            _ => {}
        }
    }
}

/// `skip_serializing_if = "…::is_empty"` becomes `is_none`; whether it was there.
fn leave_out_none(attribute: &mut syn::Attribute) -> bool {
    let all = Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated;
    let Ok(said) = attribute.parse_args_with(all) else {
        return false;
    };
    let skips_empty = |meta: &syn::Meta| {
        meta.path().is_ident("skip_serializing_if")
            && meta.to_token_stream().to_string().ends_with("::is_empty\"")
    };
    if !attribute.path().is_ident("serde") || !said.iter().any(skips_empty) {
        return false;
    }
    let kept = said
        .iter()
        .filter(|meta| !skips_empty(meta) && !meta.path().is_ident("default"));
    *attribute = syn::parse_quote! {
        #[serde(#(#kept,)* skip_serializing_if = "::std::option::Option::is_none")]
    };
    true
}

/// The path behind `T:` in a setter.
fn first_bound(signature: &mut syn::Signature) -> Option<&mut syn::Path> {
    let bounds = signature.generics.where_clause.as_mut()?;
    let syn::WherePredicate::Type(first) = bounds.predicates.first_mut()? else {
        return None;
    };
    match first.bounds.first_mut()? {
        syn::TypeParamBound::Trait(bound) => Some(&mut bound.path),
        _ => None,
    }
}

/// `Result<A, B>` becomes `Result<Option<A>, B>`.
fn first_is_optional(path: &mut syn::Path) {
    if let Some(last) = path.segments.last_mut()
        && let syn::PathArguments::AngleBracketed(inner) = &mut last.arguments
        && let Some(syn::GenericArgument::Type(kind)) = inner.args.first_mut()
    {
        *kind = syn::parse_quote!(::std::option::Option<#kind>);
    }
}

/// A default of the document is written out.
struct Literals<'a>(&'a Members);

impl VisitMut for Literals<'_> {
    fn visit_expr_struct_mut(&mut self, literal: &mut syn::ExprStruct) {
        visit_mut::visit_expr_struct_mut(self, literal);
        let path = literal.path.to_token_stream().to_string();
        let owner = path.trim_start_matches("super :: ");
        for field in &mut literal.fields {
            let value = &field.expr;
            let is_absent = value.to_token_stream().to_string() == "Default :: default ()";
            if let syn::Member::Named(name) = &field.member
                && !is_absent
                && self.0.has(owner, name)
            {
                field.expr = syn::parse_quote!(Some(#value));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::generate::tests::client_of;

    /// The client of a document with this schema, without spaces.
    fn client(thing: &serde_json::Value) -> String {
        let answers = json!({"200": {"description": "A thing.", "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}
        }}});
        let source = client_of(&answers, &json!({"schemas": {"Thing": thing}}));
        source.replace([' ', '\n'], "").replace(",>", ">")
    }

    const TEXTS: &str = "::std::option::Option<::std::vec::Vec<::std::string::String>>";

    #[test]
    fn a_list_or_map_that_may_be_left_out_is_optional_in_its_type_and_its_builder() {
        let text = json!({"type": "string"});
        let source = client(&json!({"type": "object", "properties": {
            "tags": {"type": "array", "items": text},
            "byName": {"type": "object", "additionalProperties": text},
            "any": {"type": "object"}
        }}));
        assert!(!source.contains("is_empty"), "{source}");
        for one in [
            &format!("pubtags:{TEXTS}"),
            &format!("tags:::std::result::Result<{TEXTS}"),
            &format!("TryInto<{TEXTS}>"),
            "pubby_name:::std::option::Option<::std::collections::BTreeMap<",
            "TryInto<::std::option::Option<::std::collections::BTreeMap<",
            "rename=\"byName\",skip_serializing_if=\"::std::option::Option::is_none\"",
            "pubany:::std::option::Option<::serde_json::Map<",
        ] {
            assert!(source.contains(one), "{one}: {source}");
        }
    }

    #[test]
    fn a_list_that_must_be_there_stays_plain() {
        let list = json!({"type": "array", "items": {"type": "string"}});
        let source =
            client(&json!({"type": "object", "required": ["tags"], "properties": {"tags": list}}));
        assert!(source.contains("pubtags:::std::vec::Vec<"), "{source}");
        assert!(!source.contains(TEXTS), "{source}");
    }

    #[test]
    fn a_default_with_a_list_is_written_as_one_that_was_given() {
        let list = json!({"type": "array", "items": {"type": "string"}});
        let inner = json!({"type": "object", "title": "Inner", "default": {"tags": ["a"]},
            "properties": {"tags": list, "more": list}});
        let source = client(&json!({"type": "object", "properties": {"inner": inner}}));
        assert!(
            source.contains("tags:Some(vec![\"a\".to_string()])"),
            "{source}"
        );
        assert!(source.contains("more:Default::default()"), "{source}");
    }
}
