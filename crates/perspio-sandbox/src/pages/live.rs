//! The front page: the settings, and a live view of the sandbox with its controls.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::accounts::about;
use super::document::Document;
use super::identity;
use super::settings::{name, try_sign_in, variables};
use crate::control::{self, Details, SignInStatus, Summary, TokenStatus};
use crate::credentials::DIRECTORY_ID;
use crate::endpoint::Endpoint;
use crate::limits::Budget;
use crate::person::Person;
use crate::shared::Shared;

const SCRIPT: &str = include_str!("live.js");
/// The page shows this many rows of each list.
const ROWS: usize = 50;

type Section = (&'static str, fn(&Shared) -> Markup);

/// The sections that change, by the id of their element.
pub(crate) const SECTIONS: [Section; 6] = [
    ("requests", requests),
    ("budgets", budgets),
    ("clock", clock),
    ("faults", faults),
    ("sign-ins", sign_ins),
    ("tokens", tokens),
];

pub(crate) fn live(shared: &Shared) -> Response {
    let title = format!("A {} to try things on", name(shared));
    let [requests, budgets, clock, faults, sign_ins, tokens] =
        SECTIONS.map(|(id, render)| html! { div id=(id) { (render(shared)) } });
    let main = html! {
        div.live {
            h1 { (title) }
            p.lead { "An identity server shaped like Microsoft Entra, and the API that accepts "
                "its tokens. It listens on this machine only and forgets everything when it ends." }
            div.actions {
                a.button.primary href=(try_sign_in(shared)) { "Try a sign-in" }
                a.button href="/device" { "Enter a device code" }
                a.button href={ "/" (DIRECTORY_ID) "/v2.0/.well-known/openid-configuration" } {
                    "Discovery document"
                }
                a.button href="/sandbox/v1/openapi.json" { "Control interface" }
                (button("reset", "POST", "/reset", None, "The sandbox is reset.", "Reset"))
            }
            p.fine #status role="status" aria-live="polite" { "Live" }
            noscript { p.alert { "Without scripts this page does not update itself." } }
            section aria-labelledby="requests-heading" {
                h2 #requests-heading { "Requests" }
                (requests)
            }
            div.columns {
                section aria-labelledby="budgets-heading" {
                    h2 #budgets-heading { "Budgets" }
                    (budgets)
                }
                section aria-labelledby="clock-heading" {
                    h2 #clock-heading { "Clock" }
                    (clock)
                }
                section aria-labelledby="faults-heading" {
                    h2 #faults-heading { "Faults" }
                    (fault_form())
                    (faults)
                }
                section aria-labelledby="sign-ins-heading" {
                    h2 #sign-ins-heading { "Sign-ins" }
                    (sign_ins)
                }
            }
            section aria-labelledby="tokens-heading" {
                h2 #tokens-heading { "Access tokens" }
                (tokens)
            }
            section aria-labelledby="settings-heading" {
                h2 #settings-heading { "The environment for your program" }
                (settings(shared))
            }
            section aria-labelledby="people-heading" {
                h2 #people-heading { "Who can sign in" }
                ul.people {
                    @for person in Person::ALL { li { (identity(person, about(person))) } }
                }
            }
            dialog #details aria-labelledby="details-heading" {
                div #details-content {}
                form method="dialog" { button.button.primary { "Close" } }
            }
        }
    };
    Document {
        status: StatusCode::OK,
        title: &title,
        form_target: "'self'",
        script: Some(SCRIPT),
        connects: true,
    }
    .respond(&main)
}

/// Returns a button that sends a request to the control interface.
fn button(
    id: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
    done: &str,
    label: &str,
) -> Markup {
    html! {
        button.button type="button" id=(id) data-method=(method)
            data-path={ "/sandbox/v1" (path) } data-body=[body.map(Value::to_string)]
            data-done=(done) { (label) }
    }
}

fn copy_button(text: &str, label: &Markup) -> Markup {
    html! { button.button type="button" data-copy=(text) { (label) } }
}

fn settings(shared: &Shared) -> Markup {
    let variables = variables(shared);
    let lines = variables
        .iter()
        .map(|(name, value)| format!("export {name}={value}\n"));
    let all: String = lines.collect();
    html! {
        div.row {
            p.fine { "These are constants of the sandbox, not secrets." }
            (copy_button(&all, &html! { "Copy all" }))
        }
        div.scroll {
            table.stacked {
                thead { tr {
                    th scope="col" { "Variable" }
                    th scope="col" { "Value" }
                    th scope="col" { "Action" }
                } }
                tbody {
                    @for (name, value) in &variables {
                        tr {
                            th.key scope="row" { code { (name) } }
                            td.value { code { (value) } }
                            td.action {
                                (copy_button(value, &html! {
                                    "Copy" span.unseen { " " (name) }
                                }))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn requests(shared: &Shared) -> Markup {
    let (recorded, _) = shared.log.size();
    let recent = control::recent(shared, ROWS);
    html! {
        div.row {
            p { (recorded) " recorded" @if recorded > ROWS { ", the last " (ROWS) " shown" } }
            (button("clear-requests", "DELETE", "/requests", None, "The requests are cleared.", "Clear"))
        }
        @if recent.is_empty() {
            p.empty { "No request yet. Set the environment below and run your program." }
        } @else {
            div.scroll.tall tabindex="0" role="region" aria-label="Requests" {
                table.stacked {
                    thead { tr {
                        th scope="col" { "Time (UTC)" }
                        th scope="col" { "Caller" }
                        th scope="col" { "Method" }
                        th scope="col" { "Path" }
                        th scope="col" { "Status" }
                    } }
                    tbody { @for request in &recent { (request_row(request)) } }
                }
            }
        }
    }
}

fn request_row(request: &Summary) -> Markup {
    // The time of day, without the date.
    let time = request.received.get(11..23).unwrap_or_default();
    html! {
        tr id={ "request-" (request.number) } {
            td.time { time datetime=(request.received) { (time) } }
            td.caller { (request.caller) }
            td.method { (request.method) }
            td.path {
                button.link type="button" id={ "open-" (request.number) }
                    data-request=(request.number) aria-haspopup="dialog" { (request.path) }
            }
            td.outcome { (outcome(request)) }
        }
    }
}

fn outcome(request: &Summary) -> Markup {
    let (class, text) = match request.status {
        Some(status) if status < 400 => ("good", status.to_string()),
        Some(status) => ("bad", status.to_string()),
        None if request.outcome == "pending" => ("waiting", "pending".to_owned()),
        None => ("bad", "cut".to_owned()),
    };
    html! { span class={ "pill " (class) } { (text) } }
}

/// Answers a click on a request with the content of the dialog.
pub(crate) fn request_details(details: Option<&Details>) -> Response {
    let Some(details) = details else {
        let content = html! {
            h2 #details-heading { "This request is no longer in the log" }
        };
        return (StatusCode::NOT_FOUND, content.into_string()).into_response();
    };
    let summary = &details.summary;
    let content = html! {
        h2 #details-heading { "Request " (summary.number) ": " (summary.method) " " (summary.path) }
        p.fine { (summary.received) " · " (summary.caller) " · " (outcome(summary)) }
        div.row.start {
            (copy_button(&details.curl, &html! { "Copy as curl" }))
            (copy_button(&details.shape, &html! { "Copy as snapshot shape" }))
        }
        h3 { "Headers" }
        div.scroll tabindex="0" role="region" aria-label="Headers" {
            table {
                thead { tr { th scope="col" { "Name" } th scope="col" { "Value" } } }
                tbody {
                    @for header in &details.headers {
                        tr {
                            th scope="row" { code { (header.name) } }
                            td { code { (header.value) } }
                        }
                    }
                }
            }
        }
        h3 { "Body (" (details.body_bytes) " bytes)" }
        @if details.body.is_empty() { p.empty { "None" } } @else { pre { code { (details.body) } } }
        h3 { "As curl" }
        pre { code { (details.curl) } }
        h3 { "As snapshot shape" }
        pre { code { (details.shape) } }
    };
    content.into_string().into_response()
}

fn budgets(shared: &Shared) -> Markup {
    let usage = shared.limits.usage(&shared.clock);
    html! {
        (budget("rate", "Rate limit", "requests", usage.rate_limit))
        (budget("quota", "Quota", "requests", usage.quota))
        (budget("bandwidth", "Bandwidth", "bytes", usage.bandwidth))
        p.fine { (usage.rejected) " requests rejected with 429 because of a limit" }
    }
}

fn budget(id: &str, title: &str, unit: &str, budget: Option<Budget>) -> Markup {
    html! {
        div.budget id={ "budget-" (id) } {
            div.row {
                @if budget.is_some() {
                    label for={ "meter-" (id) } { (title) }
                } @else {
                    span { (title) }
                }
                span {
                    @match budget {
                        Some(budget) => {
                            (grouped(budget.used)) " of " (grouped(budget.limit)) " " (unit) " in "
                            (budget.window_seconds) " s"
                        }
                        None => "no limit",
                    }
                }
            }
            @if let Some(budget) = budget {
                @let high = budget.limit.saturating_mul(4) / 5;
                meter id={ "meter-" (id) } min="0" max=(budget.limit.max(1)) low=(high) high=(high)
                    optimum="0" value=(budget.used.min(budget.limit)) {
                    (budget.used) " of " (budget.limit)
                }
                svg.history viewBox="0 0 119 30" preserveAspectRatio="none" role="img"
                    aria-label={ (title) ", use in the last two minutes" } {
                    polyline points="" fill="none" vector-effect="non-scaling-stroke" {}
                }
            }
        }
    }
}

/// Returns a number with its digits in groups of three, for instance `40,000,000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn clock(shared: &Shared) -> Markup {
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

fn fault_form() -> Markup {
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

fn faults(shared: &Shared) -> Markup {
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

fn sign_ins(shared: &Shared) -> Markup {
    let sign_ins = control::sign_ins(shared);
    html! {
        @if sign_ins.is_empty() {
            p.empty { "No sign-in with a refresh token yet." }
        } @else {
            ul.queue {
                @for sign_in in sign_ins.iter().take(ROWS) {
                    li id={ "sign-in-" (sign_in.id) } {
                        span { (sign_in.user) } " "
                        @match sign_in.status {
                            SignInStatus::SignedIn => { span.pill.good { "signed in" } }
                            SignInStatus::SignedOut => { span.pill.waiting { "signed out" } }
                        }
                        span.fine {
                            " since " (sign_in.signed_in_at) ", " (sign_in.refreshes) " refreshes"
                        }
                    }
                }
            }
        }
        (button("sign-out", "DELETE", "/sign-ins", None, "Everyone is signed out.", "Sign everyone out"))
    }
}

fn tokens(shared: &Shared) -> Markup {
    let tokens = control::tokens(shared);
    html! {
        @if tokens.is_empty() {
            p.empty { "No token is issued." }
        } @else {
            div.row {
                p { (tokens.len()) " issued" @if tokens.len() > ROWS { ", the last " (ROWS) " shown" } }
                (button("revoke-all", "DELETE", "/tokens", None, "Every token is revoked.",
                    "Revoke all"))
            }
            div.scroll.tall tabindex="0" role="region" aria-label="Access tokens" {
                table.stacked {
                    thead { tr {
                        th scope="col" { "Token" }
                        th scope="col" { "Caller" }
                        th scope="col" { "Remaining" }
                        th scope="col" { "Action" }
                    } }
                    tbody {
                        @for token in tokens.iter().take(ROWS) {
                            @let short = token.id.get(..8).unwrap_or(&token.id);
                            tr id={ "token-" (token.id) } {
                                th.key scope="row" { code { (short) } }
                                td.value { (token.user.unwrap_or("application")) }
                                td.remaining {
                                    @match token.status {
                                        TokenStatus::Active => (remaining(token.expires_in_seconds)),
                                        TokenStatus::Expired => { span.pill.waiting { "expired" } }
                                        TokenStatus::Revoked => { span.pill.bad { "revoked" } }
                                    }
                                }
                                td.action {
                                    @if token.status == TokenStatus::Active {
                                        (button(&format!("revoke-{}", token.id), "DELETE",
                                            &format!("/tokens/{}", token.id), None,
                                            &format!("The token {short} is revoked."),
                                            "Revoke"))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Returns a time as `1:59:05` or `4:09`.
fn remaining(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_written_for_people() {
        let numbers = [0, 999, 1_000, 40_000_000].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "40,000,000"]);
        let times = [0, 61, 3_599, 7_145].map(remaining);
        assert_eq!(times, ["0:00", "1:01", "59:59", "1:59:05"]);
    }
}
