//! How a generated client sends a request and reads the answer.

use anyhow::{Result, ensure};
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};

use crate::generate::wire::id_in_info;

/// Runs the passes over a generated client of so many operations, which may read no
/// JSON at all.
pub(super) fn run(file: &mut syn::File, operations: usize, reads_json: bool) -> Result<()> {
    let mut decoded = DecodeWithPath::default();
    decoded.visit_file_mut(file);
    ensure!(
        decoded.replaced > 0 || !reads_json,
        "the generator no longer decodes with `from_response`: change the pass that replaces it"
    );
    let mut sent = SendByPipeline::default();
    sent.visit_file_mut(file);
    ensure!(
        sent.requests == operations && sent.hooks == 2 * operations,
        "the generator sends requests in another way: change the pass that sends them"
    );
    MayBeHeld.visit_file_mut(file);
    Ok(())
}

/// The generated client decodes with `ResponseValue::from_response`, whose
/// error has neither status nor JSON path. Ours has both.
#[derive(Default)]
struct DecodeWithPath {
    replaced: usize,
}

impl VisitMut for DecodeWithPath {
    fn visit_expr_path_mut(&mut self, expression: &mut syn::ExprPath) {
        if expression.to_token_stream().to_string() == "ResponseValue :: from_response" {
            *expression = syn::parse_quote!(perspio_http::decode);
            self.replaced += 1;
        }
    }
}

/// The generated client sends through hooks, which can give nothing but a
/// `Response`. The pipeline gives an answer that it has read already, and there is
/// nothing for the other hooks to do.
#[derive(Default)]
struct SendByPipeline {
    /// The id of the operation whose request is sent next.
    operation: Option<String>,
    requests: usize,
    hooks: usize,
}

impl VisitMut for SendByPipeline {
    /// `client.pre(&mut request, &info).await?;`
    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        let before = block.stmts.len();
        block.stmts.retain(|statement| !calls_empty_hook(statement));
        self.hooks += before - block.stmts.len();
        block.stmts.retain(|statement| {
            let id = id_in_info(statement);
            let is_info = id.is_some();
            self.operation = id.or(self.operation.take());
            !is_info
        });
        visit_mut::visit_block_mut(self, block);
    }

    /// `client.exec(request, &info)`
    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if expression.to_token_stream().to_string() == "client . exec (request , & info)"
            && let Some(id) = self.operation.take()
        {
            *expression = syn::parse_quote!(client.inner.execute(
                request,
                const { perspio_http::Operation::find(super::OPERATIONS, #id) }
            ));
            self.requests += 1;
        }
    }
}

fn calls_empty_hook(statement: &syn::Stmt) -> bool {
    let text = statement.to_token_stream().to_string();
    text.starts_with("client . pre (") || text.starts_with("client . post (")
}

/// The body of an answer may stand beside the response. `decode` takes it from
/// there; all else needs it back in its place, and does not compile without asking
/// for it.
struct MayBeHeld;

impl VisitMut for MayBeHeld {
    /// `ResponseValue::stream(response)`
    fn visit_expr_call_mut(&mut self, call: &mut syn::ExprCall) {
        visit_mut::visit_expr_call_mut(self, call);
        let decodes = call.func.to_token_stream().to_string() == "perspio_http :: decode";
        if let Some(answer) = call.args.first_mut()
            && answer.to_token_stream().to_string() == "response"
            && !decodes
        {
            *answer = syn::parse_quote!(response.into());
        }
    }
}
