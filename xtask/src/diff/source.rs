//! The two documents, each with the surface of the client that is made of it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::clients::{CLIENTS, Client};
use crate::generate::{ANY, check_form, syntax_of_client};
use crate::import;
use crate::surface::Surface;

/// A document and what programs see of its client.
pub(crate) struct Source {
    pub(crate) document: Value,
    pub(crate) surface: Surface,
}

impl Source {
    /// Makes the client of a document, in memory.
    pub(crate) fn new(document: Value, client: &Client) -> Result<Self> {
        check_form(&document)?;
        let file = syntax_of_client(client, &document)?;
        let surface = Surface::read(&file, &document)?;
        Ok(Self { document, surface })
    }
}

/// The row whose document one of the two is, by its file's name: some of its
/// types are written by hand.
pub(crate) fn client_of(old: &str, new: &str) -> &'static Client {
    let name = |path: &str| path.rsplit(['/', '\\', ':']).next().map(str::to_owned);
    let names = [name(old), name(new)];
    let row = CLIENTS.iter().find(|row| names.contains(&name(row.spec)));
    row.unwrap_or(&ANY)
}

/// Reads a file, or with `REVISION:PATH` what git holds of one.
pub(crate) fn read(root: &Path, named: &str, client: &Client) -> Result<Source> {
    let text = text(root, named)?;
    let document = import::parse(
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
             `cargo xtask import {file} --into NEW.yaml`, and compare that"
        ))
    })
}

fn text(root: &Path, named: &str) -> Result<String> {
    let path = Path::new(named);
    let Some((revision, inside)) = named.split_once(':').filter(|_| !path.exists()) else {
        return std::fs::read_to_string(path).with_context(|| format!("{named} cannot be read"));
    };
    if revision.is_empty() || revision.starts_with('-') || inside.is_empty() {
        bail!("{named} is neither a file nor REVISION:PATH");
    }
    let output = Command::new("git")
        .args(["show", "--no-textconv", named, "--"])
        .current_dir(root)
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
