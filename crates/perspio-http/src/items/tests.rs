use futures::{StreamExt, TryStreamExt};
use http::StatusCode;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::list::List;

#[derive(Debug, Deserialize, PartialEq)]
struct Item {
    number: u32,
}

/// What comes of `pieces`: the items that were read, and the error if there was one.
fn read<T: DeserializeOwned>(pieces: &[&[u8]]) -> (Vec<T>, Option<Error>) {
    let pieces: Vec<_> = pieces.iter().map(|piece| piece.to_vec()).collect();
    let body = Pieces(pieces.into_iter());
    let response = http::Response::builder()
        .header("request-id", "r-1")
        .body(reqwest::Body::wrap(body))
        .unwrap();
    let mut found = Vec::new();
    let mut stream = items::<T>(CallResponse::alone(response.into()));
    let error = futures::executor::block_on(async {
        let error = loop {
            match stream.next().await {
                Some(Ok(item)) => found.push(item),
                Some(Err(error)) => break Some(error),
                None => break None,
            }
        };
        assert!(stream.next().await.is_none(), "nothing follows the end");
        error
    });
    (found, error)
}

/// A body that comes in these pieces.
struct Pieces(std::vec::IntoIter<Vec<u8>>);

impl Body for Pieces {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        let next = self.0.next();
        Poll::Ready(next.map(|piece| Ok(http_body::Frame::data(piece.into()))))
    }
}

/// The error of `json`, and how many items came before it.
fn refused(json: &str) -> (usize, Error) {
    let (items, error) = read::<Value>(&[json.as_bytes()]);
    (
        items.len(),
        error.unwrap_or_else(|| panic!("{json} was read")),
    )
}

fn reason(error: &Error) -> (&str, &str) {
    match error {
        Error::Decode { path, reason, .. } => (path, reason),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_form_of_a_list_is_read_item_by_item() {
    for json in [
        "[1,2]",
        " [ 1 ,\n2 ] \r\n",
        r#"{"items":[1,2]}"#,
        r#"{"count":2,"items":"none","data":{"a":[9]},"value":[1,2],"results":[8],"next":null}"#,
        r#"{ "a" : "\"]}" , "VALUE" : [ 1 , 2 ] , "b" : "[" }"#,
    ] {
        assert_eq!(read::<u8>(&[json.as_bytes()]).0, [1, 2], "{json}");
        assert!(read::<u8>(&[json.as_bytes()]).1.is_none(), "{json}");
    }
    for json in ["[]", r#"{"items":[]}"#, " [ ] "] {
        let (items, error) = read::<u8>(&[json.as_bytes()]);
        assert!(items.is_empty() && error.is_none(), "{json}");
    }
}

#[tokio::test]
async fn what_stands_beside_the_list_is_kept() {
    let json = r#"{"count":2,"items":[1,2],"next":"n","value":["x"]}"#;
    let mut stream = items::<u8>(CallResponse::alone(http::Response::new(json).into()));
    assert_eq!(
        stream.by_ref().try_collect::<Vec<_>>().await.unwrap(),
        [1, 2]
    );
    let whole: List<u8> = serde_json::from_str(json).unwrap();
    assert_eq!(stream.other(), whole.other());
}

#[test]
fn a_value_that_does_not_fit_is_told_after_the_good_ones_with_path_and_excerpt() {
    for (json, place) in [
        (
            r#"{"items":[{"number":1},{"number":"canary"},{"number":3}]}"#,
            "items[1].number",
        ),
        (r#"[{"number":1},{"number":"canary"}]"#, "[1].number"),
        (r#"[{"number":1},"canary"]"#, "[1]"),
    ] {
        let (items, error) = read::<Item>(&[json.as_bytes()]);
        assert_eq!(items, [Item { number: 1 }]);
        let error = error.unwrap();
        assert_eq!(reason(&error).0, place);
        assert_eq!(error.status(), Some(StatusCode::OK));
        assert_eq!(error.request_id(), Some("r-1"));
        assert!(
            error.to_string().contains("near: ") && error.to_string().contains("canary"),
            "{error}"
        );
    }
    let (_, error) = read::<Vec<u8>>(&[b"[[1],[2,-3]]"]);
    assert_eq!(reason(&error.unwrap()).0, "[1][1]");
}

#[test]
fn a_list_that_is_cut_short_is_an_error_after_the_good_items() {
    for (json, good, place) in [
        ("[1,2", 1, "[1]"),
        ("[1,2,", 2, "[2]"),
        ("[1,2 ", 2, "[2]"),
        ("[", 0, "[0]"),
        (r#"{"items":[1,2,{"a":"#, 2, "items[2]"),
        (r#"{"items":[1,2]"#, 2, "."),
        (r#"{"items""#, 0, "items"),
        (r#"{"ite"#, 0, "."),
        ("{", 0, "."),
    ] {
        let (items, error) = refused(json);
        assert_eq!(items, good, "{json}");
        assert_eq!(reason(&error), (place, "it ends in the middle"), "{json}");
    }
    assert_eq!(reason(&refused("").1), (".", "the body is empty"));
}

#[test]
fn what_is_no_list_is_told_as_what_it_is() {
    for (json, told) in [
        ("[1] x", "trailing"),
        ("[1][2]", "trailing"),
        ("[1]]", "trailing"),
        ("[1,]", "expected value"),
        ("[,1]", "expected value"),
        ("[1 2]", "`,` or `]`"),
        (r#"{"items":[1]]"#, "`,` or `}`"),
        (r#"{"a" 1}"#, "`:`"),
        (r#"{"a":1,}"#, "expected `\"`"),
        (r#"{"a":}"#, "expected value"),
        ("{a:1}", "`\"` or `}`"),
        (r#"{"a":tru}"#, "not JSON"),
        ("[tru]", "not JSON"),
        (r#"["\x"]"#, "not JSON"),
        ("[{]", "not JSON"),
        ("7", "no list"),
        ("null", "no list"),
        ("<html>Sign in</html>", "not JSON"),
        (r#"{"total":0,"assetz":[]}"#, "assetz, total"),
        (r#"{"items":7}"#, "none of"),
    ] {
        let error = refused(json).1;
        assert!(reason(&error).1.contains(told), "{json}: {error}");
    }
    let page = refused("<html>Sign in</html>").1.to_string();
    assert!(page.contains("near: <html>Sign in"), "{page}");
}

#[test]
fn values_may_lie_in_each_other_as_deep_as_in_a_whole_answer() {
    for (before, after) in [("[", "]"), (r#"{"items":["#, "]}")] {
        for depth in [100, 120, 124, 125, 126, 127, 128, 200] {
            let item = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            let json = format!("{before}{item}{after}");
            let whole = serde_json::from_str::<List<Value>>(&json);
            let error = read::<Value>(&[json.as_bytes()]).1;
            assert_eq!(whole.is_ok(), error.is_none(), "{depth} in {before}");
        }
    }
    let endless = "[".repeat(100_000);
    assert!(reason(&refused(&endless).1).1.contains("recursion"));
}

#[test]
fn an_item_of_more_than_16_mib_is_refused_before_it_is_whole() {
    let half = "x".repeat(splitter::LARGEST / 2);
    let (items, error) = read::<Value>(&[b"[\"short\",\"", half.as_bytes(), half.as_bytes(), b"x"]);
    assert_eq!(items, ["short"]);
    let error = error.unwrap();
    assert_eq!(reason(&error), ("[1]", "it is longer than 16 MiB"));
    assert!(error.to_string().len() < 1_000);
}

#[test]
fn the_other_members_of_a_list_have_16_mib_in_all() {
    let half = "x".repeat(splitter::LARGEST / 2);
    let json = format!(r#"{{"a":"{half}","b":"{half}","items":[1]}}"#);
    let error = refused(&json).1;
    assert!(
        reason(&error).1.contains("other members"),
        "{}",
        reason(&error).1
    );
}

/// Any JSON value, small.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        r#"[a-z"\\{}\[\],: \n€]{0,8}"#.prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let name = prop_oneof!["(?i)items|value|data", r#"[a-z"\\]{0,4}"#];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// `text` cut at `cuts`, which may lie anywhere.
fn cut<'a>(text: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
    places.extend([0, text.len()]);
    places.sort_unstable();
    places
        .windows(2)
        .map(|ends| &text[ends[0]..ends[1]])
        .collect()
}

proptest! {
    #[test]
    fn any_value_in_any_pieces_gives_the_items_that_it_gives_as_a_whole(
        value in value(),
        is_pretty: bool,
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let text = if is_pretty { format!("{value:#}") } else { value.to_string() };
        let whole = serde_json::from_str::<List<Value>>(&text);
        let (items, error) = read::<Value>(&cut(text.as_bytes(), &cuts));
        match whole {
            Ok(whole) => {
                prop_assert!(error.is_none(), "{error:?}");
                prop_assert_eq!(items, whole.into_items());
            }
            Err(_) => prop_assert!(error.is_some()),
        }
    }

    #[test]
    fn a_text_with_one_byte_wrong_is_refused_as_it_is_as_a_whole(
        value in value(),
        place: prop::sample::Index,
        byte: u8,
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let mut text = value.to_string().into_bytes();
        let place = place.index(text.len());
        text[place] = byte;
        let whole = serde_json::from_slice::<List<Value>>(&text);
        let (items, error) = read::<Value>(&cut(&text, &cuts));
        match whole {
            Ok(whole) => {
                prop_assert!(error.is_none(), "{error:?}");
                prop_assert_eq!(items, whole.into_items());
            }
            Err(_) => prop_assert!(error.is_some()),
        }
    }
}

#[test]
fn an_error_waits_for_its_surroundings_so_that_no_half_of_a_secret_shows() {
    let (items, error) = read::<u8>(&[b"[1] first h", b"alf"]);
    assert_eq!(items, [1]);
    let error = error.unwrap().to_string();
    assert!(error.contains("near: first half"), "{error}");
}

#[test]
fn an_object_without_a_list_can_be_read_as_an_object() {
    for (json, is_object) in [
        (r#"{"id":1,"owner":{"name":"Ada"}}"#, true),
        ("{}", true),
        (r#"{"id":1"#, false),
        (r#"{"items":[],"id":1}"#, false),
        ("[]", false),
        ("1", false),
    ] {
        let response = http::Response::new(json.to_owned());
        let mut stream = items::<Value>(CallResponse::alone(response.into()));
        let _ = futures::executor::block_on(stream.next());
        assert_eq!(stream.is_object_without_list(), is_object, "{json}");
        if is_object {
            let members: BTreeMap<_, _> = serde_json::from_str(json).unwrap();
            assert_eq!(stream.other(), &members);
        }
    }
}
