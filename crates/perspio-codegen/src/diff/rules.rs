//! The rules of `diff`: one for each difference that it distinguishes.
//!
//! A rule of the document says what the vendor changed. Whether the change breaks programs
//! is decided by the generated code, and by the values that requests and responses may
//! contain, so only rules that begin with `rust-` or `protocol-` are breaking.
//! `docs/diff-rules.md` is generated from the table.

use serde::{Serialize, Serializer};

/// The effect of a difference on programs that use the client.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// Programs may have to be changed.
    Breaking,
    /// Programs compile as before, but a call may have another result.
    Warning,
    /// Programs compile and run as before.
    Info,
}

/// A difference that `diff` distinguishes.
#[derive(Debug, PartialEq)]
pub(crate) struct Rule {
    /// Never changes: files of ignored changes refer to it.
    pub(crate) id: &'static str,
    pub(crate) level: Level,
    pub(crate) message: &'static str,
    /// A text of `rules/example.yaml`, and its replacement in the new document.
    pub(crate) example: (&'static str, &'static str),
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id)
    }
}

/// Returns the rule with an id.
pub(crate) fn by_id(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

/// Defines each rule as a static, and the list of all of them.
macro_rules! rules {
    ($($name:ident = $id:literal, $level:ident, $message:literal, $before:literal => $after:literal;)*) => {
        $(pub(crate) static $name: Rule = Rule {
            id: $id,
            level: Level::$level,
            message: $message,
            example: ($before, $after),
        };)*

        /// Every rule.
        pub(crate) static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    // What the vendor changed.
    OPERATION_ADDED = "operation-added", Info, "An operation is new.",
        "  /plain:\n" => "  /plain:\n    get: { operationId: plain_get, tags: [things], x-source: documented, responses: { \"204\": { description: Done. } } }\n";
    OPERATION_REMOVED = "operation-removed", Info, "An operation is removed.",
        "    post: { operationId: plain_add, tags: [things], x-source: documented, responses: { \"204\": { description: Done. } } }\n" => "";
    OPERATION_MOVED = "operation-moved", Info, "An operation has another path or method under the same `operationId`.",
        "  /plain:\n" => "  /plainer:\n";
    OPERATION_ID_CHANGED = "operation-id-changed", Info, "An operation has another `operationId`.",
        "operationId: plain\n" => "operationId: plainer\n";
    OPERATION_CHANGED = "operation-changed", Info, "Something else of an operation is different.",
        "operationId: plain\n" => "operationId: plain\n      deprecated: true\n";
    PAGINATION_CHANGED = "pagination-changed", Info, "The pages of an operation follow each other in another way, or are not a stream any more.",
        "operationId: plain\n" => "operationId: plain\n      x-pagination: false\n";
    PARAMETER_ADDED = "parameter-added", Info, "An operation has a new parameter.",
        "      parameters:\n" => "      parameters:\n        - { name: extra, in: query, schema: { type: string } }\n";
    PARAMETER_REMOVED = "parameter-removed", Info, "A parameter is removed.",
        "        - { name: pageSize, in: query, schema: { type: integer, format: int32 } }\n" => "";
    PARAMETER_MOVED = "parameter-moved", Info, "A parameter is sent elsewhere, such as in a header instead of the query.",
        "name: pageSize, in: query" => "name: pageSize, in: header";
    PARAMETER_CHANGED = "parameter-changed", Info, "Something else of a parameter is different.",
        "name: pageSize, in: query," => "name: pageSize, in: query, allowEmptyValue: true,";
    REQUEST_BODY_ADDED = "request-body-added", Info, "An operation has a body now.",
        "operationId: plain_add," => "operationId: plain_add, requestBody: { content: { application/json: { schema: { type: string } } } },";
    REQUEST_BODY_REMOVED = "request-body-removed", Info, "An operation has no body any more.",
        "      requestBody:\n        content: { application/json: { schema: { type: array, items: { type: string } } } }\n" => "";
    REQUEST_BODY_CHANGED = "request-body-changed", Info, "Something else of a body is different, such as its media type.",
        "content: { application/json: { schema: { type: array, items: { type: string } } } }" => "content: { text/plain: { schema: { type: string } } }";
    RESPONSE_ADDED = "response-added", Info, "A status is documented now.",
        "\"202\": { description: Accepted. }\n" => "\"202\": { description: Accepted. }\n        \"404\": { description: Not found. }\n";
    RESPONSE_REMOVED = "response-removed", Info, "A status is not documented any more.",
        "        \"404\": { description: Not found. }\n" => "";
    RESPONSE_CHANGED = "response-changed", Info, "Something else of a response is different, such as a header.",
        "\"202\": { description: Accepted. }" => "\"202\": { description: Accepted., headers: { ETag: { schema: { type: string } } } }";
    SCHEMA_ADDED = "schema-added", Info, "A schema is new.",
        "    Map:" => "    Atlas: { type: object, properties: { pages: { type: integer } } }\n    Map:";
    SCHEMA_REMOVED = "schema-removed", Info, "A schema is removed.",
        "    Map: { type: object, additionalProperties: { type: integer } }\n" => "";
    SCHEMA_CHANGED = "schema-changed", Info, "Something else of a schema is different.",
        "        - { type: object, required: [w], properties: { w: { type: number } } }\n" => "        - { type: object, required: [w], properties: { w: { type: number } } }\n        - { type: object, required: [h], properties: { h: { type: number } } }\n";
    PROPERTY_ADDED = "property-added", Info, "A schema has a new property.",
        "        count:" => "        fresh: { type: boolean }\n        count:";
    PROPERTY_REMOVED = "property-removed", Info, "A property is removed.",
        "        count: { type: integer, default: 5 }\n" => "";
    PROPERTY_CHANGED = "property-changed", Info, "Something else of a property is different.",
        "count: { type: integer, default: 5 }" => "count: { type: integer, default: 5, readOnly: true }";
    DOCUMENT_CHANGED = "document-changed", Info, "Something outside of operations and schemas is different.",
        "version: \"1\"" => "version: \"2\"";
    BECAME_REQUIRED = "became-required", Info, "A parameter, a body or a property is required now.",
        "name: pageSize, in: query," => "name: pageSize, in: query, required: true,";
    BECAME_OPTIONAL = "became-optional", Info, "A parameter, a body or a property is not required any more.",
        "name: kind, in: query, required: true," => "name: kind, in: query,";
    BECAME_NULLABLE = "became-nullable", Info, "A value may be null now.",
        "id: { type: string, format: uuid }" => "id: { type: string, format: uuid, nullable: true }";
    BECAME_NON_NULLABLE = "became-non-nullable", Info, "A value may not be null any more.",
        "when: { type: string, nullable: true }" => "when: { type: string }";
    ENUM_VALUE_ADDED = "enum-value-added", Info, "An enum has a new value.",
        "enum: [one, two-three]" => "enum: [one, two-three, four]";
    ENUM_VALUE_REMOVED = "enum-value-removed", Info, "An enum has lost a value.",
        "enum: [one, two-three]" => "enum: [one]";
    ENUM_REORDERED = "enum-reordered", Info, "The values of an enum have another order.",
        "enum: [one, two-three]" => "enum: [two-three, one]";
    TYPE_CHANGED = "type-changed", Info, "A value has another `type`, `format` or `$ref`.",
        "type: integer, format: int32 } }\n" => "type: integer, format: int64 } }\n";
    DEFAULT_CHANGED = "default-changed", Info, "The `default` of a value is different, new or removed.",
        "default: 5" => "default: 6";
    CONSTRAINT_CHANGED = "constraint-changed", Info, "A limit, a pattern or the list of values of a value is different, new or removed.",
        "maxLength: 20" => "maxLength: 30";

    ADDITIONAL_PROPERTIES_CHANGED = "additional-properties-changed", Info, "Members that a schema does not describe are forbidden now, or are not any more (`additionalProperties`).",
        "Map: { type: object, additionalProperties: { type: integer } }" => "Map: { type: object, additionalProperties: false }";

    // What that does to the values that requests and responses may contain.
    PROTOCOL_REQUEST_TIGHTENED = "protocol-request-tightened", Breaking, "A request that was accepted may be rejected: a limit is tighter, a value of an enum is removed, a part is required, or other members are forbidden.",
        "minLength: 2" => "minLength: 3";
    PROTOCOL_REQUEST_RELAXED = "protocol-request-relaxed", Info, "More requests are accepted.",
        "maxLength: 20" => "maxLength: 30";
    PROTOCOL_RESPONSE_TIGHTENED = "protocol-response-tightened", Info, "Responses contain only what they could contain before.",
        "minLength: 2" => "minLength: 3";
    PROTOCOL_RESPONSE_RELAXED = "protocol-response-relaxed", Warning, "A response may contain what it could not contain before: a limit is looser or removed, a value of an enum is new, or a part may be absent.",
        "maxLength: 20" => "maxLength: 30";
    PROTOCOL_REQUEST_DEFAULT_CHANGED = "protocol-request-default-changed", Warning, "A request that leaves a value out may have another effect.",
        "default: 5" => "default: 6";

    // What that does to the generated operations.
    RUST_METHOD_ADDED = "rust-method-added", Info, "The client has a new method.",
        "  /plain:\n" => "  /plain:\n    get: { operationId: plain_get, tags: [things], x-source: documented, responses: { \"204\": { description: Done. } } }\n";
    RUST_METHOD_REMOVED = "rust-method-removed", Breaking, "A method of the client is removed.",
        "operationId: plain\n" => "operationId: plainer\n";
    RUST_OPERATION_CHANGED = "rust-operation-changed", Info, "An operation has other properties in the list of operations: provenance, writes, repeatable, deprecated.",
        "operationId: plain\n" => "operationId: plain\n      x-repeatable: true\n";
    RUST_REQUEST_LINE_CHANGED = "rust-request-line-changed", Info, "A method of the client sends its request to another path or with another HTTP method.",
        "  /plain:\n" => "  /plainer:\n";
    RUST_SERVER_CHANGED = "rust-server-changed", Breaking, "A method of the client sends its request to another server, whose URL a program that sets the base URL has to set too.",
        "operationId: plain\n" => "operationId: plain\n      servers: [{ url: \"https://upload.example.com\" }]\n      x-server: upload\n";
    RUST_SETTER_ADDED = "rust-setter-added", Info, "A request has a new setter that may be left out.",
        "      parameters:\n" => "      parameters:\n        - { name: extra, in: query, schema: { type: string } }\n";
    RUST_REQUIRED_SETTER_ADDED = "rust-required-setter-added", Breaking, "A request has a new setter without which the call fails.",
        "      parameters:\n" => "      parameters:\n        - { name: extra, in: query, required: true, schema: { type: string } }\n";
    RUST_SETTER_REMOVED = "rust-setter-removed", Breaking, "A setter of a request is removed.",
        "        - { name: pageSize, in: query, schema: { type: integer, format: int32 } }\n" => "";
    RUST_SETTER_TYPE_CHANGED = "rust-setter-type-changed", Breaking, "A setter of a request takes another type.",
        "type: integer, format: int32 } }\n" => "type: integer, format: int64 } }\n";
    RUST_SETTER_ENCODING_CHANGED = "rust-setter-encoding-changed", Info, "The value of a setter is sent elsewhere or under another name.",
        "name: pageSize, in: query" => "name: pageSize, in: header";
    RUST_SETTER_BECAME_REQUIRED = "rust-setter-became-required", Breaking, "A call fails now without a setter that could be left out.",
        "name: pageSize, in: query," => "name: pageSize, in: query, required: true,";
    RUST_SETTER_BECAME_OPTIONAL = "rust-setter-became-optional", Info, "A setter may be left out now.",
        "name: kind, in: query, required: true," => "name: kind, in: query,";
    RUST_RESPONSE_TYPE_CHANGED = "rust-response-type-changed", Breaking, "A call returns another type.",
        "\"202\": { description: Accepted. }" => "\"200\": { description: Done., content: { application/json: { schema: { type: string } } } }";
    RUST_RESPONSES_CHANGED = "rust-responses-changed", Info, "The documented statuses of an operation are different.",
        "        \"404\": { description: Not found. }\n" => "";
    RUST_BUILDER_ITEM_ADDED = "rust-builder-item-added", Info, "The builder of a request has a new function or trait.",
        "content: { application/json: { schema: { type: array, items: { type: string } } } }" => "content: { application/json: { schema: { $ref: \"#/components/schemas/Thing\" } } }";
    RUST_BUILDER_ITEM_REMOVED = "rust-builder-item-removed", Breaking, "The builder of a request has lost a function or a trait, or has another name.",
        "      requestBody:\n        required: true\n        content: { application/json: { schema: { $ref: \"#/components/schemas/Thing\" } } }\n" => "";

    // What that does to the generated types.
    RUST_TYPE_ADDED = "rust-type-added", Info, "A type is new.",
        "    Map:" => "    Atlas: { type: object, properties: { pages: { type: integer } } }\n    Map:";
    RUST_TYPE_REMOVED = "rust-type-removed", Breaking, "A type is removed.",
        "    Map: { type: object, additionalProperties: { type: integer } }\n" => "";
    RUST_TYPE_RENAMED = "rust-type-renamed", Breaking, "The type of an inline schema has another name, because its title or the path of its operation is different.",
        "title: Grid" => "title: Grille";
    RUST_TYPE_SHAPE_CHANGED = "rust-type-shape-changed", Breaking, "A struct, a tuple or an enum has become another of them.",
        "additionalProperties: { type: integer }" => "properties: { a: { type: integer } }";
    RUST_TYPE_BECAME_NON_EXHAUSTIVE = "rust-type-became-non-exhaustive", Breaking, "A type is `#[non_exhaustive]` now.",
        "additionalProperties: { type: integer }" => "properties: { a: { type: integer } }";
    RUST_TYPE_BECAME_EXHAUSTIVE = "rust-type-became-exhaustive", Info, "A type is not `#[non_exhaustive]` any more.",
        "Kind: { type: string, enum: [one, two-three] }" => "Kind: { type: string }";
    RUST_TYPE_ENCODING_CHANGED = "rust-type-encoding-changed", Info, "A type has other serde attributes.",
        "additionalProperties: { type: integer }" => "properties: { a: { type: integer } }";
    RUST_TRAIT_ADDED = "rust-trait-added", Info, "A type implements one more trait.",
        "Name: { type: string, minLength: 2, maxLength: 20 }" => "Name: { type: string }";
    RUST_TRAIT_REMOVED = "rust-trait-removed", Breaking, "A type does not implement a trait any more.",
        "Kind: { type: string, enum: [one, two-three] }" => "Kind: { type: string }";
    RUST_FUNCTION_ADDED = "rust-function-added", Info, "A type has a new function.",
        "operationId: plain_add," => "operationId: plain_add, requestBody: { content: { application/json: { schema: { $ref: \"#/components/schemas/Part\" } } } },";
    RUST_FUNCTION_REMOVED = "rust-function-removed", Breaking, "A function of a type is removed.",
        "      requestBody:\n        required: true\n        content: { application/json: { schema: { $ref: \"#/components/schemas/Thing\" } } }\n" => "";
    RUST_FIELD_ADDED = "rust-field-added", Info, "A struct has a new field.",
        "        count:" => "        fresh: { type: boolean }\n        count:";
    RUST_REQUIRED_FIELD_ADDED = "rust-required-field-added", Breaking, "A type has a new field without which its builder fails, or which a literal has to name.",
        "required: [id]\n      properties:\n" => "required: [id, fresh]\n      properties:\n        fresh: { type: boolean }\n";
    RUST_FIELD_REMOVED = "rust-field-removed", Breaking, "A public field is removed.",
        "        count: { type: integer, default: 5 }\n" => "";
    RUST_FIELD_TYPE_CHANGED = "rust-field-type-changed", Breaking, "A public field has another type.",
        "id: { type: string, format: uuid }" => "id: { type: string }";
    RUST_FIELD_BECAME_PRIVATE = "rust-field-became-private", Breaking, "A public field is private now.",
        "Map: { type: object, additionalProperties: { type: integer } }" => "Map: { type: string, maxLength: 3 }";
    RUST_FIELD_BECAME_PUBLIC = "rust-field-became-public", Info, "A private field is public now.",
        "Name: { type: string, minLength: 2, maxLength: 20 }" => "Name: { type: string }";
    RUST_PRIVATE_FIELD_CHANGED = "rust-private-field-changed", Info, "A private field has another type, or is removed.",
        "Grade: { type: integer, format: int32, enum: [1, 2] }" => "Grade: { type: integer, format: int64, enum: [1, 2] }";
    RUST_FIELD_ENCODING_CHANGED = "rust-field-encoding-changed", Info, "A field has another name in JSON, or other serde attributes.",
        "top-speed:" => "top_speed:";
    RUST_FIELD_BECAME_REQUIRED = "rust-field-became-required", Breaking, "A builder fails now without a field that could be left out.",
        "required: [id]\n" => "required: [id, when]\n";
    RUST_FIELD_BECAME_OPTIONAL = "rust-field-became-optional", Info, "A builder does not require a field any more.",
        "required: [id]\n" => "required: []\n";
    RUST_VARIANT_ADDED = "rust-variant-added", Info, "An enum has a new variant.",
        "enum: [one, two-three]" => "enum: [one, two-three, four]";
    RUST_VARIANT_REMOVED = "rust-variant-removed", Breaking, "A variant of an enum is removed.",
        "enum: [one, two-three]" => "enum: [one]";
    RUST_VARIANT_CHANGED = "rust-variant-changed", Breaking, "A variant has other fields, or is new in an enum that programs match exhaustively.",
        "properties: { r: { type: number } }" => "properties: { r: { type: number }, s: { type: number } }";
    RUST_VARIANT_ENCODING_CHANGED = "rust-variant-encoding-changed", Info, "A variant has another value in JSON, or other serde attributes.",
        "enum: [one, two-three]" => "enum: [one, two_three]";
    RUST_VARIANTS_REORDERED = "rust-variants-reordered", Info, "The variants of an enum have another order, in which they also compare.",
        "enum: [one, two-three]" => "enum: [two-three, one]";
    RUST_VALUE_REJECTED = "rust-value-rejected", Breaking, "A type rejects values that it accepted.",
        "maxLength: 20" => "maxLength: 10";
    RUST_VALUE_ACCEPTED = "rust-value-accepted", Info, "A type accepts values that it rejected.",
        "minLength: 2, maxLength: 20" => "maxLength: 20";
    RUST_LIMIT_RELAXED = "rust-limit-relaxed", Info, "A type still rejects values, but fewer.",
        "maxLength: 20" => "maxLength: 30";

    // Everything else of the generated code.
    RUST_ITEM_ADDED = "rust-item-added", Info, "An item that belongs to no operation or type is new, such as a conversion.",
        "    Map:" => "    Atlas: { type: object, additionalProperties: { type: string } }\n    Map:";
    RUST_ITEM_REMOVED = "rust-item-removed", Breaking, "An item that belongs to no operation or type is removed, such as a conversion.",
        "    Map: { type: object, additionalProperties: { type: integer } }\n" => "";
    RUST_REPLACED_TYPE = "rust-replaced-type", Info, "A schema without a generated type is different: the type that replaces it may have to follow.",
        "amount: { type: number }" => "amount: { type: string }";
}
