//! `cargo xtask release-check`: checks what a release needs beyond the tests. Its tools are
//! compiled, so that it is not a part of `cargo xtask test`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{cargo, succeed};
use crate::test::step;
use crate::tools::{
    self, CARGO_DENY, CARGO_HACK, CARGO_MACHETE, CARGO_SEMVER_CHECKS, Package, Tool,
};

/// The crates that are published, each after those that it depends on.
const PUBLISHED: [&str; 8] = [
    "perspio-auth",
    "perspio-http",
    "perspio",
    "dispogas",
    "perspio-httpmock",
    "perspio-sandbox",
    "perspio-codegen",
    "perspio-cli",
];

/// Runs every check; the first that fails ends it.
pub(crate) fn run(root: &Path) -> Result<()> {
    tools::require(
        root,
        &[Tool::CargoHack, Tool::CargoDeny, Tool::CargoMachete],
    )?;
    step("unused dependencies", || {
        succeed(tool(root, CARGO_MACHETE).current_dir(root))
    })?;
    step("licences, bans and sources of the dependencies", || {
        let checks = ["--all-features", "check", "licenses", "bans", "sources"];
        succeed(tool(root, CARGO_DENY).args(checks).current_dir(root))
    })?;
    step("each feature alone", || {
        let published = PUBLISHED.iter().flat_map(|name| ["--package", name]);
        hack(
            root,
            &published.chain(["--each-feature"]).collect::<Vec<_>>(),
        )
    })?;
    step("each pair of features of the libraries", || {
        let pairs = ["--feature-powerset", "--depth", "2"];
        let libraries = ["--package", "perspio-auth", "--package", "perspio-http"];
        hack(root, &[&libraries[..], &pairs].concat())
    })?;
    step("packages", || package(root))?;
    step("changes since the last release", || semver(root))
}

fn hack(root: &Path, arguments: &[&str]) -> Result<()> {
    let check = ["hack", "check", "--no-dev-deps", "--quiet"];
    succeed(
        tool(root, CARGO_HACK)
            .args(check)
            .args(arguments)
            .current_dir(root),
    )
}

fn tool(root: &Path, package: Package) -> Command {
    Command::new(package.program(root))
}

/// Packs every published crate, and builds it from its package.
fn package(root: &Path) -> Result<()> {
    let packages = PUBLISHED.iter().flat_map(|name| ["--package", name]);
    let package = ["package", "--locked"];
    cargo(
        root,
        &package.into_iter().chain(packages).collect::<Vec<_>>(),
    )
}

/// Compares the public API with that of the last release, if there was one.
fn semver(root: &Path) -> Result<()> {
    let tags = Command::new("git")
        .args(["tag", "--list", "v*", "--sort=-version:refname"])
        .current_dir(root)
        .output()
        .context("git cannot be started")?;
    let tags = String::from_utf8_lossy(&tags.stdout).into_owned();
    let Some(last) = tags.lines().next() else {
        println!("there is no release yet: no tag begins with v");
        return Ok(());
    };
    tools::require(root, &[Tool::CargoSemverChecks])?;
    let check = ["semver-checks", "--workspace", "--baseline-rev", last];
    succeed(
        tool(root, CARGO_SEMVER_CHECKS)
            .args(check)
            .current_dir(root),
    )
}
