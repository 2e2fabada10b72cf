//! Code that bypasses the runtime is rejected with its location.

use serde_json::json;

use super::*;
use crate::config::Client;
use crate::generate::emit::client_tokens;
use crate::model;

fn document() -> serde_json::Value {
    json!({
        "openapi": "3.0.3", "info": {"title": "A", "version": "1"},
        "paths": {"/a": {"get": {
            "operationId": "a_get", "x-source": "documented",
            "responses": {"204": {"description": "Done."}},
        }}},
    })
}

/// Checks the client of a document whose `send` is changed.
fn changed(old: &str, new: &str) -> Result<()> {
    changed_client(&document(), old, new)
}

fn changed_client(document: &serde_json::Value, old: &str, new: &str) -> Result<()> {
    let requests = model::requests(document);
    let tokens = client_tokens(&Client::unconfigured(), document).unwrap();
    let file = crate::generate::client::file(tokens, document, &requests, "any").unwrap();
    let text = prettyplease::unparse(&file);
    assert!(text.contains(old), "{old}: {text}");
    check(
        &syn::parse_file(&text.replacen(old, new, 1)).unwrap(),
        &requests,
    )
}

/// Checks the client of a document with a download, in which code is changed.
fn changed_download(old: &str, new: &str) -> Result<()> {
    let mut document = document();
    let bytes = json!({"text/csv": {"schema": {"type": "string", "format": "binary"}}});
    let responses = &mut document["paths"]["/a"]["get"]["responses"];
    *responses = json!({"200": {"description": "It.", "content": bytes}});
    changed_client(&document, old, new)
}

const CALL: &str = "rt::call_empty(request).await";

#[test]
fn a_generated_client_is_accepted() {
    changed(CALL, CALL).unwrap();
}

#[test]
fn a_type_may_have_a_member_with_the_name_of_the_inner_client() {
    let members = "pub mod types { fn get(it: It) -> u8 { it.inner } ";
    changed("pub mod types {", members).unwrap();
    let error = changed(
        "pub mod types {",
        "fn get(it: It) -> u8 { it.inner } pub mod types {",
    );
    assert!(error.unwrap_err().to_string().contains("inner client"));
}

#[test]
fn code_that_bypasses_the_runtime_is_rejected_with_its_operation() {
    for (bypass, named) in [
        ("request.execute().await", "`execute`"),
        ("request.send().await", "`send`"),
        ("client.inner.http().get(\"/a\")", "`http`"),
        ("reqwest::Client::new()", "reqwest::Client::new"),
        ("let call: reqwest::Request = request;", "reqwest::Request"),
        ("println!(\"{}\", request.execute())", "`execute`"),
        ("other!(reqwest; x)", "`reqwest`"),
        ("keep(&client.inner)", "inner client"),
        (
            "rt::call_empty(request.clone()).await; rt::call_empty(request).await",
            "2 times",
        ),
        ("Ok(todo(request))", "0 times"),
        (
            "let done = rt::call_empty(request).await; done",
            "does not end",
        ),
    ] {
        // Code without the call of the runtime is added before it.
        let has_call = bypass.contains("call_empty") || bypass.starts_with("Ok(");
        let code = if has_call {
            bypass.to_owned()
        } else {
            format!("{}; {CALL}", bypass.trim_end_matches(';'))
        };
        let error = changed(CALL, &code).unwrap_err().to_string();
        assert!(
            error.contains("a_get") && error.contains(named),
            "{bypass}: {error}"
        );
    }
}

#[test]
fn every_function_that_sends_a_request_ends_with_one_call_of_the_runtime() {
    let call = "rt::download(self.into_request()?).await";
    changed_download(call, call).unwrap();
    for (code, named) in [
        (
            "let done = rt::download(self.into_request()?).await; done",
            "`download` does not end",
        ),
        ("todo(self.into_request()?).await", "2 times"),
        (
            "rt::call_empty(todo()).await; rt::download(self.into_request()?).await",
            "4 times",
        ),
    ] {
        let error = changed_download(call, code).unwrap_err().to_string();
        assert!(
            error.contains("a_get") && error.contains(named),
            "{code}: {error}"
        );
    }
    let error = changed_download("pub async fn send(", "pub async fn sent(").unwrap_err();
    assert!(error.to_string().contains("no function `send`"), "{error}");
}

#[test]
fn a_stream_of_pages_ends_with_one_call_of_the_runtime() {
    let mut document = document();
    let list = json!({"type": "array", "items": {"type": "string"}});
    let get = &mut document["paths"]["/a"]["get"];
    get["responses"] =
        json!({"200": {"description": "It.", "content": {"application/json": {"schema": list}}}});
    get["x-pagination"] = json!({"style": "link-header"});
    let call = "rt::stream_pages(";
    changed_client(&document, call, call).unwrap();
    for (code, named) in [
        ("return rt::stream_pages(", "`stream` does not end"),
        ("todo(", "1 time"),
        ("rt::call(todo()); rt::stream_pages(", "3 times"),
    ] {
        let error = changed_client(&document, call, code)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("a_get") && error.contains(named),
            "{code}: {error}"
        );
    }
}

#[test]
fn a_client_with_another_field_or_without_an_operation_is_rejected() {
    let error = changed("pub(crate) inner: rt::ApiClient", "pub(crate) inner: Bare");
    assert!(error.unwrap_err().to_string().contains("Client"));
    let error = changed("impl<'a> AGet<'a>", "impl<'a> Other<'a>");
    assert!(error.is_err());
    let error = changed(
        "use perspio_http::rt;",
        "use reqwest::Client as Bare; use perspio_http::rt;",
    );
    assert!(error.unwrap_err().to_string().contains("reqwest"));
}
