//! `cargo xtask test`: everything that must hold, in the order in which a
//! failure is cheapest to see.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use perspio_codegen::config::{self, Config};
use perspio_codegen::generate;

use crate::process::{cargo, succeed};
use crate::tools;

/// Runs every step; the first that fails ends it.
pub(crate) fn run(root: &Path) -> Result<()> {
    step("format", || cargo(root, &["fmt", "--all", "--check"]))?;
    let config = Config::read(&root.join(config::FILE))?;
    step("generated code", || generate::run(&config, true))?;
    step("lints", || {
        cargo(
            root,
            &[
                "clippy",
                "--workspace",
                "--all-features",
                "--all-targets",
                "--locked",
                "--",
                "-D",
                "warnings",
            ],
        )
    })?;
    step("crates without default features", || {
        for package in ["perspio-auth", "perspio-http", "perspio", "dispogas"] {
            let package = ["check", "--package", package];
            let features = ["--no-default-features", "--locked"];
            cargo(root, &[&package[..], &features].concat())?;
        }
        Ok(())
    })?;
    let mut skipped = tests(root)?;
    step("documentation", || {
        let mut command = Command::new(env!("CARGO"));
        command.env("RUSTDOCFLAGS", "-D warnings");
        command.args([
            "doc",
            "--workspace",
            "--all-features",
            "--no-deps",
            "--locked",
        ]);
        succeed(command.current_dir(root))
    })?;
    skipped.extend(documents(&config)?);
    if skipped.is_empty() {
        println!("\neverything holds");
        return Ok(());
    }
    println!(
        "\neverything else holds, but SKIPPED: {}",
        skipped.join("; ")
    );
    if cfg!(target_os = "linux") && std::env::var_os("CI").is_some_and(|value| value == "true") {
        bail!("nothing may be skipped in CI");
    }
    Ok(())
}

/// Programs that some tests need, and what is skipped where they cannot be had.
struct Need {
    /// What the tests are called at the end, if they were skipped.
    what: &'static str,
    set_up: fn(&Path) -> Result<()>,
    /// Each is a part of the tests' names, and of no other's.
    tests: &'static [&'static str],
}

const NEEDS: [Need; 7] = [
    Need {
        what: "tests with a foreign identity server",
        set_up: tools::interop,
        tests: &["interop::"],
    },
    Need {
        what: "tests with a foreign server of the documents",
        set_up: tools::prism,
        tests: &["contract::"],
    },
    Need {
        what: "tests in a real browser",
        set_up: tools::browser,
        tests: &["browser::chromium::"],
    },
    Need {
        what: "tests with a real keyring",
        set_up: tools::keyring,
        tests: &KEYRING,
    },
    Need {
        what: "tests with disks of their own",
        set_up: tools::mounts,
        tests: &["stores::file::disk::"],
    },
    Need {
        what: "tests with a real Redis",
        set_up: tools::redis,
        tests: &["stores::redis::", "pace::redis::"],
    },
    Need {
        what: "tests with a real Memcached",
        set_up: tools::memcached,
        tests: &["stores::memcached::"],
    },
];

/// Those of `perspio-auth` and `perspio-cli` that start a session bus.
const KEYRING: [&str; 13] = [
    "a_key_is_created_once_and_opens_the_store_afterwards",
    "an_entry_that_is_not_a_key_is_rejected_not_replaced_and_not_shown",
    "without_a_secret_service_the_error_says_what_to_do",
    "a_keyring_that_stays_locked_is_an_error",
    "a_keyring_store_conforms",
    "one_of_many_concurrent_replacements_succeeds",
    "an_entry_of_version_1_is_still_read",
    "an_entry_that_is_not_a_record_is_rejected_not_replaced_and_not_shown",
    "checklist_31_deleting_a_record_of_several_entries_leaves_none",
    "checklist_31_signing_out_leaves_no_entry",
    "without_a_keyring_the_error_names_an_alternative_store",
    "a_store_in_a_keyring_that_stays_locked_is_an_error",
    "checklist_31_a_sign_in_is_kept_in_the_keyring_until_logout_leaves_nothing_of_it",
];

/// All tests. Gives what had to be skipped.
fn tests(root: &Path) -> Result<Vec<String>> {
    let mut arguments = vec!["test", "--workspace", "--all-features", "--locked", "--"];
    let mut skipped = Vec::new();
    for need in &NEEDS {
        if let Err(cause) = (need.set_up)(root) {
            arguments.extend(need.tests.iter().flat_map(|test| ["--skip", test]));
            skipped.push(format!("{} ({cause:#})", need.what));
        }
    }
    step("tests", || cargo(root, &arguments))?;
    Ok(skipped)
}

/// The documents in spec/ hold before a validator that nobody here wrote.
/// Gives what had to be skipped.
fn documents(config: &Config) -> Result<Vec<String>> {
    let root = &config.root;
    let validator = match tools::spec_validator(root) {
        Ok(validator) => validator,
        Err(cause) => return Ok(vec![format!("validation of spec/ ({cause:#})")]),
    };
    step("validation of spec/", || {
        for client in &config.clients {
            succeed(
                Command::new(&validator)
                    .arg(&client.document)
                    .current_dir(root),
            )?;
        }
        Ok(())
    })?;
    Ok(Vec::new())
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n=== {name}");
    let start = Instant::now();
    work().with_context(|| format!("{name} failed"))?;
    println!("=== {name}: {} s", start.elapsed().as_secs());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str) -> String {
        std::fs::read_to_string(crate::root().unwrap().join(path)).unwrap()
    }

    #[test]
    fn every_test_that_would_be_skipped_is_there() {
        let keyring = [
            "perspio-auth/tests/keyring/key.rs",
            "perspio-auth/tests/keyring/store.rs",
            "perspio-cli/tests/login/keyring.rs",
        ];
        let keyring = keyring.map(|file| read(&format!("crates/{file}"))).concat();
        let mut tests: Vec<_> = keyring
            .split("#[test]\nfn ")
            .skip(1)
            .filter_map(|test| test.split("()").next())
            // It needs nothing.
            .filter(|test| *test != "without_a_session_bus_the_error_says_what_to_do")
            .collect();
        let mut named = KEYRING.to_vec();
        tests.sort_unstable();
        named.sort_unstable();
        assert_eq!(named, tests);
        assert!(read("tests/tests/all/main.rs").contains("\nmod interop;"));
        assert!(read("tests/tests/all/main.rs").contains("\nmod contract;"));
        assert!(read("tests/tests/all/browser.rs").contains("\nmod chromium;"));
        assert!(read("tests/tests/all/stores/file.rs").contains("\nmod disk;"));
        assert!(read("tests/tests/all/stores.rs").contains("\nmod redis;"));
        assert!(read("tests/tests/all/stores.rs").contains("\nmod memcached;"));
        assert!(read("tests/tests/all/pace.rs").contains("\nmod redis;"));
    }
}
