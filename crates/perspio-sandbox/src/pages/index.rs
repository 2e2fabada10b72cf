//! The front page.

use axum::http::StatusCode;
use axum::response::Response;
use maud::html;
use url::form_urlencoded;

use super::accounts::about;
use super::{identity, respond};
use crate::credentials::{
    CLIENT_ID, CLIENT_SECRET, DIRECTORY_ID, SUBSCRIPTION_KEY, TENANCY, TENANT_ID,
};
use crate::person::Person;
use crate::service::Service;
use crate::shared::Shared;

pub(crate) fn index(shared: &Shared) -> Response {
    let main = html! {
        div.wide {
            h1 { "A " (name(shared)) " to try things on" }
            p.lead { "An identity server shaped like Microsoft Entra, and the API behind it. "
                "It listens on this machine only and forgets everything when it ends." }
            div.actions {
                a.button.primary href=(try_sign_in(shared)) { "Try a sign-in" }
                a.button href="/device" { "Enter a device code" }
                a.button href={ "/" (DIRECTORY_ID) "/v2.0/.well-known/openid-configuration" } {
                    "Discovery document"
                }
            }
            h2 { "The environment for your program" }
            pre { code { (environment(shared)) } }
            p.fine { "These are constants of the sandbox, not secrets." }
            h2 { "Who can sign in" }
            ul.people {
                @for person in Person::ALL { li { (identity(person, about(person))) } }
            }
        }
    };
    respond(StatusCode::OK, "Start", &main)
}

/// What a shell of this name and value takes.
fn environment(shared: &Shared) -> String {
    let lines = variables(shared).into_iter();
    let lines: Vec<_> = lines
        .map(|(name, value)| format!("export {name}={value}"))
        .collect();
    lines.join("\n")
}

fn name(shared: &Shared) -> &'static str {
    match shared.service {
        Service::PerspioTalk => "PerspioTalk",
        Service::DispoGas => "dispoGas",
    }
}

/// The environment variables with which a client talks to this sandbox.
pub(crate) fn variables(shared: &Shared) -> Vec<(&'static str, String)> {
    if shared.service == Service::DispoGas {
        return vec![
            ("DISPOGAS_API_URL", shared.base_url.clone()),
            ("DISPOGAS_TENANCY", TENANCY.to_owned()),
            ("DISPOGAS_CLIENT_ID", CLIENT_ID.to_owned()),
            ("DISPOGAS_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
            ("DISPOGAS_AUTHORITY", shared.authority.clone()),
        ];
    }
    vec![
        ("PERSPIO_CLIENT_ID", CLIENT_ID.to_owned()),
        ("PERSPIO_CLIENT_SECRET", CLIENT_SECRET.to_owned()),
        ("PERSPIO_TENANT_ID", TENANT_ID.to_owned()),
        ("PERSPIO_SUBSCRIPTION_KEY", SUBSCRIPTION_KEY.to_owned()),
        ("PERSPIO_BASE_URL", shared.base_url.clone()),
        ("PERSPIO_AUTHORITY", shared.authority.clone()),
    ]
}

/// An authorization request whose answer comes back to the sandbox.
fn try_sign_in(shared: &Shared) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", CLIENT_ID)
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", &format!("{}/callback", shared.base_url))
        .append_pair(
            "scope",
            &format!("{} offline_access", shared.service.sign_in_scope()),
        )
        .append_pair("state", "try")
        .finish();
    format!("/{DIRECTORY_ID}/oauth2/v2.0/authorize?{query}")
}
