//! Changes of the parts of a body.

use super::{join, source, surface_text, with};

const JSON: &str = "{ application/json: { schema: { type: array, items: {type: string} } } }";

/// `THINGS` whose operation `plain` has a body of several parts.
fn parts(parts: &str) -> String {
    let schema = format!("{{ type: object, required: [file], properties: {parts} }}");
    let content = format!("{{ multipart/form-data: {{ schema: {schema} }} }}");
    with(
        &format!("content: {JSON}"),
        &format!("required: true\n        content: {content}"),
    )
}

#[test]
fn a_changed_part_is_a_change_of_the_body_and_of_its_setter() {
    let file = "file: { type: string, format: binary }";
    let before = source(&parts(&format!("{{ {file}, label: {{ type: string }} }}")));
    let text = surface_text(&before);
    assert!(text.contains("part label"), "{text}");
    assert!(text.contains("FilePart"), "{text}");
    for (after, is_breaking, expected) in [
        (
            format!("{{ {file}, label: {{ type: integer }} }}"),
            true,
            "client.plain().label(…)",
        ),
        (format!("{{ {file} }}"), true, "client.plain().label(…)"),
        (
            format!("{{ {file}, label: {{ type: string }}, more: {{ type: string }} }}"),
            false,
            "client.plain().more(…)",
        ),
        (
            "{ file: { type: string }, label: { type: string } }".to_owned(),
            true,
            "client.plain().file(…)",
        ),
    ] {
        let difference = join::compare(&before, &source(&parts(&after)));
        let mut changes = difference.changes.iter();
        let Some(change) = changes.find(|change| change.location == "PUT /plain, body") else {
            panic!("{after}: {:#?}", difference.changes);
        };
        assert_eq!(change.is_breaking(), is_breaking, "{after}: {change:#?}");
        let all = format!("{change:?}");
        assert!(all.contains(expected), "{after}: {all}");
    }
}
