use super::*;

fn request(method: &Method) -> Request {
    let url = Url::parse("https://api.example/from").unwrap();
    let mut request = Request::new(method.clone(), url);
    *request.body_mut() = Some("body".into());
    let headers = request.headers_mut();
    headers.insert("content-type", "text/plain".parse().unwrap());
    headers.insert("authorization", "Bearer t".parse().unwrap());
    request
}

fn to() -> Url {
    Url::parse("https://api.example/to").unwrap()
}

#[test]
fn method_and_body_follow_rfc_9110() {
    let cases = [
        (301, Method::GET, Method::GET),
        (301, Method::POST, Method::GET),
        (301, Method::PATCH, Method::PATCH),
        (302, Method::POST, Method::GET),
        (302, Method::DELETE, Method::DELETE),
        (303, Method::PUT, Method::GET),
        (303, Method::PATCH, Method::GET),
        (303, Method::HEAD, Method::HEAD),
        (307, Method::POST, Method::POST),
        (307, Method::PATCH, Method::PATCH),
        (308, Method::PUT, Method::PUT),
    ];
    for (status, method, expected) in cases {
        let status = StatusCode::from_u16(status).unwrap();
        let followed = redirected(&request(&method), false, status, to()).unwrap();
        assert_eq!(followed.method(), expected, "{status} {method}");
        assert_eq!(followed.url(), &to());
        assert_eq!(followed.headers()["authorization"], "Bearer t");
        let keeps_body = method == expected && (status != 303 || method == Method::HEAD);
        assert_eq!(followed.body().is_some(), keeps_body, "{status} {method}");
        assert_eq!(followed.headers().contains_key("content-type"), keeps_body);
    }
}

#[test]
fn a_stream_is_not_sent_twice_but_may_be_followed_without_it() {
    let stream = || {
        let mut request = request(&Method::PUT);
        *request.body_mut() = Some(reqwest::Body::wrap(reqwest::Body::from("body")));
        request
    };
    let refused = redirected(&stream(), true, StatusCode::TEMPORARY_REDIRECT, to());
    assert_eq!(refused.unwrap_err(), NotFollowed::Streamed);
    let followed = redirected(&stream(), true, StatusCode::SEE_OTHER, to()).unwrap();
    assert_eq!(followed.method(), Method::GET);
    assert!(followed.body().is_none());
    assert_eq!(followed.headers()["authorization"], "Bearer t");
    assert!(!followed.headers().contains_key("content-type"));
}

/// Where a redirect from `https://api.example/a/b` leads to.
fn target(location: Option<&str>) -> Result<String, NotFollowed> {
    let base = Endpoint::parse("https://api.example/a").unwrap();
    let redirect = Redirect { base_url: base };
    let mut response = http::Response::new("");
    if let Some(location) = location {
        let location = http::HeaderValue::from_bytes(location.as_bytes()).unwrap();
        response.headers_mut().insert(LOCATION, location);
    }
    let from = Url::parse("https://api.example/a/b").unwrap();
    redirect
        .target(&response.into(), &from)
        .map(|target| target.to_string())
}

#[test]
fn only_places_of_the_same_origin_are_led_to() {
    for (location, expected) in [
        ("c?d=e", "https://api.example/a/c?d=e"),
        ("/c", "https://api.example/c"),
        ("https://api.example:443/c", "https://api.example/c"),
        ("HTTPS://API.EXAMPLE/c", "https://api.example/c"),
        ("//api.example/c", "https://api.example/c"),
    ] {
        assert_eq!(target(Some(location)).unwrap(), expected);
    }
    for location in [
        "http://api.example/c",
        "https://api.example:444/c",
        "//elsewhere.example/c",
        "https://elsewhere.example",
        "https://api.example.elsewhere.example/",
        "https://api.example@elsewhere.example/",
        "https://user:password@api.example/",
        "\\\\elsewhere.example/c",
        "file:///etc/passwd",
        "data:text/plain,text",
    ] {
        let refused = target(Some(location)).unwrap_err();
        assert!(
            matches!(refused, NotFollowed::OtherOrigin { .. }),
            "{location}: {refused:?}"
        );
        assert!(!refused.to_string().contains("password"), "{refused}");
    }
    for location in [None, Some("https://"), Some("https://[")] {
        assert_eq!(target(location).unwrap_err(), NotFollowed::NoTarget);
    }
}
