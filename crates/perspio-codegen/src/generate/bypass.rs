//! Checks that no generated request can bypass the client's runtime, which signs
//! requests, keeps to rate limits and retries.
//!
//! Generated code has no HTTP client: it does not use reqwest, uses the inner client only as
//! an argument of the runtime and by methods that send nothing, and calls the runtime once for
//! each operation.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::error::{Result, ensure, fail};
use crate::model::Request;
use crate::model::builder_name;
use crate::rust::{Expected, content, functions, name_of_type, names, path_is, path_of};

/// The functions of the runtime that send a request.
const CALLS: [&str; 9] = [
    "call",
    "call_by_status",
    "call_bytes",
    "call_empty",
    "call_events",
    "call_text_events",
    "download",
    "download_from",
    "stream_pages",
];
/// The functions of the runtime whose first argument is the inner client.
const WITH_CLIENT: [&str; 2] = ["request", "valid"];
/// The methods of the inner client that generated code may call. None of them sends a request.
const OF_INNER_CLIENT: [&str; 6] = [
    "budget",
    "request",
    "settle",
    "token_source",
    "with_options",
    "with_token_source",
];
/// The methods that generated code must not call.
const FORBIDDEN_METHODS: [&str; 3] = ["execute", "http", "send"];

/// Checks a generated client.
///
/// # Errors
/// The first construct that could send a request without the runtime, with its location.
pub(super) fn check(file: &syn::File, requests: &BTreeMap<String, Request>) -> Result<()> {
    let mut left: BTreeMap<String, &str> = requests
        .keys()
        .map(|name| (builder_name(name), name.as_str()))
        .collect();
    for item in &file.items {
        match item {
            syn::Item::Mod(module) if module.ident == "builder" => {
                for item in content(module) {
                    let operation = match item {
                        syn::Item::Impl(block) => {
                            let name = name_of_type(&block.self_ty).unwrap_or_default();
                            left.remove(&name)
                        }
                        _ => None,
                    };
                    let sending = match item {
                        syn::Item::Impl(block) if operation.is_some() => sending(block).count(),
                        _ => 0,
                    };
                    let calls = calls_of(operation.unwrap_or("builder"), |it| it.visit_item(item))?;
                    let expected = Expected {
                        pass: "bypass",
                        location: operation.unwrap_or("an item of `builder`"),
                        count: sending,
                    };
                    expected.check(calls)?;
                    if let (Some(operation), syn::Item::Impl(block)) = (operation, item) {
                        sends_last(operation, block)?;
                    }
                }
            }
            syn::Item::Struct(item) if item.ident == "Client" => client(item)?,
            item => {
                // A type of the document may have a member `inner`, but it has no client.
                let are_types = matches!(item, syn::Item::Mod(module) if module.ident == "types");
                let calls = if are_types {
                    allowed("the types", |it| it.visit_item(item))?.calls
                } else {
                    calls_of("the client", |it| it.visit_item(item))?
                };
                ensure(
                    calls == 0,
                    "the client sends a request outside of its builders",
                )?;
            }
        }
    }
    match left.into_values().next() {
        Some(operation) => fail(format_args!("{operation}: no builder sends its request")),
        None => Ok(()),
    }
}

/// Checks that the client's only field is the runtime's client.
fn client(item: &syn::ItemStruct) -> Result<()> {
    let fields: Vec<_> = item.fields.iter().collect();
    let is_inner = |field: &&syn::Field| {
        let ty = crate::rust::path_of_type(&field.ty);
        ty.is_some_and(|path| path_is(path, &["rt", "ApiClient"]))
    };
    ensure(
        matches!(fields.as_slice(), [field] if is_inner(field)),
        "Client: its only field must be `rt::ApiClient`",
    )?;
    Ok(())
}

/// Returns the functions of a builder that send its request.
fn sending(block: &syn::ItemImpl) -> impl Iterator<Item = &syn::ImplItemFn> {
    functions(block).filter(|function| function.sig.asyncness.is_some() || returns_items(function))
}

/// Returns whether a function returns a stream that sends requests when it is polled.
fn returns_items(function: &syn::ImplItemFn) -> bool {
    let syn::ReturnType::Type(_, ty) = &function.sig.output else {
        return false;
    };
    name_of_type(ty).is_some_and(|name| name == "ItemStream")
}

/// Checks that `send` and each other function that sends ends with a call of the runtime.
fn sends_last(operation: &str, block: &syn::ItemImpl) -> Result<()> {
    let is_call = |call: &syn::Expr| {
        matches!(call, syn::Expr::Call(call)
            if path_of(&call.func).is_some_and(|path| is_of_runtime(path, &CALLS)))
    };
    let mut has_send = false;
    for function in sending(block) {
        let name = &function.sig.ident;
        has_send |= name == "send";
        let sends = match function.block.stmts.last() {
            Some(syn::Stmt::Expr(syn::Expr::Await(last), None)) => is_call(&last.base),
            Some(syn::Stmt::Expr(last, None)) => returns_items(function) && is_call(last),
            _ => false,
        };
        ensure(
            sends,
            format_args!("{operation}: `{name}` does not end with a call of the runtime"),
        )?;
    }
    ensure(has_send, format_args!("{operation}: no function `send`"))
}

fn is_of_runtime(path: &syn::Path, functions: &[&str]) -> bool {
    functions
        .iter()
        .any(|function| path_is(path, &["rt", function]))
}

/// Counts the calls of the runtime in code.
///
/// # Errors
/// The code could bypass the runtime.
fn calls_of(location: &str, visit: impl FnOnce(&mut Code)) -> Result<usize> {
    let code = allowed(location, visit)?;
    ensure(
        code.inner == code.passed,
        format_args!(
            "{location}: generated code uses the inner client otherwise than as an argument of \
         the runtime"
        ),
    )?;
    Ok(code.calls)
}

/// Reads code, which must not use what can send a request by itself.
fn allowed(location: &str, visit: impl FnOnce(&mut Code)) -> Result<Code> {
    let mut code = Code::default();
    visit(&mut code);
    match code.forbidden.first() {
        None => Ok(code),
        Some(found) => fail(format_args!(
            "{location}: generated code must not use {found}, which can bypass the runtime"
        )),
    }
}

#[derive(Default)]
struct Code {
    forbidden: Vec<String>,
    calls: usize,
    /// The number of uses of the inner client, and of those as an argument of the runtime.
    inner: usize,
    passed: usize,
}

impl Code {
    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(word) => {
                    let word = word.to_string();
                    if word == "reqwest" || FORBIDDEN_METHODS.contains(&word.as_str()) {
                        self.forbidden.push(format!("`{word}` in a macro"));
                    }
                    self.calls += usize::from(CALLS.contains(&word.as_str()));
                    if word == "inner" {
                        self.inner += 1;
                    }
                }
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Code {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        visit::visit_path(self, path);
        if names(path)
            .iter()
            .any(|name| name == "reqwest" || name == "progenitor_client")
        {
            self.forbidden
                .push(format!("the path `{}`", names(path).join("::")));
        }
        self.calls += usize::from(is_of_runtime(path, &CALLS));
    }

    fn visit_use_tree(&mut self, tree: &'ast syn::UseTree) {
        visit::visit_use_tree(self, tree);
        if let syn::UseTree::Path(path) = tree
            && (path.ident == "reqwest" || path.ident == "progenitor_client")
        {
            self.forbidden
                .push(format!("an import of `{}`", path.ident));
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        visit::visit_expr_method_call(self, call);
        if FORBIDDEN_METHODS.iter().any(|method| call.method == method) {
            self.forbidden.push(format!("the method `{}`", call.method));
        }
        if is_inner(&call.receiver, "self")
            && OF_INNER_CLIENT.iter().any(|method| call.method == method)
        {
            self.passed += 1;
        }
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        visit::visit_expr_call(self, call);
        let has_client = path_of(&call.func).is_some_and(|it| is_of_runtime(it, &WITH_CLIENT));
        let is_inner_client = |argument: &syn::Expr| matches!(argument, syn::Expr::Reference(it) if is_inner(&it.expr, "client"));
        if has_client && call.args.first().is_some_and(is_inner_client) {
            self.passed += 1;
        }
    }

    fn visit_expr_field(&mut self, field: &'ast syn::ExprField) {
        visit::visit_expr_field(self, field);
        if matches!(&field.member, syn::Member::Named(name) if name == "inner") {
            self.inner += 1;
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        // `format!` and the like are not parsed; the path's parameters are validated in one.
        match call.parse_body_with(
            syn::punctuated::Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated,
        ) {
            Ok(arguments) => {
                // The visitor needs expressions that live as long as the file.
                let mut code = Code::default();
                arguments.iter().for_each(|argument| code.add(argument));
                self.forbidden.extend(code.forbidden);
                self.calls += code.calls;
                self.inner += code.inner;
                self.passed += code.passed;
            }
            Err(_) => self.tokens(call.tokens.clone()),
        }
    }
}

impl Code {
    fn add(&mut self, expression: &syn::Expr) {
        self.visit_expr(expression);
    }
}

/// Returns whether an expression is `{owner}.inner`.
fn is_inner(expression: &syn::Expr, owner: &str) -> bool {
    matches!(expression, syn::Expr::Field(field)
        if path_of(&field.base).is_some_and(|path| path.is_ident(owner))
            && matches!(&field.member, syn::Member::Named(name) if name == "inner"))
}

#[cfg(test)]
mod tests;
