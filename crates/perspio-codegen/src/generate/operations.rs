//! The list of operations in every generated client.

use anyhow::{Context, Result, bail};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use crate::document::{Operation, operations, without_fragment};
use crate::model::method_name;

/// `pub const OPERATIONS`, sorted by operation id.
pub(crate) fn list(document: &Value) -> Result<TokenStream> {
    let mut rows = Vec::new();
    for operation in operations(document) {
        rows.push(row(&operation)?);
    }
    rows.sort_by(|left, right| left.0.cmp(&right.0));
    let rows = rows.into_iter().map(|(_, row)| row);
    Ok(quote! {
        /// The operations of the document, sorted by id.
        pub const OPERATIONS: &[::perspio_http::Operation] = &[#(#rows),*];
    })
}

fn row(operation: &Operation<'_>) -> Result<(String, TokenStream)> {
    let place = operation.place();
    let (path, method, operation) = (operation.path, operation.method, operation.own);
    let path = without_fragment(path);
    let id = operation
        .get("operationId")
        .and_then(Value::as_str)
        .map(method_name)
        .with_context(|| format!("{place}: operationId is missing"))?;
    let provenance = match operation.get("x-source").and_then(Value::as_str) {
        Some("documented") => "Documented",
        Some("sample") => "Sample",
        Some("inferred") => "Inferred",
        found => bail!(
            "{place}: x-source is {}; it must be documented, sample or inferred",
            found.unwrap_or("missing")
        ),
    };
    let provenance = format_ident!("{provenance}");
    // RFC 9110 §9.2.1 calls these methods safe; `x-writes` overrides it.
    let safe = matches!(method, "get" | "head" | "options" | "trace");
    let writes = flag(operation, &place, "x-writes")?.unwrap_or(!safe);
    let repeatable = flag(operation, &place, "x-repeatable")?.unwrap_or(false);
    let method = method.to_uppercase();
    let row = quote! {
        ::perspio_http::Operation {
            id: #id,
            method: #method,
            path: #path,
            provenance: ::perspio_http::Provenance::#provenance,
            writes: #writes,
            repeatable: #repeatable,
        }
    };
    Ok((id, row))
}

/// An extension that is true or false, if it is there.
fn flag(operation: &Value, place: &str, name: &str) -> Result<Option<bool>> {
    match operation.get(name) {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(found) => bail!("{place}: {name} is {found}; it must be true or false"),
    }
}

/// Checks that every operation has the texts that become its documentation and help.
pub(crate) fn check_prose(document: &Value) -> Result<()> {
    for operation in operations(document) {
        let (place, operation) = (operation.place(), operation.own);
        for member in ["summary", "description"] {
            if operation
                .get(member)
                .and_then(Value::as_str)
                .is_none_or(str::is_empty)
            {
                bail!("{place}: {member} is missing; it becomes the documentation and the help");
            }
        }
    }
    Ok(())
}
