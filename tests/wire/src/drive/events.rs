//! The events of a recorded response, and their comparison with the decoded ones.

use serde_json::Value;

/// Returns the data of the events of an event stream whose lines end with LF or CRLF.
pub(super) fn data(body: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut lines = Vec::new();
    for line in body.lines() {
        if let Some(data) = line.strip_prefix("data:") {
            lines.push(data.strip_prefix(' ').unwrap_or(data));
        } else if line.is_empty() && !lines.is_empty() {
            all.push(lines.join("\n"));
            lines.clear();
        }
    }
    // Lines after the last empty one are an event that has not ended.
    all
}

/// Returns how the decoded events differ from the data that was sent.
pub(super) fn difference(sent: &[String], back: &[Value]) -> Option<String> {
    if sent.len() != back.len() {
        return Some(format!("{} of {} events came back", back.len(), sent.len()));
    }
    sent.iter().zip(back).find_map(|(sent, back)| match back {
        Value::String(back) if back == sent => None,
        back => match serde_json::from_str(sent) {
            Ok(sent) => crate::difference(&sent, back),
            Err(_) => Some(format!("{sent} came back as {back}")),
        },
    })
}
