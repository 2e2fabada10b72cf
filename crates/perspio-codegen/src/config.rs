//! The configuration file: the clients to generate, with their documents and outputs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::document::typed;
use crate::error::{DocumentPath, Result, fail};
use crate::load;
use crate::selection::Selection;

/// The name of the configuration file.
pub const FILE: &str = "codegen.yaml";

/// A configuration file.
///
/// ```yaml
/// clients:
///   - name: example
///     document: spec/example.yaml
///     outputs:
///       client: crates/example/src/generated.rs
///       surface: crates/example/surface.txt
///     replace:
///       ThingId: { type: "example::ThingId", traits: [Display, FromStr] }
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The clients, in the order in which they are generated.
    pub clients: Vec<Client>,
    /// The folder of the file, to which all paths are relative.
    #[serde(skip)]
    pub root: PathBuf,
}

/// A generated client: its document, its outputs and its settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// The client's crate. The other outputs name its types through it.
    pub name: String,
    /// The `OpenAPI` document.
    pub document: PathBuf,
    /// The generated files.
    pub outputs: Outputs,
    /// The operations that are generated. By default all.
    #[serde(default)]
    pub operations: Selection,
    /// The types that are written by hand, by the names of their schemas.
    #[serde(default)]
    pub replace: BTreeMap<String, Replacement>,
}

/// The generated files of a client.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outputs {
    /// The client. One of more than 1,500 lines is split: the modules of `src/generated.rs` are
    /// in `src/generated/`.
    pub client: PathBuf,
    /// Typed mocks of its operations, for tests with `httpmock`.
    pub mocks: Option<PathBuf>,
    /// A command for each operation.
    pub commands: Option<PathBuf>,
    /// The public API of the client as text, for reviewers.
    pub surface: Option<PathBuf>,
}

/// A type that is written by hand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// The path of the type, through its crate.
    #[serde(rename = "type")]
    pub path: String,
    /// The traits that it implements and the generator may use.
    #[serde(default)]
    pub traits: Vec<Trait>,
}

/// A trait of a type that is written by hand.
#[derive(Clone, Copy, Debug, Deserialize)]
pub enum Trait {
    /// `std::fmt::Display`
    Display,
    /// `std::str::FromStr`
    FromStr,
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// If it cannot be read, has a member of another name, or names a client twice.
    pub fn read(file: &Path) -> Result<Self> {
        Self::parse(file).map_err(|cause| cause.in_file(file))
    }

    fn parse(file: &Path) -> Result<Self> {
        let mut config: Self = typed(&load::read(file)?, &DocumentPath::default())?;
        load::folder_of(file).clone_into(&mut config.root);
        let mut names: Vec<_> = config.clients.iter().map(|it| it.name.as_str()).collect();
        names.sort_unstable();
        if let Some([name, _]) = names
            .windows(2)
            .find(|pair| matches!(pair, [a, b] if a == b))
        {
            return fail(format_args!("two clients have the name {name}"));
        }
        Ok(config)
    }
}

impl Client {
    /// A client of a document that no configuration names: the file of the client only.
    pub fn unconfigured() -> Self {
        Self {
            name: "any".to_owned(),
            document: "an imported document".into(),
            outputs: Outputs::default(),
            operations: Selection::default(),
            replace: BTreeMap::new(),
        }
    }

    /// The name of the client's crate in Rust code.
    pub(crate) fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config> {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join(FILE);
        std::fs::write(&file, text).unwrap();
        Config::read(&file)
    }

    #[test]
    fn an_unknown_member_is_an_error_with_its_location() {
        let text = "clients: [{name: a, document: a.yaml, outputs: {client: a.rs, mock: b.rs}}]";
        let error = format!("{:#}", read(text).unwrap_err());
        assert!(
            error.contains("clients[0].outputs") && error.contains("`mock`"),
            "{error}"
        );
    }

    #[test]
    fn two_clients_of_one_name_are_an_error() {
        let client = "{name: a, document: a.yaml, outputs: {client: a.rs}}";
        let error = format!(
            "{:#}",
            read(&format!("clients: [{client}, {client}]")).unwrap_err()
        );
        assert!(error.contains("two clients have the name a"), "{error}");
    }
}
