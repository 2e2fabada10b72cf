//! Ways through a document: every operation, every schema, each with its place.

use serde_json::{Map, Value};

use super::{members_mut, text};

/// The names that lead to a part of the document. It is grown and cut with every
/// step, so the names stand in one text.
#[derive(Debug, Default)]
pub struct Place {
    told: String,
    /// Where each name begins.
    starts: Vec<usize>,
}

impl Place {
    /// As people read it: `paths./a.get`.
    pub fn told(&self) -> &str {
        &self.told
    }

    /// The names, the outermost first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let ends = self.starts.iter().skip(1).map(|start| start - 1);
        self.starts
            .iter()
            .zip(ends.chain([self.told.len()]))
            .filter_map(|(start, end)| self.told.get(*start..end))
    }

    /// Whether it is a component itself, and nothing in one.
    pub fn is_component(&self) -> bool {
        self.starts.len() == 3
    }

    fn last(&self) -> &str {
        let start = self.starts.last().copied().unwrap_or_default();
        self.told.get(start..).unwrap_or_default()
    }

    fn push(&mut self, name: &str) {
        if !self.starts.is_empty() {
            self.told.push('.');
        }
        self.starts.push(self.told.len());
        self.told.push_str(name);
    }

    fn pop(&mut self) {
        if let Some(start) = self.starts.pop() {
            self.told.truncate(start.saturating_sub(1));
        }
    }
}

/// The schemas that have a name.
pub fn components(document: &Value) -> Option<&Map<String, Value>> {
    document.pointer("/components/schemas")?.as_object()
}

/// Takes the paths out of a document: they are changed by what the rest says, and
/// then [`joined`] again.
pub fn paths_apart(document: &mut Value) -> Value {
    let paths = document.get_mut("paths").map(Value::take);
    Value::Object(Map::from_iter(
        paths.map(|paths| ("paths".to_owned(), paths)),
    ))
}

/// Puts back what was taken out.
pub fn joined(document: &mut Value, part: Value) {
    if let (Some(members), Value::Object(part)) = (document.as_object_mut(), part) {
        members.extend(part);
    }
}

/// The members of a schema that are one schema.
const ONE: [&str; 11] = [
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Those that are a list of schemas.
const LIST: [&str; 5] = ["allOf", "anyOf", "items", "oneOf", "prefixItems"];
/// Those that are schemas by name.
const NAMED: [&str; 5] = [
    "$defs",
    "definitions",
    "dependentSchemas",
    "patternProperties",
    "properties",
];

/// Calls `visit` with every schema below a document, the outer before the inner.
pub fn schemas(document: &mut Value, visit: &mut dyn FnMut(&Place, &mut Value)) {
    let mut place = Place::default();
    for (part, value) in members_mut(Some(document)) {
        match part.as_str() {
            "components" => inside(&mut place, part, |place| {
                for (kind, named) in members_mut(Some(value)) {
                    inside(place, kind, |place| {
                        for (name, value) in members_mut(Some(named)) {
                            inside(place, name, |place| match kind.as_str() {
                                "schemas" => schema(place, value, visit),
                                "examples" | "links" | "securitySchemes" => {}
                                _ => around(place, value, visit),
                            });
                        }
                    });
                }
            }),
            "paths" | "webhooks" => inside(&mut place, part, |place| {
                for (path, item) in members_mut(Some(value)) {
                    inside(place, path, |place| around(place, item, visit));
                }
            }),
            _ => {}
        }
    }
}

/// Goes through what is no schema to the schemas in it.
pub fn around(place: &mut Place, value: &mut Value, visit: &mut dyn FnMut(&Place, &mut Value)) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                inside(place, name, |place| match name.as_str() {
                    "schema" | "itemSchema" => schema(place, member, visit),
                    "example" | "examples" => {}
                    "headers" | "responses" | "content" => {
                        // Their members' names are free.
                        for (name, member) in members_mut(Some(member)) {
                            inside(place, name, |place| around(place, member, visit));
                        }
                    }
                    _ if name.starts_with("x-") => {}
                    _ => around(place, member, visit),
                });
            }
        }
        Value::Array(items) => {
            // What is made of the place must not change when a parameter is added.
            let of_parameters = place.last() == "parameters";
            for (index, item) in items.iter_mut().enumerate() {
                let name =
                    Some(text(item, "name")).filter(|name| of_parameters && !name.is_empty());
                let name = name.map_or_else(|| index.to_string(), str::to_owned);
                inside(place, &name, |place| {
                    around(place, item, visit);
                });
            }
        }
        _ => {}
    }
}

/// A schema, then those in it.
pub fn schema(place: &mut Place, value: &mut Value, visit: &mut dyn FnMut(&Place, &mut Value)) {
    visit(place, value);
    children(place, value, &mut |place, child| {
        schema(place, child, visit);
    });
}

/// The schemas that stand directly in a schema.
pub fn children(
    place: &mut Place,
    value: &mut Value,
    each: &mut dyn FnMut(&mut Place, &mut Value),
) {
    for (name, member) in members_mut(Some(value)) {
        let name = name.as_str();
        match member {
            Value::Object(named) if NAMED.contains(&name) => inside(place, name, |place| {
                for (name, child) in named {
                    inside(place, name, |place| each(place, child));
                }
            }),
            Value::Object(_) if ONE.contains(&name) => {
                inside(place, name, |place| each(place, member));
            }
            Value::Array(items) if LIST.contains(&name) => inside(place, name, |place| {
                for (index, child) in items.iter_mut().enumerate() {
                    inside(place, &index.to_string(), |place| each(place, child));
                }
            }),
            _ => {}
        }
    }
}

/// The items of an array, to read; none if it is something else.
pub fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// Adds a sentence to the description, unless it says so already.
pub fn describe(value: &mut Value, sentence: &str) {
    let Some(members) = value.as_object_mut() else {
        return;
    };
    let described = match members.get("description").and_then(Value::as_str) {
        Some(before) if before.contains(sentence) => return,
        Some(before) if !before.trim().is_empty() => {
            format!("{}\n\n{sentence}", before.trim_end())
        }
        _ => sentence.to_owned(),
    };
    members.insert("description".to_owned(), described.into());
}

/// The reference of a schema that is one.
pub fn reference(value: &Value) -> Option<&str> {
    value.get("$ref").and_then(Value::as_str)
}

fn inside<T>(place: &mut Place, name: &str, work: impl FnOnce(&mut Place) -> T) -> T {
    place.push(name);
    let outcome = work(place);
    place.pop();
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_its_names_whatever_they_hold() {
        let names = ["paths", "/a.b", "", "get", ""];
        let mut place = Place::default();
        for name in names {
            place.push(name);
        }
        assert_eq!(place.names().collect::<Vec<_>>(), names);
        assert_eq!(place.told(), "paths./a.b..get.");
        for count in (0..names.len()).rev() {
            assert_eq!(place.last(), names[count]);
            place.pop();
            assert_eq!(place.names().collect::<Vec<_>>(), names[..count]);
        }
        assert_eq!(place.told(), "");
    }
}
