//! Every type of both clients and of an imported document decodes random valid values and
//! encodes them again without loss, and the examples of the documents are valid for their
//! schemas.

use perspio_wire::{Fill, Letters, Schema, difference, json_schemas};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The number of values of each type, for each of the three settings of `Fill`.
const VALUES: u64 = 100;

/// Decodes and encodes values of the type's own schema.
fn round_trips<T: JsonSchema + Serialize + DeserializeOwned>(name: &str) {
    values_of_come_back_from::<T, T>(name);
}

/// Decodes values of the schema of `S` as `T` and encodes them again.
fn values_of_come_back_from<S: JsonSchema, T: Serialize + DeserializeOwned>(name: &str) {
    let document = schemars::schema_for!(S).to_value();
    let schema =
        Schema::new(&document, &document).unwrap_or_else(|cause| panic!("{name}: {cause}"));
    for fill in [Fill::All, Fill::Needed, Fill::Some] {
        for seed in 0..VALUES {
            let sent = schema
                .random(seed, fill, Letters::Any)
                .unwrap_or_else(|| panic!("{name}: no valid value was found"));
            let decoded: T = serde_json::from_str(&sent.to_string())
                .unwrap_or_else(|cause| panic!("{name}: {sent}: {cause}"));
            let encoded = serde_json::to_string(&decoded).unwrap();
            let back = serde_json::from_str(&encoded).unwrap();
            assert_eq!(difference(&sent, &back), None, "{name}: {sent}");
            assert_eq!(schema.violation(&back), None, "{name}: {back}");
        }
    }
}

#[test]
fn random_valid_values_of_every_generated_type_round_trip_without_loss() {
    include!(concat!(env!("OUT_DIR"), "/every_type.rs"));
}

#[test]
fn random_valid_values_of_every_replacement_type_round_trip_without_loss() {
    round_trips::<perspio::AssetId>("AssetId");
    round_trips::<perspio::NullableText>("NullableText");
    round_trips::<perspio::SiteId>("SiteId");
}

#[test]
fn random_lists_are_encoded_as_the_bare_arrays_that_were_decoded() {
    use perspio::types::{Asset, LocationLabel, Site};

    values_of_come_back_from::<Vec<Asset>, perspio::AssetList>("AssetList");
    values_of_come_back_from::<Vec<LocationLabel>, perspio::LocationLabelList>("labels");
    values_of_come_back_from::<Vec<Site>, perspio::SiteList>("SiteList");
}

/// Collects every example below `value` with its schema.
fn examples<'a>(value: &'a Value, found: &mut Vec<(&'a Value, &'a Value)>) {
    match value {
        Value::Object(members) => {
            // A parameter and a media type have the schema next to the example.
            let schema = members.get("schema").unwrap_or(value);
            found.extend(members.get("example").map(|example| (schema, example)));
            let more = members.get("examples").and_then(Value::as_object);
            let more = more.into_iter().flatten();
            found.extend(more.filter_map(|(_, named)| Some((schema, named.get("value")?))));
            for (name, member) in members {
                if name != "example" && name != "examples" {
                    examples(member, found);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| examples(item, found)),
        _ => {}
    }
}

/// Returns the number of examples in a document, or an error for the first invalid one.
fn valid_examples(text: &str) -> Result<usize, String> {
    let document: Value = serde_saphyr::from_str(text).unwrap();
    let document = json_schemas(&document);
    let mut found = Vec::new();
    examples(&document, &mut found);
    for (schema, example) in &found {
        if let Some(cause) = Schema::new(&document, schema)?.violation(example) {
            return Err(format!("{example}: {cause}"));
        }
    }
    Ok(found.len())
}

#[test]
fn every_example_of_the_documents_is_valid_for_its_schema() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        count += valid_examples(&text).unwrap();
    }
    assert!(count > 0, "the documents have examples");
}

#[test]
fn an_invalid_example_is_found_anywhere_in_the_document() {
    let wrong = [
        "{components: {schemas: {A: {type: integer, example: text}}}}",
        "{paths: {/a: {get: {parameters: [{schema: {$ref: '#/components/schemas/A'}, example: text}]}}},
          components: {schemas: {A: {type: integer}}}}",
        "{content: {application/json: {schema: {type: integer}, examples: {one: {value: text}}}}}",
    ];
    for document in wrong {
        assert!(valid_examples(document).is_err(), "{document}");
        let right = document.replace("text", "1");
        assert_eq!(valid_examples(&right), Ok(1), "{right}");
    }
}
