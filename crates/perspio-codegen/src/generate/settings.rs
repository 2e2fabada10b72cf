//! The settings of progenitor.

use progenitor::{GenerationSettings, HooksMode, InterfaceStyle, TagStyle, TypeImpl};

use crate::config::{Client, Trait};

/// Returns the settings for a client.
pub(super) fn settings(client: &Client) -> GenerationSettings {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        // The documentation page of `Client` lists its operations.
        .with_tag(TagStyle::Merged)
        // Neither hooks nor an inner type: `client` writes the client.
        .with_hooks(HooksMode::Expected)
        // progenitor's commands need it; in the client a feature enables it.
        .with_derive("schemars::JsonSchema")
        // Members that the document does not name print in a stable order.
        .with_map_type("::std::collections::BTreeMap");
    for (schema, replacement) in &client.replace {
        let traits = replacement.traits.iter().map(|it| match it {
            Trait::Display => TypeImpl::Display,
            Trait::FromStr => TypeImpl::FromStr,
        });
        settings.with_replacement(schema, &replacement.path, traits);
    }
    settings
}
