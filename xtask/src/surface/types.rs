//! The generated types: `mod types` and the builders in it.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use syn::visit::{self, Visit};

use super::read::{content, is_public, of_impl};
use super::rust::{Writer, compact};
use super::{Member, Shape, Surface, Type, Variant};

/// Reads `mod types`.
pub(crate) fn read(items: &[syn::Item], names: &BTreeSet<String>, surface: &mut Surface) {
    let writer = Writer {
        types: names,
        module: "types",
    };
    for item in items {
        let (name, kind) = match item {
            syn::Item::Struct(item) => (&item.ident, of_struct(item, &writer)),
            syn::Item::Enum(item) => (&item.ident, of_enum(item, &writer)),
            _ => continue,
        };
        surface.types.insert(format!("types::{name}"), kind);
    }
    for item in items {
        match item {
            syn::Item::Struct(_) | syn::Item::Enum(_) => {}
            syn::Item::Impl(block) => implemented(block, &writer, surface),
            syn::Item::Mod(module) if module.ident == "builder" => {
                let inside = Writer {
                    types: names,
                    module: "types::builder",
                };
                builders(content(module), &inside, surface);
            }
            item => surface.note("types::", std::slice::from_ref(item), &writer),
        }
    }
}

fn of_struct(item: &syn::ItemStruct, writer: &Writer<'_>) -> Type {
    let members = members(&item.fields, writer);
    let shape = if matches!(item.fields, syn::Fields::Named(_)) {
        Shape::Struct(members)
    } else {
        Shape::Tuple(members)
    };
    with_attributes(&item.attrs, shape)
}

fn of_enum(item: &syn::ItemEnum, writer: &Writer<'_>) -> Type {
    let variants = item.variants.iter().map(|variant| {
        let (wire, serde) = serde(&variant.attrs, &variant.ident.to_string());
        Variant {
            name: variant.ident.to_string(),
            wire: wire.unwrap_or_default(),
            members: members(&variant.fields, writer)
                .into_iter()
                .map(|member| Member {
                    public: true,
                    ..member
                })
                .collect(),
            serde,
        }
    });
    with_attributes(&item.attrs, Shape::Enum(variants.collect()))
}

fn with_attributes(attributes: &[syn::Attribute], shape: Shape) -> Type {
    let (_, serde) = serde(attributes, "");
    Type {
        shape,
        non_exhaustive: attributes
            .iter()
            .any(|one| one.path().is_ident("non_exhaustive")),
        serde,
        traits: derives(attributes),
        functions: BTreeSet::new(),
        refuses: BTreeSet::new(),
    }
}

fn members(fields: &syn::Fields, writer: &Writer<'_>) -> Vec<Member> {
    let fields = fields.iter().enumerate();
    fields
        .map(|(number, field)| {
            let name = field
                .ident
                .as_ref()
                .map_or_else(|| number.to_string(), ToString::to_string);
            let (wire, serde) = serde(&field.attrs, name.trim_start_matches("r#"));
            Member {
                kind: writer.line(&field.ty),
                public: is_public(&field.vis),
                needed: false,
                name,
                wire,
                serde,
            }
        })
        .collect()
}

/// The name in JSON, none if it is flattened; and all else that serde is told.
fn serde(attributes: &[syn::Attribute], name: &str) -> (Option<String>, Vec<String>) {
    let mut wire = Some(name.to_owned());
    let mut others = Vec::new();
    for attribute in attributes.iter().filter(|one| one.path().is_ident("serde")) {
        // What cannot be read is shown as it stands.
        let read = attribute.parse_nested_meta(|meta| {
            let name = compact(&meta.path.to_token_stream().to_string());
            let value: Option<syn::LitStr> = match meta.value() {
                Ok(value) => Some(value.parse()?),
                Err(_) => None,
            };
            let value = value.map(|value| value.value());
            match (name.as_str(), value) {
                ("rename", Some(value)) => wire = Some(value),
                ("flatten", None) => wire = None,
                // All that is optional has it.
                ("skip_serializing_if", Some(test)) if test.ends_with("is_none") => {}
                (_, Some(value)) => others.push(format!("{name} = {value}")),
                (_, None) => others.push(name),
            }
            Ok(())
        });
        if read.is_err() {
            others.push(compact(&attribute.meta.to_token_stream().to_string()));
        }
    }
    (wire, others)
}

/// The last names of the derived traits.
pub(super) fn derives(attributes: &[syn::Attribute]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for attribute in attributes
        .iter()
        .filter(|one| one.path().is_ident("derive"))
    {
        // The generator's own output always parses.
        let _ = attribute.parse_nested_meta(|meta| {
            found.extend(meta.path.segments.last().map(|last| last.ident.to_string()));
            Ok(())
        });
    }
    found
}

fn implemented(block: &syn::ItemImpl, writer: &Writer<'_>, surface: &mut Surface) {
    let owner = writer.line(&*block.self_ty);
    let lines = of_impl(block, writer);
    let Some(kind) = surface.types.get_mut(&owner) else {
        // A conversion out of a type stands at the type that it is made of.
        surface.others.extend(lines);
        return;
    };
    for line in lines {
        let of_trait = line
            .strip_prefix("impl ")
            .and_then(|line| line.strip_suffix(&format!(" for {owner}")));
        match of_trait {
            Some(name) => kind.traits.insert(without_lifetime(name)),
            None => kind
                .functions
                .insert(line.trim_start_matches(&format!("{owner}: ")).to_owned()),
        };
    }
    if block.trait_.as_ref().is_some_and(|(name, _)| {
        name.segments
            .last()
            .is_some_and(|last| last.ident == "FromStr")
    }) && matches!(kind.shape, Shape::Tuple(_))
    {
        let mut texts = Refusals::default();
        texts.visit_item_impl(block);
        kind.refuses = texts.0;
    }
}

/// A trait that is derived and one that is written out are the same.
fn without_lifetime(name: &str) -> String {
    name.replace("<'de>", "").replace("serde::", "")
}

/// The texts of `Err("…".into())`.
#[derive(Default)]
struct Refusals(BTreeSet<String>);

impl<'ast> Visit<'ast> for Refusals {
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if call.func.to_token_stream().to_string() == "Err"
            && let Some(syn::Expr::MethodCall(into)) = call.args.first()
            && let syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            }) = &*into.receiver
        {
            self.0.insert(text.value());
        }
        visit::visit_expr_call(self, call);
    }
}

/// The builders: their setters are the members of what they build, so only
/// what a builder needs is noted, and what is not as expected.
fn builders(items: &[syn::Item], writer: &Writer<'_>, surface: &mut Surface) {
    for item in items {
        match item {
            syn::Item::Struct(item) => {
                surface
                    .others
                    .insert(format!("struct types::builder::{}", item.ident));
            }
            syn::Item::Impl(block) if is_default(block) => {
                let name = compact(&block.self_ty.to_token_stream().to_string());
                let mut needed = Needed::default();
                needed.visit_item_impl(block);
                if let Some(Type {
                    shape: Shape::Struct(members),
                    ..
                }) = surface.types.get_mut(&format!("types::{name}"))
                {
                    for member in members {
                        member.needed = needed.0.get(&member.name).copied().unwrap_or(false);
                    }
                }
            }
            syn::Item::Impl(block) if block.trait_.is_none() => setters(block, writer, surface),
            // Both ways between a type and its builder; every builder has them.
            syn::Item::Impl(block) => surface.others.extend(of_impl(block, writer)),
            item => surface.note("types::builder::", std::slice::from_ref(item), writer),
        }
    }
}

fn is_default(block: &syn::ItemImpl) -> bool {
    block.trait_.as_ref().is_some_and(|(name, _)| {
        name.segments
            .last()
            .is_some_and(|last| last.ident == "Default")
    })
}

fn setters(block: &syn::ItemImpl, writer: &Writer<'_>, surface: &mut Surface) {
    let name = compact(&block.self_ty.to_token_stream().to_string());
    let expected: BTreeSet<String> = surface
        .types
        .get(&format!("types::{name}"))
        .map(|kind| {
            kind.members()
                .iter()
                .map(|member| format!("{}: {}", member.name, member.kind))
                .collect()
        })
        .unwrap_or_default();
    for function in &block.items {
        let syn::ImplItem::Fn(function) = function else {
            continue;
        };
        let taken = taken(&function.sig, writer).unwrap_or_default();
        if is_public(&function.vis)
            && !expected.contains(&format!("{}: {taken}", function.sig.ident))
        {
            surface.others.insert(format!(
                "types::builder::{name}: {}",
                writer.line(&function.sig)
            ));
        }
    }
}

/// What a setter takes: the `T` of its bound `TryInto<T>`.
pub(super) fn taken(signature: &syn::Signature, writer: &Writer<'_>) -> Option<String> {
    struct Bound(Option<syn::Type>);
    impl<'ast> Visit<'ast> for Bound {
        fn visit_trait_bound(&mut self, bound: &'ast syn::TraitBound) {
            if let Some(last) = bound.path.segments.last()
                && last.ident == "TryInto"
                && let syn::PathArguments::AngleBracketed(arguments) = &last.arguments
                && let Some(syn::GenericArgument::Type(kind)) = arguments.args.first()
            {
                self.0.get_or_insert_with(|| kind.clone());
            }
        }
    }
    let mut bound = Bound(None);
    bound.visit_signature(signature);
    bound.0.map(|kind| writer.line(&kind))
}

/// Which members of a struct expression begin as an error.
#[derive(Default)]
pub(super) struct Needed(pub(super) BTreeMap<String, bool>);

impl<'ast> Visit<'ast> for Needed {
    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        let name = field.member.to_token_stream().to_string();
        let begins = field.expr.to_token_stream().to_string();
        self.0.insert(name, begins.starts_with("Err"));
    }
}
