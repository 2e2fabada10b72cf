//! Unions, enums, numbers and dates of an imported document are decoded as the type that fits.

use serde_json::{Value, json};

use super::generated::types;
use super::read;

/// Reads the member `name` of the type with unions, and checks that it is written as before.
fn unions(name: &str, value: &Value) -> types::Unions {
    let whole = json!({name: value});
    let unions: types::Unions = read(whole.clone());
    assert_eq!(serde_json::to_value(&unions).unwrap(), whole);
    unions
}

#[test]
fn a_recursive_union_is_decoded_by_the_tag_after_its_children() {
    let mut json = json!({"children": [], "id": "1", "type": "STAR"});
    for _ in 0..55 {
        json = json!({"children": [json], "id": "1", "type": "GROUP"});
    }
    // By trial of three variants, this would not end.
    let text = json.to_string();
    assert!(text.find("children") < text.find("type"));
    let mut open: types::Node = serde_json::from_str(&text).unwrap();
    let mut depth = 0;
    while let types::Node::Group(group) = open {
        depth += 1;
        open = group.children.unwrap().remove(0);
    }
    assert_eq!(depth, 55);
    assert!(matches!(open, types::Node::Star(_)), "{open:?}");
}

#[test]
fn an_unknown_tag_is_preserved_with_its_children() {
    let json = json!({"children": [{"id": "2", "type": "FRAME"}], "id": "1", "type": "COMET"});
    let tree = unions("tree", &json).tree.unwrap();
    assert!(matches!(tree, types::Node::Other(_)), "{tree:?}");
}

#[test]
fn boolean_and_integer_constants_select_the_variant() {
    let call = |ok: bool| {
        unions("call", &json!({"ok": ok, "text": "x"}))
            .call
            .unwrap()
    };
    assert!(matches!(call(true), types::UnionsCall::Good(_)));
    assert!(matches!(call(false), types::UnionsCall::Bad(_)));
    let parts = json!([{"type": 2, "label": "x"}, {"type": 1}, {"type": 3}]);
    let parts = unions("parts", &parts).parts.unwrap();
    assert!(
        matches!(
            parts.as_slice(),
            [
                types::UnionsPartsItem::Button(_),
                types::UnionsPartsItem::Row(_),
                types::UnionsPartsItem::Other(_)
            ]
        ),
        "{parts:?}"
    );
}

#[test]
fn known_members_and_items_select_the_variant_without_a_tag() {
    let small = |value: Value| unions("small", &value).small.unwrap();
    let big = small(json!({"a": "x", "b": 1}));
    assert!(matches!(big, types::UnionsSmall::Big(_)), "{big:?}");
    let one = small(json!({"a": "x", "c": 1}));
    assert!(matches!(one, types::UnionsSmall::Small(_)), "{one:?}");
    let content = |value: Value| unions("content", &value).content.unwrap();
    let texts = content(json!(["a"]));
    assert!(matches!(texts, types::UnionsV2::StringList(_)), "{texts:?}");
    let objects = content(json!([{"a": "x"}]));
    assert!(
        matches!(objects, types::UnionsV2::SmallList(_)),
        "{objects:?}"
    );
    let text = content(json!("a"));
    assert!(matches!(text, types::UnionsV2::String(_)), "{text:?}");
}

#[test]
fn inline_variants_are_types_that_are_named_after_their_tag() {
    let event = unions("event", &json!({"by": "x", "event": "closed"})).event;
    let Some(types::UnionsEvent::UnionsEventClosed(closed)) = event else {
        panic!("{event:?}");
    };
    assert_eq!(closed.by.as_deref(), Some("x"));
    let built = types::UnionsEventOpened::builder().event(types::UnionsEventOpenedEvent::Opened);
    let built = types::UnionsEventOpened::try_from(built).unwrap();
    let sent = serde_json::to_value(types::UnionsEvent::from(built)).unwrap();
    assert_eq!(sent, json!({"event": "opened"}));
    let tool = unions("tool", &json!("auto")).tool.unwrap();
    assert!(
        matches!(tool, types::UnionsTool::UnionsToolValue(_)),
        "{tool:?}"
    );
}

#[test]
fn children_of_a_parent_with_a_discriminator_are_chosen_by_the_tag() {
    let json = json!([
        {"bark": true, "kind": "dog", "name": "Rex"},
        {"kind": "tiger", "lives": 9},
        {"kind": "fish", "name": "Nemo"},
    ]);
    let pets = unions("pets", &json).pets.unwrap();
    let [
        types::Pet::Hound(dog),
        types::Pet::Tiger(tiger),
        types::Pet::Other(_),
    ] = pets.as_slice()
    else {
        panic!("{pets:?}");
    };
    assert_eq!((dog.bark, dog.name.as_deref()), (true, Some("Rex")));
    assert_eq!(tiger.lives, Some(9));
}

#[test]
fn an_enum_that_is_written_as_a_union_keeps_unknown_values() {
    let level = |text: &str| unions("level", &json!(text)).level.unwrap();
    let mid = level("mid");
    assert!(
        matches!(mid, types::Level::LevelKnown(types::LevelKnown::Mid)),
        "{mid:?}"
    );
    let other = level("extreme");
    assert!(matches!(other, types::Level::String(_)), "{other:?}");
}

#[test]
fn integers_beyond_63_bits_keep_every_digit() {
    let json = json!({"huge": u64::MAX, "large": u64::MAX, "unix": i64::MAX, "wide": u32::MAX});
    let numbers = unions("numbers", &json).numbers.unwrap();
    assert_eq!(numbers.large, Some(u64::MAX));
    assert_eq!(numbers.wide, Some(i64::from(u32::MAX)));
    assert_eq!(numbers.huge, Some(json!(u64::MAX)));
}

#[test]
fn sloppy_dates_are_decoded_and_written_as_rfc_3339() {
    let dates: types::Dates = read(json!({
        "at": "2026-01-02 03:04:05",
        "cleared": null,
        "all": ["2026-01-02", "2026-01-02T03:04:05+02:00"],
        "named": {"a": "2026-01-02T03:04:05"},
        "stamp": "2026-01-02T03:04:05",
        "either": "2026-01-02 03:04",
        "new": "2026-01-02",
    }));
    assert_eq!(
        serde_json::to_value(&dates).unwrap(),
        json!({
            "at": "2026-01-02T03:04:05Z",
            "cleared": null,
            "all": ["2026-01-02T00:00:00Z", "2026-01-02T01:04:05Z"],
            "named": {"a": "2026-01-02T03:04:05Z"},
            "stamp": "2026-01-02T03:04:05Z",
            "either": "2026-01-02 03:04",
            "new": "2026-01-02",
        })
    );
    let error = serde_json::from_value::<types::Dates>(json!({"at": "soon"})).unwrap_err();
    assert!(error.to_string().contains("such as 2026"), "{error}");
}
