//! The header `Link` (RFC 8288).

use http::HeaderMap;
use http::header::LINK;

/// Returns the target of the first link with the relation type `next`.
pub(super) fn next(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(LINK).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .find_map(next_of)
}

fn next_of(mut rest: &str) -> Option<String> {
    loop {
        let (_, after) = rest.split_once('<')?;
        let (target, parameters) = after.split_once('>')?;
        let (is_next, after) = parameters_of(parameters);
        if is_next {
            return Some(target.trim().to_owned());
        }
        rest = after;
    }
}

/// Returns whether the parameters of a link name the relation type `next`, and the text after
/// them. A quoted value may contain commas and semicolons.
fn parameters_of(text: &str) -> (bool, &str) {
    let mut relation: Option<String> = None;
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let Some(parameter) = rest.strip_prefix(';') else {
            break;
        };
        let end = parameter.find(['=', ';', ',']).unwrap_or(parameter.len());
        let (name, after) = parameter.split_at(end);
        let (value, after) = match after.strip_prefix('=') {
            Some(value) => value_of(value.trim_start()),
            None => (String::new(), after),
        };
        rest = after;
        // The first `rel` counts (RFC 8288 §3.3).
        if name.trim().eq_ignore_ascii_case("rel") {
            relation.get_or_insert(value);
        }
    }
    let types = relation.unwrap_or_default();
    let is_next = types
        .split_ascii_whitespace()
        .any(|it| it.eq_ignore_ascii_case("next"));
    (is_next, rest)
}

/// Returns the value of a parameter, a token or a quoted string, and the text after it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ',']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (value.trim().to_owned(), rest);
    };
    let mut value = String::new();
    let mut letters = quoted.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => value.extend(letters.next()),
            letter => value.push(letter),
        }
    }
    (value, letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_link_with_the_relation_type_next_is_found() {
        for (values, expected) in [
            (&["</a?page=2>; rel=\"next\""][..], Some("/a?page=2")),
            (&["</z>; rel=last, </a>;rel=next"], Some("/a")),
            (
                &["</z>; rel=\"prev last\"", "</a>; REL=\"first NEXT\""],
                Some("/a"),
            ),
            (
                &["</a,b;c>; title=\"x, y; rel=prev\"; rel=next"],
                Some("/a,b;c"),
            ),
            (
                &["</z>; title=\"\\\"<q>; rel=next\"; rel=prev, <a>; rel=next"],
                Some("a"),
            ),
            (
                &["</z>; crossorigin; rel=prev, </a>; crossorigin ; rel = next"],
                Some("/a"),
            ),
            (&["</z>; rel=prev; rel=next"], None),
            (&["</z>; rel=nextpage"], None),
            (&["</z>; title=next"], None),
            (&["</z; rel=next"], None),
            (&["", "</z>"], None),
            (&[], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(LINK, value.parse().unwrap());
            }
            assert_eq!(next(&headers).as_deref(), expected, "{values:?}");
        }
    }
}
