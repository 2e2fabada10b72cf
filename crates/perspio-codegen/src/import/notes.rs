//! The changes of an import and the parts that it left out, each with its location.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::error::{DocumentPath, Step};

/// The notes on one import.
#[derive(Debug, Default)]
pub struct Notes {
    pass: &'static str,
    changes: Vec<(&'static str, String, String)>,
    left_out: BTreeMap<String, String>,
    warnings: Vec<(String, String)>,
    lossy: Vec<(String, String)>,
    /// The number of operations that were left out.
    operations: usize,
    /// The numbers of operations and types of the imported document.
    kept: (usize, usize),
    /// The number of payloads of webhooks and callbacks that have types.
    payloads: usize,
}

impl Notes {
    /// Begins a pass, to which the following changes belong.
    pub(crate) fn begin(&mut self, pass: &'static str) {
        self.pass = pass;
    }

    /// Records a change that does not affect what a client can call.
    pub(crate) fn changed(&mut self, location: impl Into<String>, change: impl Into<String>) {
        self.changes
            .push((self.pass, location.into(), change.into()));
    }

    /// Records a part of the original document that the typed client does not have.
    pub(crate) fn left_out(&mut self, location: impl Into<String>, cause: impl Into<String>) {
        self.left_out.insert(location.into(), cause.into());
    }

    /// Records that an operation was left out.
    pub(crate) fn operation_left_out(
        &mut self,
        location: impl Into<String>,
        cause: impl Into<String>,
    ) {
        self.operations += 1;
        self.left_out(location, cause);
    }

    /// Records a probable mistake in the document.
    pub(crate) fn warned(&mut self, location: impl Into<String>, warning: impl Into<String>) {
        self.warnings.push((location.into(), warning.into()));
    }

    /// Records a change after which the client has less information than the document.
    pub(crate) fn lost(&mut self, location: impl Into<String>, change: impl Into<String>) {
        let (location, change) = (location.into(), change.into());
        self.lossy.push((location.clone(), change.clone()));
        self.changed(location, change);
    }

    /// Returns the probable mistakes in the document: locations with warnings.
    pub fn warnings(&self) -> &[(String, String)] {
        &self.warnings
    }

    /// Returns the changes after which the client has less information than the document, by
    /// their locations. `explain` returns them, too.
    pub fn lossy(&self) -> &[(String, String)] {
        &self.lossy
    }

    /// Sets the numbers of operations and types of the imported document.
    pub(crate) fn keep(&mut self, operations: usize, types: usize) {
        self.kept = (operations, types);
    }

    /// Returns the numbers of operations and types of the imported document.
    pub fn kept(&self) -> (usize, usize) {
        self.kept
    }

    /// Sets the number of payloads of webhooks and callbacks that have types.
    pub(crate) fn keep_payloads(&mut self, count: usize) {
        self.payloads = count;
    }

    /// Returns the number of payloads of webhooks and callbacks that have types.
    pub fn payloads(&self) -> usize {
        self.payloads
    }

    /// Returns every change: its pass, location and description.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let changes = self.changes.iter();
        changes.map(|(pass, location, change)| (*pass, location.as_str(), change.as_str()))
    }

    /// Returns the number of operations that were left out.
    pub fn operations_left_out(&self) -> usize {
        self.operations
    }

    /// Returns the parts that were left out: causes by location.
    pub fn all_left_out(&self) -> &BTreeMap<String, String> {
        &self.left_out
    }

    /// Returns every change as text, in the order of the passes.
    pub fn explain(&self) -> String {
        let mut text = String::new();
        let mut last = "";
        for (pass, location, change) in self.changes() {
            if pass != last {
                let _ = writeln!(text, "{pass}");
                last = pass;
            }
            let _ = writeln!(text, "  {location}: {change}");
        }
        text
    }
}

/// Returns a location in the form of the notes, with dots before the names and indices.
pub(crate) fn location(path: &DocumentPath) -> String {
    let steps = path.0.iter().map(|step| match step {
        Step::Name(name) => name.clone(),
        Step::Index(index) => index.to_string(),
    });
    steps.collect::<Vec<_>>().join(".")
}
