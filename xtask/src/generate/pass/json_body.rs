//! Makes `--json-body` of the generated commands work beside the options of
//! single members.
//!
//! The generator's own output demands the file wherever a body is open, lets
//! it silently replace what the options said, and offers a template option
//! that does nothing. After this pass the file is read first, the options
//! override its members, and the file is needed only if no option is given.

use quote::quote;
use syn::visit_mut::{self, VisitMut};

/// Runs the pass over the generated commands.
pub(crate) fn commands(file: &mut syn::File) {
    for item in &mut file.items {
        let syn::Item::Impl(block) = item else {
            continue;
        };
        let functions: Vec<_> = block
            .items
            .iter_mut()
            .filter_map(|item| match item {
                syn::ImplItem::Fn(function) => Some(function),
                _ => None,
            })
            .collect();
        let mut options = Vec::new();
        let mut builders = Vec::new();
        for function in functions {
            let name = function.sig.ident.to_string();
            if let Some(operation) = name.strip_prefix("execute_") {
                read_file_first(&mut function.block);
                options.push((operation.to_owned(), member_options(&function.block)));
            } else if let Some(operation) = name.strip_prefix("cli_") {
                builders.push((operation.to_owned(), function));
            }
        }
        for (operation, function) in builders {
            let members = options.iter().find(|(name, _)| *name == operation);
            let members = members
                .map(|(_, members)| members.clone())
                .unwrap_or_default();
            let mut pass = Options { members };
            pass.visit_block_mut(&mut function.block);
            if !pass.members.is_empty() {
                pass.ask_for_one(&mut function.block);
            }
        }
    }
}

/// Moves the statement that reads the file to just behind `let mut request`.
fn read_file_first(block: &mut syn::Block) {
    let reads_file = |statement: &syn::Stmt| {
        let condition = condition(statement).unwrap_or_default();
        condition.contains("\"json-body\"")
    };
    if let Some(found) = block.stmts.iter().position(reads_file) {
        let statement = block.stmts.remove(found);
        block.stmts.insert(1.min(block.stmts.len()), statement);
    }
}

/// The names of the options that set members of the body.
fn member_options(block: &syn::Block) -> Vec<String> {
    block
        .stmts
        .iter()
        .filter(|statement| quote!(#statement).to_string().contains("body_map"))
        .filter_map(condition)
        .filter_map(|condition| condition.split('"').nth(1).map(str::to_owned))
        .collect()
}

/// The condition of a statement that is an `if`.
fn condition(statement: &syn::Stmt) -> Option<String> {
    let syn::Stmt::Expr(syn::Expr::If(branch), _) = statement else {
        return None;
    };
    let condition = &branch.cond;
    Some(quote!(#condition).to_string())
}

/// Changes the options of one command; `members` are those of the body.
struct Options {
    members: Vec<String>,
}

impl Options {
    /// The file or a member must be given, and both may be.
    fn ask_for_one(&self, block: &mut syn::Block) {
        if let Some(syn::Stmt::Expr(command, None)) = block.stmts.last_mut() {
            let members = &self.members;
            *command = syn::parse_quote!(#command.group(
                ::clap::ArgGroup::new("body").args(["json-body", #(#members),*]).required(true).multiple(true)
            ));
        }
    }
}

impl VisitMut for Options {
    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        visit_mut::visit_expr_mut(self, expression);
        let syn::Expr::MethodCall(call) = expression else {
            return;
        };
        let (receiver, arguments) = (&call.receiver, &call.args);
        let is_template = quote!(#arguments)
            .to_string()
            .contains("new (\"json-body-template\")");
        let of_file = quote!(#receiver)
            .to_string()
            .starts_with(":: clap :: Arg :: new (\"json-body\")");
        if call.method == "arg" && is_template {
            *expression = (**receiver).clone();
        } else if call.method == "required" && of_file && !self.members.is_empty() {
            *expression = syn::parse_quote!(#receiver.required(false));
        } else if call.method == "help" && of_file {
            *expression = syn::parse_quote!(#receiver.help(
                "A file that holds the body as JSON; the other options override its members"
            ));
        }
    }
}
