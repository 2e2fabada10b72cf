//! Random values of a JSON schema, reproducible by their seed. No maintained crate generates
//! them; a maintained crate validates them ([`Schema`]).

mod dialect;
mod flat;
mod text;
mod valid;

use fastrand::Rng;
use serde_json::{Map, Number, Value, json};

pub use dialect::{json_schemas, without};
pub use text::Letters;
pub use valid::Schema;

/// How many of the optional members are present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// All, up to a maximum depth.
    All,
    /// None.
    Needed,
    /// Each at random.
    Some,
}

/// The depth from which optional members are absent, and lists are short.
const DEEP: usize = 5;
/// The depth at which a schema counts as infinitely recursive.
const TOO_DEEP: usize = 40;

/// A generator of values. A `$ref` is resolved in its document.
pub struct Random<'a> {
    document: &'a Value,
    rng: Rng,
    fill: Fill,
    letters: Letters,
}

impl<'a> Random<'a> {
    /// Creates a generator for schemas of `document`, which are JSON Schema 2020-12 (see
    /// [`json_schemas`]).
    pub fn new(document: &'a Value, seed: u64, fill: Fill, letters: Letters) -> Self {
        Self {
            document,
            rng: Rng::with_seed(seed),
            fill,
            letters,
        }
    }

    /// Returns a value that is likely valid; `None` if none was found.
    /// [`Schema::random`] retries until one is valid.
    pub fn value(&mut self, schema: &Value) -> Option<Value> {
        self.at(schema, 0)
    }

    fn at(&mut self, schema: &Value, depth: usize) -> Option<Value> {
        if depth > TOO_DEEP {
            return None;
        }
        let schema = self.flat(schema, 0, depth >= DEEP)?;
        if let Some(value) = schema.get("const") {
            return Some(value.clone());
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            let texts: Vec<_> = values.iter().filter(|value| !value.is_null()).collect();
            return match self.rng.choice(texts) {
                Some(value) => Some(value.clone()),
                None => values.first().cloned(),
            };
        }
        match self.kind(&schema).as_str() {
            "object" => self.object(&schema, depth),
            "array" => self.array(&schema, depth),
            "string" => self.text(&schema).map(Value::String),
            "integer" => Some(self.integer(&schema)?.into()),
            "number" => self.number(&schema),
            "boolean" => Some(self.rng.bool().into()),
            "null" => Some(Value::Null),
            _ => Some(self.any()),
        }
    }

    /// Returns the type; of several, a random one, and rarely null.
    fn kind(&mut self, schema: &Map<String, Value>) -> String {
        let named = match schema.get("type") {
            Some(Value::String(kind)) => Some(kind.clone()),
            Some(Value::Array(kinds)) => {
                let kinds: Vec<_> = kinds.iter().filter_map(Value::as_str).collect();
                let others: Vec<_> = kinds.iter().filter(|kind| **kind != "null").collect();
                let is_null = others.is_empty() || (kinds.len() > others.len() && self.one_in(8));
                if is_null {
                    Some("null".to_owned())
                } else {
                    self.rng.choice(others).map(|kind| (*kind).to_owned())
                }
            }
            _ => None,
        };
        let says = |names: &[&str]| names.iter().any(|name| schema.contains_key(*name));
        named.unwrap_or_else(|| {
            let kind = if says(&["properties", "required", "additionalProperties"]) {
                "object"
            } else if says(&["items", "prefixItems"]) {
                "array"
            } else if says(&["pattern", "format", "minLength", "maxLength"]) {
                "string"
            } else if says(&["minimum", "maximum", "multipleOf"]) {
                "number"
            } else {
                ""
            };
            kind.to_owned()
        })
    }

    fn object(&mut self, schema: &Map<String, Value>, depth: usize) -> Option<Value> {
        let required: Vec<_> = items(schema, "required")
            .filter_map(Value::as_str)
            .collect();
        let mut object = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, member) in properties.into_iter().flatten() {
            let is_needed = required.contains(&name.as_str());
            if !is_needed && (depth >= DEEP || !self.takes()) {
                continue;
            }
            match self.at(member, depth + 1) {
                Some(value) => drop(object.insert(name.clone(), value)),
                None if is_needed => return None,
                None => {}
            }
        }
        let more = match schema.get("additionalProperties") {
            None | Some(Value::Bool(true)) => &json!({}),
            Some(more) => more,
        };
        for name in required {
            if !object.contains_key(name) {
                object.insert(name.to_owned(), self.at(more, depth + 1)?);
            }
        }
        let fewest = number(schema, "minProperties").unwrap_or_default();
        let most = number(schema, "maxProperties").unwrap_or(u64::MAX);
        // Only if the document defines them, because a server may reject others.
        let adds = schema.contains_key("additionalProperties")
            && *more != Value::Bool(false)
            && depth < DEEP
            && self.takes();
        for count in 0..20_u64 {
            let len = object.len() as u64;
            let is_wanted = len < fewest || (adds && count < 2 && len < most);
            if !is_wanted {
                break;
            }
            if let Some(value) = self.at(more, depth + 1) {
                object.insert(format!("more{}", self.rng.u16(..)), value);
            }
        }
        Some(object.into())
    }

    fn array(&mut self, schema: &Map<String, Value>, depth: usize) -> Option<Value> {
        let mut array = Vec::new();
        for item in items(schema, "prefixItems") {
            array.push(self.at(item, depth + 1)?);
        }
        let fewest = usize::try_from(number(schema, "minItems").unwrap_or_default()).ok()?;
        let most = number(schema, "maxItems").unwrap_or(u64::MAX);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let usual = match self.fill {
            _ if depth >= DEEP => 0,
            Fill::Needed => 0,
            Fill::All => self.rng.usize(1..=3),
            Fill::Some => self.rng.usize(0..=3),
        };
        let wanted = usual.max(fewest).min(most);
        let item = schema.get("items").cloned().unwrap_or_else(|| json!({}));
        let unique = schema.get("uniqueItems") == Some(&true.into());
        for _ in 0..wanted.saturating_mul(4) {
            if array.len() >= wanted {
                break;
            }
            match self.at(&item, depth + 1) {
                Some(value) if unique && array.contains(&value) => {}
                Some(value) => array.push(value),
                None => break,
            }
        }
        (array.len() >= fewest).then(|| array.into())
    }

    fn integer(&mut self, schema: &Map<String, Value>) -> Option<Number> {
        let (least, most) = match schema.get("format").and_then(Value::as_str) {
            Some("int8") => (i64::from(i8::MIN), i64::from(i8::MAX)),
            Some("uint8") => (0, i64::from(u8::MAX)),
            Some("int16") => (i64::from(i16::MIN), i64::from(i16::MAX)),
            Some("uint16") => (0, i64::from(u16::MAX)),
            Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
            Some("uint32") => (0, i64::from(u32::MAX)),
            Some("uint" | "uint64") => (0, EXACT),
            _ => (-EXACT, EXACT),
        };
        // JavaScript rounds integers that are not exact as a float.
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let least = [
            bound("minimum"),
            bound("exclusiveMinimum").map(|bound| bound.floor() + 1.0),
        ]
        .into_iter()
        .flatten()
        .map(|bound| whole(bound.ceil()))
        .fold(least, i64::max);
        let most = [
            bound("maximum"),
            bound("exclusiveMaximum").map(|bound| bound.ceil() - 1.0),
        ]
        .into_iter()
        .flatten()
        .map(|bound| whole(bound.floor()))
        .fold(most, i64::min);
        if least > most {
            return None;
        }
        let step = bound("multipleOf").map_or(1, whole).max(1);
        let near = match self.rng.u8(0..4) {
            // The bounds and small numbers are more frequent than others.
            0 => least,
            1 => most,
            2 => self.rng.i64(least..=most),
            _ => self.rng.i64(-100..=100).clamp(least, most),
        };
        let value = near - near.rem_euclid(step);
        let value = if value < least { value + step } else { value };
        (value <= most).then(|| value.into())
    }

    fn number(&mut self, schema: &Map<String, Value>) -> Option<Value> {
        let whole = self.integer(schema);
        // Eighths are exact as `f32` and as `f64`.
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let least = bound("minimum").or(bound("exclusiveMinimum"));
        let most = bound("maximum").or(bound("exclusiveMaximum"));
        if schema.contains_key("multipleOf") || (whole.is_some() && self.rng.bool()) {
            let whole = whole?.as_f64()?;
            return Number::from_f64(
                whole
                    .clamp(-1e6, 1e6)
                    .clamp(least.unwrap_or(f64::MIN), most.unwrap_or(f64::MAX)),
            )
            .map(Value::Number);
        }
        let least = least.unwrap_or_else(|| most.unwrap_or_default() - 1000.0);
        let most = most.unwrap_or(least.max(0.0) + 1000.0);
        let part = f64::from(self.rng.u8(1..8)) / 8.0;
        Number::from_f64((most - least).mul_add(part, least)).map(Value::Number)
    }

    /// Returns a value for a schema without constraints.
    fn any(&mut self) -> Value {
        match self.rng.u8(0..5) {
            0 => self.rng.i32(1..).into(),
            // Prism treats a body of `false` as a missing one.
            1 => true.into(),
            2 => json!({"any": self.rng.u8(..), "list": ["a", 1]}),
            3 => json!([self.letters.text(&mut self.rng, 1, 8), self.rng.u8(..)]),
            _ => self.letters.text(&mut self.rng, 1, 8).into(),
        }
    }

    fn takes(&mut self) -> bool {
        match self.fill {
            Fill::All => true,
            Fill::Needed => false,
            Fill::Some => self.rng.bool(),
        }
    }

    fn one_in(&mut self, many: u8) -> bool {
        self.rng.u8(0..many) == 0
    }
}

/// The largest number up to which every integer is exact as a float.
const EXACT: i64 = (1 << 53) - 1;

#[allow(
    clippy::cast_possible_truncation,
    reason = "a number out of range becomes the nearest bound"
)]
fn whole(number: f64) -> i64 {
    number as i64
}

fn items<'a>(schema: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Value> {
    schema
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn number(schema: &Map<String, Value>, name: &str) -> Option<u64> {
    schema.get(name).and_then(Value::as_u64)
}
