//! The front page: the settings, and a live view of the sandbox with its controls.

mod budgets;
mod clock;
mod faults;
mod requests;
mod tokens;

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value;

use super::accounts::about;
use super::document::Document;
use super::identity;
use super::settings::try_sign_in;
use crate::credentials::DIRECTORY_ID;
use crate::person::Person;
use crate::shared::Shared;

use budgets::budgets;
use clock::clock;
use faults::{fault_form, faults};
pub(crate) use requests::request_details;
use requests::requests;
use tokens::{sign_ins, tokens};

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
    let title = format!("A {} to try things on", shared.service.name);
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
    let variables = (shared.service.variables)(shared);
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
