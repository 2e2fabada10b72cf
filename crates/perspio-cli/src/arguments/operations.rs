//! The commands of the operations: `perspio GROUP VERB`.

use clap::Command;
use perspio::{Client, Method, OPERATIONS, Operation};
use perspio_http::ApiRequest;

use crate::bulk;
use crate::generated::{Cli, CliCommand};
use crate::printer::Printer;

/// Returns one command for each group of operations.
pub(super) fn groups() -> impl Iterator<Item = Command> {
    by_group().into_iter().map(|(group, verbs)| {
        let names: Vec<_> = verbs.iter().map(Command::get_name).collect();
        Command::new(group)
            .about(format!("API: {}", names.join(", ")))
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommands(verbs)
    })
}

fn by_group() -> Vec<(&'static str, Vec<Command>)> {
    let mut groups: Vec<(&'static str, Vec<Command>)> = Vec::new();
    for operation in CliCommand::iter() {
        let (group, verb) = names(operation);
        let mut command = with_short_help(Cli::<&Printer>::get_command(operation).name(verb));
        if matches!(operation, CliCommand::AssetsGet) {
            command = bulk::with_options(command);
        }
        match groups.iter_mut().find(|(name, _)| *name == group) {
            Some((_, verbs)) => verbs.push(command),
            None => groups.push((group, vec![command])),
        }
    }
    groups
}

/// Returns the operation of `perspio GROUP VERB`.
pub(super) fn operation(group: &str, verb: &str) -> Option<CliCommand> {
    CliCommand::iter().find(|operation| names(*operation) == (group, verb))
}

/// Returns the request of an operation without parameters that reads, whose response can be
/// streamed.
pub(crate) fn stream_of(operation: CliCommand, client: &Client) -> Option<ApiRequest> {
    let has_parameters = Cli::<&Printer>::get_command(operation)
        .get_arguments()
        .next()
        .is_some();
    let operation = Operation::find(OPERATIONS, operation.operation_id())?;
    let is_read = operation.method == "GET" && operation.server.is_none();
    (is_read && !has_parameters).then(|| client.request(Method::GET, operation.path))
}

/// Returns group and verb of an operation, whose id is `{group}_{verb}`.
fn names(operation: CliCommand) -> (&'static str, &'static str) {
    let id = operation.operation_id();
    id.split_once('_').unwrap_or((id, "call"))
}

/// The generated help is summary and provenance together; a list of commands shows the
/// summary only.
fn with_short_help(command: Command) -> Command {
    let whole = command
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    let summary = whole.split("\n\n").next().unwrap_or_default().to_owned();
    command
        .about(summary)
        .long_about(whole)
        .mut_args(|argument| {
            let id = argument.get_id().as_str().to_owned();
            if id == "json-body" {
                argument.value_name("JSON").help(
                    "The body as JSON: a file, the JSON itself, or - for standard input. The \
                     other options override its members",
                )
            } else if argument.get_value_names().is_none() {
                argument.value_name(id.to_uppercase())
            } else {
                argument
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_is_a_command() {
        for operation in CliCommand::iter() {
            let (group, verb) = names(operation);
            let found = super::operation(group, verb).map(|found| found.operation_id());
            assert_eq!(found, Some(operation.operation_id()));
        }
    }

    #[test]
    fn the_help_of_an_operation_has_its_provenance() {
        for verb in by_group().into_iter().flat_map(|(_, verbs)| verbs) {
            let long = verb
                .get_long_about()
                .map(ToString::to_string)
                .unwrap_or_default();
            let known = [
                "Documented",
                "Known from the vendor's public sample",
                "Inferred",
            ];
            assert!(known.iter().any(|origin| long.contains(origin)), "{long}");
        }
    }
}
