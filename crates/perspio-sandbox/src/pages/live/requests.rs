//! The recorded requests on the front page.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::{ROWS, button, copy_button};
use crate::control::{self, Details, Summary};
use crate::shared::Shared;

pub(super) fn requests(shared: &Shared) -> Markup {
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
                (unknown_query(request))
            }
            td.outcome { (outcome(request)) }
        }
    }
}

fn unknown_query(request: &Summary) -> Markup {
    html! {
        @if !request.unknown_query.is_empty() {
            span.about { " Unknown query parameters, ignored: " (request.unknown_query.join(", ")) }
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
        p.fine { (summary.received) " · " (summary.caller) " · " (outcome(summary)) (unknown_query(summary)) }
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
