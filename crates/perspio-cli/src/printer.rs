//! Takes the outcome of the generated commands: prints answers, keeps errors.

use std::cell::RefCell;
use std::fmt::Debug;
use std::io;

use perspio::generated::{Error as GeneratedError, ResponseValue};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;
use crate::generated::CliConfig;
use crate::output::{Format, Shape};

/// What the generated commands report to.
pub(crate) struct Printer {
    format: Format,
    /// They cannot return what went wrong in their own type.
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
            // What the API did not report is the reading of a file.
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
        // The name that `perspio::List` gives to its schema.
        let is_list = T::schema_name().starts_with("ListOf");
        self.print(if is_list { Shape::List } else { Shape::Item }, &**value);
    }

    fn success_no_item(&self, _: &ResponseValue<()>) {
        self.print(Shape::Item, Value::Null);
    }

    fn error<T: JsonSchema + Serialize + Debug>(&self, error: &GeneratedError<T>) {
        self.failure
            .replace(Some(perspio::Error::from(error).into()));
    }

    // The generator calls these for one vendor's way of paging, which no
    // document here uses.
    fn list_start<T: JsonSchema + Serialize + Debug>(&self) {}

    fn list_item<T: JsonSchema + Serialize + Debug>(&self, item: &T) {
        self.print(Shape::Item, item);
    }

    fn list_end_success<T: JsonSchema + Serialize + Debug>(&self) {}

    fn list_end_error<T: JsonSchema + Serialize + Debug>(&self, error: &GeneratedError<T>) {
        self.error(error);
    }
}
