//! Serializes empty lists and maps that were set.
//!
//! progenitor makes a plain list or map of an optional one, and does not serialize it if it is
//! empty: callers could not clear a list, and an empty list of a response would be lost. After
//! this pass, such a member is an `Option`, like every other optional one.

use std::collections::BTreeSet;

use syn::visit_mut::{self, VisitMut};

use super::Types;
use crate::error::{Result, ensure};
use crate::rust::{ends_with, serde_members, value_of};

/// Type (or variant) and name of each member that was changed.
#[derive(Debug, Default)]
pub(super) struct Optional(BTreeSet<(String, String)>);

impl Optional {
    pub(super) fn contains(&self, owner: &str, name: &str) -> bool {
        self.0.contains(&(owner.to_owned(), name.to_owned()))
    }

    fn add(&mut self, owner: &str, fields: &mut syn::Fields) -> Result<()> {
        for field in fields {
            let mut is_changed = false;
            for attribute in &mut field.attrs {
                is_changed |= skip_if_none(owner, attribute)?;
            }
            if let Some(name) = field.ident.clone().filter(|_| is_changed) {
                let ty = &field.ty;
                field.ty = syn::parse_quote!(::std::option::Option<#ty>);
                self.0.insert((owner.to_owned(), name.to_string()));
            }
        }
        Ok(())
    }
}

/// Makes every such member optional.
pub(super) fn run(types: &mut Types) -> Result<Optional> {
    let mut optional = Optional::default();
    for item in &mut types.items {
        match item {
            syn::Item::Struct(item) => {
                optional.add(&item.ident.to_string(), &mut item.fields)?;
            }
            syn::Item::Enum(item) => {
                for variant in &mut item.variants {
                    let owner = format!("{}::{}", item.ident, variant.ident);
                    optional.add(&owner, &mut variant.fields)?;
                }
            }
            _ => {}
        }
    }
    for item in &mut types.items {
        Literals(&optional).visit_item_mut(item);
    }
    for module in &mut types.modules {
        Literals(&optional).visit_item_mod_mut(module);
    }
    Ok(optional)
}

/// Replaces `skip_serializing_if = "…::is_empty"` by `is_none`. Returns whether it was there.
fn skip_if_none(owner: &str, attribute: &mut syn::Attribute) -> Result<bool> {
    let members = serde_members(attribute);
    let skips = |meta: &syn::Meta| {
        let is_skip = meta.path().is_ident("skip_serializing_if");
        is_skip.then(|| value_of(meta).unwrap_or_default())
    };
    let Some(skips_if) = members.iter().find_map(skips) else {
        return Ok(false);
    };
    let test = skips_if.rsplit("::").next().unwrap_or_default();
    ensure(
        test == "is_none" || test == "is_empty",
        format_args!(
            "the pass `empty_lists` does not support `skip_serializing_if = {skips_if:?}` of \
         types::{owner}, adapt the pass"
        ),
    )?;
    if test == "is_none" {
        return Ok(false);
    }
    let kept = members
        .iter()
        .filter(|meta| skips(meta).is_none() && !meta.path().is_ident("default"));
    *attribute = syn::parse_quote! {
        #[serde(#(#kept,)* skip_serializing_if = "::std::option::Option::is_none")]
    };
    Ok(true)
}

/// Wraps these members in `Some` in struct expressions, which are defaults of the document.
struct Literals<'a>(&'a Optional);

impl VisitMut for Literals<'_> {
    fn visit_expr_struct_mut(&mut self, literal: &mut syn::ExprStruct) {
        visit_mut::visit_expr_struct_mut(self, literal);
        let names = literal.path.segments.iter().map(|it| it.ident.to_string());
        let owner: Vec<_> = names.skip_while(|name| name == "super").collect();
        let owner = owner.join("::");
        for field in &mut literal.fields {
            if let syn::Member::Named(name) = &field.member
                && self.0.contains(&owner, &name.to_string())
                && !is_default(&field.expr)
            {
                let value = &field.expr;
                field.expr = syn::parse_quote!(Some(#value));
            }
        }
    }
}

/// Returns whether an expression is `Default::default()`.
pub(super) fn is_default(expression: &syn::Expr) -> bool {
    matches!(expression, syn::Expr::Call(call)
        if matches!(&*call.func, syn::Expr::Path(it) if ends_with(&it.path, &["Default", "default"])))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::generate::tests::client_of;

    /// Returns the client of a document with this schema, without spaces.
    fn client(thing: &serde_json::Value) -> String {
        let responses = json!({"200": {"description": "A thing.", "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}
        }}});
        let source = client_of(&responses, &json!({"schemas": {"Thing": thing}}));
        source.replace([' ', '\n'], "").replace(",>", ">")
    }

    #[test]
    fn an_optional_list_or_map_is_an_option_in_its_type() {
        let text = json!({"type": "string"});
        let source = client(&json!({"type": "object", "properties": {
            "tags": {"type": "array", "items": text},
            "byName": {"type": "object", "additionalProperties": text},
            "any": {"type": "object"}
        }}));
        assert!(!source.contains("is_empty"), "{source}");
        for one in [
            "pubtags:Option<Vec<String>>",
            "pubby_name:Option<std::collections::BTreeMap<",
            "rename=\"byName\",skip_serializing_if=\"Option::is_none\"",
            "pubany:Option<serde_json::Map<",
        ] {
            assert!(source.contains(one), "{one}: {source}");
        }
    }

    #[test]
    fn a_required_list_is_not_an_option() {
        let list = json!({"type": "array", "items": {"type": "string"}});
        let source =
            client(&json!({"type": "object", "required": ["tags"], "properties": {"tags": list}}));
        assert!(source.contains("pubtags:Vec<"), "{source}");
        assert!(!source.contains("Option<Vec<"), "{source}");
    }

    #[test]
    fn a_default_with_a_list_sets_the_list() {
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

    #[test]
    fn an_attribute_of_another_form_is_an_error() {
        let mut attribute = syn::parse_quote!(#[serde(skip_serializing_if = "is_void")]);
        let error = super::skip_if_none("Thing", &mut attribute)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("types::Thing") && error.contains("is_void"),
            "{error}"
        );
    }
}
