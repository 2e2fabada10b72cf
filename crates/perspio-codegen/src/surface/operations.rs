//! The operations: methods of the client, their builders, and where the document sends
//! each value.

use std::collections::{BTreeMap, BTreeSet};

use quote::ToTokens;
use serde_json::Value;
use syn::visit::{self, Visit};

use super::read::of_impl;
use super::rust::{Writer, compact};
use super::types::{Required, derives, value_type};
use super::{Operation, Setter, Surface};
use crate::model::{Location, requests};
use crate::rust::{
    ends_with, functions, inside, is_public, literal, name_of_type, names, path_of, path_of_type,
    type_arguments,
};

/// Reads the methods of the client: those of operations, which return builders, and others.
pub(crate) fn methods(of_client: &syn::ItemImpl, writer: &Writer<'_>, surface: &mut Surface) {
    for method in functions(of_client).filter(|method| is_public(&method.vis)) {
        let name = method.sig.ident.to_string();
        let Some(builder) = returned_builder(&method.sig) else {
            surface
                .others
                .insert(format!("Client: {}", writer.line(&method.sig)));
            continue;
        };
        let operation = surface.operations.entry(name).or_default();
        "Client".clone_into(&mut operation.owner);
        operation.builder = builder;
        if method
            .attrs
            .iter()
            .any(|it| it.path().is_ident("deprecated"))
        {
            operation.marks.push("deprecated".to_owned());
        }
    }
}

/// Returns the name of the builder that a method returns.
fn returned_builder(signature: &syn::Signature) -> Option<String> {
    let syn::ReturnType::Type(_, ty) = &signature.output else {
        return None;
    };
    match names(path_of_type(ty)?).as_slice() {
        [module, name] if module == "builder" => Some(name.clone()),
        _ => None,
    }
}

/// Reads the list of operations: method, path and properties of each.
pub(crate) fn list(list: &syn::ItemConst, surface: &mut Surface) {
    let mut rows = Rows::default();
    rows.visit_item_const(list);
    for row in rows.0 {
        let value = |name: &str| {
            let is_named = |field: &&syn::FieldValue| matches!(&field.member, syn::Member::Named(member) if member == name);
            let field = row.fields.iter().find(is_named);
            field.map(|field| match literal(&field.expr) {
                Some(text) => text,
                None => compact(&field.expr.to_token_stream().to_string()),
            })
        };
        let id = value("id").unwrap_or_default();
        let mut operations = surface.operations.values_mut();
        let Some(operation) = operations.find(|operation| operation.id == id) else {
            continue;
        };
        operation.method = value("method").unwrap_or_default();
        operation.path = value("path").unwrap_or_default();
        let provenance = value("provenance").unwrap_or_default();
        operation
            .marks
            .extend(provenance.rsplit("::").next().map(str::to_lowercase));
        for mark in ["writes", "repeatable", "anonymous"] {
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

/// Reads the builders of requests. Each belongs to the method that returns it.
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
    let name = name_of_type(&block.self_ty).unwrap_or_default();
    let mut operations = surface.operations.iter();
    let found = operations.find(|(_, operation)| operation.builder == name);
    let Some(method) = found.map(|(method, _)| method.clone()) else {
        surface.others.extend(of_impl(block, writer));
        return;
    };
    let mut required = Required::default();
    let mut body = None;
    let mut read = Operation::default();
    for function in functions(block) {
        let name = function.sig.ident.to_string();
        // `send` of a download calls the function that builds its request.
        if let Some(id) = operation_id(function) {
            read.id = id;
        }
        if name == "new" {
            required.visit_impl_item_fn(function);
        } else if name == "send" {
            let success = success(&function.sig);
            read.success = success.map(|ty| writer.line(ty)).unwrap_or_default();
        } else if let Some(ty) = value_type(&function.sig, writer) {
            let setter = Setter {
                required: required.contains(&name),
                ty,
                sent_as: String::new(),
            };
            if name == "body" {
                body = Some(setter.ty.clone());
            }
            read.setters.insert(name, setter);
        } else if is_public(&function.vis) {
            read.others.insert(writer.line(&function.sig));
        }
    }
    // A required body is initially an empty builder of its type, which is valid if the type
    // has no required member.
    let of_body = body.and_then(|ty| surface.types.get(&ty));
    let lacks = of_body.is_some_and(|ty| ty.members().iter().any(|member| member.required));
    if let Some(body) = read.setters.get_mut("body") {
        body.required |= lacks;
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
        operation.others = read.others;
    }
}

/// Returns the id of the operation whose request a function of a builder builds.
pub fn operation_id(function: &syn::ImplItemFn) -> Option<String> {
    let mut id = Id::default();
    id.visit_impl_item_fn(function);
    id.0
}

#[derive(Default)]
struct Id(Option<String>);

impl<'ast> Visit<'ast> for Id {
    /// Reads the id in `rt::operation(super::OPERATIONS, "…")`.
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        visit::visit_expr_call(self, call);
        if path_of(&call.func).is_some_and(|path| ends_with(path, &["rt", "operation"])) {
            self.0 = call.args.last().and_then(literal);
        }
    }
}

/// Returns `T` of a `send` that returns `Result<ResponseValue<T>, Error>`.
pub fn success(send: &syn::Signature) -> Option<&syn::Type> {
    let syn::ReturnType::Type(_, result) = &send.output else {
        return None;
    };
    inside(type_arguments(result).first()?, "ResponseValue")
}

/// Adds what only the document contains: where each setter's value is sent, and the
/// documented statuses.
pub(crate) fn encodings(document: &Value, surface: &mut Surface) {
    for request in requests(document).into_values() {
        let Some(operation) = by_id(surface, &request.name) else {
            continue;
        };
        operation.server = request.server;
        for parameter in &request.parameters {
            if let Some(setter) = operation.setters.get_mut(&parameter.field) {
                let location = match parameter.location {
                    Location::Path => "path",
                    Location::Query => "query",
                    Location::Header => "header",
                    Location::Cookie => "cookie",
                    Location::Part => "part",
                };
                setter.sent_as = format!("{location} {}", parameter.name);
            }
        }
        if let Some(setter) = operation.setters.get_mut("body")
            && let Some(body) = &request.body
        {
            setter.sent_as.clone_from(&body.media_type);
        }
        for response in request.responses {
            let types = response.media_types.join(", ");
            let statuses = operation.responses.entry(types).or_default();
            statuses.push(response.status);
        }
    }
}

fn by_id<'a>(surface: &'a mut Surface, id: &str) -> Option<&'a mut Operation> {
    let mut operations = surface.operations.values_mut();
    operations.find(|operation| operation.id == id)
}
