//! The base URL of a client, and the URLs of its other servers.

use std::collections::BTreeMap;

use perspio_auth::Profile;
use perspio_auth::endpoint::Endpoint;

use super::ClientBuilder;
use crate::api::Api;
use crate::api_settings::placeholder;
use crate::server::Server;
use crate::settings::{BASE_URL, SettingsCheck, Variables, filled, nearest};

/// The URLs and the values of server variables that are given, by the names of the servers and
/// the variables.
#[derive(Clone, Debug, Default)]
pub(super) struct Addresses {
    pub(super) urls: BTreeMap<String, String>,
    pub(super) variables: BTreeMap<String, String>,
}

impl Addresses {
    /// Reads those that the API has.
    pub(super) fn read<C: Api>(variables: &mut Variables<'_>) -> Self {
        let mut read = |all: Settings| -> BTreeMap<String, String> {
            let all = all.into_iter();
            let values =
                all.filter_map(|(name, setting)| Some((name.to_owned(), variables.text(setting)?)));
            values.collect()
        };
        Self {
            urls: read(of_servers::<C>()),
            variables: read(of_variables::<C>()),
        }
    }
}

/// Settings by the names of the servers or the variables.
type Settings = BTreeMap<&'static str, &'static str>;

impl<C: Api> ClientBuilder<C> {
    /// Returns `profile` with the base URL and the URLs of the other servers.
    pub(super) fn with_addresses(&self, profile: Profile, check: &mut SettingsCheck) -> Profile {
        let Addresses { urls, variables } = &self.addresses;
        report_unknown(urls, &of_servers::<C>(), "server", check);
        let known = of_variables::<C>();
        report_unknown(variables, &known, "server variable", check);
        let given = self.servers.base_url(check);
        let is_documented = match (&given, C::BASE_URL) {
            (Some(given), Some(_)) => {
                // The documented one need not be complete.
                let documented = self.documented_base_url(&mut check.clone());
                documented.is_some_and(|documented| documented.same_origin(given.url()))
            }
            _ => true,
        };
        let base_url = given.or_else(|| self.documented_base_url(check));
        let base_url = base_url.unwrap_or_else(|| {
            // The problems of a documented one are reported.
            if C::BASE_URL.is_none() {
                check.add(BASE_URL, "is missing");
            }
            placeholder()
        });
        let mut profile = profile.with_base_url(base_url.clone());
        for server in C::SERVERS {
            let url = match urls.get(server.name) {
                Some(given) => check.endpoint(server.setting, Some(given)),
                // The host of another installation would get the credentials of this one.
                None if !is_documented && server.url.contains("//") => None,
                None => self.documented_url(server, &base_url, check),
            };
            if let Some(url) = url {
                profile = profile.with_server(server.name, url);
            }
        }
        profile
    }

    fn documented_base_url(&self, check: &mut SettingsCheck) -> Option<Endpoint> {
        let given = &self.addresses.variables;
        let url = filled(C::BASE_URL?, C::SERVER_VARIABLES, given, check)?;
        check.endpoint(BASE_URL, Some(&url))
    }

    fn documented_url(
        &self,
        server: &Server,
        base_url: &Endpoint,
        check: &mut SettingsCheck,
    ) -> Option<Endpoint> {
        let url = filled(
            server.url,
            server.variables,
            &self.addresses.variables,
            check,
        )?;
        match base_url.url().join(&url) {
            Ok(url) => check.endpoint(server.setting, Some(url.as_str())),
            Err(cause) => {
                check.add(server.setting, format!("cannot be used: {url} ({cause})"));
                None
            }
        }
    }
}

fn of_servers<C: Api>() -> Settings {
    let servers = C::SERVERS.iter();
    servers.map(|it| (it.name, it.setting)).collect()
}

fn of_variables<C: Api>() -> Settings {
    let of_servers = C::SERVERS.iter().flat_map(|server| server.variables);
    let all = C::SERVER_VARIABLES.iter().chain(of_servers);
    all.map(|it| (it.name, it.setting)).collect()
}

/// Reports the names that the API does not have.
fn report_unknown(
    given: &BTreeMap<String, String>,
    known: &Settings,
    meaning: &str,
    check: &mut SettingsCheck,
) {
    let names: Vec<_> = known.keys().map(|name| name.to_uppercase()).collect();
    for name in given
        .keys()
        .filter(|name| !known.contains_key(name.as_str()))
    {
        let nearest = nearest("", &names, name).map(str::to_lowercase);
        let nearest = known.keys().find(|it| Some(it.to_lowercase()) == nearest);
        let suggestion = match nearest {
            Some(nearest) => format!(": did you mean `{nearest}`?"),
            None => String::new(),
        };
        let problem = format!("is not the name of a {meaning} of this API{suggestion}");
        check.add(name, problem);
    }
}

#[cfg(test)]
mod tests;
