//! Runs the generator and turns its three outputs into source text.

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, anyhow, bail};
use openapiv3::OpenAPI;
use proc_macro2::{TokenStream, TokenTree};
use progenitor::Generator;
use quote::quote;
use serde_json::Value;

use super::document::{self, Document};
use super::prepare::prepare;
use super::wire::{self, Wire};
use super::{operations, pass, refusal};
use crate::clients::{Client, Outputs, settings};
use crate::surface::Surface;

/// The source text of one client's outputs.
pub(crate) struct Code {
    pub(crate) client: String,
    pub(crate) mocks: Option<String>,
    pub(crate) commands: Option<String>,
    /// What a reviewer reads of the client.
    pub(crate) surface: String,
}

/// What the generator itself gives, before any pass.
struct Raw {
    client: TokenStream,
    mocks: Option<TokenStream>,
    commands: Option<TokenStream>,
}

pub(crate) fn emit(client: &Client, document: &Document) -> Result<Code> {
    operations::check_prose(&document.value)?;
    let operations = operations::list(&document.value)?;
    let raw =
        run(client, &document.openapi).map_err(|cause| blame(client, &document.value, &cause))?;

    let file = client_file(&raw.client, &operations, &document.wires)?;
    let mocks = raw.mocks.as_ref().map(parse).transpose()?;
    let mut commands = raw.commands.as_ref().map(parse).transpose()?;
    commands.as_mut().map(pass::commands);
    Ok(Code {
        surface: Surface::read(&file, &document.value)?.text(client.name, client.spec),
        client: text(&file, client),
        mocks: mocks.map(|mocks| text(&mocks, client)),
        commands: commands.map(|commands| text(&commands, client)),
    })
}

/// The client with its hook and its list of operations.
fn client_file(
    tokens: &TokenStream,
    operations: &TokenStream,
    wires: &BTreeMap<String, Wire>,
) -> Result<syn::File> {
    let mut file = parse(tokens)?;
    wire::restore(&mut file, wires)?;
    let reads_json = wires.values().any(|wire| wire.reads_json);
    pass::client(&mut file, wires.len(), reads_json)?;
    let own = quote! {
        impl ClientHooks<perspio_http::Pipeline> for Client {
            async fn exec(
                &self,
                request: reqwest::Request,
                info: &OperationInfo,
            ) -> reqwest::Result<reqwest::Response> {
                let operation = perspio_http::Operation::find(OPERATIONS, info.operation_id);
                self.inner.execute(request, operation).await.map(Into::into)
            }
        }
        #operations
    };
    file.items.extend(parse(&own)?.items);
    Ok(file)
}

/// What a client is made with whose document has no row of its own.
pub(crate) const ANY: Client = Client {
    name: "any",
    spec: "an imported document",
    outputs: Outputs {
        client: "",
        mocks: None,
        commands: None,
        surface: None,
    },
    configure: |_| {},
};

/// Whether `generate` makes a client of a document that was imported: nothing in
/// it is refused, the generator takes it, its requests can be changed into the
/// document's, and no name stands twice.
pub(crate) fn try_client(document: &Value) -> Result<()> {
    // Schemas are tried without operations.
    let is_whole = document::operations(document).next().is_some();
    if let Some(first) = is_whole
        .then(|| refusal::all(document, &ANY.outputs))
        .and_then(|refused| refused.into_iter().next())
    {
        bail!("{first}");
    }
    let tokens = client_tokens(&ANY, document)?;
    wire::can_restore(&tokens, &wire::all(document))?;
    twice(tokens)
}

/// The source of a client whose document has no row of its own.
pub(crate) fn source_of_client(document: &Value) -> Result<String> {
    Ok(text(&syntax_of_client(&ANY, document)?, &ANY))
}

/// The client that is made of a document with the settings of a row.
pub(crate) fn syntax_of_client(client: &Client, document: &Value) -> Result<syn::File> {
    let operations = operations::list(document)?;
    client_file(
        &client_tokens(client, document)?,
        &operations,
        &wire::all(document),
    )
}

pub(super) fn client_tokens(client: &Client, document: &Value) -> Result<TokenStream> {
    let mut document = document.clone();
    prepare(&mut document);
    let openapi: OpenAPI = document::typed(&document, "")?;
    quietly(|| Ok(Generator::new(&settings(client)).generate_tokens(&openapi)?))
}

/// A type, trait or module that stands twice in one module. A parse of the
/// whole would take longer than everything else that an import does.
fn twice(tokens: TokenStream) -> Result<()> {
    let mut seen = std::collections::BTreeSet::new();
    let mut kind = None;
    let mut inside_module = false;
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                if let Some(kind) = kind.take() {
                    inside_module = kind == "mod";
                    if let Some(word) = seen.replace(word.to_string()) {
                        bail!("two types would be called {word}");
                    }
                } else {
                    let kinds = ["struct", "enum", "trait", "mod", "type"];
                    kind = kinds.into_iter().find(|kind| word == kind);
                }
            }
            TokenTree::Group(group) if std::mem::take(&mut inside_module) => {
                twice(group.stream())?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn parse(tokens: &TokenStream) -> Result<syn::File> {
    syn::parse2(tokens.clone()).context("the generator's output is not Rust")
}

fn text(file: &syn::File, client: &Client) -> String {
    format!(
        "// @generated by `cargo xtask generate` from {}. Do not edit: change the document and run it again.\n\n{}",
        client.spec,
        prettyplease::unparse(file)
    )
}

/// The generator's own run; a panic of it becomes an error.
fn run(client: &Client, openapi: &OpenAPI) -> Result<Raw> {
    let name = client.name.replace('-', "_");
    quietly(|| -> Result<Raw> {
        let mut generator = Generator::new(&settings(client));
        let Outputs {
            mocks, commands, ..
        } = &client.outputs;
        Ok(Raw {
            client: generator.generate_tokens(openapi)?,
            mocks: mocks
                .map(|_| generator.httpmock(openapi, &name))
                .transpose()?,
            commands: commands
                .map(|_| generator.cli(openapi, &format!("{name}::generated")))
                .transpose()?,
        })
    })
}

/// Runs `work` with a panic turned into an error that says what was asserted.
fn quietly<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // The hook is the process's: two runs at once would lose each other's.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock();
    let hook = panic::take_hook();
    // The payload alone does not say which of the generator's assertions failed.
    let place = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&place);
    panic::set_hook(Box::new(move |info| {
        if let (Some(at), Ok(mut kept)) = (info.location(), kept.lock()) {
            let file = at.file().rsplit(['/', '\\']).next().unwrap_or_default();
            *kept = format!("{file}:{}", at.line());
        }
    }));
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    panic::set_hook(hook);
    outcome.unwrap_or_else(|payload| {
        let said = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("no reason given");
        let at = place.lock().map(|place| place.clone()).unwrap_or_default();
        Err(anyhow!("the generator gave up: {said} ({at})"))
    })
}

/// Finds the operations that fail when they stand alone, so that the error
/// names them; if none does, the schemas are left.
fn blame(client: &Client, whole: &Value, cause: &anyhow::Error) -> anyhow::Error {
    let mut guilty = Vec::new();
    for place in document::operations(whole).map(|operation| operation.place()) {
        let alone = document::typed::<OpenAPI>(&only(whole, &place), "");
        if let Err(cause) = alone.and_then(|alone| run(client, &alone)) {
            guilty.push(format!("{place}: {cause:#}"));
        }
    }
    match schemas_alone(client, whole) {
        Err(cause) => anyhow!("components.schemas: {cause:#}"),
        Ok(()) if guilty.is_empty() => anyhow!("the document as a whole: {cause:#}"),
        Ok(()) => anyhow!("{}", guilty.join("\n  ")),
    }
}

fn schemas_alone(client: &Client, whole: &Value) -> Result<()> {
    run(client, &document::typed(&only(whole, ""), "")?).map(drop)
}

/// The document with one operation left, or none.
fn only(whole: &Value, kept: &str) -> Value {
    let mut copy = whole.clone();
    let paths = copy.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        if let Some(item) = item.as_object_mut() {
            item.retain(|member, _| {
                !document::METHODS.contains(&member.as_str())
                    || document::operation_place(path, member) == kept
            });
        }
    }
    copy
}
