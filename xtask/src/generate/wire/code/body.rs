//! The body of a request: under its own media type, and none if none is given.

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit_mut::VisitMut;

use super::{Sending, style};
use crate::generate::wire::{Body, essence, is_json};

/// The generator asks for every body: a builder remembers whether one was given.
pub(super) fn ask_for_no_body(function: &mut syn::ImplItemFn) {
    match function.sig.ident.to_string().as_str() {
        "new" => Remember.visit_block_mut(&mut function.block),
        "body" | "body_map" => function
            .block
            .stmts
            .insert(0, syn::parse_quote!(self.body_is_given = true;)),
        "send" => {
            for statement in &mut function.block.stmts {
                let syn::Stmt::Local(local) = statement else {
                    continue;
                };
                let Some(init) = &mut local.init else {
                    continue;
                };
                match &mut local.pat {
                    syn::Pat::Struct(all) => {
                        let more: syn::Pat = syn::parse_quote!(Self { body_is_given });
                        if let syn::Pat::Struct(more) = more {
                            all.fields.extend(more.fields);
                        }
                    }
                    syn::Pat::Ident(name) if name.ident == "body" => {
                        let value = &init.expr;
                        init.expr =
                            syn::parse_quote!(if body_is_given { Some(#value) } else { None });
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// No body was given to a new builder.
struct Remember;

impl VisitMut for Remember {
    fn visit_expr_struct_mut(&mut self, expression: &mut syn::ExprStruct) {
        expression
            .fields
            .push(syn::parse_quote!(body_is_given: false));
    }
}

impl Sending<'_> {
    /// `.json(&body)`
    pub(super) fn json(&mut self, call: &syn::ExprMethodCall) -> Option<syn::Expr> {
        let body = self.wire.body.as_ref()?;
        let kind = &body.kind;
        if !body.is_optional && kind == "application/json" {
            self.body_is_sent = true;
            return None;
        }
        let with = if kind == "application/json" {
            quote!(request.json(body))
        } else {
            let header = content_type(kind);
            quote!(request.#header.json(body))
        };
        Some(self.body(body, &call.receiver, &with))
    }

    /// `.form_urlencoded(&body)?`
    pub(super) fn form(&mut self, call: &syn::ExprMethodCall) -> Option<syn::Expr> {
        let body = self.wire.body.as_ref()?;
        let styles = body.styles.iter().map(|(name, said, explode)| {
            let style = style(said);
            quote!((#name, #style, #explode))
        });
        let header = content_type(&body.kind);
        let with = quote! {
            request.#header.body(
                perspio_http::style::form(body, &[#(#styles),*]).map_err(Error::InvalidRequest)?
            )
        };
        Some(self.body(body, &call.receiver, &with))
    }

    /// `.header(CONTENT_TYPE, …).body(body)`
    pub(super) fn bytes(&mut self, call: &syn::ExprMethodCall) -> Option<syn::Expr> {
        let body = self.wire.body.as_ref()?;
        // A form's body, which was changed already, is not called so.
        let is_body =
            matches!(call.args.first(), Some(syn::Expr::Path(path)) if path.path.is_ident("body"));
        let syn::Expr::MethodCall(header) = &*call.receiver else {
            return None;
        };
        if !is_body || self.body_is_sent || is_json(&body.kind) {
            return None;
        }
        let known = ["application/octet-stream", "text/plain", "text/x-markdown"];
        if !body.is_optional && known.contains(&essence(&body.kind).as_str()) {
            self.body_is_sent = true;
            return None;
        }
        let kind = content_type(&body.kind);
        Some(self.body(body, &header.receiver, &quote!(request.#kind.body(body))))
    }

    /// The receiver with the body, which may be none.
    fn body(&mut self, body: &Body, receiver: &syn::Expr, with: &TokenStream) -> syn::Expr {
        self.body_is_sent = true;
        // Bytes are sent, anything else is written.
        let is_bytes = quote!(#with).to_string().contains("body (body)");
        let given = if is_bytes {
            quote!(body)
        } else {
            quote!(&body)
        };
        if body.is_optional {
            syn::parse_quote! {
                match (#receiver, #given) {
                    (request, Some(body)) => #with,
                    (request, None) => request,
                }
            }
        } else {
            syn::parse_quote!(match (#receiver, #given) { (request, body) => #with })
        }
    }
}

fn content_type(kind: &str) -> TokenStream {
    quote! {
        header(
            ::reqwest::header::CONTENT_TYPE,
            ::reqwest::header::HeaderValue::from_static(#kind),
        )
    }
}
