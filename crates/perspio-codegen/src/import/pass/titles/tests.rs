//! Inline types get unique names.

use serde_json::json;

use super::run;
use crate::import::pass::testing::{note, run_pass};

#[test]
fn an_inline_nullable_union_has_a_unique_name() {
    let union = json!({
        "description": "It.", "nullable": true,
        "oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/ThingPart"}]
    });
    let (document, _) = run_pass(
        run,
        json!({"components": {"schemas": {
            "Thing": {"type": "object", "properties": {"part": union, "other": union}},
            "ThingPart": {"type": "object"},
            "Union": union,
        }}}),
    );
    let all = &document["components"]["schemas"];
    for (member, title) in [("part", "ThingPartV2"), ("other", "ThingOther")] {
        let inner = json!({"oneOf": union["oneOf"], "title": title});
        assert_eq!(
            all["Thing"]["properties"][member],
            json!({"description": "It.", "nullable": true, "allOf": [inner]})
        );
    }
    assert_eq!(all["Union"], union);
    let (again, _) = run_pass(run, document.clone());
    assert_eq!(again, document);
}

#[test]
fn an_inline_type_does_not_have_the_name_of_another_type() {
    let part = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let (document, notes) = run_pass(
        run,
        json!({
            "paths": {"/a": {"get": {"operationId": "get_thing", "responses": {"200": {"content": {"application/json": {"schema": part}}}}}}},
            "components": {"schemas": {
                "Thing": {"type": "object", "properties": {"part": part}},
                "ThingPart": part, "GetThingResponse200": part,
            }},
        }),
    );
    let title =
        document.pointer("/paths/~1a/get/responses/200/content/application~1json/schema/title");
    assert_eq!(*title.unwrap(), json!("GetThingResponse200V2"));
    let inner = &document["components"]["schemas"]["Thing"]["properties"]["part"];
    assert_eq!(inner["title"], "ThingPartV2");
    assert!(
        document["components"]["schemas"]["ThingPart"]
            .get("title")
            .is_none()
    );
    assert_eq!(
        note(&notes, "components.schemas.Thing.properties.part"),
        "the type is named ThingPartV2"
    );
}
