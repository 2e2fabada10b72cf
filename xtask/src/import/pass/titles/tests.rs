//! Types in place get names that nothing else has.

use serde_json::json;

use super::run;
use crate::import::pass::testing::{note, passed};

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
