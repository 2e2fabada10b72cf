use super::*;
use crate::operation::Provenance;

#[test]
fn the_profile_and_the_operation_say_what_is_idempotent() {
    let methods = [Method::GET, Method::HEAD, Method::PUT, Method::DELETE];
    let operation = |method, writes, repeatable| Operation {
        id: "test",
        method,
        path: "/",
        provenance: Provenance::Documented,
        writes,
        repeatable,
        anonymous: false,
        server: None,
    };
    let is =
        |method: &Method, operation: Option<&Operation>| is_idempotent(method, operation, &methods);
    for method in &methods {
        assert!(is(method, None), "{method}");
    }
    for method in [Method::PATCH, Method::POST] {
        let of = |repeatable| operation("POST", true, repeatable);
        assert!(!is(&method, None), "{method}");
        assert!(!is(&method, Some(&of(false))), "{method}");
        assert!(is(&method, Some(&of(true))), "{method}");
    }
    assert!(is(&Method::GET, Some(&operation("GET", false, false))));
    assert!(is(&Method::PUT, Some(&operation("PUT", true, false))));
    let get_that_writes = operation("GET", true, false);
    assert!(!is(&Method::GET, Some(&get_that_writes)));
    let redirected_post = operation("POST", true, false);
    assert!(
        is(&Method::GET, Some(&redirected_post)),
        "a 303 was followed"
    );
}
