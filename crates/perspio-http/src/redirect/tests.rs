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
        let mut followed = request(&method);
        follow(&mut followed, false, status).unwrap();
        assert_eq!(followed.method(), expected, "{status} {method}");
        assert_eq!(followed.url(), &to());
        assert_eq!(followed.headers()["authorization"], "Bearer t");
        let keeps_body = method == expected && (status != 303 || method == Method::HEAD);
        assert_eq!(followed.body().is_some(), keeps_body, "{status} {method}");
        assert_eq!(followed.headers().contains_key("content-type"), keeps_body);
    }
}

fn follow(request: &mut Request, is_streamed: bool, status: StatusCode) -> Result<(), NotFollowed> {
    let headers = HeaderMap::from_iter([(LOCATION, "/to".parse().unwrap())]);
    Redirects::default().follow(request, is_streamed, status, &headers)
}

#[test]
fn a_stream_is_not_sent_twice_but_is_followed_by_a_request_without_it() {
    let consumed = || {
        let mut request = request(&Method::PUT);
        *request.body_mut() = None;
        request
    };
    let refused = follow(&mut consumed(), true, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(refused.unwrap_err(), NotFollowed::StreamedBody);
    let mut followed = consumed();
    follow(&mut followed, true, StatusCode::SEE_OTHER).unwrap();
    assert_eq!(followed.method(), Method::GET);
    assert!(followed.body().is_none());
    assert_eq!(followed.headers()["authorization"], "Bearer t");
    assert!(!followed.headers().contains_key("content-type"));
}

#[test]
fn a_loop_and_a_long_chain_of_redirects_end() {
    let to = |path: String| HeaderMap::from_iter([(LOCATION, path.parse().unwrap())]);
    let step = |redirects: &mut Redirects, request: &mut Request, path| {
        redirects.follow(request, false, StatusCode::FOUND, &to(path))
    };
    let (mut redirects, mut request) = (Redirects::default(), request(&Method::GET));
    assert_eq!(step(&mut redirects, &mut request, "/other".into()), Ok(()));
    let back = step(&mut redirects, &mut request, "/from".into());
    assert_eq!(back, Err(NotFollowed::Loop));
    let mut redirects = Redirects::default();
    for number in 1..=MAX_REDIRECTS {
        assert_eq!(
            step(&mut redirects, &mut request, format!("/{number}")),
            Ok(())
        );
    }
    let more = step(&mut redirects, &mut request, "/more".into());
    assert_eq!(more, Err(NotFollowed::TooMany));
}

/// Where a redirect from `https://api.example/a/b` leads to.
fn target_of(location: Option<&str>) -> Result<String, NotFollowed> {
    let mut headers = HeaderMap::new();
    if let Some(location) = location {
        let location = http::HeaderValue::from_bytes(location.as_bytes()).unwrap();
        headers.insert(LOCATION, location);
    }
    let from = Url::parse("https://api.example/a/b").unwrap();
    target(&headers, &from).map(|target| target.to_string())
}

#[test]
fn a_redirect_stays_within_the_origin() {
    for (location, expected) in [
        ("c?d=e", "https://api.example/a/c?d=e"),
        ("/c", "https://api.example/c"),
        ("https://api.example:443/c", "https://api.example/c"),
        ("HTTPS://API.EXAMPLE/c", "https://api.example/c"),
        ("//api.example/c", "https://api.example/c"),
    ] {
        assert_eq!(target_of(Some(location)).unwrap(), expected);
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
        let refused = target_of(Some(location)).unwrap_err();
        assert!(
            matches!(refused, NotFollowed::OtherOrigin { .. }),
            "{location}: {refused:?}"
        );
        assert!(!refused.to_string().contains("password"), "{refused}");
    }
    for location in [None, Some("https://"), Some("https://[")] {
        assert_eq!(target_of(location).unwrap_err(), NotFollowed::NoTarget);
    }
}
