//! Plans the calls: values that are valid according to the original document, with the names
//! of the imported one.

use std::collections::{BTreeMap, BTreeSet};

use perspio_wire::drive::{Call, Plan};
use perspio_wire::{Fill, Letters, Schema};
use serde_json::{Map, Value, json};

use super::driver::name_of_value;
use super::original::Original;
use perspio_codegen::document::{resolve, text};
use perspio_codegen::model::{
    FORM_DATA, PartContent, Request, SERVER, essence, listed, operations_with_requests,
};

/// Returns the calls of all operations, and why some operations have none.
pub(super) fn plan(
    original: &Original,
    imported: &Value,
    calls: u64,
) -> (Plan, BTreeMap<String, String>) {
    let mut plan = Plan {
        keys: original.keys(),
        calls: Vec::new(),
        servers: BTreeSet::new(),
    };
    let mut without = BTreeMap::new();
    for (at, request) in operations_with_requests(imported) {
        let id = request.name.clone();
        let one = Operation {
            original,
            imported,
            path: at.path,
            method: at.method,
            item: at.item,
            own: at.own,
            request,
        };
        let server = at.own.get(SERVER).and_then(Value::as_str);
        plan.servers.extend(server.map(str::to_owned));
        for number in 0..calls {
            match one.values(number) {
                Ok(values) => plan.calls.push(Call {
                    operation: id.clone(),
                    values,
                }),
                Err(cause) => drop(without.insert(id.clone(), cause)),
            }
        }
    }
    (plan, without)
}

struct Operation<'a> {
    original: &'a Original,
    imported: &'a Value,
    path: &'a str,
    method: &'a str,
    item: &'a Value,
    own: &'a Value,
    request: Request,
}

impl Operation<'_> {
    /// Returns the values of the call `number`, in turn: all, the required, or some of them.
    fn values(&self, number: u64) -> Result<Map<String, Value>, String> {
        let fill = match number % 3 {
            0 => Fill::All,
            1 => Fill::Needed,
            _ => Fill::Some,
        };
        let mut values = Map::new();
        let listed = listed(self.imported, self.item, self.own);
        // The parts of a body follow the parameters of the document.
        let parameters = self.request.parameters.iter().zip(listed);
        for (index, (parameter, documented)) in parameters.enumerate() {
            let chance = (number + index as u64).is_multiple_of(2);
            let set = fill == Fill::All || (fill == Fill::Some && chance);
            if !parameter.is_required && !set {
                continue;
            }
            let value = self
                .parameter(documented, parameter.is_required, number, fill)
                .map_err(|cause| format!("parameter `{}`: {cause}", parameter.name))?;
            let schema = documented.get("schema").unwrap_or(&Value::Null);
            let value = match (text(schema, "type"), value) {
                // Only a body can encode null.
                (_, Value::Null) if !parameter.is_required => continue,
                // Content that is not JSON is a string.
                ("string", value) => plain(&value).into(),
                (_, value) => value,
            };
            values.insert(name_of_value(&parameter.field).to_owned(), value);
        }
        if let Some(multipart) = &self.request.multipart {
            let body = self.body(multipart.media_type, number, fill)?;
            values.extend(self.parts(body)?);
        } else if let Some(body) = &self.request.body {
            let mut value = self.body(&body.media_type, number, fill)?;
            match essence(&body.media_type).as_str() {
                "application/x-www-form-urlencoded" => self.keep_encodable(&mut value),
                // The document does not describe the parts.
                FORM_DATA if !value.is_object() => value = json!({"part": plain(&value)}),
                _ => {}
            }
            values.insert("body".to_owned(), value);
        }
        Ok(values)
    }

    /// Returns the values of the parts of a body.
    fn parts(&self, body: Value) -> Result<Map<String, Value>, String> {
        let Value::Object(mut members) = body else {
            return Err("body: its parts are not the members of an object".to_owned());
        };
        let mut values = Map::new();
        for parameter in &self.request.parameters {
            let Some(part) = &parameter.part else {
                continue;
            };
            let Some(value) = members.remove(&parameter.name) else {
                continue;
            };
            let value = match (part.content, value) {
                // A form cannot encode null or a list without items.
                (_, Value::Null) => continue,
                (PartContent::Value | PartContent::Files, Value::Array(items))
                    if items.is_empty() =>
                {
                    continue;
                }
                // The schema of a file may allow any value.
                (PartContent::File, value) => plain(&value).into(),
                (PartContent::Files, Value::Array(items)) => items.iter().map(plain).collect(),
                (_, value) => value,
            };
            values.insert(name_of_value(&parameter.field).to_owned(), value);
        }
        Ok(values)
    }

    /// Removes the members of a form that the import has left out, because no form can encode
    /// them.
    fn keep_encodable(&self, body: &mut Value) {
        let content = self.own.pointer("/requestBody/content");
        let media = content.and_then(|content| content.as_object()?.values().next());
        let schema = media.and_then(|media| media.get("schema"));
        let kept = resolve(self.imported, schema.unwrap_or(&Value::Null)).get("properties");
        if let (Some(members), Some(kept)) = (body.as_object_mut(), kept) {
            members.retain(|name, _| kept.get(name).is_some());
        }
    }

    fn parameter(
        &self,
        parameter: &Value,
        is_required: bool,
        number: u64,
        fill: Fill,
    ) -> Result<Value, String> {
        let (name, sent_in) = (text(parameter, "name"), text(parameter, "in"));
        let letters = match sent_in {
            "header" | "cookie" => Letters::Plain,
            "path" => Letters::Path,
            _ => Letters::Any,
        };
        let schema = self
            .original
            .parameter(self.path, self.method, name, sent_in);
        if parameter.get("content").is_some() {
            return self.random(&schema, number, fill, letters);
        }
        // No style encodes an empty list. An empty string is another path, and servers take one in
        // the query for a missing value.
        let minimum = match sent_in {
            "path" | "query" if is_required => json!({"minItems": 1, "minLength": 1}),
            _ => json!({"minItems": 1}),
        };
        let schema = json!({"allOf": [schema, minimum]});
        let value = |attempt| {
            let number = number + attempt * ATTEMPT_OFFSET;
            self.random(&schema, number, fill, letters)
        };
        // No style encodes a nested list, which a schema of any JSON allows.
        let encodable = (0..20).find_map(|attempt| value(attempt).ok().filter(is_encodable));
        encodable.map_or_else(|| value(0), Ok)
    }

    fn body(&self, media_type: &str, number: u64, fill: Fill) -> Result<Value, String> {
        let is_bytes = media_type == "application/octet-stream";
        let schema = self.original.body(self.path, self.method, media_type);
        let schema = schema.filter(|_| !is_bytes);
        let schema = schema.unwrap_or_else(|| json!({"type": "string", "minLength": 1}));
        self.random(&schema, number, fill, Letters::Any)
            .map_err(|cause| format!("body: {cause}"))
    }

    fn random(
        &self,
        schema: &Value,
        seed: u64,
        fill: Fill,
        letters: Letters,
    ) -> Result<Value, String> {
        // Each path has other values.
        let seed = self.path.bytes().fold(seed, |seed, letter| {
            seed.wrapping_mul(31).wrapping_add(u64::from(letter))
        });
        Schema::new(self.original.document(), schema)?
            .random(seed, fill, letters)
            .ok_or_else(|| format!("no valid value was found for {schema}"))
    }
}

/// The offset of the seeds of further attempts from those of the calls.
const ATTEMPT_OFFSET: u64 = 1_000;

/// Returns whether a style can encode the value: a list or an object of single values.
fn is_encodable(value: &Value) -> bool {
    let is_single = |value: &Value| !value.is_array() && !value.is_object();
    match value {
        Value::Array(items) => items.iter().all(is_single),
        Value::Object(members) => members.values().all(is_single),
        _ => true,
    }
}

/// Formats a value as a string.
fn plain(item: &Value) -> String {
    item.as_str()
        .map_or_else(|| item.to_string(), str::to_owned)
}
