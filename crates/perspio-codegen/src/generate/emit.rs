//! Runs progenitor and turns its outputs into source text.

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex};

use openapiv3::OpenAPI;
use proc_macro2::{TokenStream, TokenTree};
use progenitor::Generator;
use serde_json::Value;

use super::input::Document;
use super::settings::settings;
use super::{
    builders, client, commands, format, mocks, operations, prepare::prepare,
    prepare::prepare_with_errors, unsupported,
};
use crate::config::{Client, Outputs};
use crate::document;
use crate::error::{DocumentPath, Error, Result, fail};
use crate::model::{self, Request};
use crate::rust;
use crate::surface::Surface;

/// The source text of one client's outputs.
pub(crate) struct Code {
    pub(crate) client: String,
    pub(crate) mocks: Option<String>,
    pub(crate) commands: Option<String>,
    /// The public API, as a text for reviewers.
    pub(crate) surface: String,
}

/// The output of progenitor, before any pass.
struct Raw {
    client: TokenStream,
    mocks: Option<TokenStream>,
    commands: Option<TokenStream>,
}

pub(crate) fn emit(client: &Client, document: &Document) -> Result<Code> {
    let Document {
        value,
        openapi,
        with_errors,
        requests,
    } = document;
    operations::check_prose(requests)?;
    let raw =
        run(client, openapi, with_errors).map_err(|cause| locate_failure(client, value, cause))?;
    let file = client::file(raw.client, value, requests, &client.crate_name())?;
    let mut mocks = raw.mocks.map(rust::parse).transpose()?;
    if let Some(file) = &mut mocks {
        mocks::run(file, requests)?;
    }
    let mut commands = raw.commands.map(rust::parse).transpose()?;
    if let Some(file) = &mut commands {
        commands::run(file, requests)?;
    }
    Ok(Code {
        surface: Surface::read(&file, value)?
            .text(&client.name, &client.document.display().to_string()),
        client: text(&file, client)?,
        mocks: mocks.map(|mocks| text(&mocks, client)).transpose()?,
        commands: commands.map(|file| text(&file, client)).transpose()?,
    })
}

/// Checks that `generate` supports an imported document: it has no unsupported construct,
/// progenitor accepts it, its requests can be generated, and no name is defined twice.
pub(crate) fn try_client(document: &Value) -> Result<()> {
    // `verify` tries schemas without operations.
    let has_operations = document::operations(document).next().is_some();
    if let Some(first) = has_operations
        .then(|| unsupported::all(document, &Outputs::default()))
        .and_then(|found| found.into_iter().next())
    {
        return fail(first);
    }
    let tokens = client_tokens(&Client::unconfigured(), document)?;
    builders::can_be_read(&tokens, &model::requests(document))?;
    check_unique_names(tokens)
}

/// Returns the source of the client of a document that is not in the configuration. It is
/// not formatted by rustfmt, which is slow for large clients.
pub fn source_of_client(document: &Value) -> Result<String> {
    let file = syntax_of_client(&Client::unconfigured(), document)?;
    Ok(header(&Client::unconfigured()) + &format::text(&file))
}

/// Returns the client of a document with the settings of a configured client.
pub(crate) fn syntax_of_client(client: &Client, document: &Value) -> Result<syn::File> {
    let tokens = client_tokens(client, document)?;
    let requests: BTreeMap<String, Request> = model::requests(document);
    client::file(tokens, document, &requests, &client.crate_name())
}

pub(super) fn client_tokens(client: &Client, document: &Value) -> Result<TokenStream> {
    let mut document = document.clone();
    prepare(&mut document);
    let openapi: OpenAPI = document::typed(&document, &DocumentPath::default())?;
    catch_panic(|| {
        let mut generator = Generator::new(&settings(client));
        generator.generate_tokens(&openapi)
    })
}

/// Checks that no module has two types, traits or modules of one name. The tokens are not
/// parsed, because that takes longer than the rest of an import.
fn check_unique_names(tokens: TokenStream) -> Result<()> {
    let mut seen = std::collections::BTreeSet::new();
    let mut keyword = None;
    let mut inside_module = false;
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                if let Some(keyword) = keyword.take() {
                    inside_module = keyword == "mod";
                    if let Some(word) = seen.replace(word.to_string()) {
                        return fail(format_args!("two types have the name {word}"));
                    }
                } else {
                    let keywords = ["struct", "enum", "trait", "mod", "type"];
                    keyword = keywords.into_iter().find(|keyword| word == keyword);
                }
            }
            TokenTree::Group(group) if std::mem::take(&mut inside_module) => {
                check_unique_names(group.stream())?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns the text of an output, as `cargo fmt` formats it.
fn text(file: &syn::File, client: &Client) -> Result<String> {
    format::rustfmt(&(header(client) + &format::text(file)))
}

fn header(client: &Client) -> String {
    format!(
        "// @generated by perspio-codegen from {}.\n\
         // Do not edit: change the document and generate it again.\n\n",
        client.document.display()
    )
}

/// Runs progenitor; a panic of it becomes an error.
fn run(client: &Client, openapi: &OpenAPI, with_errors: &OpenAPI) -> Result<Raw> {
    let name = client.crate_name();
    catch_panic(|| {
        let mut generator = Generator::new(&settings(client));
        let Outputs {
            mocks, commands, ..
        } = &client.outputs;
        Ok(Raw {
            client: generator.generate_tokens(openapi)?,
            mocks: mocks
                .as_ref()
                .map(|_| generator.httpmock(with_errors, &name))
                .transpose()?,
            commands: commands
                .as_ref()
                .map(|_| generator.cli(openapi, &format!("{name}::generated")))
                .transpose()?,
        })
    })
}

/// Runs `work`; a panic becomes an error with the assertion that failed.
fn catch_panic<T>(work: impl FnOnce() -> Result<T, progenitor::Error>) -> Result<T> {
    // The hook belongs to the process: concurrent runs would replace each other's.
    static PANIC_HOOK: Mutex<()> = Mutex::new(());
    let _guard = PANIC_HOOK.lock();
    let hook = panic::take_hook();
    // The payload alone does not identify the assertion that failed.
    let location = Arc::new(Mutex::new(String::new()));
    let of_panic = Arc::clone(&location);
    panic::set_hook(Box::new(move |info| {
        if let (Some(at), Ok(mut location)) = (info.location(), of_panic.lock()) {
            let file = at.file().rsplit(['/', '\\']).next().unwrap_or_default();
            *location = format!("{file}:{}", at.line());
        }
    }));
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    panic::set_hook(hook);
    let outcome = outcome.map(|made| made.map_err(|cause| Error::new(cause.to_string())));
    outcome.unwrap_or_else(|payload| {
        let reason = payload
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| payload.downcast_ref::<&str>().copied())
            .unwrap_or("no reason");
        let at = location.lock().map(|it| it.clone()).unwrap_or_default();
        fail(format_args!("progenitor panicked: {reason} ({at})"))
    })
}

/// Returns an error that names the operations that fail alone, or the schemas if they fail
/// without operations.
fn locate_failure(client: &Client, document: &Value, cause: Error) -> Error {
    let mut failed = Vec::new();
    for location in document::operations(document).map(|operation| operation.location()) {
        if let Err(cause) = run_alone(client, document, &location) {
            failed.push(cause.at(location));
        }
    }
    if let Err(cause) = run_alone(client, document, &DocumentPath::default()) {
        return cause.at(DocumentPath::of(&["components", "schemas"]));
    }
    match failed.pop() {
        None => Error::new("the document as a whole").because_of(cause),
        Some(one) if failed.is_empty() => one,
        Some(last) => {
            failed.push(last);
            let texts: Vec<_> = failed.iter().map(|it| format!("{it:#}")).collect();
            Error::new(texts.join("\n  "))
        }
    }
}

/// Runs progenitor on a document with one operation left, or none.
fn run_alone(client: &Client, document: &Value, location: &DocumentPath) -> Result<()> {
    let mut document = document.clone();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        if let Some(item) = item.as_object_mut() {
            item.retain(|member, _| {
                !document::METHODS.contains(&member.as_str())
                    || DocumentPath::of(&["paths", path, member]) == *location
            });
        }
    }
    let mut with_errors = document.clone();
    prepare(&mut document);
    prepare_with_errors(&mut with_errors);
    run(
        client,
        &document::typed(&document, &DocumentPath::default())?,
        &document::typed(&with_errors, &DocumentPath::default())?,
    )
    .map(drop)
}
