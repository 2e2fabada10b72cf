//! `--jq`: a filter in the language of jq.

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;
use std::sync::Arc;

use jaq_core::data::JustLut;
use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Native, Vars, compile};
use jaq_json::write::Pp;
use jaq_json::{Val, read};
use serde_json::Value;

use crate::failure::Failure;

/// The formats of jq that the library does not define.
const FORMATS: &str = r#"
def replace($from; $to): split($from) | join($to);
def @csv: map(
    if type == "string" then "\"" + replace("\""; "\"\"") + "\""
    elif type == "array" or type == "object" then error("@csv needs rows of simple values")
    elif . == null then ""
    else tostring end
) | join(",");
def @tsv: map(
    if type == "string" then
        replace("\\"; "\\\\") | replace("\t"; "\\t") | replace("\n"; "\\n") | replace("\r"; "\\r")
    elif type == "array" or type == "object" then error("@tsv needs rows of simple values")
    elif . == null then ""
    else tostring end
) | join("\t");
"#;

type Program = compile::Filter<Native<JustLut<Val>>>;

/// A valid filter.
#[derive(Clone)]
pub(crate) struct Filter(Arc<Program>);

impl FromStr for Filter {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, String> {
        let definitions = jaq_core::defs()
            .chain(jaq_std::defs())
            .chain(jaq_json::defs())
            .chain(load::parse(FORMATS, |parser| parser.defs()).unwrap_or_default());
        let functions = jaq_core::funs()
            .chain(jaq_std::funs())
            .chain(jaq_json::funs());
        let arena = Arena::default();
        let modules = Loader::new(definitions)
            .load(&arena, File { code, path: () })
            .map_err(|errors| first(errors, code, syntax_error))?;
        let program = Compiler::default()
            .with_funs(functions)
            .compile(modules)
            .map_err(|errors| first(errors, code, undefined))?;
        Ok(Self(Arc::new(program)))
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").finish_non_exhaustive()
    }
}

/// Returns the text of the first error.
fn first<'a, E>(
    errors: load::Errors<&'a str, (), E>,
    code: &'a str,
    text: impl Fn(E, &'a str) -> Option<String>,
) -> String {
    let mut errors = errors.into_iter();
    let text = errors.find_map(|(_, error)| text(error, code));
    text.unwrap_or_else(|| "it is not a filter".to_owned())
}

fn syntax_error<'a>(error: load::Error<&'a str>, code: &'a str) -> Option<String> {
    let (expected, found) = match error {
        load::Error::Lex(errors) => {
            let (expected, found) = errors.into_iter().next()?;
            (expected.as_str(), found)
        }
        load::Error::Parse(errors) => {
            let (expected, found) = errors.into_iter().next()?;
            (expected.as_str(), found)
        }
        load::Error::Io(errors) => {
            let (path, cause) = errors.into_iter().next()?;
            return Some(format!("{cause}, {}", position(path, code)));
        }
    };
    Some(format!("expected {expected} {}", position(found, code)))
}

fn undefined<'a>(errors: Vec<compile::Error<&'a str>>, code: &'a str) -> Option<String> {
    let (name, class) = errors.into_iter().next()?;
    let class = class.as_str();
    Some(format!(
        "undefined {class} `{name}` {}",
        position(name, code)
    ))
}

/// Returns where `part` is in `code`.
fn position(part: &str, code: &str) -> String {
    let start = load::span(code, part).start;
    match code.get(..start) {
        Some(before) if start < code.len() => {
            format!("at character {}", before.chars().count() + 1)
        }
        _ => "at the end".to_owned(),
    }
}

impl Filter {
    /// Prints each result on a line: a text as it is, without quotation marks, a null as an
    /// empty line, and other values as JSON, which may be indented.
    pub(super) fn print(
        &self,
        value: &Value,
        is_indented: bool,
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        let input = read::parse_single(value.to_string().as_bytes());
        let input = input.map_err(|cause| Failure::other(format!("--jq: {cause}")))?;
        let style = Pp {
            indent: is_indented.then(|| "  ".to_owned()),
            sep_space: is_indented,
            ..Pp::default()
        };
        let Program { lut, id } = &*self.0;
        let context = Ctx::<JustLut<Val>>::new(lut, Vars::new([]));
        for result in id.run((context, input)) {
            match result {
                Ok(result) => line(&result, &style, out)?,
                Err(exception) => {
                    return match exception.get_err() {
                        Ok(error) => Err(Failure::other(format!("--jq: {error}"))),
                        // The filter `halt` ends the output.
                        Err(_) => Ok(()),
                    };
                }
            }
        }
        Ok(())
    }
}

fn line(result: &Val, style: &Pp, out: &mut impl Write) -> io::Result<()> {
    match result {
        Val::Null => {}
        Val::TStr(text) => out.write_all(text)?,
        other => jaq_json::write::write(out, style, 0, other)?,
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn printed(filter: &str, value: &Value, is_indented: bool) -> Result<String, Failure> {
        let mut out = Vec::new();
        let filter: Filter = filter.parse().unwrap();
        filter.print(value, is_indented, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn texts_are_printed_without_quotation_marks_and_null_as_an_empty_line() {
        let value = json!([{"a": "x \"y\""}, {"a": null}, {"a": 1.50}, {"a": {"b": [1]}}]);
        assert_eq!(
            printed(".[].a", &value, false).unwrap(),
            "x \"y\"\n\n1.5\n{\"b\":[1]}\n"
        );
        assert_eq!(
            printed(".[3]", &value, true).unwrap(),
            "{\n  \"a\": {\n    \"b\": [\n      1\n    ]\n  }\n}\n"
        );
    }

    #[test]
    fn the_functions_of_jq_are_known() {
        let value = json!([{"id": "b", "n": 2}, {"id": "a", "n": 1}]);
        for (filter, expected) in [
            ("map(.id) | sort | join(\",\")", "a,b\n"),
            ("[.[] | select(.n > 1)] | length", "1\n"),
            (".[] | [.id, .n] | @csv", "\"b\",2\n\"a\",1\n"),
            (".[0] | keys", "[\"id\",\"n\"]\n"),
            ("first(.[] | select(.id | test(\"^a\"))).n", "1\n"),
            ("[\"a\\\"b\", null, true, 1] | @csv", "\"a\"\"b\",,true,1\n"),
            ("[\"a\\tb\\\\\", null, 1] | @tsv", "a\\tb\\\\\t\t1\n"),
            ("0 | todate", "1970-01-01T00:00:00Z\n"),
            ("1, halt, 2", "1\n"),
            ("empty", ""),
        ] {
            assert_eq!(
                printed(filter, &value, false).unwrap(),
                expected,
                "{filter}"
            );
        }
    }

    #[test]
    fn an_invalid_filter_is_an_error_with_the_position() {
        for (filter, error) in [
            (".[", "expected closing bracket at the end"),
            (".a |", "expected term at the end"),
            ("\"é\" | foo(1)", "undefined filter `foo` at character 7"),
            ("$x", "undefined variable `$x` at character 1"),
            (".a ) b", "at character 4"),
            ("import \"m\" as m; .", "at character 9"),
            ("", "expected term at the end"),
        ] {
            let text = filter.parse::<Filter>().unwrap_err();
            assert!(text.contains(error), "{filter}: {text}");
        }
    }

    #[test]
    fn an_error_of_the_filter_is_reported_after_the_results_before_it() {
        let mut out = Vec::new();
        let filter: Filter = ".[] | .a".parse().unwrap();
        let value = json!([{"a": 1}, "text"]);
        let error = filter.print(&value, false, &mut out).unwrap_err();
        assert_eq!(out, b"1\n");
        assert!(error.text().starts_with("--jq: cannot index"));
    }
}
