//! The generated types: `mod types` and the builders in it.

use std::collections::BTreeSet;

use quote::ToTokens;
use syn::visit::{self, Visit};

use super::read::of_impl;
use super::rust::{Writer, compact};
use super::{Member, Shape, Surface, Type, Variant};
use crate::rust::{
    argument_of, content, implemented, is_public, literal, name_of_type, serde_members, value_of,
};

/// Reads `mod types`.
pub(crate) fn read(items: &[syn::Item], names: &BTreeSet<String>, surface: &mut Surface) {
    let writer = Writer {
        types: names,
        module: "types",
    };
    for item in items {
        let (name, ty) = match item {
            syn::Item::Struct(item) => (&item.ident, of_struct(item, &writer)),
            syn::Item::Enum(item) => (&item.ident, of_enum(item, &writer)),
            _ => continue,
        };
        surface.types.insert(format!("types::{name}"), ty);
    }
    for item in items {
        match item {
            syn::Item::Struct(_) | syn::Item::Enum(_) => {}
            syn::Item::Impl(block) => implementation(block, &writer, surface),
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
    let mut members = members(&item.fields, writer);
    let shape = if matches!(item.fields, syn::Fields::Named(_)) {
        // The order of the document is no part of the API. The map of unnamed members is last.
        members.sort_by_cached_key(|it| (it.json_name.is_none(), it.name.clone()));
        Shape::Struct(members)
    } else {
        Shape::Tuple(members)
    };
    with_attributes(&item.attrs, shape)
}

fn of_enum(item: &syn::ItemEnum, writer: &Writer<'_>) -> Type {
    let variants = item.variants.iter().map(|variant| {
        let (json_name, serde) = serde(&variant.attrs, &variant.ident.to_string());
        Variant {
            name: variant.ident.to_string(),
            json_name: json_name.unwrap_or_default(),
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
        rejects: BTreeSet::new(),
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
            let (json_name, serde) = serde(&field.attrs, name.trim_start_matches("r#"));
            Member {
                ty: writer.line(&field.ty),
                public: is_public(&field.vis),
                required: false,
                name,
                json_name,
                serde,
            }
        })
        .collect()
}

/// Returns the name in JSON, none if it is flattened; and the other serde attributes.
fn serde(attributes: &[syn::Attribute], name: &str) -> (Option<String>, Vec<String>) {
    let mut json_name = Some(name.to_owned());
    let mut others = Vec::new();
    // A sloppy date of a response changes neither the type nor what is sent.
    let is_of_dates = |one: &syn::Attribute| {
        let mut members = serde_members(one).into_iter();
        members.any(|member| value_of(&member).as_deref() == Some("perspio_http::rt::dates"))
    };
    for attribute in attributes.iter().filter(|one| one.path().is_ident("serde")) {
        if is_of_dates(attribute) {
            continue;
        }
        // An attribute of another form is shown as it is.
        let read = attribute.parse_nested_meta(|meta| {
            let name = compact(&meta.path.to_token_stream().to_string());
            let value: Option<syn::LitStr> = match meta.value() {
                Ok(value) => Some(value.parse()?),
                Err(_) => None,
            };
            let value = value.map(|value| value.value());
            match (name.as_str(), value) {
                ("rename", Some(value)) => json_name = Some(value),
                ("flatten", None) => json_name = None,
                // Every optional member has it.
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
    (json_name, others)
}

/// Returns the last names of the derived traits, also of those that a feature enables.
pub(super) fn derives(attributes: &[syn::Attribute]) -> BTreeSet<String> {
    let all = attributes.iter().flat_map(crate::rust::derived);
    all.filter_map(|path| Some(path.segments.last()?.ident.to_string()))
        .collect()
}

fn implementation(block: &syn::ItemImpl, writer: &Writer<'_>, surface: &mut Surface) {
    let owner = writer.line(&*block.self_ty);
    let lines = of_impl(block, writer);
    let Some(ty) = surface.types.get_mut(&owner) else {
        // A conversion out of a type implements a trait for another one.
        surface.others.extend(lines);
        return;
    };
    for line in lines {
        let of_trait = line
            .strip_prefix("impl ")
            .and_then(|line| line.strip_suffix(&format!(" for {owner}")));
        match of_trait {
            Some(name) => ty.traits.insert(without_lifetime(name)),
            None => ty
                .functions
                .insert(line.trim_start_matches(&format!("{owner}: ")).to_owned()),
        };
    }
    if implemented(block).as_deref() == Some("FromStr") && matches!(ty.shape, Shape::Tuple(_)) {
        let mut reasons = Reasons::default();
        reasons.visit_item_impl(block);
        ty.rejects = reasons.0;
    }
}

/// Returns the name of a trait without its lifetime and module, as in a derive.
fn without_lifetime(name: &str) -> String {
    name.replace("<'de>", "").replace("serde::", "")
}

/// The texts of `Err("…".into())`.
#[derive(Default)]
struct Reasons(BTreeSet<String>);

impl<'ast> Visit<'ast> for Reasons {
    fn visit_expr(&mut self, expression: &'ast syn::Expr) {
        visit::visit_expr(self, expression);
        if let Some(syn::Expr::MethodCall(into)) = argument_of(expression, "Err") {
            self.0.extend(literal(&into.receiver));
        }
    }
}

/// Reads the builders. Their setters are the members of their types, so that only required
/// members and other functions are noted.
fn builders(items: &[syn::Item], writer: &Writer<'_>, surface: &mut Surface) {
    for item in items {
        match item {
            syn::Item::Struct(item) => {
                surface
                    .others
                    .insert(format!("struct types::builder::{}", item.ident));
            }
            syn::Item::Impl(block) if implemented(block).as_deref() == Some("Default") => {
                let name = name_of_type(&block.self_ty).unwrap_or_default();
                let mut required = Required::default();
                required.visit_item_impl(block);
                if let Some(Type {
                    shape: Shape::Struct(members),
                    ..
                }) = surface.types.get_mut(&format!("types::{name}"))
                {
                    for member in members {
                        member.required = required.contains(&member.name);
                    }
                }
            }
            syn::Item::Impl(block) if block.trait_.is_none() => setters(block, writer, surface),
            // The conversions between a type and its builder, which every builder has.
            syn::Item::Impl(block) => surface.others.extend(of_impl(block, writer)),
            item => surface.note("types::builder::", std::slice::from_ref(item), writer),
        }
    }
}

fn setters(block: &syn::ItemImpl, writer: &Writer<'_>, surface: &mut Surface) {
    let name = name_of_type(&block.self_ty).unwrap_or_default();
    let expected: BTreeSet<String> = surface
        .types
        .get(&format!("types::{name}"))
        .map(|ty| {
            let members = ty.members().iter();
            members
                .map(|member| format!("{}: {}", member.name, set_type(&member.ty)))
                .collect()
        })
        .unwrap_or_default();
    for function in crate::rust::functions(block) {
        let ty = value_type(&function.sig, writer).unwrap_or_default();
        if is_public(&function.vis) && !expected.contains(&format!("{}: {ty}", function.sig.ident))
        {
            surface.others.insert(format!(
                "types::builder::{name}: {}",
                writer.line(&function.sig)
            ));
        }
    }
}

/// Returns the type that the setter of a member takes: the type of the member, without the
/// option of one that may be null.
fn set_type(ty: &str) -> &str {
    let inner = ty
        .strip_prefix("Option<")
        .and_then(|ty| ty.strip_suffix('>'));
    let path = |inner: &str| inner.split('<').next().unwrap_or_default().to_owned();
    let is_nullable = |inner: &&str| {
        let path = path(inner);
        path.rsplit("::")
            .next()
            .is_some_and(|name| name.starts_with("Nullable"))
    };
    inner.filter(is_nullable).unwrap_or(ty)
}

/// Returns the type of a setter's value: the `T` of its bound `TryInto<T>`.
pub(super) fn value_type(signature: &syn::Signature, writer: &Writer<'_>) -> Option<String> {
    struct Bound(Option<syn::Type>);
    impl<'ast> Visit<'ast> for Bound {
        fn visit_trait_bound(&mut self, bound: &'ast syn::TraitBound) {
            if let Some(last) = bound.path.segments.last()
                && last.ident == "TryInto"
                && let syn::PathArguments::AngleBracketed(arguments) = &last.arguments
                && let Some(syn::GenericArgument::Type(ty)) = arguments.args.first()
            {
                self.0.get_or_insert_with(|| ty.clone());
            }
        }
    }
    let mut bound = Bound(None);
    bound.visit_signature(signature);
    bound.0.map(|ty| writer.line(&ty))
}

/// The members of a struct expression whose initial value is an error.
#[derive(Default)]
pub(super) struct Required(BTreeSet<String>);

impl Required {
    pub(super) fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

impl<'ast> Visit<'ast> for Required {
    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        if let syn::Member::Named(name) = &field.member
            && argument_of(&field.expr, "Err").is_some()
        {
            self.0.insert(name.to_string());
        }
    }
}
