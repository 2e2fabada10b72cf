//! Visitors of the schemas of a document. Each schema is visited with its location.

use serde_json::{Map, Value};

use super::structure::{Form, Object};
use super::{members_mut, order, text};

/// The location of a part of the document: the names of the members that contain it. It
/// changes with every step of a visitor, so the names are stored in one string.
#[derive(Debug, Default)]
pub struct DocumentLocation {
    text: String,
    /// The offset of each name.
    starts: Vec<usize>,
}

impl DocumentLocation {
    /// Returns the names, joined by dots: `paths./a.get`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the names, the outermost first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let ends = self.starts.iter().skip(1).map(|start| start - 1);
        self.starts
            .iter()
            .zip(ends.chain([self.text.len()]))
            .filter_map(|(start, end)| self.text.get(*start..end))
    }

    /// Returns whether it is the location of a component, not of a part of one.
    pub fn is_component(&self) -> bool {
        self.starts.len() == 3
    }

    fn last(&self) -> &str {
        let start = self.starts.last().copied().unwrap_or_default();
        self.text.get(start..).unwrap_or_default()
    }

    pub(crate) fn push(&mut self, name: &str) {
        if !self.starts.is_empty() {
            self.text.push('.');
        }
        self.starts.push(self.text.len());
        self.text.push_str(name);
    }

    /// Pushes an item of a list. That of a parameter is its name, which does not change when
    /// another one is added; its index does.
    pub(crate) fn push_item(&mut self, index: usize, item: &Value) {
        let name = text(item, "name");
        if self.last() == "parameters" && !name.is_empty() {
            self.push(name);
        } else {
            self.push(&index.to_string());
        }
    }

    pub(crate) fn pop(&mut self) {
        if let Some(start) = self.starts.pop() {
            self.text.truncate(start.saturating_sub(1));
        }
    }
}

/// Returns the schemas in `components.schemas`.
pub fn components(document: &Value) -> Option<&Map<String, Value>> {
    document.pointer("/components/schemas")?.as_object()
}

/// Removes the paths from a document and returns them, so that they can be changed while
/// the rest of the document is read. [`restore`] adds them again.
pub fn take_paths(document: &mut Value) -> Value {
    let paths = document.get_mut("paths").map(Value::take);
    Value::Object(Map::from_iter(
        paths.map(|paths| ("paths".to_owned(), paths)),
    ))
}

/// Restores the paths that [`take_paths`] removed.
pub fn restore(document: &mut Value, part: Value) {
    if let (Some(members), Value::Object(part)) = (document.as_object_mut(), part) {
        members.extend(part);
    }
}

/// Returns whether a name in a location is part of every location, so that it does not become
/// part of the name of a schema there.
pub(crate) fn is_structural(name: &str) -> bool {
    let names = [
        "components",
        "content",
        "paths",
        "properties",
        "schema",
        "schemas",
    ];
    names.contains(&name) || name == "application/json"
}

/// The keywords whose value is a schema.
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
/// The keywords whose value is a list of schemas.
const LIST: [&str; 5] = ["allOf", "anyOf", "items", "oneOf", "prefixItems"];
/// The keywords whose value is an object of schemas.
const NAMED: [&str; 5] = [
    "$defs",
    "definitions",
    "dependentSchemas",
    "patternProperties",
    "properties",
];

/// Calls `visit` with every schema of a document, an outer schema before the inner ones.
pub fn schemas(document: &mut Value, visit: &mut dyn FnMut(&DocumentLocation, &mut Value)) {
    let mut location = DocumentLocation::default();
    around(&mut location, document, Form::Is(Object::Document), visit);
}

/// Visits the schemas in a value of a form.
fn around(
    location: &mut DocumentLocation,
    value: &mut Value,
    form: Form,
    visit: &mut dyn FnMut(&DocumentLocation, &mut Value),
) {
    match value {
        _ if form.is_schema() => schema(location, value, visit),
        Value::Object(members) => {
            for (name, member) in members {
                let form = form.member(name);
                if form != Form::Data {
                    inside(location, name, |location| {
                        around(location, member, form, visit);
                    });
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                location.push_item(index, item);
                around(location, item, form.item(), visit);
                location.pop();
            }
        }
        _ => {}
    }
}

/// Visits a schema, then the schemas in it.
pub fn schema(
    location: &mut DocumentLocation,
    value: &mut Value,
    visit: &mut dyn FnMut(&DocumentLocation, &mut Value),
) {
    visit(location, value);
    children(location, value, &mut |location, child| {
        schema(location, child, visit);
    });
}

/// Visits the direct subschemas of a schema.
pub fn children(
    location: &mut DocumentLocation,
    value: &mut Value,
    each: &mut dyn FnMut(&mut DocumentLocation, &mut Value),
) {
    for (name, member) in members_mut(Some(value)) {
        let name = name.as_str();
        match member {
            Value::Object(named) if NAMED.contains(&name) => inside(location, name, |location| {
                for (name, child) in order::by_name_mut(named) {
                    inside(location, name, |location| each(location, child));
                }
            }),
            Value::Object(_) if ONE.contains(&name) => {
                inside(location, name, |location| each(location, member));
            }
            Value::Array(items) if LIST.contains(&name) => inside(location, name, |location| {
                for (index, child) in items.iter_mut().enumerate() {
                    inside(location, &index.to_string(), |location| {
                        each(location, child);
                    });
                }
            }),
            _ => {}
        }
    }
}

/// Returns the items of an array; none of any other value.
pub fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// Adds a sentence to the description, unless it contains the sentence already.
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

/// Returns the target of a schema that is a `$ref`.
pub fn reference(value: &Value) -> Option<&str> {
    value.get("$ref").and_then(Value::as_str)
}

fn inside<T>(
    location: &mut DocumentLocation,
    name: &str,
    work: impl FnOnce(&mut DocumentLocation) -> T,
) -> T {
    location.push(name);
    let outcome = work(location);
    location.pop();
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_returns_names_with_dots_and_empty_names() {
        let names = ["paths", "/a.b", "", "get", ""];
        let mut location = DocumentLocation::default();
        for name in names {
            location.push(name);
        }
        assert_eq!(location.names().collect::<Vec<_>>(), names);
        assert_eq!(location.as_str(), "paths./a.b..get.");
        for count in (0..names.len()).rev() {
            assert_eq!(location.last(), names[count]);
            location.pop();
            assert_eq!(location.names().collect::<Vec<_>>(), names[..count]);
        }
        assert_eq!(location.as_str(), "");
    }
}
