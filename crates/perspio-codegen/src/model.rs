//! The model of an API: its operations with their parameters, bodies and responses, as the
//! document encodes them.

mod failures;
mod media;
mod members;
mod multipart;
mod names;
mod pagination;
mod parameters;
mod security;
mod servers;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use crate::document::{
    Operation, members, operations, references, resolve, text, without_fragment,
};
use crate::error::DocumentPath;

pub(crate) use failures::name_failures;
pub use media::{ACCEPT, ALTERNATIVE_OF, MediaKind, essence, is_event_stream, is_json, is_value};
pub(crate) use members::{member_keys, member_of_key};
pub use multipart::{FORM_DATA, Multipart, Part, PartContent, multipart, part_content};
pub use names::{builder_name, method_name};
pub(crate) use names::{free_type_name, type_names};
pub use pagination::{MemberPath, PAGINATION, PageStyle, Pagination};
pub(crate) use pagination::{check as check_pagination, invalid as invalid_pagination};
pub use parameters::{Location, Parameter, braces, listed, path_key};
pub use security::{SecurityScheme, security};
pub use servers::{SERVER, Server, ServerVariable, main_server, servers};

/// The request of one operation, and its documentation.
#[derive(Debug)]
pub struct Request {
    /// The name of the client's method.
    pub name: String,
    /// The HTTP method, in capitals.
    pub method: String,
    /// The path, without a fragment.
    pub path: String,
    /// The location of the operation in the document.
    pub location: DocumentPath,
    /// Whether it is called without credentials.
    pub is_anonymous: bool,
    /// The name of its server, if that is not the document's.
    pub server: Option<String>,
    /// `x-writes`, which may have any type.
    pub writes: Option<Value>,
    /// `x-repeatable`, which may have any type.
    pub repeatable: Option<Value>,
    pub parameters: Vec<Parameter>,
    /// The body, unless it has several parts that are described.
    pub body: Option<Body>,
    /// The body of several described parts, which are among the parameters.
    pub multipart: Option<Multipart>,
    pub responses: Vec<Response>,
    /// The media types of values that the responses have, those of successes first.
    pub values: Vec<String>,
    /// The only media type that it requests, if it is one of several of an operation.
    pub accept: Option<String>,
    /// Its successes are event streams.
    pub events: Option<Events>,
    /// How its pages follow each other, or why `x-pagination` is invalid.
    pub pagination: std::result::Result<Option<Pagination>, String>,
    pub documentation: Documentation,
}

/// The body of a request.
#[derive(Debug)]
pub struct Body {
    pub media_type: String,
    pub is_optional: bool,
    pub description: String,
    /// Name, style and explode of the members of a form that have an encoding.
    pub styles: Vec<(String, String, bool)>,
}

/// The event stream of a success.
#[derive(Debug)]
pub struct Events {
    /// The data of an event is text; otherwise it is JSON.
    pub are_text: bool,
    /// `x-end-marker`: the data of the event that ends the stream.
    /// It may have any type.
    pub end_marker: Option<Value>,
}

/// The responses of one status.
#[derive(Debug)]
pub struct Response {
    /// The status: `404`, `5XX`, `default`.
    pub status: String,
    pub media_types: Vec<String>,
    /// The media types of them that are read as a value.
    values: Vec<String>,
    /// The component that its JSON is.
    pub component: Option<String>,
    /// The index of its variant, if the successes are a union that the status chooses from.
    pub variant: Option<usize>,
}

impl Response {
    /// Returns whether its status is that of an error.
    pub fn is_error(&self) -> bool {
        is_error(&self.status)
    }
}

/// The extension of a success with the index of its variant in the union of all successes. The
/// import adds it.
pub(crate) const VARIANT: &str = "x-variant";

/// Returns whether a status of a document is that of an error.
pub(crate) fn is_error(status: &str) -> bool {
    status.starts_with(['4', '5']) || status == "default"
}

/// The documentation of an operation.
#[derive(Debug)]
pub struct Documentation {
    pub summary: String,
    pub description: String,
    /// `x-source`.
    pub provenance: String,
    pub is_deprecated: bool,
}

/// Returns the requests of a document, by the names of their methods.
pub fn requests(document: &Value) -> BTreeMap<String, Request> {
    operations_with_requests(document)
        .filter(|(operation, _)| !operation.id().is_empty())
        .map(|(_, request)| (request.name.clone(), request))
        .collect()
}

/// Returns every operation of a document with its request.
pub fn operations_with_requests(
    document: &Value,
) -> impl Iterator<Item = (Operation<'_>, Request)> {
    let is_anonymous = security::is_anonymous_by_default(document);
    operations(document).map(move |operation| {
        let request = Request::of(document, &operation, is_anonymous);
        (operation, request)
    })
}

impl Request {
    fn of(document: &Value, operation: &Operation<'_>, is_anonymous: bool) -> Self {
        let own = operation.own;
        let body = own.get("requestBody").map(|body| resolve(document, body));
        let responses = responses(document, own);
        let multipart = Multipart::of(document, own);
        Self {
            name: method_name(operation.id()),
            method: operation.method.to_uppercase(),
            path: without_fragment(operation.path).to_owned(),
            location: operation.location(),
            is_anonymous: security::is_anonymous(own).unwrap_or(is_anonymous),
            server: Some(text(own, SERVER).to_owned()).filter(|server| !server.is_empty()),
            writes: own.get("x-writes").cloned(),
            repeatable: own.get("x-repeatable").cloned(),
            parameters: parameters::of(document, operation.item, own),
            body: body.filter(|_| multipart.is_none()).and_then(Body::of),
            multipart,
            values: value_types(&responses),
            accept: Some(text(own, ACCEPT).to_owned()).filter(|accept| !accept.is_empty()),
            events: Events::of(document, own),
            pagination: Pagination::marked(document, operation),
            documentation: Documentation::of(own),
            responses,
        }
    }
}

impl Body {
    fn of(body: &Value) -> Option<Self> {
        let (media_type, media) = members(body.get("content")).next()?;
        let mut styles = Vec::new();
        for (member, encoding) in members(media.get("encoding")) {
            let style = text(encoding, "style");
            let explode = encoding.get("explode").and_then(Value::as_bool);
            if !style.is_empty() || explode.is_some() {
                let style = if style.is_empty() { "form" } else { style };
                let explode = explode.unwrap_or(style == "form");
                styles.push((member.clone(), style.to_owned(), explode));
            } else if is_json(text(encoding, "contentType")) {
                styles.push((member.clone(), "json".to_owned(), true));
            }
        }
        Some(Self {
            media_type: media_type.clone(),
            is_optional: body.get("required") != Some(&true.into()),
            description: text(body, "description").to_owned(),
            styles,
        })
    }
}

impl Events {
    fn of(document: &Value, operation: &Value) -> Option<Self> {
        let schema = event_data(document, operation)?;
        Some(Self {
            are_text: text(resolve(document, schema), "type") == "string",
            end_marker: operation.get("x-end-marker").cloned(),
        })
    }
}

/// Returns the schema of the data of the events in an operation's successes, which are text
/// without one.
pub(crate) fn event_data<'a>(document: &'a Value, operation: &'a Value) -> Option<&'a Value> {
    static TEXT: LazyLock<Value> = LazyLock::new(|| serde_json::json!({"type": "string"}));
    let successes = members(operation.get("responses")).filter(|(name, _)| name.starts_with('2'));
    let mut media = successes.flat_map(|(_, it)| members(resolve(document, it).get("content")));
    let (_, stream) = media.find(|(media_type, _)| is_event_stream(media_type))?;
    Some(stream.get("schema").unwrap_or(&TEXT))
}

impl Documentation {
    fn of(operation: &Value) -> Self {
        Self {
            summary: text(operation, "summary").to_owned(),
            description: text(operation, "description").to_owned(),
            provenance: text(operation, "x-source").to_owned(),
            is_deprecated: operation.get("deprecated") == Some(&true.into()),
        }
    }
}

fn responses(document: &Value, operation: &Value) -> Vec<Response> {
    members(operation.get("responses"))
        .map(|(status, response)| {
            let content = resolve(document, response).get("content");
            let mut json = members(content).filter(|(media_type, _)| is_json(media_type));
            let values = members(content).filter(|(name, media)| is_value(document, name, media));
            let schema = json.next().and_then(|(_, media)| media.get("schema"));
            Response {
                status: status.clone(),
                media_types: members(content).map(|(name, _)| name.clone()).collect(),
                values: values.map(|(name, _)| name.clone()).collect(),
                component: schema.and_then(references::target),
                variant: resolve(document, response)
                    .get(VARIANT)
                    .and_then(Value::as_u64)
                    .and_then(|variant| usize::try_from(variant).ok()),
            }
        })
        .collect()
}

fn value_types(responses: &[Response]) -> Vec<String> {
    let (successes, others): (Vec<_>, Vec<_>) =
        responses.iter().partition(|it| it.status.starts_with('2'));
    let all = successes.into_iter().chain(others);
    let mut found: Vec<String> = Vec::new();
    for media_type in all.flat_map(|response| &response.values) {
        if !found.contains(media_type) {
            found.push(media_type.clone());
        }
    }
    found
}
