//! The module of each operation: that of its tag.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::walk::items;
use crate::document::{operations, subject};
use crate::model::method_name;

/// The names that modules of a client and of its types have, and the crates and modules that the
/// root names.
const RESERVED: [&str; 10] = [
    "builder",
    "defaults",
    "error",
    "operations",
    "perspio_http",
    "rt",
    "shapes",
    "shared",
    "std",
    "types",
];

/// The module of operations without a tag.
const OTHER: &str = "other";

/// Returns the module of every operation, by the name of its method. In a document without
/// tags, it is named after the subject of the path.
pub(super) fn of(document: &Value) -> BTreeMap<String, String> {
    let tag = |operation: &Value| {
        let first = items(operation.get("tags")).find_map(Value::as_str);
        first.map(str::to_owned)
    };
    let has_tags = operations(document).any(|operation| tag(operation.own).is_some());
    operations(document)
        .map(|operation| {
            let name = if has_tags {
                tag(operation.own)
            } else {
                subject(operation.path).map(str::to_owned)
            };
            let module = module_name(&name.unwrap_or_default());
            (method_name(operation.id()), module)
        })
        .collect()
}

/// Returns the name of a module and its file, which must be ASCII.
fn module_name(tag: &str) -> String {
    let is_kept = |letter: char| letter.is_ascii_alphanumeric();
    if !tag.contains(is_kept) {
        return OTHER.to_owned();
    }
    let name = method_name(&tag.replace(|letter| !is_kept(letter), " "));
    if RESERVED.contains(&name.as_str()) {
        format!("{name}_")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_named_after_the_tag_in_snake_case() {
        for (tag, expected) in [
            ("Assets", "assets"),
            ("Custom Id Provider", "custom_id_provider"),
            ("SalesLead", "sales_lead"),
            ("a/b-c", "a_b_c"),
            ("type", "type_"),
            ("gen", "gen_"),
            ("Types", "types_"),
            ("error", "error_"),
            ("2FA", "_2fa"),
            ("Übersicht", "bersicht"),
            ("概要", "other"),
            ("", "other"),
        ] {
            assert_eq!(module_name(tag), expected, "{tag}");
            assert!(syn::parse_str::<syn::Ident>(&module_name(tag)).is_ok());
        }
    }

    #[test]
    fn without_any_tag_operations_are_grouped_by_their_paths() {
        let operation = |id: &str| serde_json::json!({"get": {"operationId": id}});
        let mut document = serde_json::json!({"paths": {
            "/v1/{tenant}/assets/{id}": operation("a"),
            "/v2.1/sites": operation("b"),
            "/{id}": operation("c"),
        }});
        let modules = of(&document);
        let modules: Vec<_> = modules.values().map(String::as_str).collect();
        assert_eq!(modules, ["assets", "sites", "other"]);
        document["paths"]["/{id}"]["get"]["tags"] = serde_json::json!(["Things", "Second"]);
        let modules = of(&document);
        let modules: Vec<_> = modules.values().map(String::as_str).collect();
        assert_eq!(modules, ["other", "other", "things"]);
    }
}
