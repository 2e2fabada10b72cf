//! The list of other servers in a generated client.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::operations::optional;
use crate::error::Result;
use crate::model::{Server, ServerVariable, servers};

/// Returns `pub const SERVERS`, sorted by name, if the operations of the document have other
/// servers than the document itself.
pub(crate) fn list(document: &Value) -> Result<Option<TokenStream>> {
    let servers = servers(document)?;
    if servers.is_empty() {
        return Ok(None);
    }
    let rows = servers.iter().map(row);
    Ok(Some(quote! {
        /// The servers of operations that do not belong to the base URL, sorted by name.
        pub const SERVERS: &[::perspio_http::Server] = &[#(#rows),*];
    }))
}

fn row(server: &Server) -> TokenStream {
    let Server {
        name,
        url,
        variables,
    } = server;
    let setting = server.setting();
    let variables = variables.iter().map(variable);
    quote! {
        ::perspio_http::Server { name: #name, setting: #setting, url: #url, variables: &[#(#variables),*] }
    }
}

/// Returns a variable in the URL of a server.
pub(crate) fn variable(variable: &ServerVariable) -> TokenStream {
    let ServerVariable {
        name,
        default,
        values,
    } = variable;
    let setting = variable.setting();
    let default = optional(default.as_deref());
    quote! {
        ::perspio_http::ServerVariable {
            name: #name,
            setting: #setting,
            default: #default,
            values: &[#(#values),*],
        }
    }
}
