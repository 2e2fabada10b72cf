use super::*;

fn formatted(code: &str) -> String {
    rustfmt(&text(&syn::parse_file(code).unwrap())).unwrap()
}

#[test]
fn items_are_separated_by_blank_lines_and_imports_are_not() {
    let code = "use a::b; use c::d; struct A; impl A { fn a() {} fn b() {} } mod m { fn c() {} }";
    assert_eq!(
        formatted(code),
        "use a::b;\nuse c::d;\n\nstruct A;\n\nimpl A {\n    fn a() {}\n\n    fn b() {}\n}\n\nmod m {\n    fn c() {}\n}\n"
    );
}

#[test]
fn an_expression_with_a_long_string_is_formatted() {
    let long = "word ".repeat(40);
    let code = format!("fn a() {{ command().about({long:?}).arg(x  ) }}");
    let once = formatted(&code);
    assert!(
        once.contains("concat!(\n") && once.contains(".arg(x)"),
        "{once}"
    );
    assert!(once.lines().all(|line| line.len() <= 100), "{once}");
    assert_eq!(rustfmt(&once).unwrap(), once);
}

#[test]
fn code_that_is_not_rust_is_an_error() {
    let error = rustfmt("fn (").unwrap_err().to_string();
    assert!(error.contains("rustup component add rustfmt"), "{error}");
}

#[test]
fn a_type_is_formatted_in_one_line() {
    let ty =
        syn::parse_quote!(Option<std::collections::BTreeMap<String, Vec<perspio::types::Asset>>>);
    assert_eq!(
        type_text(&ty),
        "Option<std::collections::BTreeMap<String, Vec<perspio::types::Asset>>>"
    );
}
