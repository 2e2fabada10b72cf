//! A pass over the generated mocks: progenitor does not document them.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};
use syn::visit_mut::VisitMut;

use super::documentation::doc;
use super::names;
use crate::error::{Context, Result, fail};
use crate::model::Request;
use crate::model::builder_name;
use crate::rust::{Expected, name_of_type, path_of};

/// Documents the mocks of a client with these requests.
pub(super) fn run(file: &mut syn::File, requests: &BTreeMap<String, Request>) -> Result<()> {
    let (mut structs, mut methods) = (0, 0);
    for item in &mut file.items {
        match item {
            syn::Item::Mod(module) if module.ident == "operations" => {
                let (_, items) = module.content.as_mut().context("`operations` is empty")?;
                for item in items {
                    structs += operation(item, requests)?;
                }
            }
            syn::Item::Trait(item) if item.ident == "MockServerExt" => {
                methods += extension(item, requests)?;
            }
            _ => {}
        }
    }
    for (location, found, count) in [
        ("operations", structs, 2 * requests.len()),
        ("MockServerExt", methods, requests.len()),
    ] {
        let expected = Expected {
            pass: "mocks",
            location,
            count,
        };
        expected.check(found)?;
    }
    names::shorten(file);
    Ok(())
}

/// The two halves of a mock.
#[derive(Clone, Copy)]
enum Half {
    When,
    Then,
}

/// Returns the request to which `AssetsGetWhen` or `AssetsGetThen` belongs.
fn half<'a>(name: &str, requests: &'a BTreeMap<String, Request>) -> Result<(Half, &'a Request)> {
    let of = |ending: &str| {
        let name = name.strip_suffix(ending)?;
        requests
            .values()
            .find(|request| builder_name(&request.name) == name)
    };
    match (of("When"), of("Then")) {
        (Some(request), _) => Ok((Half::When, request)),
        (_, Some(request)) => Ok((Half::Then, request)),
        _ => fail(format_args!(
            "progenitor made a mock {name}, which belongs to no operation of the document"
        )),
    }
}

/// Documents an item of `operations`. Returns whether it is a struct.
fn operation(item: &mut syn::Item, requests: &BTreeMap<String, Request>) -> Result<usize> {
    match item {
        syn::Item::Struct(item) => {
            let (half, request) = half(&item.ident.to_string(), requests)?;
            let text = match half {
                Half::When => format!("The requests of `{}` that a mock matches.", request.name),
                Half::Then => format!("The response of a mock of `{}`.", request.name),
            };
            item.attrs = doc(&text);
            return Ok(1);
        }
        syn::Item::Impl(block) => {
            let name = name_of_type(&block.self_ty).unwrap_or_default();
            let (half, request) = half(&name, requests)?;
            for item in &mut block.items {
                if let syn::ImplItem::Fn(function) = item {
                    function.attrs = doc(&description(function, half, request)?);
                }
            }
        }
        syn::Item::Use(_) => {}
        other => fail(format_args!(
            "progenitor's mocks have an item of an unknown form, adapt `mocks.rs`: {}",
            super::format::excerpt(other)
        ))?,
    }
    Ok(0)
}

fn description(function: &syn::ImplItemFn, half: Half, request: &Request) -> Result<String> {
    let name = function.sig.ident.to_string();
    match (name.as_str(), half) {
        ("new", Half::When) => return Ok("Matches every request of the operation.".to_owned()),
        ("new", Half::Then) => return Ok("Wraps the response of a mock.".to_owned()),
        ("into_inner", _) => return Ok("Returns the untyped mock.".to_owned()),
        _ => {}
    }
    if let Half::When = half {
        let mut parameters = request.parameters.iter();
        return match parameters.find(|parameter| parameter.field == name) {
            Some(it) => Ok(format!("Matches the {} `{}`.", it.location.noun(), it.name)),
            None if name == "body" && request.body.is_some() => Ok("Matches the body.".to_owned()),
            None => fail(format_args!(
                "the mock of {} matches an unknown `{name}`",
                request.name
            ))?,
        };
    }
    let mut statuses = Statuses(Vec::new());
    statuses.visit_impl_item_fn(function);
    match statuses.0.as_slice() {
        [Some(status)] => Ok(format!("Responds with the status {status}.")),
        [None] => Ok("Responds with this status.".to_owned()),
        _ => fail(format_args!(
            "the response `{name}` of {} has no status",
            request.name
        )),
    }
}

/// The statuses in `.status(404u16)`; none of `.status(status)`.
struct Statuses(Vec<Option<u16>>);

impl<'ast> Visit<'ast> for Statuses {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        visit::visit_expr_method_call(self, call);
        if call.method != "status" {
            return;
        }
        match call.args.first() {
            Some(syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Int(status),
                ..
            })) => self.0.push(status.base10_parse().ok()),
            Some(argument) if path_of(argument).is_some_and(|it| it.is_ident("status")) => {
                self.0.push(None);
            }
            _ => {}
        }
    }
}

/// Documents the functions of the trait. Returns their number.
fn extension(item: &mut syn::ItemTrait, requests: &BTreeMap<String, Request>) -> Result<usize> {
    struct Methods<'a>(&'a BTreeMap<String, Request>, usize);
    impl VisitMut for Methods<'_> {
        fn visit_trait_item_fn_mut(&mut self, function: &mut syn::TraitItemFn) {
            if let Some(request) = self.0.get(&function.sig.ident.to_string()) {
                self.1 += 1;
                function.attrs = doc(&format!("Mocks `{} {}`.", request.method, request.path));
            }
        }
    }
    let functions = item.items.len();
    let mut methods = Methods(requests, 0);
    methods.visit_item_trait_mut(item);
    item.attrs = doc("A method for each operation on a `MockServer`.");
    if methods.1 != functions {
        return fail("progenitor's `MockServerExt` has a function that belongs to no operation");
    }
    Ok(methods.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_on(then: &str) -> Result<String> {
        let document = serde_json::json!({"paths": {"/a": {"get": {"operationId": "a_get"}}}});
        let requests = crate::model::requests(&document);
        let code = format!(
            "pub mod operations {{
                pub struct AGetWhen(::httpmock::When);
                impl AGetWhen {{ pub fn new(inner: ::httpmock::When) -> Self {{ Self(inner) }} }}
                pub struct AGetThen(::httpmock::Then);
                impl AGetThen {{ {then} }}
            }}
            pub trait MockServerExt {{ fn a_get(&self); }}"
        );
        let mut file = syn::parse_file(&code).unwrap();
        run(&mut file, &requests)?;
        Ok(prettyplease::unparse(&file))
    }

    #[test]
    fn every_public_item_of_the_mocks_is_documented() {
        let text = run_on("pub fn ok(self) -> Self { Self(self.0.status(200u16)) }").unwrap();
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        for (at, line) in lines.iter().enumerate().skip(1) {
            if line.starts_with("pub fn") || line.starts_with("pub struct") {
                assert!(lines[at - 1].starts_with("///"), "{line}: {text}");
            }
        }
        assert!(text.contains("/// Responds with the status 200."), "{text}");
        assert!(text.contains("/// Mocks `GET /a`."), "{text}");
    }

    #[test]
    fn a_response_without_a_status_is_an_error() {
        let error = run_on("pub fn ok(self) -> Self { self }")
            .unwrap_err()
            .to_string();
        assert!(error.contains("`ok` of a_get"), "{error}");
    }
}
