//! The pages that a person sees. What they show of a request is escaped by
//! the templates; a policy keeps everything else out.

mod accounts;
mod arrival;
mod consent;
mod device;
mod document;
mod form_post;
mod live;
mod notice;
mod settings;

pub(crate) use accounts::{password_expired, picker};
pub(crate) use arrival::arrival;
pub(crate) use consent::consent;
pub(crate) use device::{device_code, device_declined, device_signed_in};
pub(crate) use form_post::form_post;
pub(crate) use live::{SECTIONS, live, request_details};
pub(crate) use notice::{notice, refusal};
pub(crate) use settings::variables;

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use crate::identity::Purpose;
use crate::person::Person;
use document::Document;

/// A page on the way from the account picker to the end.
pub(crate) struct Stage<'a> {
    /// The path that the page's form is posted to.
    pub(crate) action: &'a str,
    pub(crate) transaction: &'a str,
    pub(crate) purpose: &'a Purpose,
}

impl Stage<'_> {
    /// The page's form goes to the sandbox, whose redirect the browser
    /// judges by the same rule: so the application's origin is allowed too.
    fn respond(&self, title: &str, main: &Markup) -> Response {
        let form_target = match self.purpose {
            Purpose::Application(request) => format!("'self' {}", request.back.origin()),
            Purpose::Device { .. } => "'self'".to_owned(),
        };
        Document {
            status: StatusCode::OK,
            title,
            form_target: &form_target,
            script: None,
            connects: false,
        }
        .respond(main)
    }

    fn hidden(&self) -> Markup {
        html! { input type="hidden" name="transaction" value=(self.transaction); }
    }
}

/// A page whose forms, if any, go to the sandbox.
fn respond(status: StatusCode, title: &str, main: &Markup) -> Response {
    Document {
        status,
        title,
        form_target: "'self'",
        script: None,
        connects: false,
    }
    .respond(main)
}

/// A person, and something about them if there is something to say.
fn who(person: Person, about: &str) -> Markup {
    // Says nothing that the name beside it does not.
    let initial = person.name().get(..1).unwrap_or_default();
    html! {
        span class={ "avatar " (person.key()) } aria-hidden="true" { (initial) }
        span.who {
            span.name { (person.name()) }
            span.email { (person.email()) }
            @if !about.is_empty() { span.about { (about) } }
        }
    }
}

/// The same on its own.
fn identity(person: Person, about: &str) -> Markup {
    html! { div.identity { (who(person, about)) } }
}

#[cfg(test)]
mod tests;
