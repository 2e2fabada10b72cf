//! What an import changed and what it left out, each with its place.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The record of one import.
#[derive(Debug, Default)]
pub struct Notes {
    pass: &'static str,
    changes: Vec<(&'static str, String, String)>,
    left_out: BTreeMap<String, String>,
}

impl Notes {
    /// What is told from now on is told of this pass.
    pub(crate) fn of(&mut self, pass: &'static str) {
        self.pass = pass;
    }

    /// The document says the same in other words.
    pub(crate) fn changed(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.changes.push((self.pass, place.into(), what.into()));
    }

    /// Something of the original cannot be had through the typed client.
    pub(crate) fn left_out(&mut self, place: impl Into<String>, cause: impl Into<String>) {
        self.left_out.insert(place.into(), cause.into());
    }

    /// Places and causes, sorted by place.
    pub fn all_left_out(&self) -> &BTreeMap<String, String> {
        &self.left_out
    }

    /// Every change, in the order of the passes.
    pub fn explain(&self) -> String {
        let mut text = String::new();
        let mut last = "";
        for (pass, place, what) in &self.changes {
            if *pass != last {
                let _ = writeln!(text, "{pass}");
                last = pass;
            }
            let _ = writeln!(text, "  {place}: {what}");
        }
        text
    }
}
