//! The check of the settings: what is set, where it is from, and what is missing.

use perspio::Error;

use super::access::Identity;
use super::finding::{Check, Finding, Report};
use crate::exit_code;
use crate::failure::Failure;
use crate::profiles::SETTINGS;
use crate::variables::{Origin, Settings};

/// Reports the settings, and returns whether a client can be built with them.
pub(super) fn check(
    report: &mut Report,
    settings: &Settings,
    identity: &Identity<'_>,
) -> Result<bool, Failure> {
    let builder = identity.with_credential(settings.client_builder());
    let hints = builder.hints();
    let (finding, is_complete) = match builder.build() {
        Err(error) => (failed(&error), false),
        Ok(_) if !hints.is_empty() => {
            let message = format!("{}; {}", hints.join("; "), shown(settings));
            let help = "Correct the name or the value of the setting.";
            (Finding::warning(Check::Settings, message, help), true)
        }
        Ok(_) => (Finding::ok(Check::Settings, shown(settings)), true),
    };
    report.add(finding)?;
    Ok(is_complete)
}

/// Returns the finding about settings that cannot be used.
pub(super) fn failed(error: &Error) -> Finding {
    let Error::Settings(settings) = error else {
        return Finding::of_error(Check::Settings, error);
    };
    let problems = settings.problems().iter();
    let message: Vec<_> = problems
        .clone()
        .map(|it| format!("{} {}", it.name, it.problem))
        .collect();
    let places = problems.filter(|it| !it.found_at.is_empty());
    let mut help: Vec<_> = places
        .map(|it| format!("{}: {}", it.name, it.found_at))
        .collect();
    help.push(
        "set them in the environment, or in a profile (`perspio profile add NAME`)".to_owned(),
    );
    Finding::failed(
        Check::Settings,
        &message.join("; "),
        &help.join("; "),
        exit_code::USAGE,
    )
}

/// Returns the settings that are set, with their origins. Secrets are only said to be set.
fn shown(settings: &Settings) -> String {
    let mut shown = Vec::new();
    for setting in &SETTINGS {
        let variable = setting.variable();
        let origin = match settings.origin(&variable) {
            Origin::Default => continue,
            Origin::Environment => "environment".to_owned(),
            Origin::Profile(name) => format!("profile {name}"),
            Origin::Sandbox => "sandbox".to_owned(),
        };
        let value = match settings.shown(&variable) {
            Some(value) if !setting.is_secret => value,
            _ => "set".to_owned(),
        };
        shown.push(format!("{} {value} ({origin})", setting.key()));
    }
    format!("{}; the others have their defaults", shown.join(", "))
}
