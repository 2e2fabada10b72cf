//! The clients that are generated, one row each.

use progenitor::{GenerationSettings, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use quote::quote;

/// One generated client: what it is made from, where it goes, how it is made.
pub(crate) struct Client {
    /// The client's crate; its types are named through it in the other outputs.
    pub(crate) name: &'static str,
    /// The OpenAPI document, from the workspace's folder.
    pub(crate) spec: &'static str,
    /// Where each output goes, from the workspace's folder.
    pub(crate) outputs: Outputs,
    /// Settings of this client on top of those that all share.
    pub(crate) configure: fn(&mut GenerationSettings),
}

/// The files that are made for one client.
pub(crate) struct Outputs {
    pub(crate) client: &'static str,
    /// None: the client has no typed mocks.
    pub(crate) mocks: Option<&'static str>,
    /// None: the client has no command line.
    pub(crate) commands: Option<&'static str>,
    /// The client's public API as one text, for those who review a change.
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
    // Nobody's API: its tests send what the generator alone cannot.
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

/// Settings that every client shares.
pub(crate) fn settings(client: &Client) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Separate)
        // With `Optional`, a lost hook would compile and send requests
        // without credentials.
        .with_hooks(HooksMode::Expected)
        .with_inner_type(quote!(perspio_http::Pipeline))
        .with_derive("schemars::JsonSchema")
        // Members that the document does not name print in a stable order.
        .with_map_type("::std::collections::BTreeMap");
    (client.configure)(&mut settings);
    settings
}

/// Types of PerspioTalk that are written by hand. They are named through the
/// crate, because the mocks and the commands live in crates of their own.
fn perspiotalk(settings: &mut GenerationSettings) {
    let text = [TypeImpl::Display, TypeImpl::FromStr];
    for name in ["AssetId", "NullableText", "SiteId"] {
        settings.with_replacement(name, format!("perspio::{name}"), text.iter().copied());
    }
    for list in ["AssetList", "LocationLabelList", "SiteList"] {
        settings.with_replacement(list, format!("perspio::{list}"), std::iter::empty());
    }
}
