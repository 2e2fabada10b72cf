//! What is called with which values: valid by the original document, named as
//! the imported one has it.

use std::collections::BTreeMap;

use perspio_wire::drive::{Call, Plan};
use perspio_wire::{Fill, Letters, Schema};
use serde_json::{Map, Value, json};

use super::original::Original;
use perspio_codegen::document::{operations, resolve, text};
use perspio_codegen::import::rust_name;

/// The calls of all operations, and why some have none.
pub(super) fn plan(
    original: &Original,
    imported: &Value,
    calls: u64,
) -> (Plan, BTreeMap<String, String>) {
    let mut plan = Plan {
        keys: original.keys(),
        calls: Vec::new(),
    };
    let mut without = BTreeMap::new();
    for at in operations(imported) {
        let one = Operation {
            original,
            imported,
            path: at.path,
            method: at.method,
            own: at.own,
        };
        let id = rust_name(at.id());
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
    own: &'a Value,
}

impl Operation<'_> {
    /// The values of the call `number`: all that can be set, what must be, some.
    fn values(&self, number: u64) -> Result<Map<String, Value>, String> {
        let fill = match number % 3 {
            0 => Fill::All,
            1 => Fill::Needed,
            _ => Fill::Some,
        };
        let mut values = Map::new();
        let parameters = self.own.get("parameters").and_then(Value::as_array);
        for (index, parameter) in parameters.into_iter().flatten().enumerate() {
            let name = text(parameter, "name");
            let required = parameter.get("required") == Some(&true.into());
            let chance = (number + index as u64).is_multiple_of(2);
            let set = fill == Fill::All || (fill == Fill::Some && chance);
            if !required && !set {
                continue;
            }
            let value = self
                .parameter(parameter, number, fill)
                .map_err(|cause| format!("parameter `{name}`: {cause}"))?;
            let said = parameter.get("schema").unwrap_or(&Value::Null);
            match (text(said, "type"), value) {
                // There is no way to say null beside a body.
                (_, Value::Null) if !required => {}
                // Content that is no JSON is a text.
                ("string", value) => drop(values.insert(rust_name(name), plain(&value).into())),
                (_, value) => drop(values.insert(rust_name(name), value)),
            }
        }
        let content = self.own.pointer("/requestBody/content");
        let content = content.and_then(Value::as_object);
        if let Some((kind, media)) = content.and_then(|content| content.iter().next()) {
            let body = self.body(kind, media, number, fill)?;
            values.insert("body".to_owned(), body);
        }
        Ok(values)
    }

    fn parameter(&self, parameter: &Value, number: u64, fill: Fill) -> Result<Value, String> {
        let (name, kind) = (text(parameter, "name"), text(parameter, "in"));
        let letters = match kind {
            "header" | "cookie" => Letters::Plain,
            "path" => Letters::Path,
            _ => Letters::Any,
        };
        let schema = self.original.parameter(self.path, self.method, name, kind);
        if parameter.get("content").is_some() {
            return self.random(&schema, number, fill, letters);
        }
        // No style says an empty list, and an empty text is another path.
        let least = match kind {
            "path" => json!({"minItems": 1, "minLength": 1}),
            _ => json!({"minItems": 1}),
        };
        let schema = json!({"allOf": [schema, least]});
        let value = |attempt| {
            let number = number + attempt * OTHER_VALUES;
            self.random(&schema, number, fill, letters)
        };
        // Nor a list in a list, where the schema takes anything.
        let said = (0..20).find_map(|attempt| value(attempt).ok().filter(is_said_by_styles));
        said.map_or_else(|| value(0), Ok)
    }

    fn body(&self, kind: &str, media: &Value, number: u64, fill: Fill) -> Result<Value, String> {
        let is_bytes = kind == "application/octet-stream";
        let schema = self.original.body(self.path, self.method, kind);
        let schema = schema.filter(|_| !is_bytes);
        let schema = schema.unwrap_or_else(|| json!({"type": "string", "minLength": 1}));
        let mut body = self
            .random(&schema, number, fill, Letters::Any)
            .map_err(|cause| format!("body: {cause}"))?;
        if kind == "application/x-www-form-urlencoded" {
            // The import leaves out what a form cannot carry, and says so.
            let schema = media.get("schema").unwrap_or(&Value::Null);
            let kept = resolve(self.imported, schema).get("properties");
            if let (Some(members), Some(kept)) = (body.as_object_mut(), kept) {
                members.retain(|name, _| kept.get(name).is_some());
            }
        }
        Ok(body)
    }

    fn random(
        &self,
        schema: &Value,
        seed: u64,
        fill: Fill,
        letters: Letters,
    ) -> Result<Value, String> {
        // Other operations get other values.
        let seed = self.path.bytes().fold(seed, |seed, letter| {
            seed.wrapping_mul(31).wrapping_add(u64::from(letter))
        });
        Schema::new(self.original.document(), schema)?
            .random(seed, fill, letters)
            .ok_or_else(|| format!("no valid value was found for {schema}"))
    }
}

/// How far the numbers of a value's other tries are away from those of the calls.
const OTHER_VALUES: u64 = 1_000;

/// Whether a style can say the value: what is in it holds nothing itself.
fn is_said_by_styles(value: &Value) -> bool {
    let holds_nothing = |value: &Value| !value.is_array() && !value.is_object();
    match value {
        Value::Array(items) => items.iter().all(holds_nothing),
        Value::Object(members) => members.values().all(holds_nothing),
        _ => true,
    }
}

/// A value as it stands in a text.
fn plain(item: &Value) -> String {
    item.as_str()
        .map_or_else(|| item.to_string(), str::to_owned)
}
