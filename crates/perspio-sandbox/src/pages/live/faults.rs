//! The queued faults on the front page, and the form that queues one.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::button;
use crate::endpoint::Endpoint;
use crate::shared::Shared;

pub(super) fn fault_form() -> Markup {
    let number = |id: &str, label: &str, value: &str| {
        html! {
            div.field {
                label for=(id) { (label) }
                input type="number" id=(id) min="0" step="1" value=(value);
            }
        }
    };
    html! {
        form #fault-form {
            div.fields {
                div.field {
                    label for="fault-endpoint" { "Endpoint" }
                    select id="fault-endpoint" {
                        @for endpoint in Endpoint::ALL {
                            option value=(endpoint.name()) { (endpoint.name()) }
                        }
                    }
                }
                (number("fault-after", "Skip requests", "0"))
                (number("fault-delay", "Delay, ms", "0"))
                (number("fault-retry", "Retry-After, s", "5"))
            }
            div.row.start role="group" aria-label="Queue a fault" {
                @for status in [401, 403, 429, 500] {
                    (fault_button(&status.to_string(), &json!({ "status": status })))
                }
                (fault_button("HTML", &json!({ "status": 502, "html": true })))
                (fault_button("Latency", &json!({})))
                (fault_button("Cut", &json!({ "cut": true })))
            }
        }
    }
}

fn fault_button(label: &str, fault: &Value) -> Markup {
    html! {
        button.button type="submit" value=(fault.to_string())
            aria-label={ "Queue fault: " (label) } { (label) }
    }
}

pub(super) fn faults(shared: &Shared) -> Markup {
    let waiting = shared.faults.waiting();
    html! {
        @if waiting.is_empty() {
            p.empty { "No fault is queued." }
        } @else {
            ol.queue {
                @for queued in &waiting {
                    li {
                        code { (queued.endpoint.name()) } ": " (queued.fault.summary())
                        @if queued.after > 0 { ", after " (queued.after) " requests" }
                    }
                }
            }
            (button("clear-faults", "DELETE", "/faults", None, "The faults are removed.", "Remove all"))
        }
    }
}
