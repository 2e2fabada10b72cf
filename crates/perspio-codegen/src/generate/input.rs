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

/// Checks the document part by part: an error in the whole would say only "paths" where
/// one operation is wrong.
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
        bail!("the document is no object with `openapi`, `info` and `paths`");
    }
    match value.get("openapi") {
        Some(Value::String(version)) if version.starts_with("3.0.") => {}
        Some(version) => bail!("openapi: {version} was found, a text \"3.0.x\" is needed"),
        None => bail!("openapi: missing; the document must say `openapi: 3.0.3`"),
    }
    let mut references = Vec::new();
    collect_references(value, "", &mut references);
    for (place, target) in references {
        let found = target
            .strip_prefix('#')
            .is_some_and(|pointer| value.pointer(pointer).is_some());
        if !found {
            bail!("{place}: `$ref` leads to {target}, which is not in the document");
        }
    }
    for operation in operations(value) {
        let place = operation.place();
        let parsed: openapiv3::Operation = typed(operation.own, &place)?;
        if parsed.operation_id.is_none() {
            bail!("{place}: operationId is missing; the client's method is named after it");
        }
    }
    for (section, part) in members(value.get("components")) {
        for (name, part) in members(Some(part)) {
            let place = format!("components.{section}.{name}");
            match section.as_str() {
                "schemas" => check::<openapiv3::Schema>(part, &place)?,
                "parameters" => check::<openapiv3::Parameter>(part, &place)?,
                "responses" => check::<openapiv3::Response>(part, &place)?,
                "requestBodies" => check::<openapiv3::RequestBody>(part, &place)?,
                _ => {}
            }
        }
    }
    Ok(())
}

fn check<T: DeserializeOwned>(part: &Value, place: &str) -> Result<()> {
    typed::<openapiv3::ReferenceOr<Value>>(part, place)?;
    if part.get("$ref").is_none() {
        typed::<T>(part, place)?;
    }
    Ok(())
}

/// Whether the members at this place have names that the author of the document chose.
fn names_are_free(place: &str) -> bool {
    let free = [
        "headers",
        "parameters",
        "properties",
        "responses",
        "schemas",
    ];
    free.contains(&place.rsplit('.').next().unwrap_or(place))
}

fn collect_references(value: &Value, place: &str, found: &mut Vec<(String, String)>) {
    let inside = |name: &str| match place {
        "" => name.to_owned(),
        _ => format!("{place}.{name}"),
    };
    match value {
        Value::Object(object) => {
            for (name, member) in object {
                match member {
                    Value::String(target) if name == "$ref" => {
                        found.push((place.to_owned(), target.clone()));
                    }
                    // Examples and notes of other tools are data; a `$ref` in them is
                    // no reference.
                    _ if name == "example" || name == "examples" => {}
                    _ if name.starts_with("x-") && !names_are_free(place) => {}
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
