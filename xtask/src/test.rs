//! `cargo xtask test`: runs all checks, the fast ones first.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use perspio_codegen::config::{self, Config};
use perspio_codegen::generate;

use crate::process::{cargo, succeed};
use crate::test_binaries::{self, TestBinary};
use crate::tools::{self, Tool};

/// The tests that need an installed program, by the parts of their paths.
const MODULES: [(Tool, &[&str]); 8] = [
    (Tool::IdentityServer, &["interop::"]),
    (Tool::DocumentServer, &["contract::"]),
    (Tool::ResponseChecker, &["sandbox_contract::"]),
    (Tool::Browser, &["browser::chromium::"]),
    (Tool::Keyring, &["keyring::"]),
    (Tool::Mounts, &["stores::file::disk::"]),
    (Tool::Redis, &["stores::redis::", "pace::redis::"]),
    (Tool::Memcached, &["stores::memcached::"]),
];

/// The document of the sandbox's control interface.
const CONTROL_INTERFACE: &str = "crates/perspio-sandbox/openapi.json";

/// The tests that compile a crate, by the parts of their paths.
const COMPILING: [&str; 1] = ["new_client::"];

/// Runs every step; the first that fails ends it. `install` says whether missing programs
/// are installed.
pub(crate) fn run(root: &Path, install: bool) -> Result<()> {
    step("format", || cargo(root, &["fmt", "--all", "--check"]))?;
    let config = Config::read(&root.join(config::FILE))?;
    step("generated code", || Ok(generate::run(&config, true)?))?;
    let build = ["--workspace", "--all-features", "--locked"];
    step("lints", || {
        let lints = ["--all-targets", "--", "-D", "warnings"];
        cargo(root, &[&["clippy"], &build[..], &lints].concat())
    })?;
    step("crates without default features", || {
        let packages = ["perspio-auth", "perspio-http", "perspio", "dispogas"];
        let packages = packages.iter().flat_map(|package| ["--package", package]);
        let check = ["check", "--no-default-features", "--locked"];
        cargo(root, &check.into_iter().chain(packages).collect::<Vec<_>>())
    })?;
    let mut binaries = Vec::new();
    step("build of the tests", || {
        binaries = test_binaries::build(root, &[&build[..], &["--all-targets"]].concat())?;
        Ok(())
    })?;
    let with_tools = MODULES.iter().flat_map(|(_, modules)| *modules);
    let later: Vec<_> = with_tools.chain(&COMPILING).collect();
    step("tests", || {
        let skip = later.iter().flat_map(|module| ["--skip", module]);
        test_binaries::run(&binaries, &skip.collect::<Vec<_>>())
    })?;
    step("examples of the documentation", || {
        cargo(root, &[&["test", "--doc"], &build[..]].concat())
    })?;
    step("documentation", || {
        let mut command = Command::new(env!("CARGO"));
        command.env("RUSTDOCFLAGS", "-D warnings");
        let arguments = [&["doc", "--no-deps"], &build[..]].concat();
        succeed(command.args(arguments).current_dir(root))
    })?;
    finish(&run_slow_tests(&config, install, &binaries)?)
}

/// Runs the tests that compile a crate, and the checks that need installed programs. They run
/// together, because browsers and servers leave a processor free. Returns what was skipped.
fn run_slow_tests(config: &Config, install: bool, binaries: &[TestBinary]) -> Result<Vec<String>> {
    let root = &config.root;
    let tools = MODULES.map(|(tool, _)| tool);
    let unusable = tools::provide(
        root,
        &[&tools[..], &[Tool::SpecValidator]].concat(),
        install,
    );
    let is_usable = |tool| unusable.iter().all(|(other, _)| *other != tool);
    let usable = MODULES.iter().filter(|(tool, _)| is_usable(*tool));
    let modules = usable.flat_map(|(_, modules)| *modules);
    let modules: Vec<_> = COMPILING.iter().chain(modules).copied().collect();
    step(
        "tests with real servers and browsers, and that compile a crate",
        || test_binaries::run(binaries, &modules),
    )?;
    if is_usable(Tool::SpecValidator) {
        step("validation of the documents", || {
            let of_clients = config
                .clients
                .iter()
                .map(|client| client.document.as_path());
            for document in of_clients.chain([Path::new(CONTROL_INTERFACE)]) {
                let mut validator = Command::new(tools::SPEC_VALIDATOR.program(root));
                succeed(validator.arg(document).current_dir(root))?;
            }
            Ok(())
        })?;
    }
    let skipped = unusable.iter();
    Ok(skipped
        .map(|(tool, reason)| format!("{tool:?}: {reason}"))
        .collect())
}

/// Prints the result. In CI, nothing may be skipped.
fn finish(skipped: &[String]) -> Result<()> {
    if skipped.is_empty() {
        println!("\nall checks passed");
        return Ok(());
    }
    println!(
        "\nall other checks passed, but SKIPPED:\n  {}",
        skipped.join("\n  ")
    );
    if cfg!(target_os = "linux") && std::env::var_os("CI").is_some_and(|value| value == "true") {
        bail!("nothing may be skipped in CI");
    }
    Ok(())
}

pub(crate) fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n=== {name}");
    let start = Instant::now();
    work().with_context(|| format!("{name} failed"))?;
    println!("=== {name}: {} s", start.elapsed().as_secs());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_that_does_not_run_with_the_others_exists() {
        let root = crate::root().unwrap();
        let exists = |module: &str| {
            let file = module.trim_end_matches("::").replace("::", "/") + ".rs";
            let tests = [
                "tests/it",
                "crates/perspio-auth/tests/it",
                "crates/perspio-codegen/tests/it",
            ];
            tests
                .iter()
                .any(|folder| root.join(folder).join(&file).exists())
        };
        let with_tools = MODULES.iter().flat_map(|(_, modules)| *modules);
        for module in with_tools.chain(&COMPILING) {
            assert!(exists(module), "{module}");
        }
    }

    #[test]
    fn the_test_of_the_sandbox_runs_the_installed_response_checker() {
        let root = crate::root().unwrap();
        let test = std::fs::read_to_string(root.join("tests/it/sandbox_contract.rs")).unwrap();
        let program = tools::RESPONSE_CHECKER.program(Path::new(""));
        let program = program.to_str().unwrap();
        assert!(test.contains(program), "{program} is not in the test");
    }
}
