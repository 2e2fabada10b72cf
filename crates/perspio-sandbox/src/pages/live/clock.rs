//! The clock on the front page.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::button;
use crate::control;
use crate::shared::Shared;

pub(super) fn clock(shared: &Shared) -> Markup {
    let clock = control::clock(shared);
    let jump = |id: &str, seconds: u64, label: &str| {
        let body = json!({ "seconds": seconds });
        let done = format!("The clock is moved by {label}.");
        let label = format!("+{label}");
        button(id, "POST", "/clock/advance", Some(&body), &done, &label)
    };
    let set = |id: &str, change: &Value, done: &str, label: &str| {
        button(id, "PUT", "/clock", Some(change), done, label)
    };
    html! {
        p { time.now datetime=(clock.now) { (clock.now) } }
        p.fine {
            @if clock.frozen { "frozen" } @else { "speed " (clock.speed) "×" }
            ", offset " (clock.offset_seconds) " s"
        }
        div.row.start role="group" aria-label="Jump" {
            (jump("jump-minute", 60, "1 min"))
            (jump("jump-hour", 3600, "1 h"))
            (jump("jump-day", 86_400, "1 day"))
        }
        div.row.start role="group" aria-label="Speed" {
            @for speed in [1_u32, 60, 3600] {
                (set(&format!("speed-{speed}"), &json!({ "speed": speed }),
                    &format!("The speed is {speed}."), &format!("{speed}×")))
            }
            @if clock.frozen {
                (set("freeze", &json!({ "frozen": false }), "The clock runs.", "Unfreeze"))
            } @else {
                (set("freeze", &json!({ "frozen": true }), "The clock is frozen.", "Freeze"))
            }
            (set("system-time", &json!({ "offset_seconds": 0, "speed": 1, "frozen": false }),
                "The clock shows the system's time.", "System time"))
        }
    }
}
