//! The rules of the dependencies: versions in the lock file, and the names that a
//! crate may contain.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn there_is_one_reqwest_in_the_tree() {
    // A second one would have its own TLS, proxies and errors.
    let lock = include_str!("../../Cargo.lock");
    assert_eq!(lock.matches("name = \"reqwest\"\n").count(), 1);
}

/// Returns the dependency tree of a crate without its default features.
fn tree(package: &str, arguments: &[&str]) -> String {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--offline", "--locked", "--no-default-features"]);
    cargo.args(["--package", package]).args(arguments);
    let output = cargo.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn without_sign_in_no_browser_no_pages_and_no_server_are_compiled() {
    for package in ["perspio-auth", "perspio-http", "perspio", "dispogas"] {
        let tree_of = tree(package, &["--edges", "normal"]);
        for name in ["maud", "webbrowser"] {
            assert!(!tree_of.contains(name), "{package} needs {name}");
        }
        let features = ["--edges", "normal,features", "--invert", "hyper"];
        let features = tree(package, &features);
        assert!(features.contains("hyper feature"), "{features}");
        assert!(!features.contains("hyper feature \"server\""), "{package}");
    }
}

/// The vendors whose clients are built on the vendor-neutral crates.
const VENDORS: [&str; 2] = ["perspio", "dispogas"];

/// The vendor-neutral crates, whose own names contain a vendor's.
const NEUTRAL: [&str; 2] = ["perspio-auth", "perspio-http"];

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// Removes the names of the neutral crates, as a package and as a module.
fn without_crate_names(line: &str) -> String {
    NEUTRAL.iter().fold(line.to_owned(), |line, name| {
        line.replace(name, "").replace(&name.replace('-', "_"), "")
    })
}

fn names_a_vendor(text: &str) -> bool {
    let text = without_crate_names(text).to_lowercase();
    VENDORS.iter().any(|vendor| text.contains(vendor))
}

#[test]
fn the_vendor_neutral_crates_name_no_vendor() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut found = Vec::new();
    for name in NEUTRAL {
        let mut files = Vec::new();
        files_below(&crates.join(name), &mut files);
        // A licence names the holder of the copyright.
        files.retain(|path| !path.ends_with("LICENSE-MIT"));
        assert!(files.len() > 20, "the sources of {name} are read");
        for path in files {
            let shown = path.strip_prefix(&crates).unwrap().display().to_string();
            if names_a_vendor(&shown) {
                found.push(shown.clone());
            }
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            for (index, line) in text.lines().enumerate() {
                if names_a_vendor(line) {
                    found.push(format!("{shown}:{}: {}", index + 1, line.trim()));
                }
            }
        }
    }
    assert!(
        found.is_empty(),
        "vendors are named in\n{}",
        found.join("\n")
    );
}

#[test]
fn a_vendor_is_found_in_any_case_and_beside_a_crate_name() {
    for line in [
        "let x = PERSPIO_STORE_KEY;",
        "// dispoGas",
        "perspio_auth::perspiotalk()",
    ] {
        assert!(names_a_vendor(line), "{line}");
    }
    for line in [
        "use perspio_auth::Profile;",
        "name = \"perspio-http\"",
        "example",
    ] {
        assert!(!names_a_vendor(line), "{line}");
    }
}
