//! The expected requests and the changes, as `conformance/compare/expected.yaml` has them.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use super::recorder::Request;
use perspio_codegen::document::{subject, unescape};

/// The bodies of the responses by operation; the other responses have none.
pub(super) type Responses = BTreeMap<String, Value>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    pub(super) responses: Responses,
    pub(super) operations: BTreeMap<String, Vec<ExpectedRequest>>,
    pub(super) changes: Vec<Change>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectedRequest {
    method: String,
    target: Vec<String>,
    #[serde(default)]
    headers: BTreeMap<String, Vec<String>>,
    body: Option<Body>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Body {
    Json(Value),
    Text(Vec<String>),
}

impl ExpectedRequest {
    fn is_met_by(&self, request: &Request) -> bool {
        let has = |(name, values): (&String, &Vec<String>)| values.contains(&request.header(name));
        self.method == request.method
            && self.target.contains(&request.target)
            && self.headers.iter().all(has)
            && match &self.body {
                None => request.body.is_empty(),
                Some(Body::Text(texts)) => texts.contains(&request.body),
                Some(Body::Json(value)) => {
                    serde_json::from_str::<Value>(&request.body).is_ok_and(|it| it == *value)
                }
            }
    }
}

impl Expected {
    /// Returns a line for each operation whose requests are not the expected ones.
    pub(super) fn wrong(&self, requests: &[Request]) -> Vec<String> {
        let wrong = self.operations.iter().filter_map(|(operation, expected)| {
            let of_operation = requests
                .iter()
                .filter(|request| operation_of(&request.target) == Some(operation));
            let sent: Vec<_> = of_operation.collect();
            let is_met = sent.len() == expected.len()
                && expected
                    .iter()
                    .zip(&sent)
                    .all(|(one, it)| one.is_met_by(it));
            (!is_met).then(|| {
                let sent: Vec<_> = sent.iter().map(ToString::to_string).collect();
                format!("{operation} is wrong: [{}]", sent.join(", "))
            })
        });
        wrong.collect()
    }
}

/// Returns the operation of a request, with which its path begins.
pub(super) fn operation_of(target: &str) -> Option<&str> {
    subject(target.split('?').next().unwrap_or(target))
}

/// An additive change of the document.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    pub(super) name: String,
    /// New members and items by their JSON pointers (RFC 6901). The last part of an item's is `-`.
    add: BTreeMap<String, Value>,
    /// The responses of the changed server that are not the first ones.
    #[serde(default)]
    pub(super) responses: Responses,
}

impl Change {
    pub(super) fn applied(&self, document: &Value) -> Result<Value> {
        let mut changed = document.clone();
        for (pointer, value) in &self.add {
            let (parent, last) = pointer.rsplit_once('/').context("an empty pointer")?;
            match changed.pointer_mut(parent) {
                Some(Value::Array(items)) if last == "-" => items.push(value.clone()),
                Some(Value::Object(members)) => {
                    members.insert(unescape(last), value.clone());
                }
                _ => bail!("nothing can be added at {pointer}"),
            }
        }
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(target: &str, headers: &[(&str, &str)], body: &str) -> Request {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Request {
            method: "POST".to_owned(),
            target: target.to_owned(),
            headers: headers.iter().map(owned).collect(),
            body: body.to_owned(),
        }
    }

    #[test]
    fn a_request_is_wrong_if_any_part_of_it_is_not_expected() {
        let expected: Expected = serde_json::from_value(json!({
            "responses": {},
            "changes": [],
            "operations": {"send": [{
                "method": "POST",
                "target": ["/send?a=1,2", "/send?a=1%2C2"],
                "headers": {"content-type": ["application/json"]},
                "body": {"json": {"a": null}},
            }]},
        }))
        .unwrap();
        let json = [("Content-Type", "application/json; charset=utf-8")];
        let right = request("/send?a=1%2C2", &json, "{ \"a\": null }");
        assert!(expected.wrong(std::slice::from_ref(&right)).is_empty());
        for wrong in [
            vec![],
            vec![request("/send?a=1&a=2", &json, "{\"a\":null}")],
            vec![request("/send?a=1,2", &[], "{\"a\":null}")],
            vec![request("/send?a=1,2", &json, "{}")],
            vec![right, request("/send", &json, "{}")],
        ] {
            assert_eq!(expected.wrong(&wrong).len(), 1);
        }
    }

    #[test]
    fn a_change_adds_members_and_items() {
        let change: Change = serde_json::from_value(json!({
            "name": "both",
            "add": {"/paths/~1a~1b": {}, "/list/-": 2},
        }))
        .unwrap();
        let changed = change.applied(&json!({"paths": {}, "list": [1]})).unwrap();
        assert_eq!(changed, json!({"paths": {"/a/b": {}}, "list": [1, 2]}));
        assert!(change.applied(&json!({"paths": {}})).is_err());
    }
}
