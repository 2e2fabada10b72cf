//! The URL of a server whose variables are filled in.

use std::collections::BTreeMap;

use super::SettingsCheck;
use crate::server::ServerVariable;

/// The part of a URL that a variable is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Scheme,
    /// A label of the host.
    Label,
    /// The end of the host, after which the document fixes nothing.
    Domain,
    Port,
    Path,
}

/// Returns `url` with the values of its variables: those that are `given`, or else their
/// defaults. A value that is missing, not allowed, or not valid in its place is reported.
pub(crate) fn filled(
    url: &str,
    variables: &[ServerVariable],
    given: &BTreeMap<String, String>,
    check: &mut SettingsCheck,
) -> Option<String> {
    let mut text = String::new();
    let mut is_complete = true;
    let mut rest = url;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        text.push_str(before);
        let variable = variables.iter().find(|known| known.name == name);
        let setting = variable.map_or(name, |variable| variable.setting);
        match value(variable, given.get(name), part(&text, after)) {
            Ok(value) => text.push_str(value),
            Err(problem) => {
                check.add(setting, format!("{problem} (it is a part of {url})"));
                is_complete = false;
            }
        }
        rest = after;
    }
    text.push_str(rest);
    is_complete.then_some(text)
}

/// Returns the value of a variable.
///
/// # Errors
/// What is wrong with its setting.
fn value<'a>(
    variable: Option<&ServerVariable>,
    given: Option<&'a String>,
    part: Part,
) -> Result<&'a str, String> {
    let (default, values) = variable.map_or((None, &[][..]), |it| (it.default, it.values));
    let allowed = values.join(", ");
    let Some(given) = given else {
        let missing = match values {
            [] => "is missing".to_owned(),
            _ => format!("is missing; it must be one of {allowed}"),
        };
        return default.ok_or(missing);
    };
    if !values.is_empty() {
        return if values.contains(&given.as_str()) {
            Ok(given)
        } else {
            Err(format!("is {given:?}; it must be one of {allowed}"))
        };
    }
    let has_same = |letter: char| default.is_some_and(|default| default.contains(letter));
    let is_valid = |letter: char| match part {
        Part::Scheme => letter.is_ascii_alphabetic(),
        Part::Port => letter.is_ascii_digit(),
        Part::Domain => letter.is_ascii_alphanumeric() || "-_.".contains(letter),
        Part::Label => {
            letter.is_ascii_alphanumeric()
                || "-_".contains(letter)
                || letter == '.' && has_same('.')
        }
        Part::Path => {
            letter.is_ascii_alphanumeric()
                || "-._~:@+,=".contains(letter)
                || letter == '/' && has_same('/')
        }
    };
    let is_whole = match part {
        // Neither an empty segment nor one that leads to another path.
        Part::Path => given.split('/').all(|it| !["", ".", ".."].contains(&it)),
        Part::Label | Part::Domain => !given.split('.').any(str::is_empty),
        Part::Scheme | Part::Port => !given.is_empty(),
    };
    if is_whole && given.chars().all(is_valid) {
        return Ok(given);
    }
    let place = match part {
        Part::Scheme => "a scheme",
        Part::Label => "a label of a host name",
        Part::Domain => "a host name",
        Part::Port => "a port",
        Part::Path => "a segment of a path",
    };
    Err(format!("is {given:?}, which is not {place}"))
}

/// Returns the part of a URL that is between `before` and `after`.
fn part(before: &str, after: &str) -> Part {
    if let Some((_, authority)) = before.split_once("//") {
        return if authority.contains('/') {
            Part::Path
        } else if authority.contains(':') {
            Part::Port
        } else if after.is_empty() || after.starts_with([':', '/']) {
            Part::Domain
        } else {
            Part::Label
        };
    }
    if after.contains("://") && !before.contains('/') {
        Part::Scheme
    } else {
        Part::Path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::VariableNames;

    const ANY: ServerVariable = ServerVariable {
        name: "a",
        setting: "A",
        default: None,
        values: &[],
    };

    fn fill(url: &str, variable: ServerVariable, given: Option<&str>) -> Result<String, String> {
        let mut check = SettingsCheck::new(VariableNames::new("EXAMPLE"), &[]);
        let given = given.map(|value| ("a".to_owned(), value.to_owned()));
        let filled = filled(url, &[variable], &given.into_iter().collect(), &mut check);
        match check.finish() {
            Ok(()) => Ok(filled.unwrap()),
            Err(error) => {
                assert_eq!((filled, error.problems().len()), (None, 1));
                assert_eq!(error.problems()[0].name, "EXAMPLE_A");
                Err(error.problems()[0].problem.clone())
            }
        }
    }

    #[test]
    fn a_variable_has_its_given_value_or_its_default() {
        let url = "https://{a}.example.com/{a}";
        let default = ServerVariable {
            default: Some("eu"),
            ..ANY
        };
        let filled = |it: &str| Ok(format!("https://{it}.example.com/{it}"));
        assert_eq!(fill(url, default, None), filled("eu"));
        assert_eq!(fill(url, default, Some("us")), filled("us"));
        assert_eq!(fill(url, ANY, Some("us")), filled("us"));
        let missing = fill("https://{a}.example.com", ANY, None).unwrap_err();
        assert_eq!(
            missing,
            "is missing (it is a part of https://{a}.example.com)"
        );
    }

    #[test]
    fn only_a_value_that_the_document_lists_is_accepted() {
        let listed = ServerVariable {
            values: &["eu", "us"],
            ..ANY
        };
        let url = "https://{a}.example.com";
        assert!(fill(url, listed, Some("eu")).is_ok());
        for given in [None, Some("evil")] {
            let problem = fill(url, listed, given).unwrap_err();
            assert!(problem.contains("one of eu, us"), "{problem}");
        }
    }

    #[test]
    fn a_value_stays_in_its_place_of_the_url() {
        for (url, valid, invalid) in [
            (
                "https://{a}.example.com/v1",
                &["acme", "a-1", "a_b"][..],
                &[
                    "",
                    "a.evil.com/",
                    "a.evil.com",
                    "evil.com#",
                    "evil.com?",
                    "u@evil.com",
                    "a:1",
                    "a\\",
                    "a%2f",
                    "é",
                    "a b",
                    "{a}",
                ][..],
            ),
            (
                "https://{a}/v1",
                &["acme.example.com", "localhost"],
                &["", "evil.com/", "u@evil.com", "a..b", "a:1", ".", "a.b."],
            ),
            (
                "https://h:{a}/v1",
                &["8443"],
                &["", "1/", "1@evil.com", "a"],
            ),
            (
                "https://h/{a}/x",
                &["v1", "a.b"],
                &["", ".", "..", "a/b", "a?b", "a#b", "%2e%2e", "a\\b"],
            ),
            ("/{a}/x", &["v1"], &["..", "/evil.com"]),
            ("{a}://h/x", &["https"], &["https://evil.com/", ""]),
        ] {
            for value in valid {
                let expected = url.replace("{a}", value);
                assert_eq!(fill(url, ANY, Some(value)), Ok(expected));
            }
            for value in invalid {
                let problem = fill(url, ANY, Some(value)).unwrap_err();
                assert!(problem.starts_with("is "), "{url} {value}: {problem}");
            }
        }
    }
}
