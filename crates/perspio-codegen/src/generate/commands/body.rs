//! `--json-body`, together with the options of single members.
//!
//! progenitor requires the file for every open body, replaces the values of the options by
//! it, and adds an option for a template that does nothing. After this pass the file is read
//! first, the options override its members, and the file is required only if no option is
//! given. The program reads it, so that the argument can be something else than a file.

use syn::visit::Visit;
use syn::visit_mut::{self, VisitMut};

use crate::error::Result;
use crate::rust::{Expected, argument_of, ends_with, literal, method_call, path_of};

const FILE: &str = "json-body";
const TEMPLATE: &str = "json-body-template";

/// Changes the two functions of one operation, which reads `files` files.
pub(super) fn run(
    operation: &str,
    files: usize,
    command: &mut syn::ImplItemFn,
    call: &mut syn::ImplItemFn,
) -> Result<()> {
    let expected = |pass| Expected {
        pass,
        location: operation,
        count: files,
    };
    expected("read_file_first").check(read_file_first(&mut call.block))?;
    let mut reading = Reading(0);
    reading.visit_block_mut(&mut call.block);
    expected("read_by_interface").check(reading.0)?;
    let mut options = Options {
        members: member_options(&call.block),
        ..Options::default()
    };
    options.visit_block_mut(&mut command.block);
    expected("without_template").check(options.templates)?;
    expected("describe_file").check(options.described)?;
    if !options.members.is_empty() {
        expected("require_file_or_member").check(options.required)?;
        require_one(&options.members, &mut command.block);
    }
    Ok(())
}

/// Moves the statement that reads the file to the second place, after `let mut request`.
/// Returns the number of such statements.
fn read_file_first(block: &mut syn::Block) -> usize {
    let reads_file = |it: &syn::Stmt| option_of(it).as_deref() == Some(FILE);
    let found = block.stmts.iter().filter(|it| reads_file(it)).count();
    if let Some(at) = block.stmts.iter().position(reads_file) {
        let statement = block.stmts.remove(at);
        block.stmts.insert(1.min(block.stmts.len()), statement);
    }
    found
}

/// Returns the name in `if let Some(value) = matches.get_one::<T>("name") { … }`.
fn option_of(statement: &syn::Stmt) -> Option<String> {
    let syn::Stmt::Expr(syn::Expr::If(branch), _) = statement else {
        return None;
    };
    let syn::Expr::Let(bound) = &*branch.cond else {
        return None;
    };
    literal(method_call(&bound.expr, "get_one")?.args.first()?)
}

/// Returns the names of the options that set members of the body.
fn member_options(block: &syn::Block) -> Vec<String> {
    let sets_member = |statement: &&syn::Stmt| {
        let mut calls = Calls(false);
        calls.visit_stmt(statement);
        calls.0
    };
    let all = block.stmts.iter().filter(sets_member);
    all.filter_map(option_of).collect()
}

/// Whether `body_map` is called.
struct Calls(bool);

impl<'ast> Visit<'ast> for Calls {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.0 |= call.method == "body_map";
        syn::visit::visit_expr_method_call(self, call);
    }
}

/// Lets the program read the body, which may be an argument of another form than a file. Counts
/// the places.
struct Reading(usize);

impl VisitMut for Reading {
    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if let Some(argument) = argument_of(expression, "read_to_string") {
            let argument = argument.clone();
            self.0 += 1;
            *expression = syn::parse_quote!(self.config.json_body(#argument));
        }
    }
}

/// The options of one command.
#[derive(Default)]
struct Options {
    /// The options of the body's members.
    members: Vec<String>,
    templates: usize,
    described: usize,
    required: usize,
}

impl VisitMut for Options {
    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        visit_mut::visit_expr_mut(self, expression);
        let syn::Expr::MethodCall(call) = expression else {
            return;
        };
        let receiver = &call.receiver;
        let is_of_file = option_name(receiver).as_deref() == Some(FILE);
        let adds_template = call.args.first().and_then(option_name).as_deref() == Some(TEMPLATE);
        if call.method == "arg" && adds_template {
            self.templates += 1;
            *expression = (**receiver).clone();
        } else if call.method == "required" && is_of_file && !self.members.is_empty() {
            self.required += 1;
            *expression = syn::parse_quote!(#receiver.required(false));
        } else if call.method == "help" && is_of_file {
            self.described += 1;
            *expression = syn::parse_quote!(#receiver.help(
                "A file that holds the body as JSON; the other options override its members"
            ));
        }
    }
}

/// Returns the name in `Arg::new("name")` at the head of a chain of calls.
pub(super) fn option_name(expression: &syn::Expr) -> Option<String> {
    match expression {
        syn::Expr::MethodCall(call) => option_name(&call.receiver),
        syn::Expr::Call(call) if ends_with(path_of(&call.func)?, &["Arg", "new"]) => {
            literal(call.args.first()?)
        }
        _ => None,
    }
}

/// Requires the file or the option of a member, and allows both.
fn require_one(members: &[String], block: &mut syn::Block) {
    if let Some(syn::Stmt::Expr(command, None)) = block.stmts.last_mut() {
        *command = syn::parse_quote!(#command.group(
            ::clap::ArgGroup::new("body").args(["json-body", #(#members),*]).required(true).multiple(true)
        ));
    }
}
