//! Passes that convert a document into constructs that the generator supports, each with
//! the limitation that it works around.

mod composed;
mod direction;
mod document;
mod enums;
mod event_streams;
mod expansion;
mod integers;
mod media_types;
mod names;
mod pagination;
mod parameters;
mod requests;
mod responses;
mod schemas;
mod titles;
mod typos;
mod unions;
mod values;
mod version;
mod webhooks;

use serde_json::Value;

use super::notes::Notes;
use crate::document::order;

pub use names::rust_name;
pub(crate) use schemas::{CLOSED, DESCRIBED, allow_any, unused};

/// Changes a document, and records its changes.
type Pass = fn(&mut Value, &mut Notes);

/// The passes, in the order in which they run.
const PASSES: [(&str, Pass); 29] = [
    ("values of other types", values::run),
    ("typos", typos::run),
    ("payloads of webhooks", webhooks::run),
    ("document of OpenAPI 3.0", document::run),
    ("event streams", event_streams::run),
    ("schemas of OpenAPI 3.0", version::run),
    ("empty parts of compositions", composed::empty_parts),
    ("null in unions", unions::nulls),
    ("discriminators of parents", unions::parents),
    ("discriminators", unions::discriminators),
    ("schema names", names::schemas),
    ("operation ids", names::operations),
    ("parameters", parameters::run),
    ("media types", media_types::run),
    ("request bodies", requests::run),
    ("responses", responses::run),
    ("members of one direction", direction::run),
    ("enums of single values", enums::described),
    ("integers", integers::run),
    ("open schemas", schemas::open),
    ("exponential compositions", expansion::run),
    ("composed objects", composed::run),
    ("open unions", unions::open),
    ("nullable components", schemas::nullable),
    ("open enums", enums::run),
    ("variants of unions", unions::variants),
    ("unused schemas", unused),
    ("pagination", pagination::run),
    ("inline type names", titles::run),
];

/// Runs every pass.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    for (name, pass) in PASSES {
        notes.begin(name);
        pass(document, notes);
        order::sort(document);
    }
}

/// Gives the operations of a document the ids that the passes give them, so that they can be
/// selected by these.
pub(crate) fn identify(document: &mut Value) {
    names::operations(document, &mut Notes::default());
}

#[cfg(test)]
mod testing;
