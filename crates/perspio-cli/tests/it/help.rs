//! The help of all commands: one snapshot of the whole command tree.

use crate::commands::{perspio, run};

/// Returns the help of a command, and of all its subcommands.
fn tree(path: &[&str]) -> String {
    let (code, help, err) = run(&mut perspio(&[path, &["--help"]].concat()));
    assert_eq!((code, err.as_str()), (Some(0), ""), "{path:?}");
    // The global options are the same for each command.
    let own = match help.split_once("\nGlobal options:\n") {
        Some((own, _)) if !path.is_empty() => own,
        _ => &help,
    };
    let mut text = format!("=== perspio {}\n{own}\n", path.join(" "));
    for command in subcommands(&help) {
        text += &tree(&[path, &[command]].concat());
    }
    text
}

fn subcommands(help: &str) -> impl Iterator<Item = &str> {
    let listed = help.split_once("\nCommands:\n");
    let lines = listed.into_iter().flat_map(|(_, rest)| rest.lines());
    lines
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
}

#[test]
fn the_help_of_all_commands_is_as_reviewed() {
    insta::assert_snapshot!(tree(&[]));
}
