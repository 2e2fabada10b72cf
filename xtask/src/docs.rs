//! `cargo xtask docs`: writes the generated pages of docs/ again.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process::succeed;

/// The tests that compare a page with its source, and write it if `UPDATE_DOCS` is set.
const PAGES: [(&str, &str); 3] = [
    ("perspio-auth", "troubleshooting"),
    ("perspio-codegen", "rules"),
    ("perspio-tests", "security_page"),
];

/// Writes every page that differs from its source.
pub(crate) fn run(root: &Path) -> Result<()> {
    for (package, tests) in PAGES {
        let mut test = Command::new(env!("CARGO"));
        test.args(["test", "--quiet", "--all-features", "--package", package]);
        succeed(test.arg(tests).env("UPDATE_DOCS", "1").current_dir(root))?;
    }
    Ok(())
}
