//! The parts of a document that the types of the generated code are made of.

use std::collections::BTreeMap;

use heck::ToPascalCase;
use serde_json::Value;

use super::document::{Facts, Key, Part, Route};
use crate::document::{text, walk};

/// The location of an inline schema: the part of the document, and the names inside it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct InlineSchema {
    pub(crate) key: Key,
    inside: Vec<String>,
}

/// The inline schemas with a title, by the names of their types.
pub(crate) type Titles = BTreeMap<String, InlineSchema>;

/// Returns the titles of the document of which a client is generated. An operation in `moved`
/// has the key of its new route.
pub(crate) fn titles(generated: &Value, moved: &BTreeMap<Route, Route>) -> Titles {
    let mut found = Titles::new();
    let mut document = generated.clone();
    walk::schemas(&mut document, &mut |location, schema| {
        let title = text(schema, "title");
        if title.is_empty() {
            return;
        }
        let names: Vec<_> = location.names().collect();
        if let Some((key, inside)) = key_of(&names, moved) {
            let inside = inside.iter().map(|name| (*name).to_owned()).collect();
            found.insert(pascal(title), InlineSchema { key, inside });
        }
    });
    found
}

/// Returns the key of a location, and the names inside of it.
fn key_of<'a>(
    names: &'a [&'a str],
    moved: &BTreeMap<Route, Route>,
) -> Option<(Key, &'a [&'a str])> {
    let schema = |name: &str, member: Option<&str>| Key::Schema {
        name: name.to_owned(),
        member: member.map(str::to_owned),
    };
    match names {
        [
            "components",
            "schemas",
            name,
            "properties",
            member,
            inside @ ..,
        ] => Some((schema(name, Some(member)), inside)),
        ["components", "schemas", name, inside @ ..] if !inside.is_empty() => {
            Some((schema(name, None), inside))
        }
        ["paths", path, method, rest @ ..] => {
            let route = ((*path).to_owned(), (*method).to_owned());
            let (path, method) = moved.get(&route).unwrap_or(&route).clone();
            let (part, inside) = match rest {
                ["parameters", name, inside @ ..] => (Part::Parameter((*name).to_owned()), inside),
                ["requestBody", inside @ ..] => (Part::Body, inside),
                ["responses", status, inside @ ..] => {
                    (Part::Response((*status).to_owned()), inside)
                }
                inside => (Part::Whole, inside),
            };
            Some((Key::Operation { path, method, part }, inside))
        }
        _ => None,
    }
}

/// Returns the schema that a type is named after, with the rest of the name: the schema itself
/// or one that contains it.
pub(crate) fn schema_of_type<'a>(facts: [&'a Facts; 2], name: &str) -> Option<(&'a Key, String)> {
    let wholes = facts.into_iter().flat_map(|facts| facts.all.keys());
    let within = wholes.filter_map(|key| match key {
        Key::Schema { name, member: None } => Some((key, pascal(name))),
        _ => None,
    });
    let within = within.filter_map(|(key, own)| Some((key, rest_of(name, &own)?.to_owned())));
    within.min_by_key(|(_, rest)| rest.len())
}

/// Returns the rest of a name after the words that it begins with; `None` if it begins with
/// other words: `ThingsId` does not begin with `Thing`.
pub(crate) fn rest_of<'a>(name: &'a str, words: &str) -> Option<&'a str> {
    let rest = name.strip_prefix(words).filter(|_| !words.is_empty())?;
    (!rest.starts_with(char::is_lowercase)).then_some(rest)
}

/// Returns a name as the generator writes it for a type.
pub(crate) fn pascal(name: &str) -> String {
    name.replace(|letter: char| !letter.is_alphanumeric(), "-")
        .to_pascal_case()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_begins_with_whole_words_only() {
        for (name, words, rest) in [
            ("ThingsIdKnown", "Thing", None),
            ("ThingKnown", "Thing", Some("Known")),
            ("Thing2", "Thing", Some("2")),
            ("Thing", "Thing", Some("")),
            ("Thing", "", None),
            ("Other", "Thing", None),
        ] {
            assert_eq!(rest_of(name, words), rest, "{name}, {words}");
        }
    }

    #[test]
    fn a_title_belongs_to_the_part_that_contains_its_schema() {
        let titled = |title: &str| json!({"schema": {"items": {"title": title}}});
        let content = |title: &str| json!({"content": {"text/plain": titled(title)}});
        let mut parameter = titled("in_parameter");
        parameter["name"] = json!("p");
        let document = json!({
            "paths": {"/old": {"get": {
                "parameters": [parameter],
                "requestBody": content("InBody"),
                "responses": {"200": content("InResponse")},
            }}},
            "components": {"schemas": {"A": {
                "title": "Ignored",
                "properties": {"b": {"title": "InProperty"}},
                "items": {"title": "InItems"},
            }}},
        });
        let route = |path: &str| (path.to_owned(), "get".to_owned());
        let moved = BTreeMap::from([(route("/old"), route("/new"))]);
        let found = titles(&document, &moved);
        let locations: Vec<_> = found
            .iter()
            .map(|(name, inline)| (name.as_str(), inline.key.location()))
            .collect();
        let expected = [
            ("InBody", "GET /new, body"),
            ("InItems", "A"),
            ("InParameter", "GET /new, parameter p"),
            ("InProperty", "A.b"),
            ("InResponse", "GET /new, response 200"),
        ];
        assert_eq!(locations, expected.map(|(name, at)| (name, at.to_owned())));
    }
}
