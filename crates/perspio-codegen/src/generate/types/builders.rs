//! The builders of structs.
//!
//! progenitor makes a builder of every struct, with its own messages, and requires a value for
//! the map of unnamed members. The builders of structs that callers send are rewritten with
//! the defaults of progenitor's builders. The others are removed.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::Types;
use super::empty_lists::{Optional, is_default};
use super::nullable::is_nullable;
use crate::error::{Context, Result, ensure, fail};
use crate::generate::documentation::{doc, docs_of};
use crate::rust::{
    Expected, argument_of, content, has_serde, implemented, inside, literal, method_call,
    name_of_type, path_of_type, serde_members, value_of,
};

/// The contents of progenitor's builder of one struct.
pub(super) struct Builder {
    members: Vec<Member>,
}

/// Name, type and initial value of a member.
type Member = (syn::Ident, syn::Type, Initial);

enum Initial {
    /// The builder fails without it.
    Required,
    /// The value of an expression.
    Value(syn::Expr),
}

/// Reads the module `types::builder`.
pub(super) fn read(module: &syn::ItemMod) -> Result<BTreeMap<String, Builder>> {
    let mut types = BTreeMap::new();
    let mut initial = BTreeMap::new();
    let mut others: BTreeMap<String, usize> = BTreeMap::new();
    for item in content(module) {
        match item {
            syn::Item::Struct(item) => {
                types.insert(item.ident.to_string(), members_of(item)?);
            }
            syn::Item::Impl(block) => {
                let name = name_of_type(&block.self_ty).unwrap_or_default();
                match implemented(block).as_deref() {
                    Some("Default") => drop(initial.insert(name, initial_values(block)?)),
                    None | Some("TryFrom" | "From") => *others.entry(name).or_default() += 1,
                    Some(other) => fail(format_args!("types::builder::{name} implements {other}"))?,
                }
            }
            other => fail(format_args!(
                "`types::builder` has an item of an unknown form, adapt the passes: {}",
                crate::generate::format::excerpt(other)
            ))?,
        }
    }
    let mut builders = BTreeMap::new();
    for (name, members) in types {
        let location = format!("types::builder::{name}");
        let mut values = initial.remove(&name).unwrap_or_default();
        let members = members.into_iter().map(|(member, ty)| {
            let value = values.remove(&member.to_string());
            let value = value.context(format_args!("{location} has no initial `{member}`"))?;
            Ok((member, ty, value))
        });
        let members = members.collect::<Result<_>>()?;
        // Setters, and both conversions.
        let expected = Expected {
            pass: "builders",
            location: &location,
            count: 3,
        };
        expected.check(others.remove(&name).unwrap_or_default())?;
        builders.insert(name, Builder { members });
    }
    Ok(builders)
}

fn members_of(item: &syn::ItemStruct) -> Result<Vec<(syn::Ident, syn::Type)>> {
    let all = item.fields.iter().map(|field| {
        let name = field.ident.clone();
        let ty = inside(&field.ty, "Result").cloned();
        name.zip(ty).context(format_args!(
            "a member of types::builder::{} is not a `Result<T, String>`",
            item.ident
        ))
    });
    all.collect()
}

/// Returns the members of `Self { … }` in `fn default`.
fn initial_values(block: &syn::ItemImpl) -> Result<BTreeMap<String, Initial>> {
    let name = || name_of_type(&block.self_ty).unwrap_or_default();
    let body = block.items.iter().find_map(|item| match item {
        syn::ImplItem::Fn(function) => function.block.stmts.first(),
        _ => None,
    });
    let Some(syn::Stmt::Expr(syn::Expr::Struct(initial), _)) = body else {
        return fail(format_args!(
            "`Default` of types::builder::{} has an unknown form",
            name()
        ));
    };
    let all = initial.fields.iter().map(|field| {
        let syn::Member::Named(member) = &field.member else {
            return fail(format_args!(
                "types::builder::{} has a member without a name",
                name()
            ));
        };
        let value = match (
            argument_of(&field.expr, "Ok"),
            argument_of(&field.expr, "Err"),
        ) {
            (Some(value), _) => Initial::Value(value.clone()),
            (_, Some(reason)) => {
                let text = method_call(reason, "to_string").and_then(|it| literal(&it.receiver));
                ensure(
                    text.is_some_and(|text| text.starts_with("no value supplied for ")),
                    format_args!(
                        "types::builder::{}, `{member}`: the initial error has an unknown form",
                        name()
                    ),
                )?;
                Initial::Required
            }
            _ => fail(format_args!(
                "types::builder::{}, `{member}` has an initial value of an unknown form",
                name()
            ))?,
        };
        Ok((member.to_string(), value))
    });
    all.collect()
}

/// Writes the module of the remaining builders, and removes `fn builder` from the structs
/// without one.
///
/// A builder that a request stores (`sent`) is made of a value as well: a request takes both.
pub(super) fn write(
    types: &mut Types,
    sent: &BTreeMap<String, bool>,
    optional: &Optional,
) -> Result<Option<syn::ItemMod>> {
    let mut seen = 0;
    let builders = &types.builders;
    types.items.retain_mut(|item| {
        let syn::Item::Impl(block) = item else {
            return true;
        };
        let is_builder =
            |it: &syn::ImplItem| matches!(it, syn::ImplItem::Fn(it) if it.sig.ident == "builder");
        if block.trait_.is_some() || !block.items.iter().any(is_builder) {
            return true;
        }
        seen += 1;
        let name = &block.self_ty;
        *block = syn::parse_quote! {
            impl #name {
                /// Begins a value.
                pub fn builder() -> builder::#name {
                    // A setter of the builder may be called `default`.
                    <builder::#name as ::std::default::Default>::default()
                }
            }
        };
        name_of_type(&block.self_ty).is_some_and(|name| builders.contains_key(&name))
    });
    let structs = types.items.iter().filter_map(|item| match item {
        syn::Item::Struct(item) => Some(item),
        _ => None,
    });
    let named = structs.filter(|item| matches!(item.fields, syn::Fields::Named(_)));
    let named: Vec<_> = named.collect();
    let expected = Expected {
        pass: "builders",
        location: "types",
        count: named.len(),
    };
    expected.check(seen)?;
    if types.builders.is_empty() {
        return Ok(None);
    }
    let mut items = TokenStream::new();
    for item in named {
        let name = item.ident.to_string();
        if let Some(builder) = types.builders.get(&name) {
            items.extend(builder.write(item, optional));
            if sent.get(&name) == Some(&true) {
                items.extend(builder.conversion(item));
            }
        }
    }
    Ok(Some(syn::parse_quote! {
        /// Builders of the types that requests send.
        pub mod builder {
            use perspio_http::rt;

            #items
        }
    }))
}

impl Builder {
    /// Returns the type of a member.
    pub(super) fn type_of(&mut self, member: &syn::Ident) -> Option<&mut syn::Type> {
        let mut members = self.members.iter_mut();
        members.find_map(|(name, ty, _)| (name == member).then_some(ty))
    }

    fn write(&self, item: &syn::ItemStruct, optional: &Optional) -> TokenStream {
        let owner = &item.ident;
        let mut fields = TokenStream::new();
        let mut initial = TokenStream::new();
        let mut setters = TokenStream::new();
        for (name, ty, value) in self.members_of(item) {
            let field = item
                .fields
                .iter()
                .find(|it| it.ident.as_ref() == Some(name));
            let is_map = field.is_some_and(|field| has_serde(&field.attrs, "flatten"));
            let is_optional = optional.contains(&owner.to_string(), &name.to_string());
            let ty: syn::Type = if is_optional {
                syn::parse_quote!(::std::option::Option<#ty>)
            } else {
                ty.clone()
            };
            let json_name = field.map_or_else(|| name.to_string(), |field| json_name(name, field));
            fields.extend(quote!(#name: ::std::result::Result<#ty, ::std::string::String>,));
            let value = match value {
                // The map is empty initially.
                _ if is_map => default_of(&ty),
                Initial::Value(value) if is_default(value) => default_of(&ty),
                Initial::Required => quote!(Err(rt::member_not_set(#json_name))),
                Initial::Value(value) => quote!(Ok(#value)),
            };
            initial.extend(quote!(#name: #value,));
            let docs = field.map(docs_of).unwrap_or_default();
            let docs = if docs.is_empty() {
                doc(&format!("Sets the member `{json_name}`."))
            } else {
                docs
            };
            setters.extend(setter(name, &ty, &docs, &json_name));
        }
        let (names, value) = self.names(item);
        let summary = doc(&format!("A builder of [`{owner}`](super::{owner})."));
        quote! {
            #(#summary)*
            #[derive(Clone, Debug)]
            pub struct #owner { #fields }

            impl ::std::default::Default for #owner {
                fn default() -> Self {
                    Self { #initial }
                }
            }

            impl #owner { #setters }

            impl ::std::convert::TryFrom<#owner> for super::#owner {
                type Error = super::error::ConversionError;

                fn try_from(#value: #owner) -> ::std::result::Result<Self, Self::Error> {
                    Ok(Self { #(#names: value.#names?),* })
                }
            }
        }
    }

    /// Returns the conversion of a value into its builder.
    fn conversion(&self, item: &syn::ItemStruct) -> TokenStream {
        let owner = &item.ident;
        let (names, value) = self.names(item);
        quote! {
            impl ::std::convert::From<super::#owner> for #owner {
                fn from(#value: super::#owner) -> Self {
                    Self { #(#names: Ok(value.#names)),* }
                }
            }
        }
    }

    /// Returns the members in the order of the struct.
    fn members_of(&self, item: &syn::ItemStruct) -> Vec<&Member> {
        let mut members: Vec<_> = self.members.iter().collect();
        members.sort_by_key(|(name, ..)| {
            let mut fields = item.fields.iter();
            fields.position(|field| field.ident.as_ref() == Some(name))
        });
        members
    }

    /// Returns the names of the members, and the argument of a conversion, which is unused
    /// without members.
    fn names(&self, item: &syn::ItemStruct) -> (Vec<&syn::Ident>, TokenStream) {
        let members = self.members_of(item).into_iter();
        let names: Vec<_> = members.map(|(name, ..)| name).collect();
        let value = if names.is_empty() {
            quote!(_)
        } else {
            quote!(value)
        };
        (names, value)
    }
}

/// Returns the function that sets a member. That of a member that may be null takes the value or
/// null, because `None` would not say which of them is meant.
fn setter(
    name: &syn::Ident,
    ty: &syn::Type,
    docs: &[syn::Attribute],
    json_name: &str,
) -> TokenStream {
    let nullable = inside(ty, "Option");
    let nullable = nullable.filter(|inner| path_of_type(inner).is_some_and(is_nullable));
    let some = nullable.map(|_| quote!(.map(Some)));
    let ty = nullable.unwrap_or(ty);
    quote! {
        #(#docs)*
        pub fn #name<T>(mut self, value: T) -> Self
        where
            T: ::std::convert::TryInto<#ty>,
            T::Error: ::std::fmt::Display,
        {
            self.#name = rt::member(#json_name, value)#some;
            self
        }
    }
}

/// Returns the default value of a type, named by its type.
fn default_of(ty: &syn::Type) -> TokenStream {
    let Some(path) = path_of_type(ty) else {
        return quote!(Ok(Default::default()));
    };
    if name_of_type(ty).as_deref() == Some("Option") {
        return quote!(Ok(None));
    }
    let mut path = path.clone();
    if let Some(last) = path.segments.last_mut() {
        last.arguments = syn::PathArguments::None;
    }
    quote!(Ok(#path::default()))
}

/// Returns the name of a member in JSON.
pub(in crate::generate) fn json_name(name: &syn::Ident, field: &syn::Field) -> String {
    let renamed = field
        .attrs
        .iter()
        .flat_map(serde_members)
        .find_map(|member| {
            let is_rename = member.path().is_ident("rename");
            value_of(&member).filter(|_| is_rename)
        });
    renamed.unwrap_or_else(|| name.to_string().trim_start_matches("r#").to_owned())
}
