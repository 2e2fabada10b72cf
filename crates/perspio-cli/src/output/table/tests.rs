use serde_json::json;

use super::super::tests::{PIPE, TERMINAL};
use super::*;

fn printed(items: Value, selected: &[&str], screen: &Screen) -> String {
    let items: List<Value> = serde_json::from_value(items).unwrap();
    let selected: Vec<_> = selected.iter().map(|name| (*name).to_owned()).collect();
    let mut out = Vec::new();
    list(&items, &selected, screen, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn fleet() -> Value {
    json!([
        {"id": "IN-000001", "name": "Truck 1", "description": "Norlund Hauler 480, made up",
         "assetType": "Truck", "make": "Norlund", "tags": ["x"], "owner": {"name": "Ada"}},
        {"id": "IN-000002", "name": "堆高機 2", "description": "A text that is much longer than any cell",
         "assetType": "Lighting tower", "make": null},
    ])
}

#[test]
fn a_table_of_80_columns_has_the_columns_that_fit() {
    insta::assert_snapshot!(printed(fleet(), &[], &TERMINAL), @r"
    id         name      description                               assetType
    IN-000001  Truck 1   Norlund Hauler 480, made up               Truck
    IN-000002  堆高機 2  A text that is much longer than any cell  Lighting tower
    2 items; no space for make (--columns selects); all members: --output json
    ");
}

#[test]
fn a_table_of_40_columns_drops_columns_from_the_right() {
    let narrow = Screen {
        width: 40,
        ..TERMINAL
    };
    insta::assert_snapshot!(printed(fleet(), &[], &narrow), @r"
    id         name
    IN-000001  Truck 1
    IN-000002  堆高機 2
    2 items; no space for description, assetType, make (--columns selects); all members: --output json
    ");
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in 1..100 {
        let screen = Screen { width, ..TERMINAL };
        let text = printed(fleet(), &["description", "id", "name"], &screen);
        let rows: Vec<_> = text.lines().take(3).collect();
        assert!(
            rows.iter().all(|row| row.width() <= width),
            "{width}: {text}"
        );
        let mut out = Vec::new();
        item(&fleet()[1], &screen, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.lines().all(|row| row.width() <= width.max(4)),
            "{width}: {text}"
        );
    }
}

#[test]
fn elsewhere_than_on_a_terminal_a_table_is_rows_with_tabs() {
    assert_eq!(
        printed(
            json!([{"id": 1, "description": "x\ty\n".repeat(30)}, {"id": null}]),
            &[],
            &PIPE
        ),
        format!("1\t{}\n\t\n", "x y ".repeat(30))
    );
}

#[test]
fn nested_members_are_shown_when_they_are_selected() {
    assert_eq!(
        printed(fleet(), &["id", "owner.name", "owner", "tags"], &PIPE),
        "IN-000001\tAda\t{\"name\":\"Ada\"}\t[\"x\"]\nIN-000002\t\t\t\n"
    );
}

#[test]
fn the_other_members_of_an_envelope_are_below_the_table() {
    let text = printed(json!({"items": [{"id": 1}], "next": "n"}), &[], &TERMINAL);
    assert_eq!(text, "id\n1\nnext: n\n1 item; all members: --output json\n");
}

#[test]
fn a_list_of_texts_is_printed_line_by_line() {
    let texts = json!(["a", "b"]);
    assert_eq!(printed(texts.clone(), &[], &PIPE), "a\nb\n");
    let footer = "a\nb\n2 items; all members: --output json\n";
    assert_eq!(printed(texts, &[], &TERMINAL), footer);
}

#[test]
fn an_item_has_a_row_for_each_of_300_members() {
    let members = (0..300).map(|number| (format!("member{number}"), json!({"n": null})));
    let value = Value::Object(members.collect());
    let mut out = Vec::new();
    item(&value, &PIPE, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert_eq!(text.lines().count(), 300);
    assert!(text.ends_with("member299\t{\"n\":null}\n"));
}

#[test]
fn headers_are_bold_where_colours_are_on() {
    let screen = Screen {
        is_coloured: true,
        ..TERMINAL
    };
    let text = printed(json!([{"id": 1}]), &[], &screen);
    assert!(text.starts_with("\u{1b}[1mid\u{1b}[0m\n1\n"), "{text:?}");
}
