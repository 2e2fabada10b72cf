//! The settings of the servers of a new client.

use std::fmt::Write as _;

use quote::quote;
use serde_json::Value;

use crate::error::Result;
use crate::generate::server_variable;
use crate::model::{Server, ServerVariable, main_server, servers};

/// The servers of a document, as far as a client can use them.
pub(super) struct Servers {
    /// The document's own. `None`: each installation has its own address.
    pub(super) main: Option<Server>,
    others: Vec<Server>,
}

impl Servers {
    pub(super) fn of(document: &Value) -> Result<Self> {
        let main = main_server(document);
        Ok(Self {
            main: main
                .filter(|main| main.url.starts_with("https://") && !main.url.contains(['?', '#'])),
            others: servers(document)?,
        })
    }

    /// Returns the URL of the document's own server, variables in braces.
    pub(super) fn base_url(&self) -> Option<&str> {
        let main = self.main.as_ref()?;
        Some(main.url.trim_end_matches('/'))
    }

    /// Returns the constants of the API as Rust code.
    pub(super) fn constants(&self) -> String {
        let mut code = String::new();
        let variables = self.main.iter().flat_map(|main| &main.variables);
        let variables: Vec<_> = variables.map(server_variable).collect();
        if !variables.is_empty() {
            code += &quote! {
                const SERVER_VARIABLES: &'static [::perspio_http::ServerVariable] = &[#(#variables),*];
            }
            .to_string();
        }
        if !self.others.is_empty() {
            code += "const SERVERS: &'static [perspio_http::Server] = generated::SERVERS;";
        }
        code
    }

    /// Returns the settings of the URLs, that of the base URL first, with their meaning.
    pub(super) fn urls(&self) -> Vec<(String, String)> {
        let base_url = match self.main {
            Some(_) => "another address of the API (optional)",
            None => "the address of the API, which the document does not name",
        };
        let others = self.others.iter().map(|server| {
            let Server { name, url, .. } = server;
            let meaning =
                format!("another address of the server `{name}`, by default {url} (optional)");
            (server.setting(), meaning)
        });
        let base_url = ("BASE_URL".to_owned(), base_url.to_owned());
        std::iter::once(base_url).chain(others).collect()
    }

    /// Returns the settings of the variables in the URLs, with their meaning.
    pub(super) fn variables(&self) -> Vec<(String, String)> {
        let all = self.main.iter().chain(&self.others);
        let mut settings = Vec::new();
        for variable in all.flat_map(|server| &server.variables) {
            let ServerVariable {
                name,
                default,
                values,
            } = variable;
            let setting = variable.setting();
            if settings.iter().any(|(known, _)| *known == setting) {
                continue;
            }
            let mut meaning = format!("`{name}` in the address of the API");
            if !values.is_empty() {
                let _ = write!(meaning, ": {}", values.join(", "));
            }
            if let Some(default) = default {
                let _ = write!(meaning, "; {default} by default");
            }
            settings.push((setting, meaning));
        }
        settings
    }
}
