//! Sites and labels of the tenant.

use serde_json::{Value, json};

pub(crate) const SITE_COUNT: u64 = 6;

const LABELS: [(&str, &str); 4] = [
    ("North yard", "#1f77b4"),
    ("South yard", "#ff7f0e"),
    ("Workshop", "#2ca02c"),
    ("On the road", "#d62728"),
];

pub(crate) fn sites() -> Vec<Value> {
    (1..=SITE_COUNT)
        .map(|number| {
            json!({
                "id": format!("IN-SITE-{number:06}"),
                "name": format!("Site {number}"),
                "timeZone": "Australia/Perth",
            })
        })
        .collect()
}

pub(crate) fn labels() -> Vec<Value> {
    LABELS
        .iter()
        .map(|(label, colour)| json!({ "label": label, "colour": colour }))
        .collect()
}
