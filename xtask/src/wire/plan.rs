//! What is called with which values: valid by the original document, named as
//! the imported one has it.

use std::collections::BTreeMap;

use perspio_wire::drive::{Call, Plan};
use perspio_wire::{Fill, Letters, Schema};
use serde_json::{Map, Value, json};

use super::original::{Original, Source};
use crate::generate::{operations, resolve, text};
use crate::import::rust_name;

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
            let (name, kind) = (text(parameter, "name"), text(parameter, "in"));
            let required = parameter.get("required") == Some(&true.into());
            let chance = (number + index as u64).is_multiple_of(2);
            let set = fill == Fill::All || (fill == Fill::Some && chance);
            if !required && !set {
                continue;
            }
            let source = self.original.parameter(self.path, self.method, name, kind);
            let value = self
                .parameter(&source, kind, number, fill)
                .map_err(|cause| format!("parameter `{name}`: {cause}"))?;
            match (
                text(parameter.get("schema").unwrap_or(&Value::Null), "type"),
                value,
            ) {
                // There is no way to say null beside a body.
                (_, Value::Null) if !required => {}
                // What has no type is a text.
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

    fn parameter(
        &self,
        source: &Source,
        kind: &str,
        number: u64,
        fill: Fill,
    ) -> Result<Value, String> {
        let letters = match kind {
            "header" => Letters::Plain,
            "path" => Letters::Path,
            _ => Letters::Any,
        };
        match source {
            Source::Value(schema) if kind == "path" => {
                // An empty one is another path.
                let schema = json!({"allOf": [schema, {"minLength": 1}]});
                self.random(&schema, number, fill, letters)
            }
            Source::Value(schema) => self.random(schema, number, fill, letters),
            Source::List { schema, between } => {
                let schema = json!({"allOf": [schema, {"minItems": 1}]});
                let list = self.random(&schema, number, fill, Letters::Plain)?;
                let items = list.as_array().into_iter().flatten();
                let items: Vec<_> = items.map(plain).collect();
                Ok(items.join(between).into())
            }
            Source::Json(schema) => {
                let value = self.random(schema, number, fill, Letters::Plain)?;
                Ok(value.to_string().into())
            }
        }
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

/// An item of a list as it stands in a text.
fn plain(item: &Value) -> String {
    item.as_str()
        .map_or_else(|| item.to_string(), str::to_owned)
}
