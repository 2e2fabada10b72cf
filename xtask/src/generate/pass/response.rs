//! How a generated client reads an answer.

use anyhow::{Result, ensure};
use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};

/// Runs the passes over a generated client, which may read no JSON at all.
pub(super) fn run(file: &mut syn::File, reads_json: bool) -> Result<()> {
    let mut decoded = DecodeWithPath::default();
    decoded.visit_file_mut(file);
    ensure!(
        decoded.replaced > 0 || !reads_json,
        "the generator no longer decodes with `from_response`: change the pass that replaces it"
    );
    let mut held = MayBeHeld::default();
    held.visit_file_mut(file);
    ensure!(
        held.answers > 0,
        "the generator takes answers in another way: change the pass that says what they are"
    );
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

/// The pipeline has read the body of an answer and holds it beside the response.
/// `decode` takes it from there; all else needs it back in its place, and does not
/// compile without asking for it.
#[derive(Default)]
struct MayBeHeld {
    answers: usize,
}

impl VisitMut for MayBeHeld {
    /// `let response = result?;`
    fn visit_local_mut(&mut self, local: &mut syn::Local) {
        let is_answer = matches!(&local.pat, syn::Pat::Ident(name) if name.ident == ANSWER);
        if let Some(init) = local.init.as_mut().filter(|_| is_answer) {
            let answer = &init.expr;
            init.expr = syn::parse_quote!(perspio_http::Success::from(#answer));
            self.answers += 1;
        }
        visit_mut::visit_local_mut(self, local);
    }

    /// `ResponseValue::stream(response)`
    fn visit_expr_call_mut(&mut self, call: &mut syn::ExprCall) {
        visit_mut::visit_expr_call_mut(self, call);
        let decodes = call.func.to_token_stream().to_string() == "perspio_http :: decode";
        if let Some(answer) = call.args.first_mut()
            && answer.to_token_stream().to_string() == ANSWER
            && !decodes
        {
            *answer = syn::parse_quote!(response.into());
        }
    }
}

/// The generator's name for an answer.
const ANSWER: &str = "response";
