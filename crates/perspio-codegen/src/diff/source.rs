//! The two documents, each with the surface of the client that is made of it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::config::{Client, Config};
use crate::generate::check_form;
use crate::generate::syntax_of_client;
use crate::load;
use crate::surface::Surface;

/// A document and what programs see of its client.
pub(crate) struct Source {
    pub(crate) document: Value,
    pub(crate) surface: Surface,
}

impl Source {
    /// Makes the client of a document, in memory.
    pub(crate) fn new(mut document: Value, client: &Client) -> Result<Self> {
        check_form(&document)?;
        // One of the two may lack an operation that is selected.
        client.operations.apply(&mut document);
        let file = syntax_of_client(client, &document)?;
        let surface = Surface::read(&file, &document)?;
        Ok(Self { document, surface })
    }
}

/// Returns the client of the configuration whose document is one of the two, by the name of
/// the file: some of its types are written by hand.
pub(crate) fn client_of(config: &Path, old: &str, new: &str) -> Result<Client> {
    if !config.exists() {
        return Ok(Client::unconfigured());
    }
    let name = |path: &str| path.rsplit(['/', '\\', ':']).next().map(str::to_owned);
    let names = [name(old), name(new)];
    let mut clients = Config::read(config)?.clients.into_iter();
    let client = clients.find(|it| names.contains(&name(&it.document.to_string_lossy())));
    Ok(client.unwrap_or_else(Client::unconfigured))
}

/// Reads a file, or with `REVISION:PATH` what git holds of one.
pub(crate) fn read(named: &str, client: &Client) -> Result<Source> {
    let text = text(named)?;
    let document = load::parse(
        &text,
        Path::new(named).extension().is_some_and(|e| e == "json"),
    )
    .with_context(|| named.to_owned())?;
    let source = Source::new(document, client).with_context(|| named.to_owned());
    source.map_err(|error| {
        let file = if Path::new(named).exists() {
            named
        } else {
            "FILE"
        };
        error.context(format!(
            "the generator does not take {named}; make a document that it takes by \
             `import {file} --into NEW.yaml`, and compare that"
        ))
    })
}

fn text(named: &str) -> Result<String> {
    let path = Path::new(named);
    let Some((revision, inside)) = named.split_once(':').filter(|_| !path.exists()) else {
        return std::fs::read_to_string(path).with_context(|| format!("{named} cannot be read"));
    };
    if revision.is_empty() || revision.starts_with('-') || inside.is_empty() {
        bail!("{named} is neither a file nor REVISION:PATH");
    }
    let output = Command::new("git")
        .args(["show", "--no-textconv", named, "--"])
        .output()
        .context("git cannot be started")?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        bail!(
            "git has no {named}: {}",
            told.lines().next().unwrap_or_default()
        );
    }
    String::from_utf8(output.stdout).with_context(|| format!("{named} is not UTF-8"))
}
