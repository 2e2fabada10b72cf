//! Reads an OpenAPI document; every error names the file, the location and the cause.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};
use openapiv3::OpenAPI;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::prepare::prepare;
use super::unsupported;
use crate::config::{Client, Outputs};
use crate::document::{members, operations, typed};
use crate::load;
use crate::model::{self, Request};

/// A document, in the forms that the generator needs.
#[derive(Debug)]
pub(crate) struct Document {
    /// The document as it was written.
    pub(crate) value: Value,
    /// The document in the constructs that progenitor supports.
    pub(crate) openapi: OpenAPI,
    /// The request of each operation, by the name of its method.
    pub(crate) requests: BTreeMap<String, Request>,
}

/// Reads the document of a client in the folder `root`, with its operations only.
pub(crate) fn read(root: &Path, client: &Client) -> Result<Document> {
    let mut value = load::read(&root.join(&client.document))?;
    let unmatched = client.operations.apply(&mut value);
    if !unmatched.is_empty() {
        bail!(
            "no operation of the document has the {}: change `operations` in the configuration",
            unmatched.join(", the ")
        );
    }
    parse(value, &client.outputs)
}

/// Checks the parts of a document, then parses it: an error in one operation is otherwise
/// reported with the location `paths` only.
pub(crate) fn parse(value: Value, outputs: &Outputs) -> Result<Document> {
    check_form(&value)?;
    unsupported::check(&value, outputs)?;
    let mut prepared = value.clone();
    prepare(&mut prepared);
    Ok(Document {
        openapi: typed(&prepared, "")?,
        requests: model::requests(&value),
        value,
    })
}

/// Checks that it is OpenAPI 3.0, and that every reference has a target.
pub(crate) fn check_form(value: &Value) -> Result<()> {
    if !value.is_object() {
        bail!("the document is not an object with `openapi`, `info` and `paths`");
    }
    match value.get("openapi") {
        Some(Value::String(version)) if version.starts_with("3.0.") => {}
        Some(version) => bail!("openapi: {version} was found, a string \"3.0.x\" is required"),
        None => bail!("openapi: missing; the document must contain `openapi: 3.0.3`"),
    }
    let mut references = Vec::new();
    collect_references(value, "", &mut references);
    for (location, target) in references {
        let found = target
            .strip_prefix('#')
            .is_some_and(|pointer| value.pointer(pointer).is_some());
        if !found {
            bail!("{location}: the target {target} of `$ref` is not in the document");
        }
    }
    for operation in operations(value) {
        let location = operation.location();
        let parsed: openapiv3::Operation = typed(operation.own, &location)?;
        if parsed.operation_id.is_none() {
            bail!("{location}: operationId is missing; the client's method is named after it");
        }
    }
    for (section, part) in members(value.get("components")) {
        for (name, part) in members(Some(part)) {
            let location = format!("components.{section}.{name}");
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

fn check<T: DeserializeOwned>(part: &Value, location: &str) -> Result<()> {
    typed::<openapiv3::ReferenceOr<Value>>(part, location)?;
    if part.get("$ref").is_none() {
        typed::<T>(part, location)?;
    }
    Ok(())
}

/// Returns whether the author of the document chose the names of the members of this part.
fn names_are_free(location: &str) -> bool {
    let free = [
        "headers",
        "parameters",
        "properties",
        "responses",
        "schemas",
    ];
    free.contains(&location.rsplit('.').next().unwrap_or(location))
}

fn collect_references(value: &Value, location: &str, found: &mut Vec<(String, String)>) {
    let inside = |name: &str| match location {
        "" => name.to_owned(),
        _ => format!("{location}.{name}"),
    };
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                match member {
                    Value::String(target) if name == "$ref" => {
                        found.push((location.to_owned(), target.clone()));
                    }
                    // Examples and extensions are data; a `$ref` in them is not a
                    // reference.
                    _ if name == "example" || name == "examples" => {}
                    _ if name.starts_with("x-") && !names_are_free(location) => {}
                    _ => collect_references(member, &inside(name), found),
                }
            }
        }
        Value::Array(array) => {
            for (index, item) in array.iter().enumerate() {
                collect_references(item, &inside(&index.to_string()), found);
            }
        }
        _ => {}
    }
}
