//! Event streams: the schema of a response describes the data of one event.

use serde_json::{Value, json};

use crate::document::walk;
use crate::document::{members, members_mut, operation_location, resolve};
use crate::import::notes::Notes;
use crate::model::is_event_stream;

/// Replaces the schema of each event stream by that of the data of its events. `itemSchema`
/// of OpenAPI 3.2 describes an event, whose member `data` is a string that contains a value of
/// its `contentSchema`. Without it, `schema` describes the data already.
///
/// Runs before the schemas are converted to 3.0, which has neither keyword.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let mut paths = walk::take_paths(document);
    for (path, method, operation) in crate::document::operations_mut(&mut paths) {
        let location = format!("{}.responses", operation_location(&path, &method));
        for (status, response) in members_mut(operation.get_mut("responses")) {
            for (media_type, media) in members_mut(response.get_mut("content")) {
                if !is_event_stream(media_type) {
                    continue;
                }
                let schema = data_schema(document, media);
                let before = media.get("itemSchema").or_else(|| media.get("schema"));
                if before != Some(&schema) {
                    notes.changed(
                        format!("{location}.{status}.content.{media_type}"),
                        "its schema is that of the data of an event",
                    );
                }
                *media = json!({"schema": schema});
            }
        }
    }
    walk::restore(document, paths);
}

/// Returns the schema of the data of the events. Data without a schema is text.
fn data_schema(document: &Value, media: &Value) -> Value {
    let schema = match media.get("itemSchema") {
        Some(event) => of_event(document, event),
        None => media.get("schema"),
    };
    let schema = schema.filter(|schema| members(Some(resolve(document, schema))).next().is_some());
    match schema {
        Some(schema) if !is_text(resolve(document, schema)) => schema.clone(),
        _ => json!({"type": "string"}),
    }
}

/// Returns the schema of the data in that of an event.
fn of_event<'a>(document: &'a Value, event: &'a Value) -> Option<&'a Value> {
    let event = resolve(document, event);
    let own = event.get("properties").and_then(|all| all.get("data"));
    let data = own.or_else(|| {
        let mut parts = walk::items(event.get("allOf"));
        parts.find_map(|part| resolve(document, part).get("properties")?.get("data"))
    })?;
    resolve(document, data).get("contentSchema").or(Some(data))
}

/// Returns whether a schema describes a string.
fn is_text(schema: &Value) -> bool {
    match schema.get("type") {
        Some(Value::Array(types)) => {
            types.contains(&"string".into())
                && types.iter().all(|ty| ty == "string" || ty == "null")
        }
        Some(ty) => ty == "string",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::pass::testing::{note, operation, post, run_pass};

    #[test]
    fn the_schema_of_an_event_stream_is_that_of_the_data_of_an_event() {
        let thing = json!({"$ref": "#/components/schemas/Thing"});
        let event = |data: Value| json!({"type": "object", "properties": {"data": data}});
        let content = json!({"type": "string", "contentMediaType": "application/json", "contentSchema": thing});
        let text = json!({"type": "string"});
        for (media, expected) in [
            (json!({"schema": thing}), &thing),
            (json!({"itemSchema": event(thing.clone())}), &thing),
            (json!({"itemSchema": event(content.clone())}), &thing),
            (
                json!({"itemSchema": {"allOf": [{"type": "object"}, event(content.clone())]}}),
                &thing,
            ),
            (
                json!({"itemSchema": event(content), "schema": {"type": "array"}}),
                &thing,
            ),
            (json!({"itemSchema": event(text.clone())}), &text),
            (json!({"itemSchema": {"type": "object"}}), &text),
            (json!({"schema": {"type": ["string", "null"]}}), &text),
            (json!({"schema": {}}), &text),
            (json!({}), &text),
        ] {
            let content = json!({"text/event-stream; charset=utf-8": media});
            let (document, notes) = run_pass(
                run,
                operation(json!({"responses": {"200": {"content": content}}})),
            );
            let content = &post(&document)["responses"]["200"]["content"];
            let found = &content["text/event-stream; charset=utf-8"];
            assert_eq!(*found, json!({"schema": expected}), "{media}");
            let location =
                "paths./a/{id}.post.responses.200.content.text/event-stream; charset=utf-8";
            let is_noted = !note(&notes, location).is_empty();
            assert_eq!(is_noted, media != json!({"schema": thing}), "{media}");
        }
    }
}
