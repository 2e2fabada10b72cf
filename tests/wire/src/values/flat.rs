//! Schemas without references and unions, for one choice of variants.

use serde_json::{Map, Value, json};

use super::Random;

/// The maximum length of a chain of references.
const LONGEST: usize = 30;

impl Random<'_> {
    /// Merges all parts of `schema` into one; `None` if no variant is possible.
    pub(super) fn flat(
        &mut self,
        schema: &Value,
        followed: usize,
        deep: bool,
    ) -> Option<Map<String, Value>> {
        if followed > LONGEST {
            return None;
        }
        let schema = match schema {
            Value::Bool(true) => return Some(Map::new()),
            Value::Object(schema) => schema,
            _ => return None,
        };
        let mut flat = schema.clone();
        for keyword in ["$ref", "allOf", "oneOf", "anyOf"] {
            flat.remove(keyword);
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let target = self.document.pointer(target.strip_prefix('#')?)?;
            merge(&mut flat, self.flat(target, followed + 1, deep)?);
        }
        for part in super::items(schema, "allOf") {
            merge(&mut flat, self.flat(part, followed + 1, deep)?);
        }
        for union in ["oneOf", "anyOf"] {
            let mut variants: Vec<_> = super::items(schema, union).collect();
            if variants.is_empty() {
                continue;
            }
            self.rng.shuffle(&mut variants);
            if deep {
                // Variants without a reference end the recursion first.
                variants.sort_by_key(|variant| variant.to_string().contains("$ref"));
            }
            let is_null = |variant: &&Value| variant.get("type") == Some(&"null".into());
            if !self.one_in(8) {
                variants.sort_by_key(is_null);
            }
            let chosen = variants.into_iter().find_map(|variant| {
                let mut parts = self.flat(variant, followed + 1, deep)?;
                mark(schema, variant, &mut parts);
                Some(parts)
            });
            merge(&mut flat, chosen?);
        }
        Some(flat)
    }
}

/// Sets the member of the discriminator to the value of the variant.
fn mark(union: &Map<String, Value>, variant: &Value, parts: &mut Map<String, Value>) {
    let discriminator = union.get("discriminator");
    let Some(member) = discriminator
        .and_then(|mark| mark.get("propertyName"))
        .and_then(Value::as_str)
    else {
        return;
    };
    let Some(target) = variant.get("$ref").and_then(Value::as_str) else {
        return;
    };
    let mapping = discriminator.and_then(|mark| mark.get("mapping"));
    let mapped = mapping
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .find(|(_, to)| **to == target)
        .map(|(value, _)| value.as_str());
    let value = mapped.or_else(|| target.rsplit('/').next());
    let part = json!({"properties": {member: {"const": value}}, "required": [member]});
    if let Value::Object(part) = part {
        merge(parts, part);
    }
}

/// Adds the constraints of another part of the same schema.
fn merge(flat: &mut Map<String, Value>, part: Map<String, Value>) {
    for (keyword, said) in part {
        let Some(own) = flat.get_mut(&keyword) else {
            flat.insert(keyword, said);
            continue;
        };
        match (keyword.as_str(), own, said) {
            ("properties", Value::Object(own), Value::Object(more)) => {
                for (name, schema) in more {
                    match own.get_mut(&name) {
                        Some(before) if *before == schema => {}
                        Some(before) => *before = json!({"allOf": [before.take(), schema]}),
                        None => drop(own.insert(name, schema)),
                    }
                }
            }
            ("required", Value::Array(own), Value::Array(more)) => own.extend(more),
            ("enum", Value::Array(own), Value::Array(more)) => {
                own.retain(|value| more.contains(value));
            }
            ("type", own, said) => {
                let list = |value: &Value| match value {
                    Value::Array(kinds) => kinds.clone(),
                    kind => vec![kind.clone()],
                };
                let more = list(&said);
                let mut both = list(own);
                both.retain(|kind| more.contains(kind));
                *own = both.into();
            }
            ("minimum" | "minLength" | "minItems" | "minProperties", own, said)
                if said.as_f64() > own.as_f64() =>
            {
                *own = said;
            }
            ("maximum" | "maxLength" | "maxItems" | "maxProperties", own, said)
                if said.as_f64() < own.as_f64() =>
            {
                *own = said;
            }
            ("additionalProperties", own, Value::Bool(false)) => *own = false.into(),
            _ => {}
        }
    }
}
