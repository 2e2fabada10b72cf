//! Types in place get names that nothing else has.

use serde_json::json;

use super::run;
use crate::import::pass::testing::{note, passed};

#[test]
fn a_union_in_place_that_may_be_null_has_a_name_that_nothing_else_has() {
    let union = json!({
        "description": "It.", "nullable": true,
        "oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/ThingPart"}]
    });
    let (document, _) = passed(
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
    let (again, _) = passed(run, document.clone());
    assert_eq!(again, document);
}

#[test]
fn a_type_in_place_never_takes_the_name_of_another() {
    let part = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let (document, notes) = passed(
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
        "its type is ThingPartV2"
    );
}
