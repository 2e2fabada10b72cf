//! Path parameters as positional arguments.
//!
//! progenitor makes a required option of every parameter. After this pass a path parameter is
//! positional (`assets get IN-000123`); the option keeps working and is hidden in the help.

use heck::ToKebabCase;
use syn::visit_mut::{self, VisitMut};

use super::body::option_name;
use crate::error::Result;
use crate::model::{Location, Request};
use crate::rust::{Expected, literal, method_call};

/// Changes the two functions of an operation.
pub(super) fn run(
    request: &Request,
    command: &mut syn::ImplItemFn,
    call: &mut syn::ImplItemFn,
) -> Result<()> {
    for option in in_path_order(request) {
        let expected = |pass| Expected {
            pass,
            location: &request.name,
            count: 1,
        };
        let argument = option.to_uppercase();
        let mut definition = Definition {
            option: &option,
            argument: &argument,
            positional: Vec::new(),
        };
        definition.visit_block_mut(&mut command.block);
        expected("positional_argument").check(definition.positional.len())?;
        for positional in definition.positional {
            if let Some(syn::Stmt::Expr(command, None)) = command.block.stmts.last_mut() {
                *command = syn::parse_quote!(#command.arg(#positional));
            }
        }
        let mut value = Value {
            option: &option,
            argument: &argument,
            found: 0,
        };
        value.visit_block_mut(&mut call.block);
        expected("positional_value").check(value.found)?;
    }
    Ok(())
}

/// Returns the options of the path parameters, in the order of the path.
fn in_path_order(request: &Request) -> Vec<String> {
    let mut parameters: Vec<_> = request
        .parameters
        .iter()
        .filter(|parameter| parameter.location == Location::Path)
        .collect();
    parameters.sort_by_key(|parameter| request.path.find(&format!("{{{}}}", parameter.name)));
    let options = parameters.into_iter().map(|it| it.field.to_kebab_case());
    options.collect()
}

/// The definition of an option, and the positional argument that is made of it.
struct Definition<'a> {
    option: &'a str,
    argument: &'a str,
    positional: Vec<syn::Expr>,
}

impl VisitMut for Definition<'_> {
    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        let is_chain = matches!(expression, syn::Expr::MethodCall(_));
        if !is_chain || option_name(expression).as_deref() != Some(self.option) {
            return visit_mut::visit_expr_mut(self, expression);
        }
        let Self {
            option, argument, ..
        } = *self;
        let mut positional = expression.clone();
        let mut as_positional = Rewrite {
            removed: &["long", "required"],
            name: Some(argument),
        };
        as_positional.visit_expr_mut(&mut positional);
        self.positional
            .push(syn::parse_quote!(#positional.required_unless_present(#option)));
        let mut as_option = Rewrite {
            removed: &["required"],
            name: None,
        };
        as_option.visit_expr_mut(expression);
        *expression = syn::parse_quote!(#expression.conflicts_with(#argument).hide(true));
    }
}

/// Removes calls of a chain, and changes the name at its head.
struct Rewrite<'a> {
    removed: &'a [&'a str],
    name: Option<&'a str>,
}

impl VisitMut for Rewrite<'_> {
    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        match expression {
            syn::Expr::MethodCall(call) => {
                self.visit_expr_mut(&mut call.receiver);
                if self.removed.iter().any(|removed| call.method == removed) {
                    *expression = (*call.receiver).clone();
                }
            }
            syn::Expr::Call(call) => {
                if let (Some(name), Some(argument)) = (self.name, call.args.first_mut()) {
                    *argument = syn::parse_quote!(#name);
                }
            }
            _ => {}
        }
    }
}

/// The reading of an option's value.
struct Value<'a> {
    option: &'a str,
    argument: &'a str,
    found: usize,
}

impl VisitMut for Value<'_> {
    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        visit_mut::visit_expr_mut(self, expression);
        let Some(call) = method_call(expression, "get_one") else {
            return;
        };
        if call.args.first().and_then(literal).as_deref() != Some(self.option) {
            return;
        }
        let mut positional = call.clone();
        let argument = self.argument;
        positional.args = syn::parse_quote!(#argument);
        self.found += 1;
        *expression = syn::parse_quote!(#positional.or_else(|| #expression));
    }
}
