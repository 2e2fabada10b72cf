//! The clients that are generated, one row each.

use progenitor::{GenerationSettings, HooksMode, InterfaceStyle, TagStyle, TypeImpl};

/// One generated client: its document, its outputs and its settings.
pub(crate) struct Client {
    /// The client's crate; its types are named through it in the other outputs.
    pub(crate) name: &'static str,
    /// The OpenAPI document, relative to the workspace's folder.
    pub(crate) spec: &'static str,
    /// The generated files, relative to the workspace's folder.
    pub(crate) outputs: Outputs,
    /// Settings of this client in addition to the common ones.
    pub(crate) configure: fn(&mut GenerationSettings),
}

impl Client {
    /// The client's crate, as Rust names it.
    pub(crate) fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }
}

/// The generated files of one client.
pub(crate) struct Outputs {
    pub(crate) client: &'static str,
    /// None: the client has no typed mocks.
    pub(crate) mocks: Option<&'static str>,
    /// None: the client has no command line.
    pub(crate) commands: Option<&'static str>,
    /// The client's public API as one text, for reviewers.
    pub(crate) surface: Option<&'static str>,
}

/// All clients of this workspace.
pub(crate) const CLIENTS: &[Client] = &[
    Client {
        name: "perspio",
        spec: "spec/perspiotalk.yaml",
        outputs: Outputs {
            client: "crates/perspio/src/generated.rs",
            mocks: Some("crates/perspio-httpmock/src/generated.rs"),
            commands: Some("crates/perspio-cli/src/generated.rs"),
            surface: Some("crates/perspio/surface.txt"),
        },
        configure: perspiotalk,
    },
    Client {
        name: "dispogas",
        spec: "spec/dispogas.yaml",
        outputs: Outputs {
            client: "crates/dispogas/src/generated.rs",
            mocks: None,
            commands: None,
            surface: Some("crates/dispogas/surface.txt"),
        },
        configure: |_| {},
    },
    // An API that does not exist, with requests that progenitor alone cannot send.
    Client {
        name: "hard",
        spec: "tests/fixtures/hard.imported.yaml",
        outputs: Outputs {
            client: "tests/tests/all/imported/generated.rs",
            mocks: None,
            commands: None,
            surface: None,
        },
        configure: |_| {},
    },
];

/// The settings of a client.
pub(crate) fn settings(client: &Client) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        // The documentation page of `Client` lists its operations.
        .with_tag(TagStyle::Merged)
        // Neither hooks nor an inner type: `generate::client` writes the client.
        .with_hooks(HooksMode::Expected)
        // progenitor's commands need it; in the client it is behind a feature.
        .with_derive("schemars::JsonSchema")
        // Members that the document does not name print in a stable order.
        .with_map_type("::std::collections::BTreeMap");
    (client.configure)(&mut settings);
    settings
}

/// Types of PerspioTalk that are written by hand. They are named through the crate,
/// because the mocks and the commands are in other crates.
fn perspiotalk(settings: &mut GenerationSettings) {
    let text = [TypeImpl::Display, TypeImpl::FromStr];
    for name in ["AssetId", "NullableText", "SiteId"] {
        settings.with_replacement(name, format!("perspio::{name}"), text.iter().copied());
    }
    for list in ["AssetList", "LocationLabelList", "SiteList"] {
        settings.with_replacement(list, format!("perspio::{list}"), std::iter::empty());
    }
}
