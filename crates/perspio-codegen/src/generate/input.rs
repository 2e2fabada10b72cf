//! Reads an OpenAPI document; every error names the file, the location and the cause.

use std::collections::BTreeMap;
use std::path::Path;

use openapiv3::OpenAPI;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::prepare::{prepare, prepare_with_errors};
use super::unsupported::{self, Limited, omit};
use crate::config::{Client, Outputs};
use crate::document::structure::{Form, Object};
use crate::document::{members, operations, typed};
use crate::error::{DocumentPath, Error, Result, Step, fail};
use crate::load;
use crate::model::{self, Request};

/// A document, in the forms that the generator needs.
#[derive(Debug)]
pub(crate) struct Document {
    /// The document as it was written.
    pub(crate) value: Value,
    /// The client, with all operations.
    pub(crate) client: Prepared,
    /// The mocks, if they are an output.
    pub(crate) mocks: Option<Prepared>,
    /// The commands, if they are an output.
    pub(crate) commands: Option<Prepared>,
}

/// A document for one output.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The document in the constructs that progenitor supports.
    pub(crate) openapi: OpenAPI,
    /// The request of each operation, by the name of its method.
    pub(crate) requests: BTreeMap<String, Request>,
    /// The operations that the output does not have, each with the reason.
    pub(crate) omitted: Vec<String>,
}

/// Reads the document of a client in the folder `root`, with its operations only.
pub(crate) fn read(root: &Path, client: &Client) -> Result<Document> {
    let mut value = load::read(&root.join(&client.document))?;
    let unmatched = client.operations.apply(&mut value);
    if !unmatched.is_empty() {
        let names = unmatched.join(", the ");
        let error = Error::new(format_args!("no operation of the document has the {names}"));
        return Err(error.with_help("change `operations` in the configuration"));
    }
    parse(value, &client.outputs)
}

/// Checks the parts of a document, then parses it: an error in one operation is otherwise
/// reported with the location `paths` only.
pub(crate) fn parse(mut value: Value, outputs: &Outputs) -> Result<Document> {
    check_form(&value)?;
    unsupported::check(&value)?;
    model::name_failures(&mut value);
    Document::of(value, outputs)
}

impl Document {
    /// Prepares a document for each of the outputs.
    pub(super) fn of(value: Value, outputs: &Outputs) -> Result<Self> {
        let mocks = outputs.mocks.as_ref().map(|_| Limited::Mocks);
        let commands = outputs.commands.as_ref().map(|_| Limited::Commands);
        let limited = |output: Option<Limited>| {
            let prepared = output.map(|output| Prepared::of(&value, Some(output)));
            prepared.transpose()
        };
        Ok(Self {
            client: Prepared::of(&value, None)?,
            mocks: limited(mocks)?,
            commands: limited(commands)?,
            value,
        })
    }
}

impl Prepared {
    /// Prepares a document for the client, or for an output without some operations.
    fn of(value: &Value, output: Option<Limited>) -> Result<Self> {
        let mut value = value.clone();
        let omitted = output.map(|output| omit(&mut value, output));
        let requests = model::requests(&value);
        match output {
            Some(Limited::Mocks) => prepare_with_errors(&mut value),
            Some(Limited::Commands) | None => prepare(&mut value),
        }
        Ok(Self {
            openapi: typed(&value, &DocumentPath::default())?,
            requests,
            omitted: omitted.unwrap_or_default(),
        })
    }
}

/// Checks that it is OpenAPI 3.0, and that every reference has a target.
pub(crate) fn check_form(value: &Value) -> Result<()> {
    if !value.is_object() {
        return fail("the document is not an object with `openapi`, `info` and `paths`");
    }
    let version = value.get("openapi");
    if !matches!(version, Some(Value::String(version)) if version.starts_with("3.0.")) {
        let message = match version {
            Some(version) => format!("{version} was found, a string \"3.0.x\" is required"),
            None => "missing; the document must contain `openapi: 3.0.3`".to_owned(),
        };
        return Err(Error::new(message).at(DocumentPath::of(&["openapi"])));
    }
    let mut references = Vec::new();
    let form = Form::Is(Object::Document);
    collect_references(value, form, &mut DocumentPath::default(), &mut references);
    for (location, target) in references {
        let pointer = target.strip_prefix('#');
        if pointer.and_then(|it| value.pointer(it)).is_none() {
            let message = format!("the target {target} of `$ref` is not in the document");
            return Err(Error::new(message).at(location));
        }
    }
    for operation in operations(value) {
        let location = operation.location();
        let parsed: openapiv3::Operation = typed(operation.own, &location)?;
        if parsed.operation_id.is_none() {
            let message = "operationId is missing; the client's method is named after it";
            return Err(Error::new(message).at(location));
        }
    }
    for (section, part) in members(value.get("components")) {
        for (name, part) in members(Some(part)) {
            let location = DocumentPath::of(&["components", section, name]);
            match section.as_str() {
                "schemas" => check::<openapiv3::Schema>(part, &location)?,
                "parameters" => check::<openapiv3::Parameter>(part, &location)?,
                "responses" => check::<openapiv3::Response>(part, &location)?,
                "requestBodies" => check::<openapiv3::RequestBody>(part, &location)?,
                _ => {}
            }
        }
    }
    Ok(())
}

fn check<T: DeserializeOwned>(part: &Value, location: &DocumentPath) -> Result<()> {
    typed::<openapiv3::ReferenceOr<Value>>(part, location)?;
    if part.get("$ref").is_none() {
        typed::<T>(part, location)?;
    }
    Ok(())
}

/// Collects the references in a value of a form. A `$ref` in data, such as an example, is not a
/// reference.
fn collect_references(
    value: &Value,
    form: Form,
    location: &mut DocumentPath,
    found: &mut Vec<(DocumentPath, String)>,
) {
    match value {
        Value::Object(object) => {
            let target = object.get("$ref").and_then(Value::as_str);
            if let Some(target) = target.filter(|_| form.may_be_reference()) {
                found.push((location.clone(), target.to_owned()));
            }
            for (name, member) in object {
                let form = form.member(name);
                if form != Form::Data {
                    location.0.push(Step::name(name));
                    collect_references(member, form, location, found);
                    location.0.pop();
                }
            }
        }
        Value::Array(array) if form.item() != Form::Data => {
            for (index, item) in array.iter().enumerate() {
                location.0.push(Step::Index(index));
                collect_references(item, form.item(), location, found);
                location.0.pop();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(schema: &Value) -> Result<()> {
        let schemas = json!({"A": schema});
        check_form(
            &json!({"openapi": "3.0.3", "info": {"title": "a", "version": "1"}, "paths": {},
            "components": {"schemas": schemas}}),
        )
    }

    #[test]
    fn a_reference_in_data_is_not_checked_and_one_in_a_member_with_any_name_is() {
        let no = json!({"$ref": "#/no"});
        for data in ["default", "example", "x-a"] {
            checked(&json!({data: no})).unwrap();
            let error = checked(&json!({"properties": {data: no}})).unwrap_err();
            let location = format!("components.schemas.A.properties.{data}");
            assert_eq!(error.path().unwrap().to_string(), location);
        }
        checked(&json!({"properties": {"$ref": {"type": "string"}}})).unwrap();
    }
}
