//! Patterns of Rust syntax that the passes over generated code match.

use crate::error::{Context, Result, ensure};

/// How often a pass must find what it changes in one location of the generated code.
pub struct Expected<'a> {
    /// The name of the pass.
    pub pass: &'a str,
    /// The operation, type or file that is changed.
    pub location: &'a str,
    /// The number of changes, known from the document or from the type itself.
    pub count: usize,
}

impl Expected<'_> {
    /// Checks the number of changes that were made.
    ///
    /// # Errors
    /// The number differs: the generator's output no longer has the expected form.
    pub fn check(&self, found: usize) -> Result<()> {
        let Self {
            pass,
            location,
            count,
        } = self;
        ensure(
            found == *count,
            format_args!(
                "the pass `{pass}` applied {found} times to {location} instead of {count} times: \
             the generator's output has changed, adapt the pass"
            ),
        )?;
        Ok(())
    }
}

/// Returns the identifiers of a path without arguments.
pub fn names(path: &syn::Path) -> Vec<String> {
    path.segments
        .iter()
        .map(|it| it.ident.to_string())
        .collect()
}

/// Returns whether a path has exactly these identifiers, with or without a leading `::`.
pub fn path_is(path: &syn::Path, expected: &[&str]) -> bool {
    path.segments.len() == expected.len() && ends_with(path, expected)
}

/// Returns whether a path ends with these identifiers.
pub fn ends_with(path: &syn::Path, expected: &[&str]) -> bool {
    let names = names(path);
    names.len() >= expected.len()
        && names
            .iter()
            .rev()
            .zip(expected.iter().rev())
            .all(|(a, b)| a == b)
}

/// Returns the path of an expression that is one.
pub fn path_of(expression: &syn::Expr) -> Option<&syn::Path> {
    match expression {
        syn::Expr::Path(path) => Some(&path.path),
        _ => None,
    }
}

/// Returns the path of a type that is one.
pub fn path_of_type(ty: &syn::Type) -> Option<&syn::Path> {
    match ty {
        syn::Type::Path(path) if path.qself.is_none() => Some(&path.path),
        _ => None,
    }
}

/// Returns the last identifier of a type that is a path.
pub fn name_of_type(ty: &syn::Type) -> Option<String> {
    Some(path_of_type(ty)?.segments.last()?.ident.to_string())
}

/// Returns the type arguments of the last segment of a type.
pub fn type_arguments(ty: &syn::Type) -> Vec<&syn::Type> {
    let last = path_of_type(ty).and_then(|path| path.segments.last());
    match last.map(|last| &last.arguments) {
        Some(syn::PathArguments::AngleBracketed(inner)) => inner
            .args
            .iter()
            .filter_map(|argument| match argument {
                syn::GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Returns the first type argument of a type with this last identifier: `T` of `Option<T>`.
pub fn inside<'a>(ty: &'a syn::Type, name: &str) -> Option<&'a syn::Type> {
    if name_of_type(ty)? != name {
        return None;
    }
    type_arguments(ty).into_iter().next()
}

/// Returns the text of a string literal, or of a `concat!` of several.
pub fn literal(expression: &syn::Expr) -> Option<String> {
    match expression {
        syn::Expr::Macro(call) if call.mac.path.is_ident("concat") => {
            let parts = call.mac.parse_body_with(
                syn::punctuated::Punctuated::<syn::LitStr, syn::Token![,]>::parse_terminated,
            );
            Some(parts.ok()?.iter().map(syn::LitStr::value).collect())
        }
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

/// Returns the call of a method with this name.
pub fn method_call<'a>(expression: &'a syn::Expr, name: &str) -> Option<&'a syn::ExprMethodCall> {
    match expression {
        syn::Expr::MethodCall(call) if call.method == name => Some(call),
        _ => None,
    }
}

/// Returns the argument of a call of the function `name`.
pub fn argument_of<'a>(expression: &'a syn::Expr, name: &str) -> Option<&'a syn::Expr> {
    match expression {
        syn::Expr::Call(call) if ends_with(path_of(&call.func)?, &[name]) => call.args.first(),
        _ => None,
    }
}

/// Returns the last identifier of the trait that a block implements.
pub fn implemented(block: &syn::ItemImpl) -> Option<String> {
    let (path, _) = block.trait_.as_ref()?;
    Some(path.segments.last()?.ident.to_string())
}

/// Returns the functions of a block.
pub fn functions(block: &syn::ItemImpl) -> impl Iterator<Item = &syn::ImplItemFn> {
    block.items.iter().filter_map(|item| match item {
        syn::ImplItem::Fn(function) => Some(function),
        _ => None,
    })
}

/// Returns the items of a module.
pub fn content(module: &syn::ItemMod) -> &[syn::Item] {
    module.content.as_ref().map_or(&[], |(_, items)| items)
}

/// Returns whether an item is visible to every crate.
pub fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

/// Returns the members of a `#[serde(…)]` attribute; none of any other attribute.
pub fn serde_members(attribute: &syn::Attribute) -> Vec<syn::Meta> {
    let all = syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated;
    if !attribute.path().is_ident("serde") {
        return Vec::new();
    }
    attribute
        .parse_args_with(all)
        .map(|members| members.into_iter().collect())
        .unwrap_or_default()
}

/// Returns whether a field has this member in a `#[serde(…)]` attribute.
pub fn has_serde(attributes: &[syn::Attribute], name: &str) -> bool {
    let mut members = attributes.iter().flat_map(serde_members);
    members.any(|member| member.path().is_ident(name))
}

/// Returns the string of a member such as `skip_serializing_if = "…"`.
pub fn value_of(member: &syn::Meta) -> Option<String> {
    literal(&member.require_name_value().ok()?.value)
}

/// Returns the traits that an attribute derives, also of those that a feature enables.
pub fn derived(attribute: &syn::Attribute) -> Vec<syn::Path> {
    let all = syn::punctuated::Punctuated::<syn::Meta, syn::Token![,]>::parse_terminated;
    let mut found = Vec::new();
    let mut open = vec![attribute.meta.clone()];
    while let Some(meta) = open.pop() {
        let Ok(members) = meta
            .require_list()
            .and_then(|list| list.parse_args_with(all))
        else {
            continue;
        };
        if meta.path().is_ident("derive") {
            found.extend(members.iter().map(|member| member.path().clone()));
        } else if meta.path().is_ident("cfg_attr") {
            open.extend(members);
        }
    }
    found
}

/// Parses the output of progenitor.
pub(crate) fn parse(tokens: proc_macro2::TokenStream) -> Result<syn::File> {
    syn::parse2(tokens).context("progenitor's output is not Rust")
}
