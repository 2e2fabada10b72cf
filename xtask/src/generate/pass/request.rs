//! What of a request the generator gets wrong.

use anyhow::{Result, ensure};
use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};

use crate::generate::document;

/// Runs the passes over a generated client.
pub(super) fn run(file: &mut syn::File) -> Result<()> {
    EncodeAll.visit_file_mut(file);
    AcceptAnything.visit_file_mut(file);
    NoEmptyHeaders.visit_file_mut(file);
    let mut addresses = AddressOfPath::default();
    addresses.visit_file_mut(file);
    ensure!(
        addresses.paths == addresses.requests,
        "the generator puts addresses together in another way: change the pass that hands them over"
    );
    Ok(())
}

/// The generator's `encode_path` lets a backslash through, which an address
/// takes for a slash: one parameter would be two. And a comma, which separates
/// the items of a list.
struct EncodeAll;

impl VisitMut for EncodeAll {
    fn visit_macro_mut(&mut self, call: &mut syn::Macro) {
        // The address is one `format!`, whose arguments are not parsed.
        call.tokens = std::mem::take(&mut call.tokens)
            .into_iter()
            .flat_map(|token| match &token {
                TokenTree::Ident(name) if name == "encode_path" => {
                    quote!(perspio_http::encode_path)
                }
                _ => token.into_token_stream(),
            })
            .collect();
    }
}

/// For an answer of bytes the generator says nothing of what it accepts, and
/// the client would ask for JSON.
struct AcceptAnything;

impl VisitMut for AcceptAnything {
    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        let output = function.sig.output.to_token_stream().to_string();
        if function.sig.ident == "send" && output.contains("ResponseValue < ByteStream >") {
            self.visit_block_mut(&mut function.block);
        }
    }

    fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
        let receiver = &call.receiver;
        let accepts = receiver.to_token_stream().to_string().contains("ACCEPT");
        if call.method == "headers" && !accepts {
            call.receiver = syn::parse_quote!(#receiver.header(
                ::reqwest::header::ACCEPT,
                ::reqwest::header::HeaderValue::from_static("*/*"),
            ));
        } else {
            visit_mut::visit_expr_method_call_mut(self, call);
        }
    }
}

/// The generator makes a map of headers for every request, and `api-version` was
/// all that most of them held.
struct NoEmptyHeaders;

impl VisitMut for NoEmptyHeaders {
    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        let code = function.block.to_token_stream().to_string();
        // Where it is made, and where it is handed over.
        if code.matches(HEADERS).count() == 2 {
            let is_made = |statement: &syn::Stmt| {
                matches!(statement, syn::Stmt::Local(local)
                    if matches!(&local.pat, syn::Pat::Ident(name) if name.ident == HEADERS))
            };
            function.block.stmts.retain(|statement| !is_made(statement));
            self.visit_block_mut(&mut function.block);
        }
    }

    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if let syn::Expr::MethodCall(call) = expression
            && call.method == "headers"
            && call.args.to_token_stream().to_string() == HEADERS
        {
            *expression = (*call.receiver).clone();
        }
    }
}

/// The generator's name for a request's headers.
const HEADERS: &str = "header_map";

/// The generator puts scheme, host and path together as a text, which would be
/// taken apart again for every request. The pipeline has all but the path.
#[derive(Default)]
struct AddressOfPath {
    paths: usize,
    requests: usize,
}

impl VisitMut for AddressOfPath {
    /// `format!("{}/path", client.baseurl)`
    fn visit_macro_mut(&mut self, call: &mut syn::Macro) {
        let all = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
        let Ok(arguments) = call.parse_body_with(all) else {
            return;
        };
        let mut arguments = arguments.into_iter();
        let (Some(text), Some(base)) = (arguments.next(), arguments.next()) else {
            return;
        };
        let syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) = &text
        else {
            return;
        };
        let text = text.value();
        if let Some(path) = text.strip_prefix("{}")
            && base.to_token_stream().to_string() == "client . baseurl"
        {
            let path = document::without_fragment(path);
            let rest: TokenStream = arguments.map(|rest| quote!(, #rest)).collect();
            call.tokens = quote!(#path #rest);
            self.paths += 1;
        }
    }

    /// `client.client.get(url)`
    fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        if call.receiver.to_token_stream().to_string() == "client . client"
            && let Some(path) = call.args.last_mut()
        {
            *path = syn::parse_quote!(client.inner.address(&#path));
            self.requests += 1;
        }
    }
}
