use std::collections::BTreeSet;

use serde_json::Value;
use syn::visit::Visit;

use super::Surface;
use crate::config::Client;
use crate::generate::syntax_of_client;

const THINGS: &str = include_str!("tests/things.yaml");

fn made(document: &str) -> (syn::File, Surface) {
    let value: Value = crate::load::parse(document, false).unwrap();
    let file = syntax_of_client(&Client::unconfigured(), &value).unwrap();
    let surface = Surface::read(&file, &value).unwrap();
    (file, surface)
}

fn text(document: &str) -> String {
    made(document).1.text("things", "things.yaml")
}

#[test]
fn the_text_shows_operations_setters_types_and_members() {
    insta::assert_snapshot!(text(THINGS));
}

/// The names of all public items of a file.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl<'ast> Visit<'ast> for Names {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.0.insert(item.ident.to_string());
        let public = item
            .fields
            .iter()
            .filter(|field| crate::rust::is_public(&field.vis));
        let names = public.filter_map(|field| field.ident.as_ref());
        self.0.extend(names.map(ToString::to_string));
    }
    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.0.insert(item.ident.to_string());
        let names = item
            .variants
            .iter()
            .map(|variant| variant.ident.to_string());
        self.0.extend(names);
    }
    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if crate::rust::is_public(&item.vis) {
            self.0.insert(item.sig.ident.to_string());
        }
    }
    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        if crate::rust::is_public(&item.vis) {
            self.0.insert(item.ident.to_string());
        }
    }
}

#[test]
fn the_text_contains_every_public_name_of_the_generated_code() {
    let (file, surface) = made(THINGS);
    let mut names = Names::default();
    names.visit_file(&file);
    assert!(names.0.len() > 50, "{names:?}", names = names.0);
    let text = surface.text("things", "things.yaml");
    let words: BTreeSet<_> = text
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .collect();
    let missing: Vec<_> = names
        .0
        .iter()
        .filter(|name| !words.contains(name.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn descriptions_are_not_in_the_text() {
    let other = THINGS.replace("summary: Does it.", "summary: Makes it.");
    assert_ne!(THINGS, other);
    assert_eq!(text(THINGS), text(&other));
}

#[test]
fn a_generated_string_differs_from_the_standard_one() {
    let document = THINGS
        .replace(
            "    Problem:",
            "    String: { type: integer }\n    Problem:",
        )
        .replace(
            "name: { type: string, maxLength: 20 }",
            "name: { type: string }\n        own: { $ref: \"#/components/schemas/String\" }",
        );
    let text = text(&document);
    assert!(text.contains("name: Option<String>"), "{text}");
    assert!(text.contains("own: Option<types::String>"), "{text}");
}

#[test]
fn values_without_a_default_are_marked_as_required() {
    let (_, surface) = made(THINGS);
    let setters = &surface.operations["things_do"].setters;
    assert!(setters["thing_id"].required && setters["kind"].required);
    assert!(!setters["page_size"].required);
    // Its member `id` has no default.
    assert!(setters["body"].required);
    let required = |name: &str, member: &str| {
        let members = surface.types[name].members();
        members
            .iter()
            .find(|one| one.name == member)
            .unwrap()
            .required
    };
    assert!(required("types::Thing", "id"));
    assert!(!required("types::Thing", "count") && !required("types::Thing", "name"));
}

#[test]
fn an_operation_with_the_name_of_a_keyword_is_found() {
    let (_, surface) = made(&THINGS.replace("operationId: plain", "operationId: type"));
    let operation = &surface.operations["type_"];
    assert_eq!(
        (operation.method.as_str(), operation.path.as_str()),
        ("PUT", "/plain")
    );
}
