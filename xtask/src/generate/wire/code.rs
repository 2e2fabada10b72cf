//! Changes what the generator makes of a request, so that it is the document's.

mod body;

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};

use super::{Parameter, Wire};
use body::ask_for_no_body;

/// Changes every builder whose operation the generator would send otherwise.
pub(crate) fn restore(file: &mut syn::File, wires: &BTreeMap<String, Wire>) -> Result<()> {
    for item in &mut file.items {
        if let syn::Item::Mod(module) = item
            && module.ident == "builder"
            && let Some((_, items)) = &mut module.content
        {
            builders(items, wires.iter().collect())?;
        }
    }
    Ok(())
}

/// The same, of what stands in `mod builder`. No operation of `left` may be left.
pub(super) fn builders(items: &mut [syn::Item], mut left: BTreeMap<&String, &Wire>) -> Result<()> {
    let mut optional = Vec::new();
    for item in items.iter_mut() {
        let syn::Item::Impl(block) = item else {
            continue;
        };
        let send = functions(block).find(|function| function.sig.ident == "send");
        let Some((wire, send)) =
            send.and_then(|send| Some((left.remove(&operation(send)?)?, send)))
        else {
            continue;
        };
        Sending::of(wire).run(&mut send.block)?;
        if wire.body.as_ref().is_some_and(|body| body.is_optional) {
            for function in functions(block) {
                ask_for_no_body(function);
            }
            optional.push(block.self_ty.to_token_stream().to_string());
        }
    }
    if let Some((id, _)) = left.first_key_value() {
        bail!("the generator's code has no request of {id}");
    }
    for item in items {
        if let syn::Item::Struct(item) = item
            && let syn::Fields::Named(fields) = &mut item.fields
            && optional.contains(&format!("{} < 'a >", item.ident))
        {
            let field: syn::FieldsNamed = syn::parse_quote!({ body_is_given: bool });
            fields.named.extend(field.named);
        }
    }
    Ok(())
}

fn functions(block: &mut syn::ItemImpl) -> impl Iterator<Item = &mut syn::ImplItemFn> {
    block.items.iter_mut().filter_map(|item| match item {
        syn::ImplItem::Fn(function) => Some(function),
        _ => None,
    })
}

fn operation(send: &syn::ImplItemFn) -> Option<String> {
    send.block.stmts.iter().find_map(id_in_info)
}

/// The id in `let info = OperationInfo { operation_id: "…" };`.
pub(in crate::generate) fn id_in_info(statement: &syn::Stmt) -> Option<String> {
    let syn::Stmt::Local(local) = statement else {
        return None;
    };
    let syn::Expr::Struct(info) = &*local.init.as_ref()?.expr else {
        return None;
    };
    literal(&info.fields.first()?.expr)
}

fn literal(expression: &syn::Expr) -> Option<String> {
    match expression {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) => Some(text.value()),
        _ => None,
    }
}

/// The changes to one operation's `send`.
struct Sending<'a> {
    wire: &'a Wire,
    /// What stands before the request is built, in place of the generator's.
    before: Vec<syn::Stmt>,
    /// What the document has and the code does not have yet.
    missing: Vec<&'a str>,
    body_is_sent: bool,
}

impl<'a> Sending<'a> {
    fn of(wire: &'a Wire) -> Self {
        Self {
            wire,
            before: Vec::new(),
            missing: wire
                .parameters
                .iter()
                .filter(|parameter| parameter.needs_change())
                .map(|parameter| parameter.key.as_str())
                .collect(),
            body_is_sent: false,
        }
    }

    fn run(mut self, block: &mut syn::Block) -> Result<()> {
        let mut url = None;
        for statement in &mut block.stmts {
            if let Some(found) = self.path(statement)? {
                url = Some(found);
            }
            self.header(statement);
        }
        self.visit_block_mut(block);
        if let Some(url) = url {
            let build = block.stmts.iter().position(|statement| {
                matches!(statement, syn::Stmt::Local(local)
                    if matches!(&local.init, Some(init) if ends_in_build(&init.expr)))
            });
            let before: Vec<syn::Stmt> = std::mem::take(&mut self.before);
            for statement in before.into_iter().rev() {
                let statement = AddressAs(&url).name(statement);
                block.stmts.insert(build.unwrap_or(0), statement);
            }
        }
        ensure!(
            self.missing.is_empty() && (self.wire.body.is_none() || self.body_is_sent),
            "the generator writes requests in another way: change the pass that mends them (not found: {:?})",
            self.missing
        );
        Ok(())
    }

    fn found(&mut self, key: &str) -> Option<&'a Parameter> {
        let parameter = self
            .wire
            .parameters
            .iter()
            .find(|parameter| parameter.key == key)?;
        self.missing.retain(|missing| *missing != key);
        Some(parameter)
    }

    /// The path's parameters stand in a `format!`, which also names the address.
    fn path(&mut self, statement: &mut syn::Stmt) -> Result<Option<syn::Ident>> {
        let syn::Stmt::Local(local) = statement else {
            return Ok(None);
        };
        let Some(syn::LocalInit { expr, .. }) = &mut local.init else {
            return Ok(None);
        };
        let (syn::Pat::Ident(url), syn::Expr::Macro(format)) = (&local.pat, &mut **expr) else {
            return Ok(None);
        };
        let url = url.ident.clone();
        let all = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        let mut arguments = format.mac.parse_body_with(all)?;
        // The text and the base address come first.
        for (argument, name) in arguments.iter_mut().skip(2).zip(&self.wire.path) {
            let wire = self.wire;
            let mut parameters = wire.parameters.iter();
            let Some(parameter) = parameters.find(|it| it.place == "path" && it.name == *name)
            else {
                continue;
            };
            let Some(value) = innermost(argument) else {
                continue;
            };
            self.missing.retain(|missing| *missing != parameter.key);
            if !parameter.is_own {
                continue;
            }
            let (style, explode) = (style(&parameter.style), parameter.explode);
            *argument = syn::parse_quote! {
                perspio_http::style::path(#name, &#value, #style, #explode)
                    .map_err(Error::InvalidRequest)?
            };
        }
        format.mac.tokens = arguments.into_token_stream();
        Ok(Some(url))
    }

    /// A header is appended, or appended if it is there.
    fn header(&mut self, statement: &mut syn::Stmt) {
        let Some((key, value)) = appended(statement) else {
            return;
        };
        let Some(parameter) = self.found(&key) else {
            return;
        };
        let (name, explode) = (&parameter.name, parameter.explode);
        if parameter.place == "cookie" {
            *statement = syn::parse_quote! {
                perspio_http::style::cookie(&mut header_map, #name, &#value)
                    .map_err(Error::InvalidRequest)?;
            };
        } else if parameter.is_own {
            let style = style(&parameter.style);
            *statement = syn::parse_quote! {
                perspio_http::style::header(&mut header_map, #name, &#value, #style, #explode)
                    .map_err(Error::InvalidRequest)?;
            };
        } else {
            Rename(&key, name).visit_stmt_mut(statement);
        }
    }
}

impl Parameter {
    /// Whether the generator's code is not what the document asks for.
    pub(super) fn needs_change(&self) -> bool {
        self.is_own || self.key != self.name
    }
}

impl VisitMut for Sending<'_> {
    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        visit_mut::visit_expr_mut(self, expression);
        let changed = match expression {
            syn::Expr::MethodCall(call) if call.method == "query" => self.query(call),
            syn::Expr::MethodCall(call) if call.method == "header" => {
                self.accept(call);
                None
            }
            syn::Expr::MethodCall(call) if call.method == "json" => self.json(call),
            syn::Expr::MethodCall(call) if call.method == "body" => self.bytes(call),
            syn::Expr::Try(tried) => match &*tried.expr {
                syn::Expr::MethodCall(call) if call.method == "form_urlencoded" => self.form(call),
                _ => None,
            },
            _ => None,
        };
        if let Some(changed) = changed {
            *expression = changed;
        }
    }
}

impl Sending<'_> {
    /// `.query(&QueryParam::new("name", &name))`
    fn query(&mut self, call: &mut syn::ExprMethodCall) -> Option<syn::Expr> {
        let syn::Expr::Reference(reference) = call.args.first()? else {
            return None;
        };
        let syn::Expr::Call(new) = &*reference.expr else {
            return None;
        };
        let (key, value) = (literal(new.args.first()?)?, new.args.get(1)?.clone());
        let parameter = self.found(&key)?;
        let (name, explode) = (&parameter.name, parameter.explode);
        if !parameter.is_own {
            Rename(&key, name).visit_expr_method_call_mut(call);
            return None;
        }
        let style = style(&parameter.style);
        self.before.push(syn::parse_quote! {
            let url = perspio_http::style::query(url, #name, #value, #style, #explode)
                .map_err(Error::InvalidRequest)?;
        });
        Some((*call.receiver).clone())
    }

    fn accept(&mut self, call: &mut syn::ExprMethodCall) {
        let is_accept = call
            .args
            .first()
            .is_some_and(|name| name.to_token_stream().to_string().ends_with("ACCEPT"));
        if let Some(kinds) = self.wire.accept.as_deref().filter(|_| is_accept) {
            Rename("application/json", kinds).visit_expr_method_call_mut(call);
        }
    }
}

fn style(said: &str) -> TokenStream {
    let name = match said {
        "label" => "Label",
        "matrix" => "Matrix",
        "form" => "Form",
        "spaceDelimited" => "Space",
        "pipeDelimited" => "Pipe",
        "deepObject" => "Deep",
        "json" => "Json",
        _ => "Simple",
    };
    let name = format_ident!("{name}");
    quote!(perspio_http::style::Style::#name)
}

/// The value of `encode_path(&value.to_string())` and the like.
fn innermost(expression: &syn::Expr) -> Option<syn::Ident> {
    match expression {
        syn::Expr::Path(path) => path.path.get_ident().cloned(),
        syn::Expr::Call(call) => innermost(call.args.first()?),
        syn::Expr::Reference(reference) => innermost(&reference.expr),
        syn::Expr::MethodCall(call) => innermost(&call.receiver),
        syn::Expr::Try(tried) => innermost(&tried.expr),
        _ => None,
    }
}

/// Name and value of a statement that appends a header.
fn appended(statement: &syn::Stmt) -> Option<(String, syn::Ident)> {
    match statement {
        syn::Stmt::Expr(syn::Expr::MethodCall(call), _) if call.method == "append" => {
            Some((literal(call.args.first()?)?, innermost(call.args.get(1)?)?))
        }
        syn::Stmt::Expr(syn::Expr::If(branch), _) => {
            let syn::Expr::Let(given) = &*branch.cond else {
                return None;
            };
            let (name, _) = appended(branch.then_branch.stmts.first()?)?;
            Some((name, innermost(&given.expr)?))
        }
        _ => None,
    }
}

fn ends_in_build(expression: &syn::Expr) -> bool {
    match expression {
        syn::Expr::Try(tried) => ends_in_build(&tried.expr),
        syn::Expr::MethodCall(call) => call.method == "build",
        _ => false,
    }
}

/// Replaces one literal text by another.
struct Rename<'a>(&'a str, &'a str);

impl VisitMut for Rename<'_> {
    fn visit_lit_str_mut(&mut self, text: &mut syn::LitStr) {
        if text.value() == self.0 {
            *text = syn::LitStr::new(self.1, text.span());
        }
    }
}

/// The address has another name where a parameter is called `url`.
struct AddressAs<'a>(&'a syn::Ident);

impl AddressAs<'_> {
    fn name(mut self, mut statement: syn::Stmt) -> syn::Stmt {
        if let syn::Stmt::Local(local) = &mut statement {
            if let syn::Pat::Ident(name) = &mut local.pat {
                name.ident = self.0.clone();
            }
            if let Some(init) = &mut local.init {
                self.visit_expr_mut(&mut init.expr);
            }
        }
        statement
    }
}

impl VisitMut for AddressAs<'_> {
    fn visit_expr_call_mut(&mut self, call: &mut syn::ExprCall) {
        if let Some(address) = call.args.first_mut() {
            let name = self.0;
            *address = syn::parse_quote!(#name);
        }
    }

    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        match expression {
            // `query(url, …).map_err(…)?`: only the innermost call is ours.
            syn::Expr::Try(tried) => self.visit_expr_mut(&mut tried.expr),
            syn::Expr::MethodCall(call) => self.visit_expr_mut(&mut call.receiver),
            syn::Expr::Call(call) => self.visit_expr_call_mut(call),
            _ => {}
        }
    }
}
