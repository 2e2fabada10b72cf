//! Names for the inline bodies of errors.

use std::collections::BTreeMap;

use heck::ToPascalCase;
use serde_json::{Map, Value};

use super::{ALTERNATIVE_OF, free_type_name, is_error, is_json, type_names};
use crate::document::references::{reference_to, target};
use crate::document::{
    members, members_mut, object_at, operation_location, operations_mut, resolve, text,
};

/// Moves the inline JSON schema of each error to a component, which becomes the type of the
/// error: the client decodes the body of an error on request only, into a type of the caller.
///
/// The component of `getThing` is `GetThingFailure`. If the errors of an operation have several
/// schemas, those after the first are called after their status, too. Returns the location of each
/// such response, with the name of its component.
pub(crate) fn name_failures(document: &mut Value) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let components = document.get("components").cloned().unwrap_or_default();
    let shared = serde_json::json!({ "components": components });
    let mut taken = type_names(document);
    let mut named = Map::new();
    let mut of_operations: BTreeMap<String, Vec<(Value, String)>> = BTreeMap::new();
    for (path, method, operation) in operations_mut(document) {
        // The alternatives of an operation have the same errors.
        let id = match text(operation, ALTERNATIVE_OF) {
            "" => text(operation, "operationId").to_pascal_case(),
            original => original.to_pascal_case(),
        };
        let own = of_operations.entry(id.clone()).or_default();
        for (status, response) in members_mut(operation.get_mut("responses")) {
            if !is_error(status) {
                continue;
            }
            let mut inline = resolve(&shared, response).clone();
            let Some(schema) = inline_schema(&mut inline) else {
                continue;
            };
            let known = own.iter().find(|(before, _)| before == schema);
            let name = if let Some((_, name)) = known {
                name.clone()
            } else {
                let status = if own.is_empty() { "" } else { status };
                let name = free_type_name(
                    &format!("{id}{}Failure", status.to_pascal_case()),
                    &mut taken,
                );
                named.insert(name.clone(), schema.clone());
                own.push((schema.clone(), name.clone()));
                name
            };
            *schema = reference_to(&name);
            *response = inline;
            let location = operation_location(&path, &method);
            all.push((format!("{location}.responses.{status}"), name));
        }
    }
    if !named.is_empty()
        && let Ok(schemas) = object_at(document, &["components", "schemas"])
    {
        schemas.extend(named);
    }
    all
}

/// Returns the schema of a JSON body, unless it is a reference or accepts any JSON.
fn inline_schema(response: &mut Value) -> Option<&mut Value> {
    let content = members_mut(response.get_mut("content"));
    let mut json = content.filter(|(media_type, _)| is_json(media_type));
    let schema = json.next()?.1.get_mut("schema")?;
    let is_any = members(Some(schema)).next().is_none();
    (!is_any && target(schema).is_none()).then_some(schema)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(member: &str) -> Value {
        let schema = json!({"type": "object", "properties": {member: {"type": "string"}}});
        json!({"description": "It.", "content": {"application/problem+json": {"schema": schema}}})
    }

    /// Returns the names of the bodies of the errors.
    fn names(document: &mut Value) -> Vec<String> {
        name_failures(document);
        let responses = document.pointer("/paths/~1things/get/responses");
        let errors = members(responses).filter(|(status, _)| is_error(status));
        errors
            .map(|(_, response)| {
                let schema = response.pointer("/content/application~1problem+json/schema");
                schema.and_then(target).unwrap_or_default()
            })
            .collect()
    }

    #[test]
    fn each_inline_error_is_a_component_and_equal_ones_are_one() {
        let responses = json!({
            "200": of("name"), "400": of("cause"), "404": of("cause"), "409": of("other"),
            "429": {"$ref": "#/components/responses/Busy"}, "500": {"description": "It."},
        });
        let mut document = json!({
            "paths": {"/things": {"get": {"operationId": "thing", "responses": responses}}},
            "components": {
                "responses": {"Busy": of("until")},
                // The name without a suffix is that of a schema.
                "schemas": {"ThingFailure": {"type": "string"}},
            },
        });
        let expected = [
            "ThingFailureV",
            "ThingFailureV",
            "Thing409Failure",
            "Thing429Failure",
            "",
        ];
        assert_eq!(names(&mut document), expected);
        let schemas = &document["components"]["schemas"];
        assert!(schemas["ThingFailureV"]["properties"]["cause"].is_object());
        assert!(schemas["Thing429Failure"]["properties"]["until"].is_object());
        assert_eq!(schemas["ThingFailure"]["type"], "string");
        let success = document
            .pointer("/paths/~1things/get/responses/200")
            .unwrap();
        assert_eq!(*success, of("name"));
    }

    #[test]
    fn a_document_without_inline_errors_is_not_changed() {
        let responses = json!({"204": {"description": "Done."}, "default": {"description": "No."}});
        let before =
            json!({"paths": {"/a": {"get": {"operationId": "a", "responses": responses}}}});
        let mut document = before.clone();
        name_failures(&mut document);
        assert_eq!(document, before);
    }
}
