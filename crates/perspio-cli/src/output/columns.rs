//! The members of the items that are shown, by their names or dotted paths.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::failure::Failure;

/// The default columns of a table. JSON shows all members.
const MOST_COLUMNS: usize = 6;
/// The members that a table shows first.
const FIRST_COLUMNS: [&str; 4] = ["id", "name", "displayName", "description"];
/// The known columns that an error lists.
const MOST_LISTED: usize = 40;
/// The largest number of edits between a column and a misspelled one.
const MOST_EDITS: usize = 2;

/// Returns the member of `item` with this name, or at this dotted path (`owner.name`,
/// `tags.0`). A name may contain dots itself.
pub(super) fn member<'a>(item: &'a Value, column: &str) -> Option<&'a Value> {
    if let Some(value) = child(item, column) {
        return Some(value);
    }
    column.match_indices('.').find_map(|(dot, _)| {
        let (name, rest) = (column.get(..dot)?, column.get(dot + 1..)?);
        member(child(item, name)?, rest)
    })
}

fn child<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        other => other.get(name),
    }
}

/// Returns `item` with these members only, under the names of the columns.
pub(super) fn selected(item: &Value, columns: &[String]) -> Value {
    let members = columns.iter().map(|column| {
        let value = member(item, column).cloned();
        (column.clone(), value.unwrap_or_default())
    });
    Value::Object(members.collect())
}

/// Checks that each of the columns occurs in one of `items` at least.
///
/// # Errors
/// The first that does not, with the known ones. Nothing is known without items.
pub(super) fn check<'a>(
    columns: &[String],
    items: impl Iterator<Item = &'a Value> + Clone,
) -> Result<(), Failure> {
    let unknown = columns
        .iter()
        .find(|column| !items.clone().any(|item| member(item, column).is_some()));
    match unknown {
        Some(column) if items.clone().next().is_some() => Err(unknown_column(column, items)),
        _ => Ok(()),
    }
}

fn unknown_column<'a>(column: &str, items: impl Iterator<Item = &'a Value>) -> Failure {
    let mut known = Vec::new();
    for item in items {
        add_paths(item, "", &mut known);
    }
    // Their number is the same for each item mostly, so that the list stays short.
    let mut seen = std::collections::HashSet::new();
    known.retain(|name| seen.insert(name.clone()));
    let wanted = column.to_lowercase();
    let similar = known
        .iter()
        .map(|name| (strsim::osa_distance(&name.to_lowercase(), &wanted), name))
        .filter(|(edits, _)| *edits <= MOST_EDITS)
        .min();
    let suggestion = similar.map(|(_, name)| format!(": did you mean `{name}`?"));
    let more = known.len().saturating_sub(MOST_LISTED);
    known.truncate(MOST_LISTED);
    let mut listed = known.join(", ");
    if more > 0 {
        listed = format!("{listed} and {more} more");
    }
    let known = match listed.as_str() {
        "" => "The response has no members.".to_owned(),
        listed => format!("Known columns: {listed}"),
    };
    let text = format!(
        "unknown column `{column}`{}\n{known}",
        suggestion.unwrap_or_default()
    );
    Failure::usage(text)
}

/// Adds the paths of all members, without those within arrays.
fn add_paths(value: &Value, prefix: &str, paths: &mut Vec<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let path = format!("{prefix}{name}");
        paths.push(path.clone());
        add_paths(value, &format!("{path}."), paths);
    }
}

/// Returns the default columns of a table: first those that people look for, then those that
/// most items have; only those whose values fit into a cell.
pub(super) fn of_table(items: &[Value]) -> Vec<Cow<'_, str>> {
    let is_short = |value: &Value| !value.is_object() && !value.is_array();
    let mut names = counted(items, is_short);
    let rank = |name: &str| FIRST_COLUMNS.iter().position(|first| *first == name);
    names.sort_by_key(|(name, count)| {
        (
            rank(name).unwrap_or(FIRST_COLUMNS.len()),
            usize::MAX - count,
        )
    });
    let names = names.into_iter().map(|(name, _)| Cow::Borrowed(name));
    names.take(MOST_COLUMNS).collect()
}

/// Returns the names of all members, in the order of their first occurrence.
pub(super) fn all<'a>(items: impl IntoIterator<Item = &'a Value>) -> Vec<Cow<'a, str>> {
    let names = counted(items, |_| true).into_iter();
    names.map(|(name, _)| Cow::Borrowed(name)).collect()
}

/// Returns the names of the members whose values are selected, each with the number of items
/// that have a value for it.
fn counted<'a>(
    items: impl IntoIterator<Item = &'a Value>,
    is_selected: impl Fn(&Value) -> bool,
) -> Vec<(&'a str, usize)> {
    let mut names: Vec<(&str, usize)> = Vec::new();
    let mut positions: HashMap<&str, usize> = HashMap::new();
    let members = items.into_iter().filter_map(Value::as_object);
    for (name, value) in members
        .flat_map(Map::iter)
        .filter(|(_, value)| is_selected(value))
    {
        let position = *positions.entry(name).or_insert(names.len());
        if position == names.len() {
            names.push((name, 0));
        }
        if let Some((_, count)) = names.get_mut(position) {
            *count += usize::from(!value.is_null());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn columns(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_path_reaches_nested_members_and_names_with_dots() {
        let item = json!({
            "owner": {"name": "Ada", "at.home": {"x": 1}},
            "@odata.type": "t",
            "tags": ["a", {"b": 2}],
        });
        for (column, expected) in [
            ("owner.name", json!("Ada")),
            ("owner.at.home.x", json!(1)),
            ("@odata.type", json!("t")),
            ("tags.1.b", json!(2)),
        ] {
            assert_eq!(member(&item, column), Some(&expected), "{column}");
        }
        for column in ["", ".", "owner.", "owner.x", "tags.2", "tags.b", "tags.-1"] {
            assert_eq!(member(&item, column), None, "{column}");
        }
    }

    #[test]
    fn an_unknown_column_is_an_error_with_the_known_ones_and_a_suggestion() {
        let items = [json!({"id": 1}), json!({"id": 2, "owner": {"name": null}})];
        assert!(check(&columns(&["id", "owner.name"]), items.iter()).is_ok());
        let error = check(&columns(&["id", "owner.nmae"]), items.iter()).unwrap_err();
        assert_eq!(
            error.text(),
            "unknown column `owner.nmae`: did you mean `owner.name`?\n\
             Known columns: id, owner, owner.name"
        );
        assert!(check(&columns(&["x"]), [].iter()).is_ok());
    }

    #[test]
    fn an_error_lists_a_limited_number_of_300_columns() {
        let item: Map<_, _> = (0..300)
            .map(|number| (format!("member{number}"), number.into()))
            .collect();
        let item = Value::Object(item);
        let error = check(&columns(&["zebra"]), [&item].into_iter()).unwrap_err();
        assert!(error.text().ends_with("member39 and 260 more"));
        assert!(!error.text().contains("did you mean"));
    }

    #[test]
    fn a_table_has_six_columns_with_the_known_ones_first() {
        let items = [
            json!({"a": 1, "b": null, "c": 1, "d": [], "e": 1, "name": "n"}),
            json!({"a": 1, "b": 2, "f": 1, "g": {}, "id": 7}),
        ];
        assert_eq!(of_table(&items), ["id", "name", "a", "b", "c", "e"]);
        assert_eq!(all(&items).len(), 9);
    }
}
