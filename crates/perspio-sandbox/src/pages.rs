//! The pages for the browser. The templates escape what they show of a request, and a content
//! security policy blocks everything else.

mod accounts;
mod callback;
mod consent;
mod device;
mod document;
mod form_post;
mod live;
mod notice;
mod settings;

pub(crate) use accounts::{password_expired, picker};
pub(crate) use callback::callback;
pub(crate) use consent::consent;
pub(crate) use device::{device_code, device_signed_in};
pub(crate) use form_post::form_post;
pub(crate) use live::{SECTIONS, live, request_details};
pub(crate) use notice::{Notice, rejected};
pub(crate) use settings::{dispogas_variables, perspiotalk_variables};

use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};

use crate::credentials::{APPLICATION_NAME, CLIENT_ID};
use crate::identity::Purpose;
use crate::person::Person;
use crate::service::Service;
use document::Document;

/// A page on the way from the account picker to the end.
pub(crate) struct Stage<'a> {
    pub(crate) service: &'static Service,
    /// The path that the page's form is posted to.
    pub(crate) action: &'a str,
    pub(crate) transaction: &'a str,
    pub(crate) purpose: &'a Purpose,
}

impl Stage<'_> {
    /// Responds with a page whose form is posted to the sandbox. The browser applies the rule to
    /// the redirect that follows too, so the application's origin is also allowed.
    fn respond(&self, title: &str, content: &Markup) -> Response {
        let form_target = match self.purpose {
            Purpose::Application(request) => format!("'self' {}", request.target.origin()),
            Purpose::Device { .. } => "'self'".to_owned(),
        };
        Document {
            status: StatusCode::OK,
            title,
            form_target: &form_target,
            script: None,
            connects: false,
        }
        .respond(&headed(title, content))
    }

    fn hidden(&self) -> Markup {
        html! { input type="hidden" name="transaction" value=(self.transaction); }
    }
}

/// The application that requests a sign-in.
fn application() -> Markup {
    html! { strong { (APPLICATION_NAME) } " (client id " code { (CLIENT_ID) } ")" }
}

fn headed(title: &str, content: &Markup) -> Markup {
    html! { h1 { (title) } (content) }
}

/// Responds with a page whose forms, if any, are posted to the sandbox.
fn respond(status: StatusCode, title: &str, content: &Markup) -> Response {
    page(status, title, &headed(title, content))
}

/// The same for content with its own heading.
fn page(status: StatusCode, title: &str, main: &Markup) -> Response {
    Document {
        status,
        title,
        form_target: "'self'",
        script: None,
        connects: false,
    }
    .respond(main)
}

/// A user, with a remark unless it is empty.
fn who(person: Person, about: &str) -> Markup {
    // Hidden from screen readers, because the name follows.
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

/// The same in a frame.
fn identity(person: Person, about: &str) -> Markup {
    html! { div.identity { (who(person, about)) } }
}

#[cfg(test)]
mod tests;
