//! The table of rules: its examples, its ids, and the page that is generated from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use similar::TextDiff;

use super::source_of;
use crate::config::{Client, Replacement};
use crate::diff::join;
use crate::diff::rules::{Level, RULES, Rule};

const EXAMPLE: &str = include_str!("../rules/example.yaml");

/// The variable that writes the page instead of checking it.
const UPDATE: &str = "UPDATE_DOCS";

const COMMAND: &str = "cargo xtask docs";

fn client() -> Client {
    let money = Replacement {
        path: "example::Money".to_owned(),
        traits: Vec::new(),
    };
    Client {
        replace: BTreeMap::from([("Money".to_owned(), money)]),
        ..Client::unconfigured()
    }
}

fn new_document(rule: &Rule) -> String {
    let (old, new) = rule.example;
    assert_eq!(EXAMPLE.matches(old).count(), 1, "{}: {old}", rule.id);
    EXAMPLE.replace(old, new)
}

#[test]
fn the_example_of_each_rule_has_a_finding_with_its_id_and_level() {
    let old = source_of(EXAMPLE, &client());
    let mut failures = Vec::new();
    for rule in RULES {
        let new = source_of(&new_document(rule), &client());
        let difference = join::compare(&old, &new);
        let has_rule = |change: &&super::Change| {
            let mut findings = change.findings();
            findings.any(|finding| finding.rule.id == rule.id)
        };
        match difference.changes.iter().find(has_rule) {
            Some(change) if rule.level != Level::Breaking || change.is_breaking() => {}
            _ => failures.push(format!("{}: {:#?}", rule.id, difference.changes)),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn ids_are_unique_and_kebab_case_and_only_rules_of_effects_are_breaking() {
    let mut ids = BTreeSet::new();
    for rule in RULES {
        let id = rule.id;
        assert!(ids.insert(id), "{id} is not unique");
        let is_word =
            |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        assert!(id.split('-').all(is_word), "{id} is not kebab-case");
        let is_effect = id.starts_with("rust-") || id.starts_with("protocol-");
        assert!(rule.level == Level::Info || is_effect, "{id}");
        let message = rule.message;
        assert!(
            message.ends_with('.') && !message.contains('|'),
            "{id}: {message}"
        );
    }
}

#[test]
fn the_rules_page_is_the_rendering_of_the_table() {
    let path = crate::testing::workspace().join("docs/diff-rules.md");
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found.replace("\r\n", "\n") == page(),
        "docs/diff-rules.md is outdated: run {COMMAND}"
    );
}

fn page() -> String {
    let mut page = format!(
        "\
# Rules of `diff`

`diff` compares two OpenAPI documents and the Rust clients that are generated from them. Each \
finding in its output has the id of a rule. Ids never change: a file of ignored changes \
(`--ignore`) refers to them.

- A rule without a prefix is about the document. Its level is *info*: the same change of a \
document may or may not break programs, which its effects decide.
- A rule with the prefix `protocol-` is about the values that requests and responses may contain, \
whatever the generated code checks. At the level *breaking*, the server may reject a request that it \
accepted; at the level *warning*, a call may have another result.
- A rule with the prefix `rust-` is about the generated code. At the level *breaking*, programs \
that use the client may not compile any more, or a call or a value that worked may fail.

The page is generated from `crates/perspio-codegen/src/diff/rules.rs`. To write it again: \
`{COMMAND}`.
"
    );
    let prefix = |rule: &Rule| {
        let mut prefixes = ["rust-", "protocol-"].into_iter();
        let prefix = prefixes.find(|prefix| rule.id.starts_with(prefix));
        prefix.unwrap_or_default()
    };
    for (title, of) in [
        ("The document", ""),
        ("Requests and responses", "protocol-"),
        ("The generated code", "rust-"),
    ] {
        let _ = write!(
            page,
            "\n## {title}\n\n| rule | level | message |\n|---|---|---|\n"
        );
        for rule in RULES.iter().filter(|rule| prefix(rule) == of) {
            let Rule { id, message, .. } = rule;
            let _ = writeln!(page, "| [`{id}`](#{id}) | {} | {message} |", level(rule));
        }
    }
    page.push_str(
        "\n## Examples\n\nEach example changes the document at the end of this page. A test compares \
         both, and fails if the finding has another rule or level.\n",
    );
    for rule in RULES {
        let changed = new_document(rule);
        let lines = TextDiff::from_lines(EXAMPLE, &changed);
        let _ = write!(page, "\n### {}\n\n```diff\n", rule.id);
        for change in lines.iter_all_changes() {
            if change.tag() != similar::ChangeTag::Equal {
                let _ = write!(page, "{}{}", change.tag(), change.value());
            }
        }
        page.push_str("```\n");
    }
    let _ = write!(
        page,
        "\n## The document of the examples\n\n```yaml\n{EXAMPLE}```\n"
    );
    page
}

fn level(rule: &Rule) -> &'static str {
    match rule.level {
        Level::Breaking => "breaking",
        Level::Warning => "warning",
        Level::Info => "info",
    }
}
