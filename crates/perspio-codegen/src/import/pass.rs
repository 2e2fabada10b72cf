//! Changes to a document so that the generator takes it, each with the limit
//! that it works around. They run in this order, over a copy.

mod composed;
mod document;
mod doubling;
mod enums;
mod names;
mod parameters;
mod requests;
mod responses;
mod schemas;
mod titles;
mod unions;
mod version;

use serde_json::Value;

use super::notes::Notes;

pub use names::rust_name;
pub(crate) use schemas::{open_all, unused};

type Pass = fn(&mut Value, &mut Notes);

const PASSES: [(&str, Pass); 17] = [
    ("document of 3.0", document::run),
    ("schemas of 3.0", version::run),
    ("variants by name", unions::discriminators),
    ("names of schemas", names::schemas),
    ("operation ids", names::operations),
    ("parameters", parameters::run),
    ("request bodies", requests::run),
    ("responses", responses::run),
    ("open schemas", schemas::open),
    ("parts that double themselves", doubling::run),
    ("objects of parts", composed::run),
    ("open unions", unions::open),
    ("components that may be null", schemas::nullable),
    ("open enums", enums::run),
    ("names of members", names::members),
    ("unused schemas", unused),
    ("names of types in place", titles::run),
];

/// Runs every pass.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    for (name, pass) in PASSES {
        notes.of(name);
        pass(document, notes);
    }
}

#[cfg(test)]
mod testing;
