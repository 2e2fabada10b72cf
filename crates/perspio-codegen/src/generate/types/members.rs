//! Members that are absent, null, or not named by the document.

use heck::ToPascalCase;
use serde_json::Value;
use syn::visit::{self, Visit};

use super::Types;
use crate::document::members;
use crate::error::{Result, fail};
use crate::rust::{Expected, has_serde, inside, path_of_type};

/// Makes serde distinguish null from an absent member if the type of the member can represent
/// null. progenitor has no setting for this attribute.
pub(super) fn keep_null(types: &mut Types) -> Result<()> {
    for item in types.structs_mut() {
        for field in &mut item.fields {
            if !names_nullable(&field.ty) || path_of_type(&field.ty).is_some_and(is_nullable) {
                continue;
            }
            let Some(inner) = inside(&field.ty, "Option") else {
                return fail(format_args!(
                    "the pass `keep_null` does not support the type of a member of types::{}, \
                     adapt the pass",
                    item.ident
                ));
            };
            if path_of_type(inner).is_some_and(is_nullable) {
                field.attrs.push(syn::parse_quote! {
                    #[serde(default, deserialize_with = "perspio_http::rt::some")]
                });
            }
        }
    }
    Ok(())
}

/// Returns whether a type is a handwritten `perspio::Nullable…`.
fn is_nullable(path: &syn::Path) -> bool {
    let last = path.segments.last();
    path.segments.len() > 1
        && last.is_some_and(|last| last.ident.to_string().starts_with("Nullable"))
}

fn names_nullable(ty: &syn::Type) -> bool {
    struct Nullable(bool);
    impl<'ast> Visit<'ast> for Nullable {
        fn visit_path(&mut self, path: &'ast syn::Path) {
            self.0 |= is_nullable(path);
            visit::visit_path(self, path);
        }
    }
    let mut found = Nullable(false);
    found.visit_type(ty);
    found.0
}

/// Skips absent members of a recursive type, which progenitor boxes outside of the option
/// (`Box<Option<T>>`) and serializes as null.
pub(super) fn keep_absent(types: &mut Types) -> Result<()> {
    for item in types.structs_mut() {
        let location = format!("types::{}", item.ident);
        for field in &mut item.fields {
            let is_boxed =
                inside(&field.ty, "Box").is_some_and(|it| inside(it, "Option").is_some());
            if !is_boxed || !has_serde(&field.attrs, "default") {
                continue;
            }
            let expected = Expected {
                pass: "keep_absent",
                location: &location,
                count: 1,
            };
            expected.check(usize::from(!has_serde(&field.attrs, "skip_serializing_if")))?;
            field.attrs.push(syn::parse_quote! {
                #[serde(skip_serializing_if = "::std::option::Option::is_none")]
            });
        }
    }
    Ok(())
}

/// Checks that the struct of each object has one map for unnamed members: `prepare` opens
/// every object, so that they are preserved.
pub(super) fn check_open(types: &Types, document: &Value) -> Result<()> {
    for (name, schema) in members(document.pointer("/components/schemas")) {
        let has_members = members(schema.get("properties")).next().is_some();
        let is_plain = has_members
            && schema.get("type") == Some(&"object".into())
            && ["allOf", "anyOf", "oneOf", "not", "enum"]
                .iter()
                .all(|composed| schema.get(composed).is_none());
        let name = name.to_pascal_case();
        let found = types.items.iter().find_map(|item| match item {
            syn::Item::Struct(item) if item.ident == name => Some(item),
            _ => None,
        });
        let Some(item) =
            found.filter(|item| is_plain && matches!(item.fields, syn::Fields::Named(_)))
        else {
            continue;
        };
        let maps = item
            .fields
            .iter()
            .filter(|it| has_serde(&it.attrs, "flatten"));
        let location = format!("types::{name}");
        let expected = Expected {
            pass: "open",
            location: &location,
            count: 1,
        };
        expected.check(maps.count())?;
    }
    Ok(())
}
