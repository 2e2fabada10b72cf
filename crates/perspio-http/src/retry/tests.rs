use perspio_auth::clock::SystemClock;

use super::*;

#[test]
fn what_may_be_repeated_is_said_by_profile_and_operation() {
    let api = perspio_auth::endpoint::Endpoint::from_static("https://api.example");
    let methods = [Method::GET, Method::HEAD, Method::PUT, Method::DELETE];
    let retry = Retry::new(
        &Profile::custom("Example", api.clone(), &api).with_retryable_methods(methods),
        RetryPolicy::new(),
        Arc::new(SystemClock),
    );
    let call = |writes, repeatable| Call {
        operation: "test",
        writes,
        repeatable,
    };
    let reads = call(false, false);
    let writes = call(true, false);
    let marked = call(true, true);
    let may = |method: &Method, call: Option<&Call>| retry.may_repeat(method, call);
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
        assert!(may(&method, None), "{method}");
    }
    for method in [Method::PATCH, Method::POST] {
        assert!(!may(&method, None), "{method}");
        assert!(!may(&method, Some(&writes)), "{method}");
        assert!(may(&method, Some(&marked)), "{method}");
    }
    assert!(may(&Method::GET, Some(&reads)));
    assert!(may(&Method::PUT, Some(&writes)));
    assert!(!may(&Method::GET, Some(&writes)), "a GET that writes");
}
