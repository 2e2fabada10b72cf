use std::cell::RefCell;

use futures::executor::block_on;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::response::CallResponse;

const CURSOR: Paging = Paging::Cursor { member: "next" };
const NEXT_URL: Paging = Paging::NextUrl { member: "next" };

fn fetched(page: Page<u32>) -> Fetched<u32> {
    let response = http::Response::new(reqwest::Body::from(""));
    let url: Url = "http://api.example/things".parse().unwrap();
    let next = page.next.as_str().filter(|next| next.starts_with("http"));
    Fetched {
        next_url: next.map(|next| Ok(next.parse().unwrap())),
        url,
        page,
        origin: Origin::of(&CallResponse::alone(response.into())),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "callers pass literals")]
fn page(items: &[u32], members: Value) -> Page<u32> {
    let member = |name: &str| members.get(name).cloned().unwrap_or_default();
    Page {
        items: items.to_vec(),
        next: member("next"),
        has_more: member("has_more"),
        total: member("total"),
        total_pages: member("total_pages"),
    }
}

/// Returns the items and the error of pages, of which `serve` returns the one at a position, with
/// the positions that were requested.
#[expect(clippy::needless_pass_by_value, reason = "callers pass literals")]
fn read(
    paging: Paging,
    start: Value,
    serve: impl Fn(&Value) -> Page<u32>,
) -> (Vec<u32>, Option<String>, Vec<Value>) {
    let requested = RefCell::new(Vec::new());
    let fetch = |next: Next| {
        let position = match next {
            Next::First => start.clone(),
            Next::Position(position) => position,
            Next::Url(url) => url.as_str().into(),
        };
        requested.borrow_mut().push(position.clone());
        assert!(requested.borrow().len() < 100, "the pages do not end");
        let fetched = fetched(serve(&position));
        async move { Ok(fetched) }
    };
    let mut all = Vec::new();
    let mut error = None;
    for item in block_on(items(Progress::new(paging, start.clone()), fetch).collect::<Vec<_>>()) {
        match item {
            Ok(item) => all.push(item),
            Err(cause) => error = Some(cause.to_string()),
        }
    }
    (all, error, requested.into_inner())
}

proptest! {
    #[test]
    fn any_split_into_pages_gives_all_items_once_and_in_order(
        sizes in prop::collection::vec(0..4_usize, 1..8),
        says_more: bool,
        says_total: bool,
    ) {
        let all: Vec<u32> = (0..).take(sizes.iter().sum()).collect();
        let of_page = |number: usize| {
            let begin: usize = sizes.iter().take(number).sum();
            &all[begin..begin + sizes[number]]
        };
        let is_last = |number: usize| number + 1 == sizes.len();
        let members = |number: usize, next: Value| {
            let mut members = json!({"next": next});
            if says_more {
                members["has_more"] = json!(!is_last(number));
            }
            if says_total {
                members["total"] = json!(all.len());
            }
            members
        };
        let cursor = |position: &Value| {
            let number = position.as_str().map_or(0, |it| it.parse().unwrap());
            let next = if is_last(number) { Value::Null } else { (number + 1).to_string().into() };
            page(of_page(number), members(number, next))
        };
        prop_assert_eq!(read(CURSOR, Value::Null, cursor).0, all.clone());
        for paging in [NEXT_URL, Paging::LinkHeader] {
            let url = |position: &Value| {
                let text = position.as_str().unwrap_or_default();
                let number = text.rsplit('/').next().and_then(|it| it.parse().ok()).unwrap_or(0);
                let next = if is_last(number) {
                    Value::Null
                } else {
                    format!("http://api.example/{}", number + 1).into()
                };
                page(of_page(number), members(number, next))
            };
            prop_assert_eq!(read(paging, Value::Null, url).0, all.clone());
        }
        for first in [0, 1] {
            let number = |position: &Value| {
                let number = position.as_u64().unwrap_or(first) - first;
                let number = usize::try_from(number).unwrap();
                if number < sizes.len() {
                    page(of_page(number), members(number, Value::Null))
                } else {
                    page(&[], json!({}))
                }
            };
            // Without `has_more`, an empty page is the last one.
            if says_more || sizes.iter().all(|size| *size > 0) {
                prop_assert_eq!(read(Paging::Page { first }, Value::Null, number).0, all.clone());
            }
        }
        let limit = sizes[0] + 1;
        let offset = |position: &Value| {
            let begin = usize::try_from(position.as_u64().unwrap_or(0)).unwrap();
            let end = all.len().min(begin + limit);
            let mut of_page = page(&all[begin..end], json!({}));
            if says_more {
                of_page.has_more = json!(end < all.len());
            }
            if says_total {
                of_page.total = json!(all.len());
            }
            of_page
        };
        prop_assert_eq!(read(Paging::Offset { first: 0 }, Value::Null, offset).0, all.clone());
    }
}

#[test]
fn pages_end_where_they_say_so() {
    let all_pages = |members: Value| move |_: &Value| page(&[1, 2], members.clone());
    for (paging, start, members, requested) in [
        (CURSOR, Value::Null, json!({}), 1),
        (CURSOR, Value::Null, json!({"next": ""}), 1),
        (CURSOR, Value::Null, json!({"next": false}), 1),
        (
            CURSOR,
            Value::Null,
            json!({"next": "a", "has_more": false}),
            1,
        ),
        (NEXT_URL, Value::Null, json!({"next": ""}), 1),
        (Paging::LinkHeader, Value::Null, json!({}), 1),
        (
            Paging::Page { first: 1 },
            Value::Null,
            json!({"total_pages": 3}),
            3,
        ),
        (
            Paging::Page { first: 0 },
            Value::Null,
            json!({"total_pages": 3}),
            3,
        ),
        (
            Paging::Page { first: 1 },
            json!(2),
            json!({"total_pages": 3}),
            2,
        ),
        (
            Paging::Page { first: 1 },
            Value::Null,
            json!({"total": 6}),
            3,
        ),
        (
            Paging::Page { first: 1 },
            Value::Null,
            json!({"has_more": false}),
            1,
        ),
        (
            Paging::Offset { first: 0 },
            Value::Null,
            json!({"total": 5}),
            3,
        ),
        (
            Paging::Offset { first: 1 },
            Value::Null,
            json!({"total": 4}),
            2,
        ),
        (
            Paging::Offset { first: 0 },
            json!(4),
            json!({"total": 8}),
            2,
        ),
    ] {
        let (items, error, positions) = read(paging, start, all_pages(members.clone()));
        assert_eq!(error, None, "{members}");
        assert_eq!(positions.len(), requested, "{paging:?} {members}");
        assert_eq!(items.len(), 2 * requested, "{paging:?} {members}");
    }
}

#[test]
fn the_position_of_the_caller_is_the_start() {
    for (paging, start, second) in [
        (CURSOR, json!("b"), json!("c")),
        (CURSOR, json!(7), json!(8)),
        (Paging::Page { first: 1 }, json!(4), json!(5)),
        (Paging::Offset { first: 0 }, json!(40), json!(42)),
    ] {
        let serve = |position: &Value| match (*position == start, paging) {
            (true, Paging::Cursor { .. }) => page(&[1, 2], json!({"next": second})),
            (true, _) => page(&[1, 2], json!({})),
            (false, _) => page(&[], json!({})),
        };
        let (items, error, positions) = read(paging, start.clone(), serve);
        assert_eq!((items, error), (vec![1, 2], None), "{paging:?}");
        assert_eq!(positions, [start.clone(), second.clone()], "{paging:?}");
    }
}

#[test]
fn a_page_that_was_requested_before_is_an_error_after_its_items() {
    let two = |position: &Value| match position.as_str() {
        Some("a") => page(&[2], json!({"next": "b"})),
        _ => page(&[1], json!({"next": "a"})),
    };
    let (items, error, _) = read(CURSOR, Value::Null, two);
    assert_eq!(items, [1, 2, 1]);
    assert!(error.unwrap().contains("never end at next"));
    let of_first = |_: &Value| page(&[1], json!({"next": "http://api.example/things"}));
    let (items, error, _) = read(NEXT_URL, Value::Null, of_first);
    assert_eq!(items, [1]);
    assert!(error.unwrap().contains("never end at next"));
}

#[test]
fn an_empty_page_continues_with_a_new_cursor_and_ends_with_the_same_one() {
    let serve = |position: &Value| match position.as_str() {
        None => page(&[], json!({"next": "a"})),
        Some("a") => page(&[1], json!({"next": "b"})),
        _ => page(&[], json!({"next": "b"})),
    };
    let (items, error, positions) = read(CURSOR, Value::Null, serve);
    assert_eq!((items, error, positions.len()), (vec![1], None, 3));
}

#[test]
fn more_items_without_a_place_are_an_error() {
    for paging in [
        CURSOR,
        NEXT_URL,
        Paging::LinkHeader,
        Paging::Offset { first: 0 },
    ] {
        let (_, error, _) = read(paging, Value::Null, |_| {
            page(&[], json!({"has_more": true}))
        });
        assert!(error.unwrap().contains("not where they are"), "{paging:?}");
    }
}

#[test]
fn a_position_fits_a_parameter_that_is_a_number_or_a_text() {
    assert_eq!(at_position("p", &json!("5")), Ok(5));
    assert_eq!(at_position("p", &json!(5)), Ok(5));
    assert_eq!(at_position("p", &json!(5)), Ok("5".to_owned()));
    assert_eq!(at_position("p", &json!("05")), Ok("05".to_owned()));
    let reason = at_position::<u8>("p", &json!("x")).unwrap_err();
    assert!(reason.contains("the parameter p cannot be"), "{reason}");
}

#[test]
fn members_of_a_page_are_read_below_absent_ones() {
    let next = page_member(
        &Some(json!({"cursors": {"after": "a"}})),
        &["cursors", "after"],
    );
    assert_eq!(next, Ok(json!("a")));
    assert_eq!(
        page_member(&None::<u8>, &["cursors", "after"]),
        Ok(Value::Null)
    );
    assert_eq!(page_items(Some(Some(vec![1]))), [1]);
    assert!(page_items(crate::Nullable::<Vec<u8>>::Null).is_empty());
}

#[test]
fn a_total_that_is_the_number_of_items_on_the_page_is_not_the_end() {
    for (paging, second) in [
        (Paging::Page { first: 0 }, json!(1)),
        (Paging::Offset { first: 0 }, json!(2)),
    ] {
        let serve = |position: &Value| match position {
            Value::Null => page(&[1, 2], json!({"total": 2})),
            position if *position == second => page(&[3], json!({"total": 1})),
            _ => page(&[], json!({"total": 0})),
        };
        let (items, error, _) = read(paging, Value::Null, serve);
        assert_eq!((items, error), (vec![1, 2, 3], None), "{paging:?}");
    }
}
