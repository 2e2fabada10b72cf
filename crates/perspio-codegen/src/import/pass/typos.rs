//! Finds words in a document that `OpenAPI` does not define.

use serde_json::Value;
use strsim::damerau_levenshtein;

use crate::document::structure::Form::{self, Is, Word, Words};
use crate::document::structure::Object;
use crate::document::walk::DocumentLocation;
use crate::import::notes::Notes;

/// Warns of each member and each word that `OpenAPI` does not define, with the most similar one
/// that it defines. The import ignores such members, so that a typo would remain unnoticed.
pub(crate) fn run(document: &mut Value, notes: &mut Notes) {
    let mut location = DocumentLocation::default();
    value(document, Is(Object::Document), &mut location, notes);
}

fn value(found: &Value, form: Form, location: &mut DocumentLocation, notes: &mut Notes) {
    match (found, form) {
        (Value::String(text), Word(words) | Words(words)) if !words.contains(&text.as_str()) => {
            let known = words.iter().copied();
            let next = match similar(text, known) {
                Some(word) => format!("did you mean `{word}`?"),
                None => format!("OpenAPI defines {}", words.join(", ")),
            };
            notes.warned(location.as_str(), format!("unknown word `{text}`: {next}"));
        }
        (Value::Object(members), _) => {
            for (name, member) in members {
                location.push(name);
                if let Is(object) = form
                    && let Some(warning) = of_member(object, name)
                {
                    notes.warned(location.as_str(), warning);
                }
                let form = form.member(name);
                if form != Form::Data {
                    value(member, form, location, notes);
                }
                location.pop();
            }
        }
        (Value::Array(items), _) if form.item() != Form::Data => {
            for (index, item) in items.iter().enumerate() {
                location.push_item(index, item);
                value(item, form.item(), location, notes);
                location.pop();
            }
        }
        _ => {}
    }
}

/// Returns the warning of a member that `OpenAPI` does not define.
fn of_member(object: Object, name: &str) -> Option<String> {
    let members = object.members();
    let is_known = members.is_empty() || object.member(name).is_some();
    if is_known || name.starts_with("x-") || name.starts_with('$') {
        return None;
    }
    match similar(name, members.iter().map(|(known, _)| *known)) {
        Some(known) => Some(format!("unknown member: did you mean `{known}`?")),
        // JSON Schema allows any other keyword.
        None if object == Object::Schema => None,
        None => Some("unknown member: OpenAPI does not define it here".to_owned()),
    }
}

/// Returns the most similar of the known words, if it can be the one that was meant.
fn similar<'a>(text: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Words of few letters are similar to many others.
    let limit = match text.chars().count() {
        0..=2 => 0,
        3..=4 => 1,
        _ => 2,
    };
    let text = text.to_ascii_lowercase();
    let distances = known.map(|word| {
        let distance = damerau_levenshtein(&text, &word.to_ascii_lowercase());
        (distance, word)
    });
    // `id` is not a typo of `if`.
    let is_similar = |(distance, word): &(usize, &str)| *distance <= limit && word.len() > 2;
    let (_, word) = distances.filter(is_similar).min()?;
    Some(word)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::run_pass;
    use super::*;

    fn warnings(document: Value) -> Vec<String> {
        let (_, notes) = run_pass(run, document);
        let warnings = notes.warnings().iter();
        warnings.map(|(at, text)| format!("{at}: {text}")).collect()
    }

    #[test]
    fn each_typo_is_a_warning_with_its_location_and_the_most_similar_word() {
        let found = warnings(json!({
            "openapi": "3.0.3",
            "serverz": [],
            "paths": {"/a": {"gett": {}, "get": {
                "depracated": true,
                "parameters": [{"name": "q", "in": "qeury", "schema": {"type": "objcet"}}],
                "responses": {"200": {"descripton": "ok"}},
            }}},
            "components": {"schemas": {"A": {
                "propertys": {},
                "type": ["sting", "null"],
                "allof": [],
            }}},
        }));
        let expected = [
            "components.schemas.A.allof: unknown member: did you mean `allOf`?",
            "components.schemas.A.propertys: unknown member: did you mean `properties`?",
            "components.schemas.A.type.0: unknown word `sting`: did you mean `string`?",
            "paths./a.get.depracated: unknown member: did you mean `deprecated`?",
            "paths./a.get.parameters.q.in: unknown word `qeury`: did you mean `query`?",
            "paths./a.get.parameters.q.schema.type: unknown word `objcet`: did you mean `object`?",
            "paths./a.get.responses.200.descripton: unknown member: did you mean `description`?",
            "paths./a.gett: unknown member: did you mean `get`?",
            "serverz: unknown member: did you mean `servers`?",
        ];
        let mut found = found;
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn an_unknown_word_without_a_similar_one_is_a_warning() {
        let parameter = json!({"name": "q", "in": "body", "type": "string"});
        let found = warnings(json!({"paths": {"/a": {"parameters": [parameter]}}}));
        let expected = [
            "paths./a.parameters.q.in: unknown word `body`: OpenAPI defines cookie, header, path, \
             query, querystring",
            "paths./a.parameters.q.type: unknown member: OpenAPI does not define it here",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn extensions_data_names_and_other_keywords_of_schemas_are_not_typos() {
        let document = json!({
            "x-any": {"descripton": 1},
            "paths": {"/a": {"get": {"responses": {"deflt": {"description": "ok", "headers": {"descripton": {}}}}}}},
            "components": {
                "examples": {"a": {"value": {"descripton": 1}}},
                "schemas": {"descripton": {
                    "id": "a",
                    "optional": true,
                    "default": {"descripton": 1},
                    "properties": {"descripton": {"type": "string"}, "typ": {}},
                }},
            },
        });
        assert_eq!(warnings(document), Vec::<String>::new());
    }
}
