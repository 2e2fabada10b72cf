//! Comparison of a value with its decoded and encoded form.

use chrono::DateTime;
use serde_json::Value;

/// Returns where and how `back` differs from `sent`; `None` if they are equivalent.
///
/// A member that is null is equivalent to an absent one, because the generated types
/// distinguish the two only where a document requires it. Numbers are compared by value,
/// times by the instant.
pub fn difference(sent: &Value, back: &Value) -> Option<String> {
    compare(sent, back, "")
}

fn compare(sent: &Value, back: &Value, place: &str) -> Option<String> {
    match (sent, back) {
        (Value::Object(left), Value::Object(right)) => {
            let mut names = left
                .keys()
                .chain(right.keys().filter(|name| !left.contains_key(*name)));
            names.find_map(|name| {
                let [left, right] = [left, right].map(|all| all.get(name).unwrap_or(&Value::Null));
                compare(left, right, &format!("{place}/{name}"))
            })
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => left
            .iter()
            .zip(right)
            .enumerate()
            .find_map(|(index, (left, right))| compare(left, right, &format!("{place}/{index}"))),
        (Value::Number(left), Value::Number(right)) if left.as_f64() == right.as_f64() => None,
        (Value::String(left), Value::String(right)) if is_same_instant(left, right) => None,
        _ if sent == back => None,
        _ => Some(format!("{place}: {sent} came back as {back}")),
    }
}

fn is_same_instant(left: &str, right: &str) -> bool {
    let time = DateTime::parse_from_rfc3339;
    matches!((time(left), time(right)), (Ok(left), Ok(right)) if left == right)
}
