//! The files of a new crate.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::servers::Servers;
use super::{base_url, is_complete};
use crate::document::{Operation, members, operations, resolve, text};
use crate::error::{Result, ensure};
use crate::generate::rustfmt;
use crate::model::{self, Request, SecurityScheme, method_name, security};

/// The crates that generated code may use, with their entries in a manifest.
const DEPENDENCIES: [(&str, &str); 8] = [
    (
        "chrono",
        r#"{ version = "0.4", default-features = false, features = ["serde", "std"] }"#,
    ),
    (
        "futures",
        r#"{ version = "0.3", default-features = false, features = ["std"] }"#,
    ),
    ("regress", r#""0.12""#),
    (
        "reqwest",
        r#"{ version = "0.13", default-features = false }"#,
    ),
    (
        "schemars",
        r#"{ version = "1.2", features = ["chrono04", "uuid1"], optional = true }"#,
    ),
    ("serde", r#"{ version = "1", features = ["derive"] }"#),
    ("serde_json", r#""1""#),
    ("uuid", r#"{ version = "1", features = ["serde"] }"#),
];

/// Returns the configuration of the generator.
pub(super) fn configuration(name: &str, document: &str) -> String {
    format!(
        include_str!("templates/codegen.yaml"),
        name = name,
        document = document
    )
}

/// What the files of a new crate are made of.
pub(super) struct Template<'a> {
    name: &'a str,
    document: &'a Value,
    /// The generated client.
    source: &'a str,
    /// The source of the runtime crates, for the manifest.
    runtime: &'a str,
    security: Vec<SecurityScheme>,
    requests: BTreeMap<String, Request>,
    servers: Servers,
}

impl<'a> Template<'a> {
    pub(super) fn new(
        name: &'a str,
        document: &'a Value,
        source: &'a str,
        runtime: &'a str,
    ) -> Result<Self> {
        Ok(Self {
            name,
            document,
            source,
            runtime,
            security: security(document),
            requests: model::requests(document),
            servers: Servers::of(document)?,
        })
    }

    /// Returns the files by their paths.
    pub(super) fn files(&self) -> Result<Vec<(&'static str, String)>> {
        Ok(vec![
            ("Cargo.toml", self.manifest()),
            ("src/lib.rs", rustfmt(&self.library())?),
            ("tests/requests.rs", rustfmt(&self.tests()?)?),
            ("README.md", self.readme()),
        ])
    }

    fn manifest(&self) -> String {
        let used = DEPENDENCIES
            .iter()
            .filter(|(name, _)| *name == "schemars" || self.source.contains(&format!("{name}::")));
        let mut dependencies = String::new();
        for (name, entry) in used {
            let _ = writeln!(dependencies, "{name} = {entry}");
        }
        format!(
            include_str!("templates/Cargo.toml.txt"),
            name = self.name,
            title = one_line(self.title()).replace(['"', '\\'], ""),
            dependencies = dependencies,
            runtime = self.runtime,
        )
    }

    fn library(&self) -> String {
        format!(
            include_str!("templates/lib.rs.txt"),
            title = one_line(self.title()),
            crate_name = self.crate_name(),
            name = format_args!("{:?}", self.title()),
            prefix = self.prefix(),
            base_url = format_args!("{:?}", self.servers.base_url()),
            servers = self.servers.constants(),
            security = self.schemes(),
            variables = self.variables_table("/// "),
        )
    }

    /// Returns the tests of the shapes of requests: one for each operation that can be called
    /// with texts in its path only.
    fn tests(&self) -> Result<String> {
        ensure(!self.requests.is_empty(), "the document has no operation")?;
        let mut tests = String::new();
        for operation in operations(self.document) {
            let Some(request) = self.requests.get(&method_name(operation.id())) else {
                continue;
            };
            let plain = texts(self.document, &operation);
            let mut required = request.parameters.iter().filter(|it| it.is_required);
            let needs_body = request.body.as_ref().is_some_and(|body| !body.is_optional)
                || request
                    .multipart
                    .as_ref()
                    .is_some_and(|body| !body.is_optional);
            if needs_body || !required.clone().all(|it| plain.contains(it.name.as_str())) {
                continue;
            }
            let setters = required
                .clone()
                .map(|it| format!(".{}({VALUE:?})", it.field));
            let path = required.try_fold(request.path.clone(), |path, it| {
                let part = format!("{{{}}}", it.name);
                path.contains(&part).then(|| path.replace(&part, VALUE))
            });
            let Some(path) = path else { continue };
            let _ = write!(
                tests,
                include_str!("templates/test.rs.txt"),
                operation = request.name,
                setters = setters.collect::<String>(),
                path = path,
                allow = if request.documentation.is_deprecated {
                    "#[allow(deprecated)]"
                } else {
                    ""
                },
            );
        }
        Ok(format!(
            include_str!("templates/requests.rs.txt"),
            crate_name = self.crate_name(),
            variables = self.test_variables(),
            credentials = self.expected_credentials(),
            token_url = format!("{}_TOKEN_URL", self.prefix()),
            urls = self.test_urls(),
            tests = tests,
        ))
    }

    fn readme(&self) -> String {
        format!(
            include_str!("templates/README.md.txt"),
            title = one_line(self.title()),
            name = self.name,
            crate_name = self.crate_name(),
            variables = self.variables_table(""),
            operation = self.requests.keys().next().map_or("", String::as_str),
        )
    }

    fn title(&self) -> &str {
        match text(self.document.get("info").unwrap_or(&Value::Null), "title") {
            "" => self.name,
            title => title,
        }
    }

    fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }

    /// Returns what the names of the environment variables begin with.
    fn prefix(&self) -> String {
        self.crate_name().to_uppercase()
    }

    /// Returns the security schemes as Rust code.
    fn schemes(&self) -> String {
        let mut code = String::new();
        for scheme in &self.security {
            let _ = match scheme {
                SecurityScheme::OAuth2 {
                    token_url,
                    authorize_url,
                    scopes,
                } => write!(
                    code,
                    "SecurityScheme::OAuth2 {{ token_url: {:?}, authorize_url: {:?}, scopes: &{:?} }},",
                    absolute(token_url.as_deref(), base_url(self.document)),
                    absolute(authorize_url.as_deref(), base_url(self.document)),
                    scopes.iter().collect::<Vec<_>>(),
                ),
                SecurityScheme::Bearer => write!(code, "SecurityScheme::Bearer,"),
                SecurityScheme::Basic => write!(code, "SecurityScheme::Basic,"),
                SecurityScheme::ApiKey { location, name } => write!(
                    code,
                    "SecurityScheme::ApiKey {{ location: KeyLocation::{}, name: {name:?}, \
                     setting: {:?} }},",
                    match location.as_str() {
                        "query" => "Query",
                        "cookie" => "Cookie",
                        _ => "Header",
                    },
                    self.key_setting(name),
                ),
            };
        }
        code
    }

    /// Returns the setting of an API key: `API_KEY`, or the name of the key if there are several.
    fn key_setting(&self, name: &str) -> String {
        let is_key = |scheme: &&SecurityScheme| matches!(scheme, SecurityScheme::ApiKey { .. });
        if self.security.iter().filter(is_key).count() < 2 {
            return "API_KEY".to_owned();
        }
        name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_")
            .to_uppercase()
    }

    /// Returns the variables of the environment with their meaning.
    fn variables(&self) -> Vec<(String, String)> {
        let mut variables = Vec::new();
        for scheme in &self.security {
            match scheme {
                SecurityScheme::OAuth2 { token_url, .. } => {
                    variables.push(("CLIENT_ID".to_owned(), "the client id of your application"));
                    variables.push(("CLIENT_SECRET".to_owned(), "its secret"));
                    if absolute(token_url.as_deref(), base_url(self.document)).is_none() {
                        let meaning =
                            "the token endpoint; the document names none that can be used";
                        variables.push(("TOKEN_URL".to_owned(), meaning));
                    }
                }
                SecurityScheme::Bearer => {
                    variables.push(("TOKEN".to_owned(), "an access token"));
                }
                SecurityScheme::Basic => {
                    variables.push(("USER".to_owned(), "the name of a user of the API"));
                    variables.push(("PASSWORD".to_owned(), "the password of the user"));
                }
                SecurityScheme::ApiKey { name, .. } => {
                    variables.push((self.key_setting(name), "an API key"));
                }
            }
        }
        let own = variables.into_iter();
        let own = own.map(|(setting, meaning): (String, &str)| (setting, meaning.to_owned()));
        let servers = self
            .servers
            .variables()
            .into_iter()
            .chain(self.servers.urls());
        let all = own.chain(servers);
        let prefix = self.prefix();
        all.map(|(setting, meaning)| (format!("{prefix}_{setting}"), meaning))
            .collect()
    }

    fn variables_table(&self, start: &str) -> String {
        let mut table = format!("{start}| variable | meaning |\n{start}|---|---|\n");
        for (name, meaning) in self.variables() {
            let _ = writeln!(table, "{start}| `{name}` | {meaning} |");
        }
        table
    }

    /// Returns the variables of the tests as the arms of a match.
    fn test_variables(&self) -> String {
        let mut arms = String::new();
        let prefix = self.prefix();
        let of_servers: BTreeSet<_> = [self.servers.urls(), self.servers.variables()]
            .concat()
            .into_iter()
            .map(|(setting, _)| format!("{prefix}_{setting}"))
            .collect();
        for (name, _) in self.variables() {
            if !of_servers.contains(&name) && !name.ends_with("_TOKEN_URL") {
                let _ = writeln!(arms, "{name:?} => Some(\"test-secret\".into()),");
            }
        }
        arms
    }

    /// Returns the variables of the addresses of the API as a pattern.
    fn test_urls(&self) -> String {
        let urls = self.servers.urls().into_iter();
        let urls = urls.map(|(setting, _)| format!("\"{}_{setting}\"", self.prefix()));
        urls.collect::<Vec<_>>().join(" | ")
    }

    /// Returns the code that checks the credentials of a request.
    fn expected_credentials(&self) -> String {
        let mut checks = String::new();
        for scheme in &self.security {
            let check = match scheme {
                SecurityScheme::OAuth2 { .. } => {
                    "has(\"authorization\", \"Bearer test-token\")".to_owned()
                }
                SecurityScheme::Bearer => {
                    "has(\"authorization\", \"Bearer test-secret\")".to_owned()
                }
                // `test-secret:test-secret` in base64.
                SecurityScheme::Basic => {
                    "has(\"authorization\", \"Basic dGVzdC1zZWNyZXQ6dGVzdC1zZWNyZXQ=\")".to_owned()
                }
                SecurityScheme::ApiKey { location, name } => match location.as_str() {
                    "query" => format!(
                        "request.query.contains({:?})",
                        format!("{name}=test-secret")
                    ),
                    "cookie" => format!("has(\"cookie\", {:?})", format!("{name}=test-secret")),
                    _ => format!("has({:?}, \"test-secret\")", name.to_lowercase()),
                },
            };
            let _ = writeln!(checks, "assert!({check}, \"{{request:?}}\");");
        }
        checks
    }
}

/// The value of the texts in the paths of the tests.
const VALUE: &str = "a";

/// Returns the names of the parameters in the path of an operation that may be any text.
fn texts<'a>(document: &'a Value, operation: &Operation<'a>) -> BTreeSet<&'a str> {
    let parameters = model::listed(document, operation.item, operation.own).into_iter();
    let in_path = parameters.filter(|it| text(it, "in") == "path");
    let is_any_text = |parameter: &&Value| {
        let schema = parameter
            .get("schema")
            .map(|schema| resolve(document, schema));
        let mut members = members(schema);
        let is_text = schema.is_some_and(|schema| text(schema, "type") == "string");
        is_text
            && members.all(|(name, _)| {
                ["type", "description", "example", "title"].contains(&name.as_str())
            })
    };
    in_path
        .filter(is_any_text)
        .map(|it| text(it, "name"))
        .collect()
}

/// Returns an address, which may be relative to that of the API, if a client can use it.
fn absolute(url: Option<&str>, base_url: Option<&str>) -> Option<String> {
    let url = url.filter(|url| is_complete(url))?;
    if url.contains("://") {
        return url.starts_with("https://").then(|| url.to_owned());
    }
    let base = base_url?;
    let origin_end = base.get(8..)?.find('/').map_or(base.len(), |at| at + 8);
    Some(if url.starts_with('/') {
        format!("{}{url}", base.get(..origin_end)?)
    } else {
        format!("{base}/{url}")
    })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
