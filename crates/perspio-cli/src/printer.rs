//! Receives the outcomes of the generated commands: prints responses, keeps errors.

use std::cell::RefCell;
use std::fmt::Debug;
use std::io;

use perspio::{Error, ResponseValue};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::generated::CliConfig;
use crate::output::{Format, Shape};

/// The interface of the generated commands to this program.
pub(crate) struct Printer {
    format: Format,
    /// The error of a call, which the commands return without its type.
    failure: RefCell<Option<Failure>>,
}

impl Printer {
    pub(crate) fn new(format: Format) -> Self {
        Self {
            format,
            failure: RefCell::new(None),
        }
    }

    /// The outcome of the whole command.
    pub(crate) fn conclude(&self, outcome: anyhow::Result<()>) -> Result<(), Failure> {
        match (self.failure.take(), outcome) {
            (Some(failure), _) => Err(failure),
            (None, Ok(())) => Ok(()),
            // Any other error is of a file that cannot be read.
            (None, Err(error)) => Err(Failure::usage(format!("{error:#}"))),
        }
    }

    pub(crate) fn print(&self, shape: Shape, value: impl Serialize) {
        let printed = serde_json::to_value(value)
            .map_err(io::Error::from)
            .and_then(|value: Value| self.format.print(shape, &value, &mut io::stdout().lock()));
        if let Err(error) = printed {
            self.failure.replace(Some(error.into()));
        }
    }
}

impl CliConfig for &Printer {
    fn success_item<T: JsonSchema + Serialize + Debug>(&self, value: &ResponseValue<T>) {
        // The name of the schema of a `perspio::List`.
        let is_list = T::schema_name().starts_with("ListOf");
        self.print(if is_list { Shape::List } else { Shape::Item }, &**value);
    }

    fn success_no_item(&self, _: &ResponseValue<()>) {
        self.print(Shape::Item, Value::Null);
    }

    fn error(&self, error: &Error) {
        self.failure.replace(Some(error.clone().into()));
    }
}
