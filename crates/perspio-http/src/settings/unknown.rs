//! Variables that look like settings and are none, such as misspelled ones.

use std::ffi::OsString;

/// Returns a hint for each of the variables `set` that begins with `prefix` and is not
/// `known`, with the nearest known name.
pub(super) fn hints(
    prefix: &str,
    known: &[String],
    set: impl IntoIterator<Item = OsString>,
) -> Vec<String> {
    let mut hints: Vec<_> = set
        .into_iter()
        .filter_map(|name| name.into_string().ok())
        .filter(|name| {
            let start = name.get(..prefix.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        })
        .filter(|name| !known.iter().any(|known| is_same(known, name)))
        .map(|name| {
            let suggestion = match nearest(prefix, known, &name) {
                Some(nearest) => format!(": did you mean {nearest}?"),
                None => String::new(),
            };
            format!("{name} is set, but there is no such setting{suggestion}")
        })
        .collect();
    hints.sort();
    hints
}

/// Whether the two name the same variable: the case does not matter on Windows.
fn is_same(known: &str, name: &str) -> bool {
    known == name || (cfg!(windows) && known.eq_ignore_ascii_case(name))
}

/// Returns the known name that is most similar to `name`, if one is, for a suggestion. All begin
/// with `prefix`, and the known names are in upper case.
///
/// ```
/// use perspio_http::settings::nearest;
///
/// let known = ["CLIENT_ID".to_owned(), "BASE_URL".to_owned()];
/// assert_eq!(nearest("", &known, "base_uri"), Some("BASE_URL"));
/// assert_eq!(nearest("", &known, "qwertz"), None);
/// ```
pub fn nearest<'k>(prefix: &str, known: &'k [String], name: &str) -> Option<&'k str> {
    let mut nearest = None;
    let mut highest = 0.0;
    let name = name.get(prefix.len()..)?.to_ascii_uppercase();
    for candidate in known {
        let similarity = similarity(candidate.get(prefix.len()..)?, &name);
        if similarity > highest {
            (nearest, highest) = (Some(candidate.as_str()), similarity);
        }
    }
    nearest.filter(|_| highest >= 0.5)
}

/// Returns how similar two names are, from 0 to 1.
fn similarity(known: &str, name: &str) -> f64 {
    let similarity = strsim::normalized_damerau_levenshtein(known, name);
    // Without its first word, as `SECRET` for `CLIENT_SECRET`.
    let is_end = known
        .strip_suffix(name)
        .is_some_and(|rest| rest.ends_with('_'));
    if is_end {
        similarity.max(0.6)
    } else {
        similarity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 6] = [
        "EXAMPLE_CLIENT_ID",
        "EXAMPLE_CLIENT_SECRET",
        "EXAMPLE_BASE_URL",
        "EXAMPLE_TOKEN_URL",
        "EXAMPLE_STORE",
        "EXAMPLE_STORE_KEY",
    ];

    fn of(names: &[&str]) -> Vec<String> {
        hints(
            "EXAMPLE_",
            &KNOWN.map(str::to_owned),
            names.iter().map(OsString::from),
        )
    }

    #[test]
    fn a_misspelled_variable_gets_the_nearest_name() {
        for (name, nearest) in [
            ("EXAMPLE_BASEURL", "EXAMPLE_BASE_URL"),
            ("EXAMPLE_BASE_URI", "EXAMPLE_BASE_URL"),
            ("EXAMPLE_API_URL", "EXAMPLE_BASE_URL"),
            ("EXAMPLE_URL", "EXAMPLE_BASE_URL"),
            ("example_base_url", "EXAMPLE_BASE_URL"),
            ("Example_Client_Id", "EXAMPLE_CLIENT_ID"),
            ("EXAMPLE_CLIENTID", "EXAMPLE_CLIENT_ID"),
            ("EXAMPLE_SECRET", "EXAMPLE_CLIENT_SECRET"),
            ("EXAMPLE_STOREKEY", "EXAMPLE_STORE_KEY"),
            ("EXAMPLE_STROE", "EXAMPLE_STORE"),
        ] {
            if cfg!(windows) && KNOWN.iter().any(|known| is_same(known, name)) {
                continue;
            }
            let hint = of(&[name]).concat();
            assert!(hint.starts_with(name), "{hint}");
            assert!(
                hint.ends_with(&format!("did you mean {nearest}?")),
                "{hint}"
            );
        }
    }

    #[test]
    fn known_variables_and_those_of_other_programs_get_no_hint() {
        assert_eq!(of(&KNOWN), Vec::<String>::new());
        assert_eq!(
            of(&["PATH", "EXAMPLES_X", "EXAMPLE", "exämple_x", ""]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_variable_that_resembles_none_is_reported_without_a_name() {
        let hint = of(&["EXAMPLE_QWERTZ"]).concat();
        assert_eq!(hint, "EXAMPLE_QWERTZ is set, but there is no such setting");
    }
}
