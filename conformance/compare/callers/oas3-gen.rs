//! Calls every operation of `requests.yaml` with the client by oas3-gen.

use client::*;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = RequestsClient::with_base_url(std::env::args().nth(1).unwrap()).unwrap();
    let list = || Some(vec!["a".to_owned(), "b".to_owned()]);

    let mut request = ListExplodedRequest::default();
    request.query.tag = list();
    show("listExploded", client.list_exploded(request).await);
    let mut request = ListJoinedRequest::default();
    request.query.tag = list();
    show("listJoined", client.list_joined(request).await);
    let mut request = ListPipedRequest::default();
    request.query.tag = list();
    show("listPiped", client.list_piped(request).await);
    // It takes any JSON for the object.
    let mut request = DeepObjectRequest::default();
    request.query.filter = Some(serde_json::json!({"color": "red", "size": 2}));
    show("deepObject", client.deep_object(request).await);
    let mut request = PathValueRequest::default();
    request.path.name = "a/b c?d%".to_owned();
    show("pathValue", client.path_value(request).await);
    let mut request = HeaderValueRequest::default();
    request.header.x_trace = Some("abc".to_owned());
    show("headerValue", client.header_value(request).await);
    let mut request = HeaderListRequest::default();
    request.header.x_ids = Some(vec![1, 2]);
    show("headerList", client.header_list(request).await);
    let mut request = CookieValueRequest::default();
    request.cookie.session = Some("abc".to_owned());
    show("cookieValue", client.cookie_value(request).await);
    let request = OptionalBodyRequest::default();
    show("optionalBody", client.optional_body(request).await);
    let mut note = Note::default();
    note.text = "a".to_owned();
    let mut request = OptionalBodyRequest::default();
    request.body = Some(note);
    show("optionalBody", client.optional_body(request).await);
    // A member cannot be null.
    let request = NullMemberRequest::default();
    show("nullMember", client.null_member(request).await);
    let mut request = FormListRequest::default();
    request.body.name = "a b".to_owned();
    request.body.tags = Some(vec!["x".to_owned(), "y".to_owned()]);
    show("formList", client.form_list(request).await);
    let mut request = MemberNamesRequest::default();
    request.body.display_name = "a".to_owned();
    request.body.r#type = "b".to_owned();
    request.body.self_ = Some("c".to_owned());
    show("memberNames", client.member_names(request).await);
    let mut request = TextBodyRequest::default();
    request.body = "a \"b\"".to_owned();
    show("textBody", client.text_body(request).await);
    match client.get_thing(GetThingRequest::default()).await {
        Ok(ApiResponse::Ok(thing)) => drop((thing.id, thing.color.to_string())),
        Ok(_) => println!("getThing: another response"),
        Err(error) => println!("getThing: {error:#}"),
    }
}

/// The other operations respond with 204.
fn show<T, F>(operation: &str, result: Result<ApiResponse<T, F>, impl std::fmt::Display>) {
    match result {
        Ok(ApiResponse::NoContent) => {}
        Ok(_) => println!("{operation}: another response"),
        Err(error) => println!("{operation}: {error:#}"),
    }
}
