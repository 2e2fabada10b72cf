use serde_json::json;

use super::*;

pub(super) const PIPE: Screen = Screen {
    is_terminal: false,
    width: 80,
    is_coloured: false,
};
pub(super) const TERMINAL: Screen = Screen {
    is_terminal: true,
    ..PIPE
};

fn output(format: Format, screen: Screen) -> Output {
    Output {
        format,
        columns: Vec::new(),
        filter: None,
        screen,
        pager: None,
    }
}

impl Output {
    fn with_columns(mut self, columns: &[&str]) -> Self {
        self.columns = columns.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    fn with_filter(mut self, filter: &str) -> Self {
        self.filter = Some(filter.parse().unwrap());
        self
    }

    fn printed(&self, document: &Document) -> Result<String, Failure> {
        let mut out = Vec::new();
        self.write(document, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    fn value(&self, shape: Shape, value: Value) -> String {
        let printed = self.printed(&Document::of(Body::Json(shape, value)));
        printed.unwrap()
    }
}

const FORMATS: [Format; 5] = [
    Format::Table,
    Format::Json,
    Format::Ndjson,
    Format::Csv,
    Format::Yaml,
];

fn other(bytes: &[u8], content_type: &str) -> Document {
    Document::of(Body::Other {
        bytes: bytes.to_vec(),
        content_type: content_type.to_owned(),
    })
}

#[test]
fn json_and_yaml_are_the_whole_response() {
    let value = json!({"items": [{"id": 1, "tags": [{"a": null}]}], "next": null});
    let text = output(Format::Json, PIPE).value(Shape::List, value.clone());
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    let text = output(Format::Yaml, PIPE).value(Shape::List, value.clone());
    assert_eq!(serde_saphyr::from_str::<Value>(&text).unwrap(), value);
}

#[test]
fn ndjson_has_one_line_for_each_item() {
    let list = json!({"items": [{"b": 1, "a": "x\ny"}, 2, null], "next": 1});
    let ndjson = output(Format::Ndjson, PIPE);
    let expected = "{\"b\":1,\"a\":\"x\\ny\"}\n2\nnull\n";
    assert_eq!(ndjson.value(Shape::List, list), expected);
    assert_eq!(ndjson.value(Shape::Item, json!({"a": []})), "{\"a\":[]}\n");
}

#[test]
fn each_format_has_the_selected_columns_only() {
    let list = json!([{"id": 1, "owner": {"name": "Ada"}, "x": 1}, {"id": 2}]);
    for (format, expected) in [
        (Format::Table, "Ada\t1\n\t2\n"),
        (
            Format::Ndjson,
            "{\"owner.name\":\"Ada\",\"id\":1}\n{\"owner.name\":null,\"id\":2}\n",
        ),
        (Format::Csv, "owner.name,id\nAda,1\n,2\n"),
        (
            Format::Yaml,
            "- owner.name: Ada\n  id: 1\n- owner.name: null\n  id: 2\n",
        ),
    ] {
        let output = output(format, PIPE).with_columns(&["owner.name", "id"]);
        assert_eq!(output.value(Shape::List, list.clone()), expected);
    }
    let json = output(Format::Json, PIPE).with_columns(&["id"]);
    assert_eq!(
        json.value(Shape::Item, list[0].clone()),
        "{\n  \"id\": 1\n}\n"
    );
}

#[test]
fn an_unknown_column_is_an_error_in_each_format() {
    for format in FORMATS {
        let output = output(format, PIPE).with_columns(&["nmae"]);
        let value = Body::Json(Shape::Item, json!({"name": 1}));
        let failure = output.printed(&Document::of(value)).unwrap_err();
        assert!(failure.text().contains("did you mean `name`?"));
    }
}

#[test]
fn a_filter_prints_indented_json_on_a_terminal_and_lines_elsewhere() {
    let value = json!([{"a": "x"}]);
    for (format, screen, expected) in [
        (Format::Table, PIPE, "{\"a\":\"x\"}\n"),
        (Format::Ndjson, TERMINAL, "{\"a\":\"x\"}\n"),
        (Format::Table, TERMINAL, "{\n  \"a\": \"x\"\n}\n"),
        (Format::Json, PIPE, "{\n  \"a\": \"x\"\n}\n"),
    ] {
        let output = output(format, screen).with_filter(".[]");
        assert_eq!(output.value(Shape::List, value.clone()), expected);
    }
}

#[test]
fn no_format_can_steer_the_terminal() {
    let attack = "\u{1b}]0;title\u{7}\u{9b}2J\u{202e}";
    let value = json!([{"id": attack, (attack): {"a": attack}}]);
    for format in FORMATS {
        let text = output(format, TERMINAL).value(Shape::List, value.clone());
        let text = text.replace('\n', "");
        assert_eq!(text, perspio::auth::secret::printable(&text), "{format:?}");
    }
    let jq = output(Format::Table, TERMINAL).with_filter(".[0].id");
    assert!(!jq.value(Shape::List, value).contains('\u{1b}'));
    let text = output(Format::Table, TERMINAL).printed(&other(attack.as_bytes(), "text/plain"));
    assert!(!text.unwrap().contains('\u{1b}'));
}

#[test]
fn a_body_that_is_not_json_is_printed_as_it_is() {
    for format in FORMATS {
        let csv = other(b"a,b\n\"x", "text/csv");
        assert_eq!(output(format, PIPE).printed(&csv).unwrap(), "a,b\n\"x");
        assert_eq!(
            output(format, TERMINAL).printed(&csv).unwrap(),
            "a,b\n\"x\n"
        );
    }
    let filtered = output(Format::Json, PIPE).with_filter(".");
    let failure = filtered.printed(&other(b"a,b", "text/csv")).unwrap_err();
    assert!(failure.text().contains("text/csv"), "{}", failure.text());
}

#[test]
fn a_binary_body_is_not_printed_on_a_terminal() {
    let binary = other(b"\x89PNG\x00\xff", "image/png");
    let mut out = Vec::new();
    output(Format::Table, PIPE)
        .write(&binary, &mut out)
        .unwrap();
    assert_eq!(out, b"\x89PNG\x00\xff");
    let failure = output(Format::Table, TERMINAL)
        .printed(&binary)
        .unwrap_err();
    for part in ["6 bytes of image/png", "--output-file"] {
        assert!(failure.text().contains(part), "{}", failure.text());
    }
}

#[test]
fn an_empty_response_is_done_on_a_terminal_and_nothing_elsewhere() {
    let empty = || Value::Null;
    assert_eq!(
        output(Format::Table, TERMINAL).value(Shape::Item, empty()),
        "done\n"
    );
    assert_eq!(output(Format::Table, PIPE).value(Shape::Item, empty()), "");
    assert_eq!(
        output(Format::Csv, PIPE).value(Shape::Item, empty()),
        "value\n"
    );
    assert_eq!(
        output(Format::Json, PIPE).value(Shape::Item, empty()),
        "null\n"
    );
}

#[test]
fn the_head_is_printed_before_the_body() {
    let head = Head {
        status: perspio::auth::http::StatusCode::OK,
        headers: vec![("etag".to_owned(), "\"1\"".to_owned())],
    };
    let document = Document {
        head: Some(head),
        body: Some(Body::Json(Shape::Item, json!({"id": 1}))),
    };
    let text = output(Format::Ndjson, PIPE).printed(&document).unwrap();
    assert_eq!(text, "HTTP 200 OK\netag: \"1\"\n\n{\"id\":1}\n");
}

#[test]
fn a_closed_pipe_is_no_failure_in_any_format() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let list = || Document::of(Body::Json(Shape::List, json!([{"id": "x".repeat(20_000)}])));
    for screen in [PIPE, TERMINAL] {
        for format in FORMATS {
            let failure = output(format, screen).write(&list(), Closed).unwrap_err();
            assert_eq!(failure.text(), "", "{format:?}");
        }
        let filtered = output(Format::Table, screen).with_filter(".");
        assert_eq!(filtered.write(&list(), Closed).unwrap_err().text(), "");
    }
}
