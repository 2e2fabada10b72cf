//! Sites, labels and the one person of the tenant.

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

/// The members of the vendor's sample; `tenantId` is null there too.
pub(crate) fn user() -> Value {
    json!({
        "id": "5a4db0c5-0000-4000-8000-000000000003",
        "tenantId": null,
        "mail": "sam.sandbox@example.com",
        "surName": "Sandbox",
        "displayName": "Sam Sandbox",
        "oDataType": "#microsoft.graph.user",
        "userPrincipalName": "sam.sandbox@example.com",
    })
}
