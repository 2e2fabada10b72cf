//! The table of OpenAPI 3.0.3, "Style Examples", and what it leaves open.

use serde_json::json;

use super::*;

fn in_query(value: &Value, style: Style, explode: bool) -> String {
    query("http://h".to_owned(), "color", value, style, explode).unwrap()
}

#[test]
fn a_query_is_written_as_the_table_says() {
    let list = json!(["blue", "black", "brown"]);
    let object = json!({"R": 100, "G": 200});
    for (value, style, explode, expected) in [
        (&list, Style::Form, false, "?color=blue,black,brown"),
        (
            &list,
            Style::Form,
            true,
            "?color=blue&color=black&color=brown",
        ),
        (&list, Style::Space, false, "?color=blue%20black%20brown"),
        (&list, Style::Pipe, false, "?color=blue%7Cblack%7Cbrown"),
        (&object, Style::Form, true, "?G=200&R=100"),
        (&object, Style::Form, false, "?color=G,200,R,100"),
        (
            &object,
            Style::Deep,
            true,
            "?color%5BG%5D=200&color%5BR%5D=100",
        ),
        (&json!("blue"), Style::Form, true, "?color=blue"),
        (
            &json!({"a": [1]}),
            Style::Json,
            true,
            "?color=%7B%22a%22%3A%5B1%5D%7D",
        ),
        (&json!([]), Style::Form, false, ""),
        (&json!(null), Style::Form, true, ""),
    ] {
        let url = in_query(value, style, explode);
        assert_eq!(url, format!("http://h{expected}"), "{style:?} {explode}");
    }
}

#[test]
fn what_separates_values_is_encoded_inside_of_one() {
    let url = in_query(&json!(["a,b", "c d|e&f"]), Style::Form, false);
    assert_eq!(url, "http://h?color=a%2Cb,c%20d%7Ce%26f");
    let url = query("http://h?a=1".to_owned(), "b", &2, Style::Form, true).unwrap();
    assert_eq!(url, "http://h?a=1&b=2");
}

#[test]
fn a_path_is_written_as_the_table_says() {
    let list = json!(["blue", "black"]);
    let object = json!({"R": 100, "G": 200});
    for (value, style, explode, expected) in [
        (&list, Style::Simple, false, "blue,black"),
        (&list, Style::Label, false, ".blue,black"),
        (&list, Style::Label, true, ".blue.black"),
        (&list, Style::Matrix, false, ";color=blue,black"),
        (&list, Style::Matrix, true, ";color=blue;color=black"),
        (&object, Style::Simple, false, "G,200,R,100"),
        (&object, Style::Simple, true, "G=200,R=100"),
        (&object, Style::Label, true, ".G=200.R=100"),
        (&object, Style::Matrix, false, ";color=G,200,R,100"),
        (&object, Style::Matrix, true, ";G=200;R=100"),
        (&json!("a/b"), Style::Simple, false, "a%2Fb"),
        (&json!("blue"), Style::Label, true, ".blue"),
        (&json!("blue"), Style::Matrix, true, ";color=blue"),
    ] {
        let text = path("color", value, style, explode).unwrap();
        assert_eq!(text, expected, "{style:?} {explode}");
    }
    assert!(path("color", &json!([]), Style::Simple, false).is_err());
}

#[test]
fn headers_and_cookies_hold_lists_with_commas() {
    let mut headers = HeaderMap::new();
    let list = json!(["a", "b c"]);
    header(&mut headers, "X-Ids", &list, Style::Simple, false).unwrap();
    header(&mut headers, "X-None", &Value::Null, Style::Simple, false).unwrap();
    header(&mut headers, "X-Json", &list, Style::Json, false).unwrap();
    cookie(&mut headers, "one", &"x y").unwrap();
    cookie(&mut headers, "two", &json!([1, 2])).unwrap();
    cookie(&mut headers, "three", &Option::<u8>::None).unwrap();
    assert_eq!(headers["x-ids"], "a,b c");
    assert_eq!(headers["x-json"], r#"["a","b c"]"#);
    assert_eq!(headers["cookie"], "one=x%20y; two=1,2");
    assert_eq!(headers.len(), 3);
}

#[test]
fn a_form_writes_lists_and_objects() {
    let body = json!({"ids": [1, 2], "more": {"a": "b"}, "name": "x y&z", "none": null});
    assert_eq!(
        form(&body, &[]).unwrap(),
        "ids=1&ids=2&more=%7B%22a%22%3A%22b%22%7D&name=x%20y%26z"
    );
    let styles = [("ids", Style::Pipe, false), ("more", Style::Deep, true)];
    assert_eq!(
        form(&body, &styles).unwrap(),
        "ids=1%7C2&more%5Ba%5D=b&name=x%20y%26z"
    );
    assert!(form(&json!([1]), &[]).is_err());
}

#[test]
fn objects_and_lists_in_a_deep_object_have_a_pair_for_each_value() {
    let data = json!({"bar": 1.5, "inner": {"a b": "x", "list": ["y", {"z": true}]}, "none": []});
    let url = query("/q".to_owned(), "data", &data, Style::Deep, true).unwrap();
    assert_eq!(
        url.replace("%5B", "[").replace("%5D", "]"),
        "/q?data[bar]=1.5&data[inner][a%20b]=x&data[inner][list][0]=y\
         &data[inner][list][1][z]=true"
    );
    let body = json!({"expand": ["a", "b"], "amount": 5});
    let body = form(&body, &[("expand", Style::Deep, true)]).unwrap();
    assert_eq!(body, "amount=5&expand%5B0%5D=a&expand%5B1%5D=b");
}

#[test]
fn what_a_style_cannot_say_is_told_by_name_and_without_the_value() {
    let mut headers = HeaderMap::new();
    let nested = json!([["canary"]]);
    for error in [
        query(String::new(), "ids", &nested, Style::Form, true).unwrap_err(),
        header(&mut headers, "ids", &nested, Style::Simple, false).unwrap_err(),
        header(&mut headers, "ids", &"canary\n", Style::Simple, false).unwrap_err(),
    ] {
        assert!(
            error.contains("ids") && !error.contains("canary"),
            "{error}"
        );
    }
}
