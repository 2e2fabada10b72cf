use super::*;

fn headers(all: &[(HeaderName, &str)]) -> HeaderMap {
    let pair = |(name, value): &(HeaderName, &str)| (name.clone(), value.parse().unwrap());
    all.iter().map(pair).collect()
}

#[test]
fn a_strong_tag_or_an_older_date_is_a_validator() {
    let (older, newer) = (
        "Mon, 02 Nov 2026 10:00:00 GMT",
        "Mon, 02 Nov 2026 10:00:01 GMT",
    );
    for (all, expected) in [
        (&[(ETAG, "\"a\"")][..], Some("\"a\"")),
        (
            &[(ETAG, "\"a\""), (LAST_MODIFIED, older), (DATE, newer)],
            Some("\"a\""),
        ),
        (&[(ETAG, "W/\"a\"")], None),
        (
            &[(ETAG, "W/\"a\""), (LAST_MODIFIED, older), (DATE, newer)],
            None,
        ),
        (&[(ETAG, "a")], None),
        (&[(LAST_MODIFIED, older), (DATE, newer)], Some(older)),
        (&[(LAST_MODIFIED, older), (DATE, older)], None),
        (&[(LAST_MODIFIED, older)], None),
        (&[(LAST_MODIFIED, "yesterday"), (DATE, newer)], None),
        (&[], None),
    ] {
        let found = validator(&headers(all));
        let found = found.as_ref().map(|it| it.to_str().unwrap());
        assert_eq!(found, expected, "{all:?}");
    }
}

#[test]
fn only_the_requested_part_of_the_same_representation_continues_a_download() {
    let tag = HeaderValue::from_static("\"a\"");
    let part = Part {
        position: 5,
        length: Some(10),
        validator: &tag,
    };
    for (status, all, expected) in [
        (
            206,
            &[(CONTENT_RANGE, "bytes 5-9/10"), (ETAG, "\"a\"")][..],
            "",
        ),
        (206, &[(CONTENT_RANGE, "bytes 5-7/*")], ""),
        (200, &[(ETAG, "\"a\"")], "the whole representation"),
        (204, &[], "204"),
        (206, &[], "content-range is missing"),
        (
            206,
            &[(CONTENT_RANGE, "bytes */10")],
            "content-range is bytes */10",
        ),
        (206, &[(CONTENT_RANGE, "bytes 4-9/10")], "begins at byte 4"),
        (
            206,
            &[(CONTENT_RANGE, "bytes 5-9/11")],
            "its length was 10 and is 11 bytes",
        ),
        (
            206,
            &[(CONTENT_RANGE, "bytes 5-9/10"), (ETAG, "\"b\"")],
            "has changed",
        ),
        (
            206,
            &[(CONTENT_RANGE, "bytes 5-9/10"), (ETAG, "W/\"a\"")],
            "has changed",
        ),
    ] {
        let mut response = http::Response::new(reqwest::Body::from(""));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        *response.headers_mut() = headers(all);
        match part.check(&CallResponse::alone(response.into())) {
            Ok(length) => assert_eq!((length, expected), (Some(10), ""), "{all:?}"),
            Err(error) => {
                assert!(matches!(error, Error::NotResumed { position: 5, .. }));
                let text = error.to_string();
                assert!(
                    !expected.is_empty() && text.contains(expected),
                    "{expected}: {text}"
                );
            }
        }
    }
}
