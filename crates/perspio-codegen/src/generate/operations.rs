//! The list of operations in every generated client.

use anyhow::{Context, Result, bail};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use crate::document::{Operation, members, operations, without_fragment};
use crate::model::method_name;

/// Returns `pub const OPERATIONS`, sorted by operation id.
pub(crate) fn list(document: &Value) -> Result<TokenStream> {
    let security = Security::of(document)?;
    let mut rows = Vec::new();
    for operation in operations(document) {
        rows.push(row(&operation, &security)?);
    }
    rows.sort_by(|left, right| left.0.cmp(&right.0));
    let rows = rows.into_iter().map(|(_, row)| row);
    Ok(quote! {
        /// The operations of the document, sorted by id.
        pub const OPERATIONS: &[::perspio_http::Operation] = &[#(#rows),*];
    })
}

fn row(operation: &Operation<'_>, security: &Security) -> Result<(String, TokenStream)> {
    let location = operation.location();
    let (path, method, operation) = (operation.path, operation.method, operation.own);
    let path = without_fragment(path);
    let id = operation
        .get("operationId")
        .and_then(Value::as_str)
        .map(method_name)
        .with_context(|| format!("{location}: operationId is missing"))?;
    let provenance = match operation.get("x-source").and_then(Value::as_str) {
        Some("documented") => "Documented",
        Some("sample") => "Sample",
        Some("inferred") => "Inferred",
        found => bail!(
            "{location}: x-source is {}; it must be documented, sample or inferred",
            found.unwrap_or("missing")
        ),
    };
    let provenance = format_ident!("{provenance}");
    // RFC 9110 §9.2.1 calls these methods safe; `x-writes` overrides it.
    let safe = matches!(method, "get" | "head" | "options" | "trace");
    let writes = flag(operation, &location, "x-writes")?.unwrap_or(!safe);
    let repeatable = flag(operation, &location, "x-repeatable")?.unwrap_or(false);
    let anonymous = security.is_anonymous(operation, &location)?;
    let method = method.to_uppercase();
    let row = quote! {
        ::perspio_http::Operation {
            id: #id,
            method: #method,
            path: #path,
            provenance: ::perspio_http::Provenance::#provenance,
            writes: #writes,
            repeatable: #repeatable,
            anonymous: #anonymous,
        }
    };
    Ok((id, row))
}

/// The `security` of a document, which its operations override. `Operation::anonymous` in
/// perspio-http states the rule.
struct Security {
    /// Whether an operation without its own `security` is called without credentials.
    is_anonymous: bool,
}

impl Security {
    fn of(document: &Value) -> Result<Self> {
        let is_anonymous = match needs_nothing(document, "the document")? {
            Some(needs_nothing) => needs_nothing,
            None => names_schemes_by_operation(document)?,
        };
        Ok(Self { is_anonymous })
    }

    fn is_anonymous(&self, operation: &Value, location: &str) -> Result<bool> {
        let own = needs_nothing(operation, location)?;
        Ok(own.unwrap_or(self.is_anonymous))
    }
}

/// Returns whether any operation names a scheme in its own `security`.
fn names_schemes_by_operation(document: &Value) -> Result<bool> {
    for operation in operations(document) {
        if needs_nothing(operation.own, &operation.location())? == Some(false) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns whether no alternative in the `security` of a document or an operation names a scheme;
/// `None` if it has no `security`.
fn needs_nothing(owner: &Value, location: &str) -> Result<Option<bool>> {
    match owner.get("security") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(alternatives)) => {
            let mut alternatives = alternatives.iter();
            let names_none = |it: &Value| members(Some(it)).next().is_none();
            Ok(Some(alternatives.all(names_none)))
        }
        Some(_) => bail!("{location}: security is not a list"),
    }
}

/// Returns an extension that is true or false, if it is there.
fn flag(operation: &Value, location: &str, name: &str) -> Result<Option<bool>> {
    match operation.get(name) {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(found) => bail!("{location}: {name} is {found}; it must be true or false"),
    }
}

/// Checks that every operation has a summary and a description, which become its
/// documentation and help.
pub(crate) fn check_prose(document: &Value) -> Result<()> {
    for operation in operations(document) {
        let (location, operation) = (operation.location(), operation.own);
        for member in ["summary", "description"] {
            if operation
                .get(member)
                .and_then(Value::as_str)
                .is_none_or(str::is_empty)
            {
                bail!("{location}: {member} is missing; it becomes the documentation and the help");
            }
        }
    }
    Ok(())
}
