use bytes::Bytes;
use http::StatusCode;
use reqwest::{ResponseBuilderExt, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::list::List;

#[derive(Debug, Deserialize)]
struct Item {
    #[allow(dead_code)]
    number: u32,
}

/// A response with this body and these headers.
fn response(body: impl Into<Bytes>, headers: &[(&str, &str)]) -> CallResponse {
    let mut response = http::Response::builder()
        .status(200)
        .url(Url::parse("https://api.example/things").unwrap())
        .header("request-id", "r-1");
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    let response = response.body("").unwrap();
    let mut response = CallResponse::alone(response.into());
    response.body.get_or_insert_default().push(body.into());
    response
}

fn read<T: DeserializeOwned + std::fmt::Debug>(body: &'static str) -> Error {
    value::<T>(&mut response(body, &[])).unwrap_err()
}

#[test]
fn a_value_that_does_not_fit_is_reported_with_path_status_and_excerpt() {
    let error = read::<List<Item>>(r#"{"items":[{"number":1},{"number":"canary"}]}"#);
    let Error::Decode {
        status,
        path,
        excerpt,
        request_id,
        reason,
        ..
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(status, 200);
    assert_eq!(path, "items[1].number");
    assert_eq!(request_id.as_deref(), Some("r-1"));
    assert!(excerpt.contains("canary"));
    assert!(
        reason.contains("expected u32") && !reason.contains("column"),
        "{reason}"
    );
}

#[test]
fn a_page_instead_of_json_keeps_its_status_and_shows_its_beginning() {
    let error = read::<List<Item>>("<html><body>Sign in to the hotel's network</body></html>");
    assert_eq!(error.status(), Some(StatusCode::OK));
    assert!(error.to_string().contains("hotel's network"), "{error}");
    assert!(error.to_string().contains("not JSON"), "{error}");
}

#[test]
fn what_follows_the_value_is_an_error() {
    let error = read::<Item>(r#"{"number":1} trailing"#);
    assert!(matches!(error, Error::Decode { .. }), "{error:?}");
}

#[test]
fn an_empty_body_is_null_and_fits_only_what_takes_null() {
    let none = value::<Option<Item>>(&mut response("", &[]));
    assert!(none.unwrap().is_none());
    let error = read::<Item>("");
    assert!(error.to_string().contains("empty"), "{error}");
}

#[test]
fn the_excerpt_of_a_long_answer_is_short_and_lies_around_the_place() {
    let filler = "x".repeat(5_000);
    let json = format!(r#"[{{"number":1,"a":"{filler}"}},{{"number":-1}},{{"b":"{filler}"}}]"#);
    let cause = serde_json::from_str::<Vec<Item>>(&json).unwrap_err();
    let excerpt = excerpt(json.as_bytes(), &cause, None);
    assert!(excerpt.contains(r#""number":-1"#), "{excerpt}");
    assert!(excerpt.len() <= EXCERPT);
}

#[test]
fn a_byte_order_mark_before_the_json_is_skipped() {
    let small = "\u{feff}[1]".to_owned();
    let large = format!("\u{feff}[{}1]", "1,".repeat(1_000_000));
    for body in [small, large] {
        let items: Vec<u8> = value(&mut response(body, &[])).unwrap();
        assert!(items.iter().all(|item| *item == 1));
    }
}

#[test]
fn a_number_beyond_a_float_is_kept_as_text_where_any_value_fits() {
    #[derive(Debug, Deserialize)]
    struct Measured {
        weight: f64,
        #[serde(flatten)]
        extra: serde_json::Map<String, Value>,
    }
    let body = r#"[{"weight":1.5,"other":1e400},{"weight":2.5}]"#;
    let items: Vec<Measured> = value(&mut response(body, &[])).unwrap();
    assert_eq!(items[0].extra["other"], json!("1e400"));
    assert!((items[1].weight - 2.5).abs() < f64::EPSILON);
    let body = r#"[{"weight":1.5},{"weight":-1e400}]"#;
    let error = read::<Vec<Measured>>(body);
    assert!(
        matches!(&error, Error::Decode { path, .. } if path == "[1].weight"),
        "{error}"
    );
    assert!(error.to_string().contains("-1e400"), "{error}");
}

#[test]
fn a_body_in_another_encoding_is_reported_with_its_name() {
    for (name, sent, named) in [
        ("content-encoding", "gzip", "encoded with gzip"),
        ("content-encoding", "br", "encoded with br"),
        ("content-encoding", "compress", "content encoding compress"),
        (
            "content-type",
            "application/json; charset=\"ISO-8859-1\"",
            "charset iso-8859-1",
        ),
    ] {
        let mut response = response(b"[\"\xe4\"]".as_slice(), &[(name, sent)]);
        let error = value::<Vec<String>>(&mut response).unwrap_err();
        assert!(error.to_string().contains(named), "{error}");
    }
    let mut plain = response(
        "[1]",
        &[("content-type", "application/json; charset=utf-16")],
    );
    assert_eq!(value::<Vec<u8>>(&mut plain).unwrap(), [1]);
}

#[test]
fn typed_floats_survive_a_round_trip_exactly() {
    for text in [
        "3.3151988490345298e+38",
        "0.1",
        "5e-324",
        "1.7976931348623157e308",
    ] {
        let float: f64 = serde_json::from_str(text).unwrap();
        assert_eq!(
            float.to_bits(),
            text.parse::<f64>().unwrap().to_bits(),
            "{text}"
        );
    }
}
