//! The document as it was published: where an imported parameter or body comes
//! from, and what may stand in it.

use perspio_wire::{json_schemas, without};
use serde_json::{Value, json};

use perspio_codegen::document::members_mut;

/// A published document, its schemas in the words of JSON Schema.
pub(super) struct Original(Value);

impl Original {
    pub(super) fn new(document: &Value) -> Self {
        Self(without(&json_schemas(document), "readOnly"))
    }

    pub(super) fn document(&self) -> &Value {
        &self.0
    }

    /// The schema of the parameter `name` that is `kind` (in the path, the query,
    /// a header), or of the member of one; a text's if the document knows neither.
    pub(super) fn parameter(&self, path: &str, method: &str, name: &str, kind: &str) -> Value {
        let item = self.0.get("paths").and_then(|paths| paths.get(path));
        let operation = item.and_then(|item| item.get(method));
        let all: Vec<&Value> = [operation, item]
            .into_iter()
            .flatten()
            .filter_map(|owner| owner.get("parameters"))
            .filter_map(Value::as_array)
            .flatten()
            .map(|parameter| self.resolve(parameter))
            .filter(|parameter| parameter.get("in") == Some(&kind.into()))
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

    /// The schema of a member of an object in the query, `name` or `filter[name]`.
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

    /// The schema of the body that goes out as `kind`, and whether the document
    /// has one.
    pub(super) fn body(&self, path: &str, method: &str, kind: &str) -> Option<Value> {
        let operation = self.0.get("paths")?.get(path)?.get(method)?;
        let body = self.resolve(operation.get("requestBody")?);
        let content = body.get("content")?.as_object()?;
        let plain = |name: &str| name.split(';').next().unwrap_or_default().trim() == kind;
        let same = content.iter().find(|(name, _)| plain(name));
        let media = same.or_else(|| content.iter().find(|(name, _)| *name == "*/*"))?;
        Some(media.1.get("schema").cloned().unwrap_or_else(|| json!({})))
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        perspio_codegen::document::resolve(&self.0, value)
    }

    /// The headers in which keys are asked for.
    pub(super) fn keys(&self) -> Vec<String> {
        let schemes = self.0.pointer("/components/securitySchemes");
        let schemes = schemes.and_then(Value::as_object).into_iter().flatten();
        schemes
            .filter(|(_, scheme)| is_key_in_header(scheme))
            .filter_map(|(_, scheme)| scheme.get("name")?.as_str())
            // The token stands there.
            .filter(|name| !name.eq_ignore_ascii_case("authorization"))
            .map(str::to_owned)
            .collect()
    }
}

/// A parameter's own schema, or that of its content.
fn schema(parameter: &Value) -> Option<Value> {
    let content = parameter.get("content").and_then(Value::as_object);
    match content.and_then(|content| content.values().next()) {
        Some(media) => Some(media.get("schema").cloned().unwrap_or_else(|| json!({}))),
        None => parameter.get("schema").cloned(),
    }
}

fn is_key_in_header(scheme: &Value) -> bool {
    scheme.get("type") == Some(&"apiKey".into()) && scheme.get("in") == Some(&"header".into())
}

/// The document without the credentials that no client of ours sends: names
/// with passwords, keys in the query, cookies. Gives their names.
pub(super) fn without_foreign_credentials(document: &mut Value) -> Vec<String> {
    let schemes = document.pointer("/components/securitySchemes");
    let foreign: Vec<String> = schemes
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(
            |(_, scheme)| match scheme.get("type").and_then(Value::as_str) {
                Some("http") => scheme.get("scheme") != Some(&"bearer".into()),
                Some("apiKey") => !is_key_in_header(scheme),
                _ => false,
            },
        )
        .map(|(name, _)| name.clone())
        .collect();
    if !foreign.is_empty() {
        drop_security(document, &foreign);
        for (_, item) in members_mut(document.get_mut("paths")) {
            for (_, operation) in members_mut(Some(item)) {
                drop_security(operation, &foreign);
            }
        }
    }
    foreign
}

fn drop_security(owner: &mut Value, foreign: &[String]) {
    if let Some(Value::Array(choices)) = owner.get_mut("security") {
        for choice in choices.iter_mut().filter_map(Value::as_object_mut) {
            choice.retain(|name, _| !foreign.contains(name));
        }
        // The server refuses everybody where a choice asks for nothing.
        choices.retain(|choice| choice.as_object().is_some_and(|names| !names.is_empty()));
    }
}
