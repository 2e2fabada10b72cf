//! The crate below `target/` that calls the client of a document.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use perspio_wire::Prism;
use perspio_wire::drive::{Outcome, Plan};

use super::driver;
use crate::corpus::{cargo, manifest};
use perspio_codegen::files::replace;

/// The outcomes of each operation's calls.
pub(super) type Outcomes = BTreeMap<String, Vec<Outcome>>;

/// Compiles the client `source` in the crate `folder`, and makes the calls of `plan` against
/// a server of `original`.
pub(super) fn run(
    root: &Path,
    folder: &Path,
    original: &Path,
    source: &str,
    plan: &Plan,
) -> Result<Outcomes> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let name = format!("wire-{name}");
    replace(&folder.join("src/client.rs"), source)?;
    replace(&folder.join("src/main.rs"), &driver::source(source)?)?;
    replace(
        &folder.join("Cargo.toml"),
        &(manifest(root, &name)? + &program_manifest(root)?),
    )?;
    let plan_file = folder.join("plan.json");
    replace(&plan_file, &serde_json::to_string_pretty(plan)?)?;
    std::fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    // The dependencies of all clients are compiled once.
    let target = root.join("target/wire/target");
    cargo("build", folder, &target)?;
    let program = target.join("debug").join(format!("corpus-{name}"));
    let mut outcomes = Outcomes::new();
    let mut made = 0;
    while made < plan.calls.len() {
        let prism = Prism::start(root, original).context("prism does not serve the document")?;
        let output = Command::new(&program)
            .arg(prism.base_url())
            .arg(&plan_file)
            .arg(made.to_string())
            .env("NO_PROXY", "127.0.0.1")
            .output()
            .context("the calls cannot be made")?;
        let before = made;
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let (operation, outcome): (String, Outcome) = serde_json::from_str(line)?;
            outcomes.entry(operation).or_default().push(outcome);
            made += 1;
        }
        if !output.status.success() || made == before {
            let at = plan.calls.get(made).map(|call| &*call.operation);
            bail!(
                "the calls failed at {}: {}",
                at.unwrap_or("the end"),
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
    Ok(outcomes)
}

/// Returns the part of the manifest that the program needs in addition to the client.
fn program_manifest(root: &Path) -> Result<String> {
    let path = root.join("tests/wire");
    let path = path.to_str().context("the workspace's path is not UTF-8")?;
    Ok(format!(
        r#"perspio-wire = {{ path = {path:?}, features = ["drive"] }}
tokio = {{ version = "1", features = ["macros", "rt-multi-thread", "time"] }}

[profile.dev]
# Long functions that run once.
codegen-units = 16
debug = 0
"#
    ))
}
