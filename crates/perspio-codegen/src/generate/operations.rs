//! The list of operations in every generated client.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::model::{ACCEPT, Documentation, Request};

/// Returns `pub const OPERATIONS`, sorted by operation id.
pub(crate) fn list(requests: &BTreeMap<String, Request>) -> Result<TokenStream> {
    let rows: Vec<_> = requests.values().map(row).collect::<Result<_>>()?;
    Ok(quote! {
        /// The operations of the document, sorted by id.
        pub const OPERATIONS: &[::perspio_http::Operation] = &[#(#rows),*];
    })
}

fn row(request: &Request) -> Result<TokenStream> {
    let Request {
        name,
        method,
        path,
        is_anonymous,
        server,
        ..
    } = request;
    let provenance = match request.documentation.provenance.as_str() {
        "documented" => "Documented",
        "sample" => "Sample",
        "inferred" => "Inferred",
        found => {
            let found = if found.is_empty() { "missing" } else { found };
            let allowed = "it must be documented, sample or inferred";
            return Err(at(request, format!("x-source is {found}; {allowed}")));
        }
    };
    let provenance = format_ident!("{provenance}");
    check_media_types(request)?;
    // RFC 9110 §9.2.1 calls these methods safe; `x-writes` overrides it.
    let is_safe = matches!(method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE");
    let writes = flag(request, "x-writes", request.writes.as_ref())?.unwrap_or(!is_safe);
    let repeatable = flag(request, "x-repeatable", request.repeatable.as_ref())?;
    let repeatable = repeatable.unwrap_or(false);
    let server = optional(server.as_deref());
    Ok(quote! {
        ::perspio_http::Operation {
            id: #name,
            method: #method,
            path: #path,
            provenance: ::perspio_http::Provenance::#provenance,
            writes: #writes,
            repeatable: #repeatable,
            anonymous: #is_anonymous,
            server: #server,
        }
    })
}

/// Returns an optional text as Rust code.
pub(super) fn optional(text: Option<&str>) -> TokenStream {
    if let Some(text) = text {
        quote!(Some(#text))
    } else {
        quote!(None)
    }
}

/// Returns an extension that is true or false, if the operation has it.
fn flag(request: &Request, name: &str, value: Option<&Value>) -> Result<Option<bool>> {
    match value {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(found) => {
            let message = format!("{name} is {found}; it must be true or false");
            Err(at(request, message))
        }
    }
}

/// Checks the extensions for the media types of an operation.
fn check_media_types(request: &Request) -> Result<()> {
    let marker = request
        .events
        .as_ref()
        .and_then(|events| events.end_marker.as_ref());
    if let Some(found) = marker.filter(|marker| !marker.is_string()) {
        return Err(at(
            request,
            format!("x-end-marker is {found}; it must be a text"),
        ));
    }
    let is_printable = |text: &String| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    match &request.accept {
        Some(found) if !is_printable(found) => Err(at(
            request,
            format!("{ACCEPT} is {found}; it must be a media type"),
        )),
        _ => Ok(()),
    }
}

fn at(request: &Request, message: String) -> Error {
    Error::new(message).at(request.location.clone())
}

/// Checks that every operation has a summary and a description, which become its
/// documentation and help.
pub(crate) fn check_prose(requests: &BTreeMap<String, Request>) -> Result<()> {
    for request in requests.values() {
        let Documentation {
            summary,
            description,
            ..
        } = &request.documentation;
        for (member, text) in [("summary", summary), ("description", description)] {
            if text.is_empty() {
                let becomes = "it becomes the documentation and the help";
                return Err(at(request, format!("{member} is missing; {becomes}")));
            }
        }
    }
    Ok(())
}
