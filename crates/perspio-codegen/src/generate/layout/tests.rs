//! The files of a split client have the items of the client in one file.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::config::Client;
use crate::generate::{client, emit, format, names};
use crate::model;
use crate::rust::content;

/// Returns a document with an operation for each tag and number. It sends and returns types of
/// its own, one of its tag, and one of all tags.
fn document(operations: &[(&str, usize)]) -> Value {
    let mut paths = serde_json::Map::new();
    let mut schemas = serde_json::Map::new();
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let object = |members: Value| json!({"type": "object", "properties": members});
    let kind = json!({"type": "string", "enum": ["a", "b"]});
    schemas.insert("Kind".to_owned(), kind);
    schemas.insert("Unused".to_owned(), object(json!({})));
    for (tag, number) in operations {
        let name = format!("{tag}{number}");
        let of_tag = format!("{tag}Part");
        let members = json!({"part": reference(&of_tag), "kind": reference("Kind")});
        schemas.insert(
            of_tag,
            object(json!({"note": {"type": "string", "maxLength": 9}})),
        );
        schemas.insert(format!("{name}Sent"), object(members.clone()));
        schemas.insert(format!("{name}Found"), object(members));
        let content = |name: String| json!({"application/json": {"schema": reference(&name)}});
        let operation = json!({
            "operationId": name,
            "tags": [tag],
            "x-source": "documented",
            "summary": "Changes it.",
            "description": "Known.",
            "requestBody": {"required": true, "content": content(format!("{name}Sent"))},
            "responses": {"200": {"description": "It.", "content": content(format!("{name}Found"))}},
        });
        paths.insert(format!("/{tag}/{number}"), json!({"post": operation}));
    }
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Things", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

/// Returns the client in one file, with full names.
fn whole(document: &Value) -> syn::File {
    let tokens = emit::client_tokens(&Client::unconfigured(), document).unwrap();
    client::file(tokens, document, &model::requests(document), "any").unwrap()
}

/// Returns the texts of the files by their paths; that of the root is empty.
fn texts(document: &Value, max: usize) -> BTreeMap<String, String> {
    let Layout { root, mut parts } = limited(whole(document), document, max).unwrap();
    parts.insert(String::new(), root);
    let text = |mut file: syn::File| {
        names::shorten(&mut file);
        format::text(&file)
    };
    parts
        .into_iter()
        .map(|(path, file)| (path, text(file)))
        .collect()
}

/// Adds the items of code, without imports, modules and paths to other files, which the split
/// changes.
fn collect(items: &[syn::Item], found: &mut Vec<String>) {
    for item in items {
        match item {
            syn::Item::Use(_) => {}
            syn::Item::Mod(module) => collect(content(module), found),
            syn::Item::Impl(block)
                if block.trait_.is_none()
                    && name_of_type(&block.self_ty).as_deref() == Some("Client") =>
            {
                found.extend(block.items.iter().map(|item| {
                    let text = quote::quote!(#item).to_string();
                    text.replace("builder :: ", "")
                }));
            }
            syn::Item::Const(list) if list.ident == "OPERATIONS" => {}
            item => found.push(quote::quote!(#item).to_string()),
        }
    }
}

#[test]
fn every_item_is_in_one_file_and_none_is_too_long() {
    let operations = [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("operations", 1)];
    let document = document(&operations);
    let whole = whole(&document);
    let mut expected = Vec::new();
    collect(&whole.items, &mut expected);
    expected.sort_unstable();
    for max in [200, 400, 800, 100_000] {
        let Layout { root, parts } = limited(whole.clone(), &document, max).unwrap();
        let mut found = Vec::new();
        collect(&root.items, &mut found);
        for (path, file) in &parts {
            if path.starts_with("operations/") {
                continue;
            }
            let mut file = file.clone();
            collect(&file.items, &mut found);
            names::shorten(&mut file);
            let lines = format::text(&file).lines().count();
            // Imports and the blocks of methods are added to the items.
            assert!(lines <= max + 30, "{path}: {lines} lines");
        }
        found.sort_unstable();
        assert_eq!(found, expected, "{max}");
    }
}

#[test]
fn files_are_named_after_tags_and_shared_types_are_apart() {
    let document = document(&[("a", 1), ("a", 2), ("b", 1), ("operations", 1)]);
    let paths: Vec<_> = texts(&document, 600).into_keys().collect();
    let expected = [
        "",
        "a.rs",
        "b.rs",
        "operations.rs",
        "operations_.rs",
        "types.rs",
        "types/a.rs",
        "types/b.rs",
        "types/operations_.rs",
        "types/shared.rs",
    ];
    assert_eq!(paths, expected);
    let one: Vec<_> = texts(&document, 100_000).into_keys().collect();
    assert!(
        !one.iter().any(|path| path.starts_with("types/")),
        "{one:?}"
    );
    let texts = texts(&document, 600);
    assert!(texts["types/a.rs"].contains("pub struct APart"));
    assert!(texts["types/shared.rs"].contains("pub enum Kind"));
    assert!(texts["types/shared.rs"].contains("pub struct Unused"));
    assert!(texts["types/a.rs"].starts_with("use super::{Kind, error};"));
}

#[test]
fn a_list_of_operations_that_is_too_long_names_constants_of_several_files() {
    let operations: Vec<_> = (1..=30).map(|number| ("a", number)).collect();
    let texts = texts(&document(&operations), 170);
    let list = &texts["operations.rs"];
    assert!(
        list.contains("part::A1,") && list.contains("part_2::A30"),
        "{list}"
    );
    assert_eq!(list.matches("::A").count(), 30, "{list}");
    let rows = ["part", "part_2"].map(|it| texts[&format!("operations/{it}.rs")].as_str());
    assert_eq!(rows.concat().matches("pub(super) const A").count(), 30);
}

/// Returns the paths of the files that differ.
fn changed(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> BTreeSet<String> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = paths
        .into_iter()
        .filter(|path| before.get(*path) != after.get(*path));
    changed.cloned().collect()
}

#[test]
fn an_added_operation_changes_only_files_of_its_tag_the_list_and_types() {
    let mut operations = vec![("a", 1), ("a", 3), ("b", 1), ("c", 1)];
    let before = texts(&document(&operations), 700);
    operations.push(("a", 2));
    let changed = changed(&before, &texts(&document(&operations), 700));
    let expected = ["a.rs", "operations.rs", "types/a.rs"];
    assert!(changed.iter().eq(expected), "{changed:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn parts_keep_the_order_and_are_as_long_as_allowed(
        lengths in proptest::collection::vec(1_usize..50, 0..40),
        max in 1_usize..120,
    ) {
        let all: Vec<_> = lengths.iter().copied().enumerate().collect();
        let parts = parts::limited(all.clone(), max);
        let flat: Vec<_> = parts.iter().flatten().copied().collect();
        prop_assert_eq!(flat, (0..lengths.len()).collect::<Vec<_>>());
        let lines = |part: &Vec<usize>| part.iter().map(|at| lengths[*at]).sum::<usize>();
        for part in &parts {
            prop_assert!(lines(part) <= max || part.len() == 1);
        }
        for pair in parts.windows(2) {
            let next = lengths[pair[1][0]];
            prop_assert!(lines(&pair[0]) + next > max);
        }
    }

    #[test]
    fn parts_have_names_of_their_own(count in 0_usize..9, others in 0_usize..9) {
        let mut taken: BTreeSet<String> = (0..others).map(|it| format!("a_{it}")).collect();
        taken.insert("a".to_owned());
        let before = taken.clone();
        let names = parts::names("a", count, &mut taken);
        prop_assert_eq!(names.len(), count);
        let own: BTreeSet<_> = names.iter().skip(1).collect();
        prop_assert_eq!(own.len(), count.saturating_sub(1));
        prop_assert!(own.iter().all(|name| !before.contains(*name)));
    }
}
