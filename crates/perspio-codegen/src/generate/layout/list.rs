//! The file of `OPERATIONS`.

use std::collections::{BTreeMap, BTreeSet};

use quote::format_ident;

use super::{declaration, parts};
use crate::error::{Error, Result};
use crate::rust::literal;

/// Returns the files of the list. The rows of a list that is too long for one file become
/// constants in files of `operations/`.
pub(super) fn split(mut list: syn::ItemConst, max: usize) -> Result<BTreeMap<String, syn::File>> {
    let main = "operations.rs".to_owned();
    if parts::lines(&[syn::Item::Const(list.clone())]) <= max {
        return Ok([(main, super::file(&[syn::Item::Const(list)]))].into());
    }
    let syn::Expr::Reference(reference) = &mut *list.expr else {
        return Err(unknown());
    };
    let syn::Expr::Array(rows) = &mut *reference.expr else {
        return Err(unknown());
    };
    let mut constants = Vec::new();
    for row in &rows.elems {
        let name = name(row).ok_or_else(unknown)?;
        let constant: syn::Item = syn::parse_quote! {
            pub(super) const #name: ::perspio_http::Operation = #row;
        };
        let lines = parts::lines(std::slice::from_ref(&constant));
        constants.push(((name, constant), lines));
    }
    let constants = parts::limited(constants, max);
    let names = parts::names("part", constants.len(), &mut BTreeSet::new());
    let mut files = BTreeMap::new();
    let mut items: Vec<_> = names.iter().map(|name| declaration(name)).collect();
    rows.elems.clear();
    for (module, constants) in names.into_iter().zip(constants) {
        let part = format_ident!("{module}");
        for (name, _) in &constants {
            rows.elems.push(syn::parse_quote!(#part::#name));
        }
        let constants: Vec<_> = constants.into_iter().map(|(_, it)| it).collect();
        files.insert(format!("operations/{module}.rs"), super::file(&constants));
    }
    items.push(syn::Item::Const(list));
    files.insert(main, super::file(&items));
    Ok(files)
}

/// Returns the constant's name for a row.
fn name(row: &syn::Expr) -> Option<syn::Ident> {
    let syn::Expr::Struct(row) = row else {
        return None;
    };
    let id = row
        .fields
        .iter()
        .find(|field| matches!(&field.member, syn::Member::Named(name) if name == "id"))?;
    let name = literal(&id.expr)?.to_uppercase();
    syn::parse_str(&name).ok()
}

fn unknown() -> Error {
    Error::new("`OPERATIONS` has an unknown form, adapt `layout/list.rs`")
}
