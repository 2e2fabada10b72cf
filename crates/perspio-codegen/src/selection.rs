//! The operations of a client: all of a document, or a selection.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::document::references::remove_unused;
use crate::document::walk::items;
use crate::document::{METHODS, Operation, operations, without_fragment};

/// A selection of operations, in the configuration:
///
/// ```yaml
/// operations:
///   include: { tags: [assets], ids: [sites_list] }
///   exclude: { paths: ["/assets/{id}/history*"] }
/// ```
///
/// Without `include`, all operations are selected that `exclude` does not name. The types that
/// no selected operation needs are not generated.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// The operations to generate. By default all.
    pub include: Option<Filter>,
    /// Operations that are not generated, although they are included.
    #[serde(default)]
    pub exclude: Filter,
}

/// A set of operations: those that one of its members names.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct Filter {
    /// Operation ids, as the document has them.
    pub ids: Vec<String>,
    /// Paths, as the document has them, with or without their fragments. A `*` at the end matches any text.
    pub paths: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
}

impl Selection {
    /// Removes all other operations, and the components that only they need. Returns the names
    /// that match no operation of the document.
    pub fn apply(&self, document: &mut Value) -> Vec<String> {
        if *self == Self::default() {
            return Vec::new();
        }
        let mut unmatched: BTreeSet<_> = self.include.iter().flat_map(Filter::names).collect();
        unmatched.extend(self.exclude.names());
        let mut removed = Vec::new();
        for operation in operations(document) {
            let included = self.include.as_ref().map(|it| it.matches(&operation));
            let excluded = self.exclude.matches(&operation);
            let is_included = included.as_ref().is_none_or(|names| !names.is_empty());
            for name in included.iter().flatten().chain(&excluded) {
                unmatched.remove(name);
            }
            if !is_included || !excluded.is_empty() {
                removed.push((operation.path.to_owned(), operation.method.to_owned()));
            }
        }
        let unmatched = unmatched.iter().map(ToString::to_string).collect();
        for (path, method) in removed {
            let item = document
                .pointer_mut("/paths")
                .and_then(|paths| paths.get_mut(&path));
            if let Some(item) = item.and_then(Value::as_object_mut) {
                item.remove(&method);
            }
        }
        if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
            paths.retain(|_, item| METHODS.iter().any(|method| item.get(method).is_some()));
        }
        remove_unused(document);
        unmatched
    }
}

/// A name in a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Name<'f> {
    Id(&'f str),
    Path(&'f str),
    Tag(&'f str),
}

impl std::fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => write!(f, "id {id}"),
            Self::Path(path) => write!(f, "path {path}"),
            Self::Tag(tag) => write!(f, "tag {tag}"),
        }
    }
}

impl Filter {
    fn names(&self) -> impl Iterator<Item = Name<'_>> {
        let ids = self.ids.iter().map(|id| Name::Id(id));
        let paths = self.paths.iter().map(|path| Name::Path(path));
        let tags = self.tags.iter().map(|tag| Name::Tag(tag));
        ids.chain(paths).chain(tags)
    }

    /// Returns the names that match an operation.
    fn matches(&self, operation: &Operation<'_>) -> Vec<Name<'_>> {
        let is_match = |name: &Name<'_>| match name {
            Name::Id(id) => operation.id() == *id,
            Name::Path(path) => match path.strip_suffix('*') {
                Some(beginning) => operation.path.starts_with(beginning),
                // A path also names the operations that differ in their fragments only.
                None => [operation.path, without_fragment(operation.path)].contains(path),
            },
            Name::Tag(tag) => items(operation.own.get("tags")).any(|it| it == tag),
        };
        self.names().filter(is_match).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    type Selected = (Vec<String>, String, Vec<String>);

    fn document() -> Value {
        let operation = |id: &str, tag: &str, schema: &str| {
            let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
            let content = json!({"application/json": {"schema": schema}});
            json!({"operationId": id, "tags": [tag], "responses": {"200": {"content": content}}})
        };
        json!({
            "paths": {
                "/a": {"get": operation("a_list", "a", "A"), "post": operation("a_add", "a", "A")},
                "/a/{id}": {"get": operation("a_get", "a", "B")},
                "/b": {"get": operation("b_list", "b", "C")},
                "/b#as_text_csv": {"get": operation("b_list_as_text_csv", "b", "C")},
            },
            "components": {"schemas": {"A": {}, "B": {}, "C": {}}},
        })
    }

    /// Returns the ids and the schemas that are left, and the names that match nothing.
    fn selected(selection: &Value) -> Selected {
        let mut document = document();
        let unmatched = Selection::deserialize(selection)
            .unwrap()
            .apply(&mut document);
        let ids = operations(&document)
            .map(|operation| operation.id().to_owned())
            .collect();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        (ids, schemas.keys().cloned().collect(), unmatched)
    }

    #[test]
    fn operations_are_selected_by_id_path_and_tag_with_the_types_that_they_need() {
        for (selection, ids, schemas) in [
            (
                json!({}),
                vec!["a_list", "a_add", "a_get", "b_list", "b_list_as_text_csv"],
                "ABC",
            ),
            (
                json!({"include": {"paths": ["/b"]}}),
                vec!["b_list", "b_list_as_text_csv"],
                "C",
            ),
            (
                json!({"include": {"paths": ["/b*"]}, "exclude": {"paths": ["/b#as_text_csv"]}}),
                vec!["b_list"],
                "C",
            ),
            (json!({"include": {"ids": ["a_get"]}}), vec!["a_get"], "B"),
            (
                json!({"include": {"tags": ["b"], "ids": ["a_add"]}}),
                vec!["a_add", "b_list", "b_list_as_text_csv"],
                "AC",
            ),
            (
                json!({"include": {"paths": ["/a"]}}),
                vec!["a_list", "a_add"],
                "A",
            ),
            (
                json!({"exclude": {"paths": ["/a*"]}}),
                vec!["b_list", "b_list_as_text_csv"],
                "C",
            ),
            (
                json!({"include": {"tags": ["a"]}, "exclude": {"ids": ["a_list"]}}),
                vec!["a_add", "a_get"],
                "AB",
            ),
        ] {
            let (mut found, names, unmatched) = selected(&selection);
            found.sort_unstable();
            let mut expected: Vec<_> = ids.iter().map(ToString::to_string).collect();
            expected.sort_unstable();
            assert_eq!((found, names.as_str()), (expected, schemas));
            assert!(unmatched.is_empty(), "{unmatched:?}");
        }
    }

    #[test]
    fn names_that_match_no_operation_are_returned() {
        let selection = json!({
            "include": {"ids": ["a_get", "a_got"], "tags": ["c"]}, "exclude": {"paths": ["/c*"]},
        });
        let (ids, _, unmatched) = selected(&selection);
        assert_eq!(ids, ["a_get"]);
        assert_eq!(unmatched, ["id a_got", "path /c*", "tag c"]);
    }

    #[test]
    fn an_unknown_member_of_a_filter_is_an_error() {
        let error = Selection::deserialize(json!({"exclude": {"tag": ["a"]}})).unwrap_err();
        assert!(error.to_string().contains("unknown field `tag`"), "{error}");
    }
}
