//! The members of the objects of `OpenAPI` 3.0 to 3.2.

use super::Form::{self, Data, Flag, FlagOrNumber, Is, List, Named, Schemas, Text, Word, Words};
use super::Object;

type Members = &'static [(&'static str, Form)];

const SCHEMA: Form = Is(Object::Schema);

pub(super) fn of(object: Object) -> Members {
    match object {
        Object::Callback | Object::Paths | Object::Responses => &[],
        Object::Components => COMPONENTS,
        Object::Contact => &[("email", Text), ("name", Text), ("url", Text)],
        Object::Discriminator => &[
            ("defaultMapping", Text),
            ("mapping", Named(&Text)),
            ("propertyName", Text),
        ],
        Object::Document => DOCUMENT,
        Object::Encoding => ENCODING,
        Object::Example => EXAMPLE,
        Object::ExternalDocs => &[("description", Text), ("url", Text)],
        Object::Flow => &[
            ("authorizationUrl", Text),
            ("deviceAuthorizationUrl", Text),
            ("refreshUrl", Text),
            ("scopes", Named(&Text)),
            ("tokenUrl", Text),
        ],
        Object::Flows => &[
            ("authorizationCode", Is(Object::Flow)),
            ("clientCredentials", Is(Object::Flow)),
            ("deviceAuthorization", Is(Object::Flow)),
            ("implicit", Is(Object::Flow)),
            ("password", Is(Object::Flow)),
        ],
        Object::Header => HEADER,
        Object::Info => &[
            ("contact", Is(Object::Contact)),
            ("description", Text),
            ("license", Is(Object::License)),
            ("summary", Text),
            ("termsOfService", Text),
            ("title", Text),
            ("version", Text),
        ],
        Object::License => &[("identifier", Text), ("name", Text), ("url", Text)],
        Object::Link => LINK,
        Object::MediaType => MEDIA_TYPE,
        Object::Operation => OPERATION,
        Object::Parameter => PARAMETER,
        Object::PathItem => PATH_ITEM,
        Object::RequestBody => &[
            ("$ref", Text),
            ("content", Named(&Is(Object::MediaType))),
            ("description", Text),
            ("required", Flag),
            ("summary", Text),
        ],
        Object::Response => &[
            ("$ref", Text),
            ("content", Named(&Is(Object::MediaType))),
            ("description", Text),
            ("headers", Named(&Is(Object::Header))),
            ("links", Named(&Is(Object::Link))),
            ("summary", Text),
        ],
        Object::Schema => SCHEMA_MEMBERS,
        Object::SecurityScheme => SECURITY_SCHEME,
        Object::Server => &[
            ("description", Text),
            ("name", Text),
            ("url", Text),
            ("variables", Named(&Is(Object::ServerVariable))),
        ],
        Object::ServerVariable => &[
            ("default", Text),
            ("description", Text),
            ("enum", List(&Text)),
        ],
        Object::Tag => &[
            ("description", Text),
            ("externalDocs", Is(Object::ExternalDocs)),
            ("kind", Text),
            ("name", Text),
            ("parent", Text),
            ("summary", Text),
        ],
        Object::Xml => &[
            ("attribute", Flag),
            ("name", Text),
            ("namespace", Text),
            ("nodeType", Text),
            ("prefix", Text),
            ("wrapped", Flag),
        ],
    }
}

const DOCUMENT: Members = &[
    ("$self", Text),
    ("components", Is(Object::Components)),
    ("externalDocs", Is(Object::ExternalDocs)),
    ("info", Is(Object::Info)),
    ("jsonSchemaDialect", Text),
    ("openapi", Text),
    ("paths", Is(Object::Paths)),
    ("security", List(&Named(&List(&Text)))),
    ("servers", List(&Is(Object::Server))),
    ("tags", List(&Is(Object::Tag))),
    ("webhooks", Named(&Is(Object::PathItem))),
];

const COMPONENTS: Members = &[
    ("callbacks", Named(&Is(Object::Callback))),
    ("examples", Named(&Is(Object::Example))),
    ("headers", Named(&Is(Object::Header))),
    ("links", Named(&Is(Object::Link))),
    ("mediaTypes", Named(&Is(Object::MediaType))),
    ("parameters", Named(&Is(Object::Parameter))),
    ("pathItems", Named(&Is(Object::PathItem))),
    ("requestBodies", Named(&Is(Object::RequestBody))),
    ("responses", Named(&Is(Object::Response))),
    ("schemas", Named(&SCHEMA)),
    ("securitySchemes", Named(&Is(Object::SecurityScheme))),
];

const ENCODING: Members = &[
    ("allowReserved", Flag),
    ("contentType", Text),
    ("encoding", Named(&Is(Object::Encoding))),
    ("explode", Flag),
    ("headers", Named(&Is(Object::Header))),
    ("itemEncoding", Is(Object::Encoding)),
    ("prefixEncoding", List(&Is(Object::Encoding))),
    ("style", Word(STYLES)),
];

const EXAMPLE: Members = &[
    ("$ref", Text),
    ("dataValue", Data),
    ("description", Text),
    ("externalValue", Text),
    ("serializedValue", Text),
    ("summary", Text),
    ("value", Data),
];

const STYLES: &[&str] = &[
    "cookie",
    "deepObject",
    "form",
    "label",
    "matrix",
    "pipeDelimited",
    "simple",
    "spaceDelimited",
];

const HEADER: Members = &[
    ("$ref", Text),
    ("allowEmptyValue", Flag),
    ("content", Named(&Is(Object::MediaType))),
    ("deprecated", Flag),
    ("description", Text),
    ("example", Data),
    ("examples", Named(&Is(Object::Example))),
    ("explode", Flag),
    ("required", Flag),
    ("schema", SCHEMA),
    ("style", Word(STYLES)),
    ("summary", Text),
];

const LINK: Members = &[
    ("$ref", Text),
    ("description", Text),
    ("operationId", Text),
    ("operationRef", Text),
    ("parameters", Named(&Data)),
    ("requestBody", Data),
    ("server", Is(Object::Server)),
    ("summary", Text),
];

const MEDIA_TYPE: Members = &[
    ("$ref", Text),
    ("encoding", Named(&Is(Object::Encoding))),
    ("example", Data),
    ("examples", Named(&Is(Object::Example))),
    ("itemEncoding", Is(Object::Encoding)),
    ("itemSchema", SCHEMA),
    ("prefixEncoding", List(&Is(Object::Encoding))),
    ("schema", SCHEMA),
];

const OPERATION: Members = &[
    ("callbacks", Named(&Is(Object::Callback))),
    ("deprecated", Flag),
    ("description", Text),
    ("externalDocs", Is(Object::ExternalDocs)),
    ("operationId", Text),
    ("parameters", List(&Is(Object::Parameter))),
    ("requestBody", Is(Object::RequestBody)),
    ("responses", Is(Object::Responses)),
    ("security", List(&Named(&List(&Text)))),
    ("servers", List(&Is(Object::Server))),
    ("summary", Text),
    ("tags", List(&Text)),
];

const PARAMETER: Members = &[
    ("$ref", Text),
    ("allowEmptyValue", Flag),
    ("allowReserved", Flag),
    ("content", Named(&Is(Object::MediaType))),
    ("deprecated", Flag),
    ("description", Text),
    ("example", Data),
    ("examples", Named(&Is(Object::Example))),
    ("explode", Flag),
    (
        "in",
        Word(&["cookie", "header", "path", "query", "querystring"]),
    ),
    ("name", Text),
    ("required", Flag),
    ("schema", SCHEMA),
    ("style", Word(STYLES)),
    ("summary", Text),
];

const PATH_ITEM: Members = &[
    ("$ref", Text),
    ("additionalOperations", Named(&Is(Object::Operation))),
    ("delete", Is(Object::Operation)),
    ("description", Text),
    ("get", Is(Object::Operation)),
    ("head", Is(Object::Operation)),
    ("options", Is(Object::Operation)),
    ("parameters", List(&Is(Object::Parameter))),
    ("patch", Is(Object::Operation)),
    ("post", Is(Object::Operation)),
    ("put", Is(Object::Operation)),
    ("query", Is(Object::Operation)),
    ("servers", List(&Is(Object::Server))),
    ("summary", Text),
    ("trace", Is(Object::Operation)),
];

const SECURITY_SCHEME: Members = &[
    ("$ref", Text),
    ("bearerFormat", Text),
    ("deprecated", Flag),
    ("description", Text),
    ("flows", Is(Object::Flows)),
    ("in", Word(&["cookie", "header", "query"])),
    ("name", Text),
    ("oauth2MetadataUrl", Text),
    ("openIdConnectUrl", Text),
    ("scheme", Text),
    (
        "type",
        Word(&["apiKey", "http", "mutualTLS", "oauth2", "openIdConnect"]),
    ),
];

const TYPES: &[&str] = &[
    "array", "boolean", "integer", "null", "number", "object", "string",
];

/// The keywords of the schemas of `OpenAPI` 3.0, and of JSON Schema 2020-12 and draft 7.
const SCHEMA_MEMBERS: Members = &[
    ("$anchor", Text),
    ("$comment", Text),
    ("$defs", Named(&SCHEMA)),
    ("$dynamicAnchor", Text),
    ("$dynamicRef", Text),
    ("$id", Text),
    ("$ref", Text),
    ("$schema", Text),
    ("$vocabulary", Named(&Flag)),
    ("additionalProperties", SCHEMA),
    ("allOf", List(&SCHEMA)),
    ("anyOf", List(&SCHEMA)),
    ("const", Data),
    ("contains", SCHEMA),
    ("contentEncoding", Text),
    ("contentMediaType", Text),
    ("contentSchema", SCHEMA),
    ("default", Data),
    ("definitions", Named(&SCHEMA)),
    ("dependencies", Data),
    ("dependentRequired", Named(&List(&Text))),
    ("dependentSchemas", Named(&SCHEMA)),
    ("deprecated", Flag),
    ("description", Text),
    ("discriminator", Is(Object::Discriminator)),
    ("else", SCHEMA),
    ("enum", Data),
    ("example", Data),
    ("examples", Data),
    ("exclusiveMaximum", FlagOrNumber),
    ("exclusiveMinimum", FlagOrNumber),
    ("externalDocs", Is(Object::ExternalDocs)),
    ("format", Text),
    ("if", SCHEMA),
    ("items", Schemas),
    ("maxContains", Data),
    ("maxItems", Data),
    ("maxLength", Data),
    ("maxProperties", Data),
    ("maximum", Data),
    ("minContains", Data),
    ("minItems", Data),
    ("minLength", Data),
    ("minProperties", Data),
    ("minimum", Data),
    ("multipleOf", Data),
    ("not", SCHEMA),
    ("nullable", Flag),
    ("oneOf", List(&SCHEMA)),
    ("pattern", Text),
    ("patternProperties", Named(&SCHEMA)),
    ("prefixItems", List(&SCHEMA)),
    ("properties", Named(&SCHEMA)),
    ("propertyNames", SCHEMA),
    ("readOnly", Flag),
    ("required", List(&Text)),
    ("then", SCHEMA),
    ("title", Text),
    ("type", Words(TYPES)),
    ("unevaluatedItems", SCHEMA),
    ("unevaluatedProperties", SCHEMA),
    ("uniqueItems", Flag),
    ("writeOnly", Flag),
    ("xml", Is(Object::Xml)),
];
