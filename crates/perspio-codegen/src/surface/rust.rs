//! Formats Rust in one line, with the usual spaces.

use std::collections::BTreeSet;

use quote::ToTokens;
use syn::visit_mut::{self, VisitMut};

/// Writes types and signatures of one module of the generated code.
pub(crate) struct Writer<'a> {
    /// The names of `mod types`.
    pub(crate) types: &'a BTreeSet<String>,
    /// The module of the code: `types`, `types::builder`, or empty for any other.
    pub(crate) module: &'a str,
}

impl Writer<'_> {
    /// Formats code in one line, with every generated type named from the client's root, so that a
    /// generated `String` differs from the standard one.
    pub(crate) fn line<T: ToTokens + Clone>(&self, code: &T) -> String
    where
        Self: Shorten<T>,
    {
        let mut code = code.clone();
        self.shorten(&mut code);
        compact(&code.to_token_stream().to_string())
    }
}

/// Code whose paths can be shortened.
pub(crate) trait Shorten<T> {
    fn shorten(&self, code: &mut T);
}

macro_rules! shorten {
    ($($code:ty: $visit:ident),*) => {$(
        impl Shorten<$code> for Writer<'_> {
            fn shorten(&self, code: &mut $code) {
                Paths(self).$visit(code);
            }
        }
    )*};
}
shorten!(
    syn::Type: visit_type_mut,
    syn::Path: visit_path_mut,
    syn::Signature: visit_signature_mut,
    syn::ItemImpl: visit_item_impl_mut,
    syn::ItemUse: visit_item_use_mut,
    syn::Generics: visit_generics_mut
);

struct Paths<'a>(&'a Writer<'a>);

impl VisitMut for Paths<'_> {
    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        let names: Vec<_> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let in_types = self.0.module.starts_with("types");
        match (names.as_slice(), path.leading_colon.is_some()) {
            (["std", ..], _) => keep_last(path),
            (_, true) => path.leading_colon = None,
            (["super" | "self", rest @ ..], _) => {
                let root = match rest {
                    _ if !in_types => None,
                    _ => Some("types"),
                };
                let kept = path.segments.iter().skip(1).cloned().collect();
                path.segments = kept;
                if let Some(root) = root {
                    let root = syn::Ident::new(root, proc_macro2::Span::call_site());
                    path.segments.insert(0, root.into());
                }
            }
            ([name], _) if in_types && self.0.types.contains(*name) => {
                for (at, part) in self.0.module.split("::").enumerate() {
                    let part = syn::Ident::new(part, proc_macro2::Span::call_site());
                    path.segments.insert(at, part.into());
                }
            }
            _ => {}
        }
    }
}

fn keep_last(path: &mut syn::Path) {
    path.leading_colon = None;
    path.segments = path.segments.iter().last().cloned().into_iter().collect();
}

/// Formats printed tokens with the usual spaces between them.
pub(crate) fn compact(tokens: &str) -> String {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '"';
    let mut line = String::new();
    let mut before = "";
    for token in tokens.split_whitespace() {
        let words = before.ends_with(is_word) && token.starts_with(|c| is_word(c) || c == '\'');
        let around = ["->", "=", "+", "=>", "{", "}"];
        let wide = [",", ":", ";"].contains(&before)
            || around.contains(&before)
            || around.contains(&token)
            || before == ">" && token.starts_with(is_word)
            || token == "&" && before.ends_with(is_word);
        if !before.is_empty() && (words || wide) {
            line.push(' ');
        }
        line.push_str(token);
        before = token;
    }
    line
}
