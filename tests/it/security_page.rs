//! `docs/security.md` lists every `checklist_NN` test of the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The environment variable that makes the test write the page instead of comparing it.
const UPDATE: &str = "UPDATE_DOCS";

/// The number of lines in the checklist.
const LINES: u32 = 32;

/// The tests of a line, by file.
type Tests = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the path below the root and the text of each Rust file with tests.
fn sources() -> Vec<(String, String)> {
    let root = root();
    let mut sources = Vec::new();
    let mut folders = ["crates", "tests", "xtask"]
        .map(|it| root.join(it))
        .to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                let text = fs::read_to_string(path).unwrap();
                sources.push((name.replace('\\', "/"), text));
            }
        }
    }
    sources
}

/// Returns the line numbers in a name such as `checklist_01_and_02_a_state_is_new`.
fn numbers(name: &str) -> Vec<u32> {
    let rest = name.trim_start_matches("checklist_");
    let first = rest.get(..2).and_then(|number| number.parse().ok());
    let second = rest.get(2..).and_then(|rest| rest.strip_prefix("_and_"));
    let second = second.and_then(|rest| rest.get(..2)?.parse().ok());
    first.into_iter().chain(second).collect()
}

/// Returns the tests of each line of the checklist.
fn tests() -> BTreeMap<u32, Tests> {
    let mut lines: BTreeMap<u32, Tests> = BTreeMap::new();
    for (file, text) in sources() {
        for part in text.split("fn checklist_").skip(1) {
            let name: String = part
                .chars()
                .take_while(|it| *it == '_' || it.is_ascii_alphanumeric())
                .collect();
            let name = format!("checklist_{name}");
            if name == "checklist_" {
                // The pattern of this file.
                continue;
            }
            let numbers = numbers(&name);
            assert!(!numbers.is_empty(), "{name} in {file} has no number");
            for number in numbers {
                let tests = lines.entry(number).or_default();
                tests.entry(file.clone()).or_default().insert(name.clone());
            }
        }
    }
    lines
}

/// Returns the list of the tests of one line, as it is on the page.
fn listed(tests: &Tests) -> String {
    let mut list = "Tests:\n".to_owned();
    for (file, names) in tests {
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        let names = names.join(", ");
        writeln!(list, "- [`{file}`](../{file}): {names}").unwrap();
    }
    list
}

/// Returns the page with the current lists, and the numbers of its lines.
fn updated(page: &str, tests: &BTreeMap<u32, Tests>) -> (String, Vec<u32>) {
    let mut parts = page.split("\n### ");
    let mut updated = parts.next().unwrap().to_owned();
    let mut numbers = Vec::new();
    for part in parts {
        let number = part.split('.').next().unwrap().parse().unwrap();
        numbers.push(number);
        let (text, chapter) = part.split_once("\n## ").unwrap_or((part, ""));
        let prose = text.split("\nTests:\n").next().unwrap().trim_end();
        let list = tests.get(&number).map(listed).unwrap_or_default();
        write!(updated, "\n### {prose}\n\n{list}").unwrap();
        if !chapter.is_empty() {
            write!(updated, "\n## {chapter}").unwrap();
        }
    }
    (updated, numbers)
}

/// Asserts that every link of the page leads to a file.
fn check_links(page: &str) {
    let links: Vec<_> = page.split("](").skip(1).collect();
    assert!(links.len() > 30, "the links are found");
    for link in links {
        let link = link.split(')').next().unwrap();
        assert!(root().join("docs").join(link).exists(), "{link}");
    }
}

#[test]
fn the_security_page_lists_the_tests_of_every_line() {
    let path = root().join("docs/security.md");
    let page = fs::read_to_string(&path).unwrap();
    let tests = tests();
    let (updated, numbers) = updated(&page, &tests);
    let expected: Vec<_> = (1..=LINES).collect();
    assert_eq!(numbers, expected, "the lines of the page");
    let tested: Vec<_> = tests.keys().copied().collect();
    assert_eq!(tested, expected, "the lines that have a test");
    check_links(&updated);
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, &updated).unwrap();
    } else {
        assert!(
            page == updated,
            "docs/security.md lists other tests than the sources: run `cargo xtask docs`"
        );
    }
}
