//! Names for inline bodies of errors.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use serde_json::{Value, json};

use crate::document::{members, operations_mut, resolve, text};

/// Gives the inline body of an error a title, which becomes the name of its type. progenitor
/// otherwise names the inline bodies of a success and an error after the operation, so that
/// both have the type of the first.
pub(super) fn name(document: &mut Value) {
    let shared = json!({"components": {"responses": document.pointer("/components/responses")}});
    let schemas = members(document.pointer("/components/schemas"));
    let mut taken: BTreeSet<String> = schemas.map(|(name, _)| name.to_pascal_case()).collect();
    for (_, _, operation) in operations_mut(document) {
        errors(operation, &shared, &mut taken);
    }
}

fn errors(operation: &mut Value, shared: &Value, taken: &mut BTreeSet<String>) {
    let id = text(operation, "operationId").to_pascal_case();
    let responses = operation.get_mut("responses");
    let Some(responses) = responses.and_then(Value::as_object_mut) else {
        return;
    };
    let mut successes = responses
        .iter()
        .filter(|(status, _)| status.starts_with('2'));
    let success = successes.find_map(|(_, response)| inline(resolve(shared, response)).cloned());
    let Some(success) = success else {
        return;
    };
    let mut name = None;
    for (status, response) in responses {
        let mut own = resolve(shared, response).clone();
        let is_error = status.starts_with(['4', '5']) || status == "default";
        let Some(schema) = inline_mut(&mut own).filter(|schema| is_error && **schema != success)
        else {
            continue;
        };
        if let Some(schema) = schema.as_object_mut()
            && !schema.contains_key("title")
        {
            let name = name.get_or_insert_with(|| unique(&id, taken));
            schema.insert("title".to_owned(), name.clone().into());
            *response = own;
        }
    }
}

fn unique(id: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = format!("{id}Failure");
    while !taken.insert(name.clone()) {
        name.push('V');
    }
    name
}

/// Returns the schema of a JSON response, unless it is a reference.
fn inline(response: &Value) -> Option<&Value> {
    let schema = response.pointer("/content/application~1json/schema")?;
    schema.get("$ref").is_none().then_some(schema)
}

fn inline_mut(response: &mut Value) -> Option<&mut Value> {
    let schema = response.pointer_mut("/content/application~1json/schema")?;
    schema.get("$ref").is_none().then_some(schema)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::generate::tests::client_of;

    /// Returns the client of an operation with these responses.
    fn client(responses: &Value) -> String {
        let components = json!({
            "responses": {"Busy": of("until")},
            "schemas": {"ThingFailure": {"type": "string"}},
        });
        client_of(responses, &components)
    }

    fn of(member: &str) -> Value {
        let schema = json!({"type": "object", "properties": {member: {"type": "string"}}});
        json!({"description": "It.", "content": {"application/json": {"schema": schema}}})
    }

    /// Returns the members of a type.
    fn members<'a>(source: &'a str, name: &str) -> &'a str {
        let start = format!("pub struct {name} {{");
        let inside = source.split(&start).nth(1).unwrap_or_default();
        inside.split('}').next().unwrap_or_default()
    }

    #[test]
    fn an_inline_error_and_an_inline_success_have_different_types() {
        let responses = json!({"200": of("name"), "400": of("cause"), "404": of("cause")});
        let source = client(&responses);
        assert!(members(&source, "ThingResponse").contains("pub name:"));
        // The name without a suffix is that of a schema.
        assert!(members(&source, "ThingFailureV").contains("pub cause:"));
        assert!(source.contains("ResponseValue<types::ThingResponse>"));
        assert!(source.contains("[`types::ThingFailureV`]"), "{source}");
    }

    #[test]
    fn an_inline_error_among_the_shared_responses_has_its_own_type() {
        let busy = json!({"$ref": "#/components/responses/Busy"});
        let source = client(&json!({"200": of("name"), "429": busy, "503": busy}));
        assert!(members(&source, "ThingFailureV").contains("pub until:"));
    }

    #[test]
    fn equal_bodies_have_one_type() {
        let source = client(&json!({"200": of("name"), "default": of("name")}));
        assert!(source.contains("[`types::ThingResponse`]"), "{source}");
    }
}
