//! The servers of an API.

use std::collections::BTreeMap;

use heck::ToShoutySnakeCase;
use serde_json::Value;

use crate::document::{members, operations, text};
use crate::error::{Error, Result};

/// The extension of an operation with the name of its server, whose URL is in `servers`. An
/// operation without it belongs to the server of the document.
pub const SERVER: &str = "x-server";

/// A server of an API.
#[derive(Debug, PartialEq)]
pub struct Server {
    pub name: String,
    pub url: String,
    pub variables: Vec<ServerVariable>,
}

/// A variable in the URL of a server.
#[derive(Debug, PartialEq)]
pub struct ServerVariable {
    pub name: String,
    /// `None`: each installation has its own value.
    pub default: Option<String>,
    /// The allowed values; any if there are none.
    pub values: Vec<String>,
}

/// Returns the servers of operations other than that of the document, sorted by name.
///
/// # Errors
/// An operation has servers without a name, a name without one server, or a name that another
/// server has.
pub fn servers(document: &Value) -> Result<Vec<Server>> {
    let mut found = BTreeMap::new();
    for operation in operations(document) {
        let error = |message: String| Err(Error::new(message).at(operation.location()));
        let own = operation
            .own
            .get("servers")
            .or(operation.item.get("servers"));
        let name = text(operation.own, SERVER);
        let server = match (own.and_then(Value::as_array).map(Vec::as_slice), name) {
            (None | Some([]), "") => continue,
            (Some([server]), name) if is_name(name) => server,
            (Some(_), "") => {
                return error(format!(
                    "it has `servers` and no `{SERVER}`: import the document, which names them"
                ));
            }
            (_, name) if is_name(name) => {
                return error(format!(
                    "{SERVER} is {name}; its `servers` must be one server"
                ));
            }
            (_, name) => {
                return error(format!(
                    "{SERVER} is {name}; it must be a lower-case identifier"
                ));
            }
        };
        let server = Server {
            name: name.to_owned(),
            ..described(server)
        };
        match found.get(name) {
            Some(known) if *known != server => {
                return error(format!(
                    "{SERVER} is {name}, which is another server elsewhere"
                ));
            }
            _ => found.insert(name.to_owned(), server),
        };
    }
    Ok(found.into_values().collect())
}

/// Returns the server of the document, without a name.
pub fn main_server(document: &Value) -> Option<Server> {
    document.pointer("/servers/0").map(described)
}

fn described(server: &Value) -> Server {
    let url = text(server, "url");
    let variables = members(server.get("variables"));
    let used = variables.filter(|(name, _)| url.contains(&format!("{{{name}}}")));
    Server {
        name: String::new(),
        url: url.to_owned(),
        variables: used
            .map(|(name, variable)| ServerVariable::of(name, variable))
            .collect(),
    }
}

impl ServerVariable {
    /// Returns its setting: `TENANT`, or `SERVER_TOKEN` if every client has another setting of
    /// this name.
    pub fn setting(&self) -> String {
        let setting = self.name.to_shouty_snake_case();
        if setting.is_empty() || SETTINGS.contains(&setting.as_str()) {
            return format!("SERVER_{setting}");
        }
        setting
    }

    fn of(name: &str, variable: &Value) -> Self {
        let values = variable.get("enum").and_then(Value::as_array);
        let values = values.into_iter().flatten().filter_map(Value::as_str);
        let values: Vec<_> = values.map(str::to_owned).collect();
        let default = text(variable, "default").to_owned();
        let is_value = values.contains(&default) || !is_placeholder(&default, name);
        Self {
            name: name.to_owned(),
            default: Some(default).filter(|_| is_value),
            values,
        }
    }
}

/// Returns whether the default of a variable is no value but a text in place of one: empty, the
/// name of the variable, `your-domain`, `<tenant>`, `example.com`.
fn is_placeholder(default: &str, name: &str) -> bool {
    let plain = |text: &str| -> String {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let text = plain(default);
    text.is_empty()
        || text == plain(name)
        || text.starts_with("your")
        // Reserved for examples (RFC 2606 §3).
        || default.split('.').any(|label| label == "example")
        || default.contains(['<', '>', '{', '}', '[', ']', ' '])
}

/// The settings of every client that a variable may be named like.
const SETTINGS: [&str; 18] = [
    "API_KEY",
    "AUTHORITY",
    "AUTHORIZE_URL",
    "BASE_URL",
    "CA_FILE",
    "CLIENT_CERTIFICATE",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "DEVICE_CODE_URL",
    "FEDERATED_TOKEN_FILE",
    "ISSUER",
    "OFFLINE_ACCESS",
    "PASSWORD",
    "PROMPT",
    "SCOPES",
    "TOKEN",
    "TOKEN_URL",
    "USER",
];

impl Server {
    /// Returns the setting of its URL: `UPLOAD_URL`.
    pub fn setting(&self) -> String {
        format!("{}_URL", self.name.to_shouty_snake_case())
    }
}

fn is_name(name: &str) -> bool {
    let is_allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name
            .chars()
            .all(|letter| is_allowed(letter) || letter == '_')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_placeholder_is_no_default() {
        for default in [
            "",
            "tenant",
            "Tenant",
            "your-tenant",
            "YOUR_ID",
            "<id>",
            "{id}",
            "api.example.com",
        ] {
            let variable = ServerVariable::of("tenant", &json!({"default": default}));
            assert_eq!(variable.default, None, "{default}");
        }
        for default in ["demo", "api", "443"] {
            let variable = ServerVariable::of("tenant", &json!({"default": default}));
            assert_eq!(variable.default.as_deref(), Some(default));
        }
        let listed = json!({"default": "tenant", "enum": ["tenant", "b"]});
        let variable = ServerVariable::of("tenant", &listed);
        assert_eq!(variable.default.as_deref(), Some("tenant"));
        assert_eq!(variable.values, ["tenant", "b"]);
    }

    #[test]
    fn a_variable_is_not_set_by_another_setting_of_every_client() {
        for (name, setting) in [
            ("tenant", "TENANT"),
            ("basePath", "BASE_PATH"),
            ("your-domain", "YOUR_DOMAIN"),
            ("user", "SERVER_USER"),
        ] {
            assert_eq!(ServerVariable::of(name, &json!({})).setting(), setting);
        }
    }

    #[test]
    fn a_server_without_a_name_or_with_two_urls_is_an_error() {
        let at = |url: &str, name: &str| json!({"servers": [{"url": url}], "x-server": name});
        for (a, b, message) in [
            (
                json!({"servers": [{"url": "https://b"}]}),
                json!({}),
                "no `x-server`",
            ),
            (json!({"x-server": "b"}), json!({}), "must be one server"),
            (at("https://b", "B-b"), json!({}), "a lower-case identifier"),
            (
                at("https://b", "b"),
                at("https://c", "b"),
                "another server elsewhere",
            ),
        ] {
            let document = json!({"paths": {"/a": {"get": a}, "/b": {"get": b}}});
            let error = servers(&document).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
        let of_path = json!({"paths": {"/a": {"servers": [{"url": "https://b"}], "get": {}}}});
        servers(&of_path).unwrap_err();
    }
}
