//! The published document, with the schemas of imported parameters and bodies.

use perspio_wire::{json_schemas, without};
use serde_json::{Value, json};

/// A published document, with its schemas converted to JSON Schema.
pub(super) struct Original(Value);

impl Original {
    pub(super) fn new(document: &Value) -> Self {
        Self(without(&json_schemas(document), "readOnly"))
    }

    pub(super) fn document(&self) -> &Value {
        &self.0
    }

    /// Returns the schema of the parameter `name` in the location `sent_in`, or of the member
    /// of an object parameter; that of a string if the document has neither.
    pub(super) fn parameter(&self, path: &str, method: &str, name: &str, sent_in: &str) -> Value {
        let item = self.item(path);
        let operation = item.and_then(|item| item.get(method));
        let all: Vec<&Value> = [operation, item]
            .into_iter()
            .flatten()
            .filter_map(|owner| owner.get("parameters"))
            .filter_map(Value::as_array)
            .flatten()
            .map(|parameter| self.resolve(parameter))
            .filter(|parameter| parameter.get("in") == Some(&sent_in.into()))
            .collect();
        let same = all
            .iter()
            .find(|parameter| parameter.get("name") == Some(&name.into()));
        let found = match same {
            Some(same) => schema(same),
            None => all
                .iter()
                .find_map(|parameter| self.member(parameter, name)),
        };
        found.unwrap_or_else(|| json!({"type": "string"}))
    }

    /// Returns the schema of a member of an object in the query, `name` or `filter[name]`.
    fn member(&self, parameter: &Value, name: &str) -> Option<Value> {
        let inner = name
            .strip_prefix(parameter.get("name")?.as_str()?)
            .and_then(|rest| rest.strip_prefix('[')?.strip_suffix(']'));
        let schema = self.resolve(parameter.get("schema")?);
        schema
            .get("properties")?
            .get(inner.unwrap_or(name))
            .cloned()
    }

    /// Returns the schema of the body that is sent as `media_type`; none if the document has
    /// no such body.
    pub(super) fn body(&self, path: &str, method: &str, media_type: &str) -> Option<Value> {
        let operation = self.item(path)?.get(method)?;
        let body = self.resolve(operation.get("requestBody")?);
        let content = body.get("content")?.as_object()?;
        let plain = |name: &str| name.split(';').next().unwrap_or_default().trim() == media_type;
        let same = content.iter().find(|(name, _)| plain(name));
        let media = same.or_else(|| content.iter().find(|(name, _)| *name == "*/*"))?;
        Some(media.1.get("schema").cloned().unwrap_or_else(|| json!({})))
    }

    /// Returns the item of a path of the imported document, which distinguishes the media types
    /// of an operation by the end of a fragment.
    fn item(&self, path: &str) -> Option<&Value> {
        let paths = self.0.get("paths")?;
        let item = paths.get(path);
        item.or_else(|| paths.get(path.rsplit_once(['#', '&'])?.0))
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        perspio_codegen::document::resolve(&self.0, value)
    }

    /// Returns the headers of API keys.
    pub(super) fn keys(&self) -> Vec<String> {
        let schemes = self.0.pointer("/components/securitySchemes");
        let schemes = schemes.and_then(Value::as_object).into_iter().flatten();
        schemes
            .filter(|(_, scheme)| is_key_in_header(scheme))
            .filter_map(|(_, scheme)| scheme.get("name")?.as_str())
            // This header contains the token.
            .filter(|name| !name.eq_ignore_ascii_case("authorization"))
            .map(str::to_owned)
            .collect()
    }
}

/// Returns the schema of a parameter, or that of its content.
fn schema(parameter: &Value) -> Option<Value> {
    let content = parameter.get("content").and_then(Value::as_object);
    match content.and_then(|content| content.values().next()) {
        Some(media) => Some(media.get("schema").cloned().unwrap_or_else(|| json!({}))),
        None => parameter.get("schema").cloned(),
    }
}

pub(super) fn is_key_in_header(scheme: &Value) -> bool {
    scheme.get("type") == Some(&"apiKey".into()) && scheme.get("in") == Some(&"header".into())
}
