//! Payloads of the requests that the server sends: webhooks and callbacks.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use serde_json::{Map, Value, json};

use super::rust_name;
use crate::document::references::target;
use crate::document::{
    METHODS, WEBHOOKS, members, object_at, operation_location, operations, text, walk,
};
use crate::import::notes::Notes;
use crate::model::{free_type_name, is_json, type_names};

/// Makes a component of the JSON payload of each webhook and callback, which `x-webhooks` of the
/// component names. The generator makes a type and a function of it. A document of `OpenAPI` 3.0
/// has no webhooks.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let found = requests(document);
    let mut types = type_names(document);
    let mut functions = BTreeSet::new();
    let mut count = 0;
    for request in found {
        let Some(schema) = request.schema else {
            let cause = "the payload of a webhook or callback that is not JSON";
            notes.left_out(request.location, cause);
            continue;
        };
        let component = component_of(document, &schema).unwrap_or_else(|| {
            let name = format!("{}Payload", request.name.to_pascal_case());
            free_type_name(&name, &mut types)
        });
        let Ok(schemas) = object_at(document, &["components", "schemas"]) else {
            return;
        };
        let component = schemas.entry(component).or_insert(schema);
        let Some(marked) = component.as_object_mut() else {
            continue;
        };
        let mut name = rust_name(&request.name);
        while !functions.insert(name.clone()) {
            name.push_str("_v2");
        }
        let mut mark = Map::from_iter([("name".to_owned(), name.into())]);
        if !request.description.is_empty() {
            mark.insert("description".to_owned(), request.description.into());
        }
        let marks = marked.entry(WEBHOOKS).or_insert_with(|| json!([]));
        if let Some(marks) = marks.as_array_mut() {
            marks.push(mark.into());
            count += 1;
        }
    }
    notes.keep_payloads(count);
}

/// Returns the name of the component that a schema is; a reference to a reference is followed.
fn component_of(document: &Value, schema: &Value) -> Option<String> {
    let components = walk::components(document)?;
    let mut name = target(schema)?;
    for _ in 0..components.len() {
        match components.get(&name).and_then(target) {
            Some(next) => name = next,
            None => break,
        }
    }
    Some(name)
}

/// A request that the server sends.
struct Request {
    name: String,
    location: String,
    description: String,
    /// The schema of its JSON.
    schema: Option<Value>,
}

/// Returns the requests with a body that the server sends.
fn requests(document: &Value) -> Vec<Request> {
    let mut found = Vec::new();
    for (name, item) in members(document.get("webhooks")) {
        of_item(name, item, &format!("webhooks.{name}"), &mut found);
    }
    for operation in operations(document) {
        let location = operation_location(operation.path, operation.method);
        for (name, callback) in members(operation.own.get("callbacks")) {
            let id = match operation.id() {
                "" => format!("{} {}", operation.method, operation.path),
                id => id.to_owned(),
            };
            for (url, item) in members(Some(callback)) {
                let location = format!("{location}.callbacks.{name}.{url}");
                of_item(&format!("{id} {name}"), item, &location, &mut found);
            }
        }
    }
    found
}

fn of_item(name: &str, item: &Value, location: &str, found: &mut Vec<Request>) {
    for (method, own) in members(Some(item)) {
        let content = own.pointer("/requestBody/content");
        if !METHODS.contains(&method.as_str()) || members(content).next().is_none() {
            continue;
        }
        let json = members(content).find(|(media_type, _)| is_json(media_type));
        let description = match text(own, "description") {
            "" => text(own, "summary"),
            described => described,
        };
        found.push(Request {
            name: name.to_owned(),
            location: format!("{location}.{method}"),
            description: description.trim().to_owned(),
            schema: json.and_then(|(_, media)| media.get("schema").cloned()),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::run;
    use crate::import::pass::testing::run_pass;
    use serde_json::{Value, json};

    fn request(schema: &Value) -> Value {
        let content = json!({"application/json": {"schema": schema}});
        json!({"post": {"summary": "It happened.", "requestBody": {"content": content}}})
    }

    #[test]
    fn each_payload_is_a_component_with_the_names_of_its_webhooks() {
        let event = json!({"$ref": "#/components/schemas/Alias"});
        let (document, notes) = run_pass(
            run,
            json!({
                "webhooks": {
                    "a.done": request(&event),
                    "a-done": request(&event),
                    "inline": request(&json!({"type": "object"})),
                    "xml": {"post": {"requestBody": {"content": {"text/xml": {}}}}},
                    "empty": {"post": {}},
                },
                "paths": {"/a": {"get": {
                    "operationId": "getA",
                    "callbacks": {"onEvent": {"{$url}": request(&event)}},
                }}},
                "components": {"schemas": {
                    "Alias": {"$ref": "#/components/schemas/Event"},
                    "Event": {"type": "object"},
                    "InlinePayload": {"type": "string"},
                }},
            }),
        );
        let schemas = &document["components"]["schemas"];
        let names = |name: &str| {
            let marks = schemas[name]["x-webhooks"].as_array().unwrap();
            let names = marks.iter().map(|mark| mark["name"].as_str().unwrap());
            names.collect::<Vec<_>>()
        };
        let mut of_event = names("Event");
        of_event.sort_unstable();
        assert_eq!(of_event, ["a_done", "a_done_v2", "get_a_on_event"]);
        assert_eq!(names("InlinePayloadV"), ["inline"]);
        assert_eq!(schemas["InlinePayload"], json!({"type": "string"}));
        assert_eq!(notes.payloads(), 4);
        let left_out: Vec<_> = notes.all_left_out().keys().collect();
        assert_eq!(left_out, ["webhooks.xml.post"]);
    }
}
