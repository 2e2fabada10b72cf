//! Long strings in several lines: rustfmt does not format an expression with a string that is
//! too long for a line.

use syn::visit_mut::{self, VisitMut};

/// The longest part, in characters.
const LONGEST: usize = 60;

/// Splits the long strings of expressions; a `concat!` of the parts is the same literal.
pub(super) fn split(file: &mut syn::File) {
    Split.visit_file_mut(file);
}

struct Split;

impl VisitMut for Split {
    fn visit_attribute_mut(&mut self, _: &mut syn::Attribute) {}

    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if let Some(text) = crate::rust::literal(expression)
            && text.chars().count() > LONGEST
        {
            let parts = parts(&text);
            *expression = syn::parse_quote!(concat!(#(#parts),*));
        }
    }
}

/// Returns the parts of a text, each of which ends with a space or a line where it can.
fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for word in text.split_inclusive([' ', '\n']) {
        let is_full = |part: &String| {
            !part.is_empty() && part.chars().count() + word.chars().count() > LONGEST
        };
        if parts
            .last()
            .is_none_or(|last| is_full(last) || last.ends_with('\n'))
        {
            parts.push(String::new());
        }
        if let Some(last) = parts.last_mut() {
            last.push_str(word);
        }
    }
    parts
}
