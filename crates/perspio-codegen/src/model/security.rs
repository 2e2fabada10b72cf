//! The security schemes of an API.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::walk::items;
use crate::document::{members, operations, resolve, text};

/// A security scheme that the runtime supports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecurityScheme {
    /// OAuth 2.0, or OpenID Connect, whose document names no endpoint.
    OAuth2 {
        /// The token endpoint.
        token_url: Option<String>,
        /// The authorization endpoint.
        authorize_url: Option<String>,
        /// The scopes that the operations need.
        scopes: BTreeSet<String>,
    },
    /// A bearer token.
    Bearer,
    /// A user name and a password.
    Basic,
    /// An API key.
    ApiKey {
        /// `header`, `query` or `cookie`.
        location: String,
        /// The name of the header, the parameter or the cookie.
        name: String,
    },
}

/// Returns the security schemes that a call of the API needs: those of the first requirement
/// of the document, else of its operations, whose schemes are all supported. Without any
/// requirement, the first scheme that the document declares. None if the API is public.
pub fn security(document: &Value) -> Vec<SecurityScheme> {
    let mut requirements = requirements(document).peekable();
    if requirements.peek().is_none() && is_anonymous(document).is_none() {
        // The document does not declare which scheme a call needs.
        let declared = members(document.pointer("/components/securitySchemes"));
        let first = declared
            .map(|(name, _)| name)
            .find_map(|name| scheme(document, name));
        return first.into_iter().collect();
    }
    requirements
        .find_map(|requirement| of_requirement(document, requirement))
        .unwrap_or_default()
}

/// Returns the security requirements of the document that name a scheme, then those of its
/// operations.
fn requirements(document: &Value) -> impl Iterator<Item = &Value> {
    let of_operations = operations(document).filter_map(|operation| alternatives(operation.own));
    let all = alternatives(document).into_iter().chain(of_operations);
    all.flatten().filter(|it| names_schemes(it))
}

/// Returns the alternatives in the `security` of a document or an operation.
fn alternatives(owner: &Value) -> Option<&Vec<Value>> {
    owner.get("security")?.as_array()
}

fn names_schemes(requirement: &Value) -> bool {
    members(Some(requirement)).next().is_some()
}

/// Returns whether no alternative in the `security` of a document or an operation names a
/// scheme. None if it has no `security`.
pub(super) fn is_anonymous(owner: &Value) -> Option<bool> {
    Some(!alternatives(owner)?.iter().any(names_schemes))
}

/// Returns whether an operation without its own `security` is called without credentials.
/// `Operation::anonymous` in perspio-http states the rule.
pub(super) fn is_anonymous_by_default(document: &Value) -> bool {
    is_anonymous(document).unwrap_or_else(|| requirements(document).next().is_some())
}

/// Returns the schemes of one requirement. None if one of them is not supported.
fn of_requirement(document: &Value, requirement: &Value) -> Option<Vec<SecurityScheme>> {
    let schemes = members(Some(requirement)).map(|(name, _)| scheme(document, name));
    schemes.collect()
}

fn scheme(document: &Value, name: &str) -> Option<SecurityScheme> {
    let schemes = document.pointer("/components/securitySchemes")?;
    let scheme = resolve(document, schemes.get(name)?);
    match text(scheme, "type") {
        "oauth2" => {
            let flows = scheme.get("flows")?;
            // The application itself signs in, so the flow without a user comes first.
            let url = |member: &str| {
                let known = [
                    "clientCredentials",
                    "authorizationCode",
                    "password",
                    "implicit",
                ];
                let mut flows = known.iter().filter_map(|flow| flows.get(flow));
                flows.find_map(|flow| Some(flow.get(member)?.as_str()?.to_owned()))
            };
            Some(SecurityScheme::OAuth2 {
                token_url: url("tokenUrl"),
                authorize_url: url("authorizationUrl"),
                scopes: scopes(document, name),
            })
        }
        "openIdConnect" => Some(SecurityScheme::OAuth2 {
            token_url: None,
            authorize_url: None,
            scopes: scopes(document, name),
        }),
        "http" => match text(scheme, "scheme").to_ascii_lowercase().as_str() {
            "bearer" => Some(SecurityScheme::Bearer),
            "basic" => Some(SecurityScheme::Basic),
            _ => None,
        },
        "apiKey" => Some(SecurityScheme::ApiKey {
            location: text(scheme, "in").to_owned(),
            name: text(scheme, "name").to_owned(),
        }),
        _ => None,
    }
}

/// Returns the scopes of a scheme that the document and its operations require.
fn scopes(document: &Value, name: &str) -> BTreeSet<String> {
    requirements(document)
        .flat_map(|requirement| items(requirement.get(name)))
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(schemes: &Value, security: &Value) -> Vec<SecurityScheme> {
        super::security(&json!({
            "security": security, "paths": {}, "components": {"securitySchemes": schemes},
        }))
    }

    #[test]
    fn each_type_of_scheme_is_read() {
        let schemes = json!({
            "o": {"type": "oauth2", "flows": {
                "authorizationCode": {"authorizationUrl": "https://a/x", "tokenUrl": "https://a/u"},
                "clientCredentials": {"tokenUrl": "https://a/t"},
            }},
            "i": {"type": "openIdConnect", "openIdConnectUrl": "https://a/c"},
            "b": {"type": "http", "scheme": "Bearer"},
            "p": {"type": "http", "scheme": "basic"},
            "k": {"type": "apiKey", "in": "query", "name": "key"},
        });
        let key = SecurityScheme::ApiKey {
            location: "query".into(),
            name: "key".into(),
        };
        for (requirement, expected) in [
            (
                json!({"o": ["read", "write"]}),
                vec![SecurityScheme::OAuth2 {
                    token_url: Some("https://a/t".into()),
                    authorize_url: Some("https://a/x".into()),
                    scopes: ["read".to_owned(), "write".to_owned()].into(),
                }],
            ),
            (
                json!({"i": []}),
                vec![SecurityScheme::OAuth2 {
                    token_url: None,
                    authorize_url: None,
                    scopes: BTreeSet::new(),
                }],
            ),
            (json!({"b": []}), vec![SecurityScheme::Bearer]),
            (json!({"p": []}), vec![SecurityScheme::Basic]),
            (json!({"k": []}), vec![key.clone()]),
            (json!({"b": [], "k": []}), vec![SecurityScheme::Bearer, key]),
        ] {
            assert_eq!(of(&schemes, &json!([requirement])), expected);
        }
    }

    #[test]
    fn the_first_requirement_that_is_supported_is_used() {
        let schemes = json!({
            "m": {"type": "mutualTLS"}, "b": {"type": "http", "scheme": "bearer"},
        });
        let security = json!([{}, {"m": []}, {"missing": []}, {"b": []}]);
        assert_eq!(of(&schemes, &security), [SecurityScheme::Bearer]);
    }

    #[test]
    fn without_any_requirement_the_first_declared_scheme_is_used() {
        let schemes = json!({"b": {"type": "http", "scheme": "bearer"}});
        let document = json!({"paths": {}, "components": {"securitySchemes": schemes}});
        assert_eq!(super::security(&document), [SecurityScheme::Bearer]);
    }

    #[test]
    fn a_document_without_security_has_no_scheme_and_an_operation_may_have_one() {
        assert!(
            of(
                &json!({"b": {"type": "http", "scheme": "bearer"}}),
                &json!([])
            )
            .is_empty()
        );
        let document = json!({
            "paths": {"/a": {"get": {"operationId": "a", "security": [{"b": []}]}}},
            "components": {"securitySchemes": {"b": {"type": "http", "scheme": "bearer"}}},
        });
        assert_eq!(super::security(&document), [SecurityScheme::Bearer]);
    }
}
