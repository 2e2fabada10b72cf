//! One change of each kind: a text of the document and its replacement.

use super::PLAIN;
use crate::diff::Kind;

pub(super) struct Case {
    pub(super) old: &'static str,
    pub(super) new: &'static str,
    /// The expected change: its kind, its location, and whether it is breaking.
    pub(super) expected: (Kind, &'static str, bool),
    /// A part of the texts of its findings.
    pub(super) text: &'static str,
}

const fn case(
    old: &'static str,
    new: &'static str,
    expected: (Kind, &'static str, bool),
    text: &'static str,
) -> Case {
    Case {
        old,
        new,
        expected,
        text,
    }
}

pub(super) const CASES: &[Case] = &[
    // Operations.
    case(
        "operationId: plain",
        "operationId: plainer",
        (Kind::Changed, PLAIN, true),
        "client.plain() is removed",
    ),
    case(
        "  /plain:",
        "  /plainer:",
        (Kind::Changed, "PUT /plainer", false),
        "path: /plain → /plainer",
    ),
    case(
        "    put:",
        "    post:",
        (Kind::Changed, "POST /plain", false),
        "method: put → post",
    ),
    case(
        "operationId: plain\n",
        "operationId: plain\n      x-repeatable: true\n",
        (Kind::Changed, PLAIN, false),
        "documented, writes → documented, writes, repeatable",
    ),
    // Parameters.
    case(
        "        - { name: pageSize, in: query, schema: { type: integer, format: int32 } }\n",
        "",
        (
            Kind::Removed,
            "POST /things/{thingId}, parameter pageSize",
            true,
        ),
        ".page_size(…) is removed",
    ),
    case(
        "      parameters:\n",
        "      parameters:\n        - { name: extra, in: query, schema: { type: string } }\n",
        (
            Kind::Added,
            "POST /things/{thingId}, parameter extra",
            false,
        ),
        ".extra(…) is new",
    ),
    case(
        "      parameters:\n",
        "      parameters:\n        - { name: extra, in: query, required: true, schema: { type: string } }\n",
        (Kind::Added, "POST /things/{thingId}, parameter extra", true),
        "without which the call fails",
    ),
    case(
        "name: pageSize, in: query,",
        "name: pageSize, in: query, required: true,",
        (
            Kind::Changed,
            "POST /things/{thingId}, parameter pageSize",
            true,
        ),
        "required: false → true",
    ),
    case(
        "name: kind, in: query, required: true,",
        "name: kind, in: query,",
        (
            Kind::Changed,
            "POST /things/{thingId}, parameter kind",
            false,
        ),
        "may be left out",
    ),
    case(
        "name: pageSize, in: query,",
        "name: pageSize, in: header,",
        (
            Kind::Changed,
            "POST /things/{thingId}, parameter pageSize",
            false,
        ),
        "in: query → header",
    ),
    case(
        "name: pageSize, in: query, schema: { type: integer, format: int32 }",
        "name: pageSize, in: query, schema: { type: integer, format: int64 }",
        (
            Kind::Changed,
            "POST /things/{thingId}, parameter pageSize",
            true,
        ),
        "i32 → i64",
    ),
    case(
        "name: pageSize, in: query, schema: { type: integer, format: int32 }",
        "name: pageSize, in: query, schema: { type: integer, format: int32, default: 5 }",
        (
            Kind::Changed,
            "POST /things/{thingId}, parameter pageSize",
            false,
        ),
        "default: 5 is new",
    ),
    case(
        "schema: { type: string, enum: [a, b] }",
        "schema: { type: string, enum: [a, b, c] }",
        (
            Kind::Changed,
            "POST /things/{thingId}, parameter X-Mode",
            false,
        ),
        "enum: c is new",
    ),
    // Bodies and responses.
    case(
        "content: { application/json: { schema: { type: array, items: {type: string} } } }",
        "content: { application/json: { schema: { type: array, items: {type: integer} } } }",
        (Kind::Changed, "PUT /plain, body", true),
        "Vec<String> → Vec<i64>",
    ),
    case(
        "      requestBody:\n        content: { application/json: { schema: { type: array, items: {type: string} } } }\n",
        "",
        (Kind::Removed, "PUT /plain, body", true),
        ".body(…) is removed",
    ),
    case(
        "\"204\": { description: Done. }\n        default: { description: Anything else. }",
        "\"200\": { description: Done., content: { application/json: { schema: { $ref: \"#/components/schemas/Thing\" } } } }",
        (Kind::Added, "PUT /plain, response 200", true),
        "() → types::Thing",
    ),
    case(
        "items: {$ref: \"#/components/schemas/Thing\" }",
        "items: {$ref: \"#/components/schemas/Kind\" }",
        (Kind::Changed, "POST /things/{thingId}, response 200", false),
        "Thing → Kind",
    ),
    case(
        "schema: { $ref: \"#/components/schemas/Problem\" }",
        "schema: { $ref: \"#/components/schemas/Map\" }",
        (Kind::Changed, "POST /things/{thingId}, response 404", false),
        "Problem → Map",
    ),
    // Types and members.
    case(
        "    Map: { type: object, additionalProperties: { type: integer } }\n",
        "",
        (Kind::Removed, "Map", true),
        "types::Map is removed",
    ),
    case(
        "    Map:",
        "    Atlas:",
        (Kind::Added, "Atlas", false),
        "types::Atlas is new",
    ),
    case(
        "additionalProperties: { type: integer }",
        "additionalProperties: { type: string }",
        (Kind::Changed, "Map", true),
        "i64",
    ),
    case(
        "        count: { type: integer, default: 5 }\n",
        "",
        (Kind::Removed, "Thing.count", true),
        "types::Thing.count is removed",
    ),
    case(
        "        count:",
        "        fresh: { type: boolean }\n        count:",
        (Kind::Added, "Thing.fresh", false),
        "types::Thing.fresh is new",
    ),
    case(
        "required: [id]\n      properties:\n",
        "required: [id, fresh]\n      properties:\n        fresh: { type: boolean }\n",
        (Kind::Added, "Thing.fresh", true),
        "types::Thing.fresh is new",
    ),
    case(
        "required: [id]",
        "required: [id, when]",
        (Kind::Changed, "Thing.when", true),
        "required: false → true",
    ),
    case(
        "      required: [id]\n",
        "",
        (Kind::Changed, "Thing.id", true),
        "uuid::Uuid → Option<uuid::Uuid>",
    ),
    case(
        "id: { type: string, format: uuid }",
        "id: { type: string }",
        (Kind::Changed, "Thing.id", true),
        "format: uuid is removed",
    ),
    case(
        "id: { type: string, format: uuid }",
        "id: { type: string, format: uuid, nullable: true }",
        (Kind::Changed, "Thing.id", true),
        "nullable: true is new",
    ),
    case(
        "when: { type: string, format: date-time }",
        "when: { type: string, format: date-time, nullable: true }",
        (Kind::Changed, "Thing.when", true),
        "nullable: true is new",
    ),
    case(
        "count: { type: integer, default: 5 }",
        "count: { type: integer, default: 6 }",
        (Kind::Changed, "Thing.count", false),
        "default: 5 → 6",
    ),
    case(
        "count: { type: integer, default: 5 }",
        "count: { type: integer }",
        (Kind::Changed, "Thing.count", true),
        "i64 → Option<i64>",
    ),
    case(
        "maxLength: 20",
        "maxLength: 30",
        (Kind::Changed, "Thing.name", false),
        "maxLength: 20 → 30",
    ),
    case(
        "maxLength: 20",
        "maxLength: 10",
        (Kind::Changed, "Thing.name", true),
        "longer than 10",
    ),
    case(
        "name: { type: string, maxLength: 20 }",
        "name: { type: string }",
        (Kind::Changed, "Thing.name", true),
        "Option<types::ThingName> → Option<String>",
    ),
    // Enums and unions.
    case(
        "[one, two-three]",
        "[one, two-three, four]",
        (Kind::Changed, "Kind", false),
        "Kind::Four is new",
    ),
    case(
        "[one, two-three]",
        "[one]",
        (Kind::Changed, "Kind", true),
        "Kind::TwoThree is removed",
    ),
    case(
        "[one, two-three]",
        "[two-three, one]",
        (Kind::Changed, "Kind", false),
        "another order",
    ),
    case(
        "enum: [x, y]",
        "enum: [x, y, z]",
        (Kind::Changed, "Open", false),
        "OpenKnown::Z is new",
    ),
    case(
        "enum: [on, off]",
        "enum: [on]",
        (Kind::Changed, "Thing.status", true),
        "enum: off is removed",
    ),
    case(
        "        - { type: object, required: [kind, w], properties: { kind: {type: string, enum: [square]}, w: {type: number}} }\n",
        "",
        (Kind::Changed, "Shape", true),
        "Shape",
    ),
    case(
        "r: {type: number}",
        "r: {type: number}, s: {type: number}",
        (Kind::Changed, "Shape", true),
        "s: Option<f64>",
    ),
    // Parts of the document that have no code.
    case(
        "version: \"1\"",
        "version: \"2\"",
        (Kind::Changed, "the document", false),
        "info.version: 1 → 2",
    ),
];
