//! What of a request the generator gets wrong.

use quote::{ToTokens, quote};
use syn::visit_mut::{self, VisitMut};

/// Runs the passes over a generated client.
pub(super) fn run(file: &mut syn::File) {
    EncodeAll.visit_file_mut(file);
    AcceptAnything.visit_file_mut(file);
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
                proc_macro2::TokenTree::Ident(name) if name == "encode_path" => {
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
