//! The operations: methods of the client, their builders, and where the
//! document says that a value goes.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;
use quote::ToTokens;
use serde_json::Value;
use syn::visit::{self, Visit};

use super::read::{is_public, of_impl};
use super::rust::{Writer, compact};
use super::types::{Needed, derives, taken};
use super::{Operation, Setter, Surface};
use crate::generate::{members, method_name, operations, resolve};

/// The methods of a trait that the client implements.
pub(crate) fn methods(of_client: &syn::ItemTrait, surface: &mut Surface) {
    surface.others.insert(format!("trait {}", of_client.ident));
    for item in &of_client.items {
        if let syn::TraitItem::Fn(method) = item {
            let operation = surface.operations.entry(method.sig.ident.to_string());
            let operation = operation.or_default();
            operation.owner = of_client.ident.to_string();
            if let syn::ReturnType::Type(_, kind) = &method.sig.output {
                operation.builder = last(kind);
            }
        }
    }
}

/// The list of operations: method, path and marks of each.
pub(crate) fn list(list: &syn::ItemConst, surface: &mut Surface) {
    let mut rows = Rows::default();
    rows.visit_item_const(list);
    for row in rows.0 {
        let value = |name: &str| {
            let field = row
                .fields
                .iter()
                .find(|field| field.member.to_token_stream().to_string() == name);
            field.map(|field| match &field.expr {
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(text),
                    ..
                }) => text.value(),
                other => compact(&other.to_token_stream().to_string()),
            })
        };
        let id = value("id").unwrap_or_default();
        let mut operations = surface.operations.values_mut();
        let Some(operation) = operations.find(|operation| operation.id == id) else {
            continue;
        };
        operation.method = value("method").unwrap_or_default();
        operation.path = value("path").unwrap_or_default();
        let source = value("source").unwrap_or_default();
        operation
            .marks
            .extend(source.rsplit("::").next().map(str::to_lowercase));
        for mark in ["writes", "repeatable"] {
            if value(mark).as_deref() == Some("true") {
                operation.marks.push(mark.to_owned());
            }
        }
    }
}

#[derive(Default)]
struct Rows(Vec<syn::ExprStruct>);

impl<'ast> Visit<'ast> for Rows {
    fn visit_expr_struct(&mut self, row: &'ast syn::ExprStruct) {
        self.0.push(row.clone());
    }
}

/// The builders; each belongs to the method that is called as it, in snake case.
pub(crate) fn builders(items: &[syn::Item], writer: &Writer<'_>, surface: &mut Surface) {
    let mut derived = BTreeMap::new();
    for item in items {
        match item {
            syn::Item::Struct(item) => {
                derived.insert(item.ident.to_string(), derives(&item.attrs));
            }
            syn::Item::Impl(block) if block.trait_.is_none() => {
                builder(block, &derived, writer, surface);
            }
            item => surface.note("builder::", std::slice::from_ref(item), writer),
        }
    }
}

fn builder(
    block: &syn::ItemImpl,
    derived: &BTreeMap<String, BTreeSet<String>>,
    writer: &Writer<'_>,
    surface: &mut Surface,
) {
    let name = last(&block.self_ty);
    let mut operations = surface.operations.iter();
    let found = operations.find(|(_, operation)| operation.builder == name);
    let Some(method) = found.map(|(method, _)| method.clone()) else {
        surface.others.extend(of_impl(block, writer));
        return;
    };
    let mut needed = Needed::default();
    let mut bodies = None;
    let mut read = Operation::default();
    for item in &block.items {
        let syn::ImplItem::Fn(function) = item else {
            continue;
        };
        let name = function.sig.ident.to_string();
        if name == "new" {
            needed.visit_impl_item_fn(function);
        } else if name == "send" {
            (read.success, read.failure) = outcome(&function.sig, writer);
            read.id = id_in_call(function).unwrap_or_default();
        } else if let Some(kind) = taken(&function.sig, writer) {
            let setter = Setter {
                needed: needed.0.get(&name).copied().unwrap_or(false),
                kind,
                wire: String::new(),
            };
            if name == "body" {
                bodies = Some(setter.kind.clone());
            }
            read.setters.insert(name, setter);
        } else if is_public(&function.vis) {
            read.others.insert(writer.line(&function.sig));
        }
    }
    // A body begins as an empty one of its builder: whether that can be sent
    // depends on what the type needs.
    let of_body = bodies.and_then(|kind| surface.types.get(&kind));
    let lacks = of_body.is_some_and(|kind| kind.members().iter().any(|member| member.needed));
    if let Some(body) = read.setters.get_mut("body") {
        body.needed |= lacks;
    }
    if let Some(traits) = derived.get(&name) {
        let traits: Vec<_> = traits.iter().map(String::as_str).collect();
        read.others
            .insert(format!("struct builder::{name}: {}", traits.join(", ")));
    }
    if let Some(operation) = surface.operations.get_mut(&method) {
        operation.id = read.id;
        operation.setters = read.setters;
        operation.success = read.success;
        operation.failure = read.failure;
        operation.others = read.others;
    }
}

/// The id of the operation whose requests a builder's `send` sends.
pub(crate) fn id_in_call(send: &syn::ImplItemFn) -> Option<String> {
    let mut id = Id::default();
    id.visit_impl_item_fn(send);
    id.0
}

#[derive(Default)]
struct Id(Option<String>);

impl<'ast> Visit<'ast> for Id {
    /// `perspio_http::Operation::find(super::OPERATIONS, "…")`
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        visit::visit_expr_call(self, call);
        if call.func.to_token_stream().to_string() == "perspio_http :: Operation :: find"
            && let Some(syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            })) = call.args.last()
        {
            self.0 = Some(text.value());
        }
    }
}

/// The last name of a path.
fn last(kind: &syn::Type) -> String {
    match kind {
        syn::Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
    .map(|last| last.ident.to_string())
    .unwrap_or_default()
}

/// The two types of `Result<ResponseValue<A>, Error<B>>`.
fn outcome(signature: &syn::Signature, writer: &Writer<'_>) -> (String, String) {
    let syn::ReturnType::Type(_, kind) = &signature.output else {
        return Default::default();
    };
    let inside = |kind: &syn::Type| -> Vec<syn::Type> {
        let syn::Type::Path(path) = kind else {
            return Vec::new();
        };
        match path.path.segments.last().map(|last| &last.arguments) {
            Some(syn::PathArguments::AngleBracketed(arguments)) => arguments
                .args
                .iter()
                .filter_map(|argument| match argument {
                    syn::GenericArgument::Type(kind) => Some(kind.clone()),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    };
    let both = inside(kind);
    let mut both = both.iter().map(|kind| {
        inside(kind)
            .first()
            .map_or_else(|| writer.line(kind), |kind| writer.line(kind))
    });
    (
        both.next().unwrap_or_default(),
        both.next().unwrap_or_default(),
    )
}

/// Adds what only the document knows: where each setter's value goes, and
/// which statuses are declared.
pub(crate) fn wires(document: &Value, surface: &mut Surface) {
    for at in operations(document) {
        let (item, described, id) = (at.item, at.own, method_name(at.id()));
        let mut operations = surface.operations.values_mut();
        let Some(operation) = operations.find(|operation| operation.id == id) else {
            continue;
        };
        for owner in [item, described] {
            let listed = owner.get("parameters").and_then(Value::as_array);
            for parameter in listed.into_iter().flatten() {
                let parameter = resolve(document, parameter);
                let text = |name| parameter.get(name).and_then(Value::as_str);
                let (name, place) = (text("name").unwrap_or_default(), text("in"));
                // The names of keywords get an ending.
                let rust = name.to_snake_case();
                let found = [rust.clone(), format!("{rust}_"), format!("r#{rust}")]
                    .into_iter()
                    .find(|name| operation.setters.contains_key(name));
                if let Some(setter) = found.and_then(|name| operation.setters.get_mut(&name)) {
                    setter.wire = format!("{} {name}", place.unwrap_or_default());
                }
            }
        }
        if let Some(body) = operation.setters.get_mut("body") {
            let described = described
                .get("requestBody")
                .map(|body| resolve(document, body));
            let kinds = members(described.and_then(|body| body.get("content")));
            let kinds: Vec<_> = kinds.map(|(kind, _)| kind.as_str()).collect();
            body.wire = kinds.join(", ");
        }
        for (status, answer) in members(described.get("responses")) {
            let content = resolve(document, answer).get("content");
            let kinds: Vec<_> = members(content).map(|(kind, _)| kind.as_str()).collect();
            let statuses = operation.answers.entry(kinds.join(", ")).or_default();
            statuses.push(status.clone());
        }
    }
}
