//! Passes over the generated commands, each with the limit that it works around.

mod body;
mod interface;
mod positional;

use std::collections::BTreeMap;

use super::names;
use crate::error::{Context, Result, ensure, fail};
use crate::model::{Request, essence};
use crate::rust::{Expected, implemented, name_of_type};

/// Runs the passes over the commands of a client with these requests.
pub(super) fn run(file: &mut syn::File, requests: &BTreeMap<String, Request>) -> Result<()> {
    let with_file = requests.values().filter(|it| reads_file(it)).count();
    let mut found = [0, 0];
    for item in &mut file.items {
        match item {
            syn::Item::Impl(block)
                if implemented(block).is_none()
                    && name_of_type(&block.self_ty).as_deref() == Some("Cli") =>
            {
                found[0] += 1;
                operations(block, requests)?;
            }
            syn::Item::Trait(item) if item.ident == "CliConfig" => {
                found[1] += 1;
                interface::run(item, requests, with_file > 0)?;
            }
            _ => {}
        }
    }
    ensure(
        found == [1, 1],
        "progenitor's commands have no `Cli` or no `CliConfig`",
    )?;
    if with_file == 0 {
        remove_context(file)?;
    }
    names::shorten(file);
    Ok(())
}

/// Returns whether the body of a request can be read from a file: it has a type.
fn reads_file(request: &Request) -> bool {
    request.body.as_ref().is_some_and(|body| {
        let media_type = essence(&body.media_type);
        media_type == "application/json" || media_type == "application/x-www-form-urlencoded"
    })
}

/// Changes `cli_…` and `execute_…` of every operation.
fn operations(block: &mut syn::ItemImpl, requests: &BTreeMap<String, Request>) -> Result<()> {
    let mut commands = BTreeMap::new();
    let mut calls = BTreeMap::new();
    for item in &mut block.items {
        let syn::ImplItem::Fn(function) = item else {
            return fail("progenitor's `Cli` has an item that is not a function");
        };
        let name = function.sig.ident.to_string();
        if let Some(operation) = name.strip_prefix("cli_") {
            commands.insert(operation.to_owned(), function);
        } else if let Some(operation) = name.strip_prefix("execute_") {
            calls.insert(operation.to_owned(), function);
        }
    }
    for (name, request) in requests {
        let both = commands.remove(name).zip(calls.remove(name));
        let (command, call) = both.context(format_args!("progenitor made no command of {name}"))?;
        body::run(name, usize::from(reads_file(request)), command, call)?;
        positional::run(request, command, call)?;
        if request.documentation.is_deprecated {
            call.attrs.push(syn::parse_quote!(#[allow(deprecated)]));
        }
    }
    let expected = Expected {
        pass: "commands",
        location: "commands without an operation",
        count: 0,
    };
    expected.check(commands.len() + calls.len())
}

/// Removes the import of `anyhow::Context`, which progenitor also adds if no command reads a
/// file.
fn remove_context(file: &mut syn::File) -> Result<()> {
    let imports = |item: &syn::Item| {
        matches!(item, syn::Item::Use(syn::ItemUse { tree: syn::UseTree::Path(path), .. })
            if path.ident == "anyhow")
    };
    let all = file.items.len();
    file.items.retain(|item| !imports(item));
    let expected = Expected {
        pass: "remove_context",
        location: "the commands",
        count: 1,
    };
    expected.check(all - file.items.len())
}

#[cfg(test)]
mod tests;
