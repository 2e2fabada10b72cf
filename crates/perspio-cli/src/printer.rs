//! Receives the outcomes of commands: keeps responses and errors, and prints them at the end.

use std::cell::RefCell;
use std::fmt::Debug;
use std::io;
use std::path::Path;

use perspio::{Error, ResponseValue};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::generated::CliConfig;
use crate::output::{Body, Document, Output, Shape};
use crate::request::body;

/// The interface of the generated commands to this program.
pub(crate) struct Printer {
    output: Output,
    /// The outcome of a call. The commands return its error without the type.
    outcome: RefCell<Option<Result<Document, Failure>>>,
}

impl Printer {
    pub(crate) fn new(output: Output) -> Self {
        Self {
            output,
            outcome: RefCell::default(),
        }
    }

    /// Returns what prints a response while it arrives.
    pub(crate) fn output(&self) -> &Output {
        &self.output
    }

    /// Prints the response, and returns the outcome of the whole command.
    pub(crate) async fn conclude(&self, outcome: anyhow::Result<()>) -> Result<(), Failure> {
        match (self.outcome.take(), outcome) {
            (Some(Ok(document)), Ok(())) => self.output.print_response(document).await,
            (Some(Err(failure)), _) => Err(failure),
            (None, Ok(())) => Ok(()),
            // Any other error is of a file that cannot be read.
            (_, Err(error)) => Err(Failure::usage(format!("{error:#}"))),
        }
    }

    /// Keeps a response, which [`conclude`](Self::conclude) prints.
    pub(crate) fn keep(&self, document: Document) {
        self.outcome.replace(Some(Ok(document)));
    }

    fn keep_value(&self, shape: Shape, value: impl Serialize) {
        let outcome = match serde_json::to_value(value) {
            Ok(value) => Ok(Document::of(Body::Json(shape, value))),
            Err(cause) => Err(Failure::other(format!(
                "the response cannot be printed: {cause}"
            ))),
        };
        self.outcome.replace(Some(outcome));
    }
}

impl CliConfig for &Printer {
    fn success_item<T: JsonSchema + Serialize + Debug>(&self, value: &ResponseValue<T>) {
        // The name of the schema of a `perspio::List`.
        let is_list = T::schema_name().starts_with("ListOf");
        self.keep_value(if is_list { Shape::List } else { Shape::Item }, &**value);
    }

    fn success_no_item(&self, _: &ResponseValue<()>) {
        self.keep_value(Shape::Item, Value::Null);
    }

    fn json_body(&self, argument: &Path) -> io::Result<String> {
        let text = argument
            .to_str()
            .map(|text| body::text(text, "--json-body"));
        match text {
            Some(Ok(text)) => Ok(text),
            Some(Err(failure)) => Err(io::Error::other(failure.text().to_owned())),
            // No JSON, and not standard input.
            None => std::fs::read_to_string(argument),
        }
    }

    fn error(&self, error: &Error) {
        self.outcome.replace(Some(Err(error.clone().into())));
    }
}
