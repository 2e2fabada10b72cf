//! Validation of values with a third-party validator.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::{Fill, Letters, Random};

/// The number of attempts to generate a valid value.
const TRIES: u64 = 60;

/// A schema of a document, with a validator of its values.
pub struct Schema<'a> {
    document: &'a Value,
    of: &'a Value,
    validator: Validator,
}

impl<'a> Schema<'a> {
    /// Compiles `schema`, whose references point into `document`; both are JSON Schema
    /// 2020-12. The error is the validator's.
    pub fn new(document: &'a Value, schema: &'a Value) -> Result<Self, String> {
        let whole = with_targets(document, schema);
        let validator = jsonschema::draft202012::new(&whole);
        Ok(Self {
            document,
            of: schema,
            validator: validator.map_err(|error| error.to_string())?,
        })
    }

    /// Returns why `value` is not valid; `None` if it is.
    pub fn violation(&self, value: &Value) -> Option<String> {
        let error = self.validator.validate(value).err()?;
        Some(format!("{}: {error}", error.instance_path()))
    }

    /// Returns a random valid value; `None` if none was found.
    pub fn random(&self, seed: u64, fill: Fill, letters: Letters) -> Option<Value> {
        (0..TRIES).find_map(|attempt| {
            // The required members alone may be too few, and all of them too many.
            let fill = if attempt < TRIES / 2 {
                fill
            } else {
                Fill::Some
            };
            let seed = seed.wrapping_mul(1_000_003).wrapping_add(attempt);
            let value = Random::new(self.document, seed, fill, letters).value(self.of)?;
            self.validator.is_valid(&value).then_some(value)
        })
    }
}

/// Returns the schema with the parts of the document that it references, at their paths. The
/// validator would otherwise read the whole document for each schema.
fn with_targets(document: &Value, schema: &Value) -> Value {
    let mut whole = json!({"allOf": [schema]});
    let mut found = BTreeSet::new();
    let mut open = vec![schema];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                if let Some(pointer) = value
                    .get("$ref")
                    .and_then(Value::as_str)
                    .and_then(|target| target.strip_prefix('#'))
                    && let Some(target) = document.pointer(pointer)
                    && found.insert(pointer.to_owned())
                {
                    place(&mut whole, pointer, target);
                    open.push(target);
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    whole
}

fn place(whole: &mut Value, pointer: &str, target: &Value) {
    let names: Vec<_> = pointer
        .split('/')
        .skip(1)
        .map(|name| name.replace("~1", "/").replace("~0", "~"))
        .collect();
    let mut at = whole;
    for name in &names {
        let Some(members) = at.as_object_mut() else {
            return;
        };
        at = members.entry(name.clone()).or_insert_with(|| json!({}));
    }
    *at = target.clone();
}
