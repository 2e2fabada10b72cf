//! What must stand in the lock file once only.

#[test]
fn there_is_one_reqwest_in_the_tree() {
    // A second one would have its own TLS, proxies and errors.
    let lock = include_str!("../../../Cargo.lock");
    assert_eq!(lock.matches("name = \"reqwest\"\n").count(), 1);
}
