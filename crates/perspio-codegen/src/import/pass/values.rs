//! Converts values whose type is not the one that `OpenAPI` specifies, if their meaning is clear.

use serde_json::{Map, Value, json};

use crate::document::structure::Form::{self, Flag, FlagOrNumber, Is, List, Named, Text, Word};
use crate::document::structure::Object;
use crate::document::walk::DocumentLocation;
use crate::import::notes::Notes;

/// Converts the values that authors write for others: a number for a text, `yes` for true, nothing
/// for an empty object, and a version of two parts.
///
/// The parser of the generator rejects each of these values, and with it the whole document.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let mut converter = Converter {
        location: DocumentLocation::default(),
        notes,
    };
    converter.value(document, Is(Object::Document));
    if let Some(found) = document.get_mut("openapi")
        && let Some(two_parts) = found.as_str().filter(|it| it.matches('.').count() == 1)
    {
        let version = format!("{two_parts}.0");
        notes.changed("openapi", format!("{two_parts} is read as {version}"));
        *found = version.into();
    }
}

struct Converter<'a> {
    location: DocumentLocation,
    notes: &'a mut Notes,
}

impl Converter<'_> {
    fn value(&mut self, value: &mut Value, form: Form) {
        if let Some(meant) = meant(value, form) {
            let change = format!("{} is read as {meant}", short(value));
            self.notes.changed(self.location.as_str(), change);
            *value = meant;
        }
        match value {
            Value::Object(members) => {
                if let Is(object) = form
                    && !object.members().is_empty()
                {
                    self.remove_empty(members, form);
                }
                for (name, member) in members {
                    let form = form.member(name);
                    if form != Form::Data {
                        self.location.push(name);
                        self.value(member, form);
                        self.location.pop();
                    }
                }
            }
            Value::Array(items) if form.item() != Form::Data => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.location.push_item(index, item);
                    // A name that is a null of YAML.
                    if form == List(&Text) && item.is_null() {
                        self.notes
                            .changed(self.location.as_str(), "null is read as the text `null`");
                        *item = "null".into();
                    }
                    self.value(item, form.item());
                    self.location.pop();
                }
            }
            _ => {}
        }
    }

    /// Removes the members that are null, which `OpenAPI` does not allow.
    fn remove_empty(&mut self, members: &mut Map<String, Value>, form: Form) {
        members.retain(|name, member| {
            let is_empty = member.is_null()
                && !matches!(
                    form.member(name),
                    Form::Data | Form::Words(_) | Is(Object::Operation)
                );
            // A response without a description is invalid, too.
            let is_required = form == Is(Object::Response) && name == "description";
            if is_empty && !is_required {
                self.location.push(name);
                self.notes
                    .changed(self.location.as_str(), "removed: it is null");
                self.location.pop();
            }
            !is_empty || is_required
        });
    }
}

/// Returns the value that is meant by one that does not have the form.
fn meant(value: &Value, form: Form) -> Option<Value> {
    match (form, value) {
        (Text, Value::Number(_) | Value::Bool(_)) => Some(value.to_string().into()),
        (Text, Value::Null) => Some("".into()),
        (Flag | FlagOrNumber, Value::String(text)) => flag(text).map(Value::Bool),
        (Flag, Value::Number(number)) => match number.as_u64()? {
            0 => Some(false.into()),
            1 => Some(true.into()),
            _ => None,
        },
        (Word(words) | Form::Words(words), Value::String(text)) => {
            let mut similar = words.iter().filter(|word| word.eq_ignore_ascii_case(text));
            let word = similar.next().filter(|word| *word != text)?;
            Some((*word).into())
        }
        (Word(words) | Form::Words(words), Value::Null) => {
            words.contains(&"null").then(|| "null".into())
        }
        (List(Text), Value::String(_)) => Some(json!([value])),
        (List(_), Value::Null) => Some(json!([])),
        (Is(_) | Named(_), Value::Null) if form != Is(Object::Operation) => Some(json!({})),
        _ => None,
    }
}

/// Returns the value of a boolean of YAML 1.1.
fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" | "on" | "y" | "1" => Some(true),
        "no" | "false" | "off" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// Returns the text of a value for a note.
fn short(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text `{text}`"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{note, run_pass};
    use super::*;

    fn converted(document: Value) -> (Value, Notes) {
        run_pass(run, document)
    }

    #[test]
    fn numbers_null_and_words_are_read_as_texts_and_booleans_where_these_are_expected() {
        let (document, notes) = converted(json!({
            "openapi": 3.1,
            "info": {"title": 7, "version": 1.0, "description": null},
            "security": [{"key": null}],
            "paths": {"/a": {"get": {
                "deprecated": "No",
                "parameters": [{"name": "q", "in": "Query", "required": "yes", "example": "yes"}],
                "responses": {"204": {"description": null}, "default": null},
            }}},
        }));
        let expected = json!({
            "openapi": "3.1.0",
            "info": {"title": "7", "version": "1.0"},
            "security": [{"key": []}],
            "paths": {"/a": {"get": {
                "deprecated": false,
                "parameters": [{"name": "q", "in": "query", "required": true, "example": "yes"}],
                "responses": {"204": {"description": ""}, "default": {}},
            }}},
        });
        assert_eq!(document, expected);
        let required = note(&notes, "paths./a.get.parameters.q.required");
        assert_eq!(required, "the text `yes` is read as true");
        assert_eq!(note(&notes, "info.description"), "removed: it is null");
    }

    #[test]
    fn data_and_the_names_of_the_author_are_not_converted() {
        let same = json!({
            "openapi": "3.1.0",
            "info": {"title": "t", "version": "1"},
            "x-deprecated": "no",
            "components": {
                "examples": {"a": {"value": {"required": "yes", "description": null}}},
                "schemas": {"description": {
                    "default": {"deprecated": "no"},
                    "enum": [null, "yes"],
                    "properties": {"required": {"type": "string"}, "deprecated": {"const": null}},
                }},
            },
        });
        let (document, notes) = converted(same.clone());
        assert_eq!(document, same);
        assert_eq!(notes.explain(), "");
    }

    #[test]
    fn null_in_a_list_of_types_or_of_required_members_is_a_word() {
        let schema = json!({"type": ["String", null], "required": [null, 1]});
        let (document, _) = converted(json!({"components": {"schemas": {"A": schema}}}));
        let expected = json!({"type": ["string", "null"], "required": ["null", "1"]});
        assert_eq!(document["components"]["schemas"]["A"], expected);
    }
}
