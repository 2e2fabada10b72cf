//! Calls every operation of `requests.yaml` with the client by ploidy.

use client::Client;
use client::client::default::parameters::{
    DeepObjectQuery, ListExplodedQuery, ListJoinedQuery, ListPipedQuery,
};
use client::types::{Change, Filter, Names, Note};
use client::util::AbsentOr;
use client::util::serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = Client::new(std::env::args().nth(1).unwrap()).unwrap();
    let list = || Some(vec!["a".to_owned(), "b".to_owned()]);

    let query = ListExplodedQuery {
        tag: list(),
        ..Default::default()
    };
    show("listExploded", client.list_exploded(&query).await);
    let query = ListJoinedQuery {
        tag: list(),
        ..Default::default()
    };
    show("listJoined", client.list_joined(&query).await);
    let query = ListPipedQuery {
        tag: list(),
        ..Default::default()
    };
    show("listPiped", client.list_piped(&query).await);
    let filter = Filter {
        color: AbsentOr::Present("red".to_owned()),
        size: AbsentOr::Present(2),
        ..Default::default()
    };
    let query = DeepObjectQuery {
        filter: Some(filter),
        ..Default::default()
    };
    show("deepObject", client.deep_object(&query).await);
    show("pathValue", client.path_value("a/b c?d%").await);
    // It has no argument for a header or cookie.
    show("headerValue", client.header_value().await);
    show("headerList", client.header_list().await);
    show("cookieValue", client.cookie_value().await);
    // The body cannot be left out.
    let note = Note {
        text: "a".to_owned(),
        ..Default::default()
    };
    show("optionalBody", client.optional_body(note).await);
    let change = Change {
        name: AbsentOr::Null,
        ..Default::default()
    };
    show("nullMember", client.null_member(change).await);
    // It takes any JSON for the form.
    let form = json!({"name": "a b", "tags": ["x", "y"]});
    show("formList", client.form_list(form).await);
    let names = Names {
        display_name: "a".to_owned(),
        r#type: "b".to_owned(),
        self_2: AbsentOr::Present("c".to_owned()),
        ..Default::default()
    };
    show("memberNames", client.member_names(names).await);
    show("textBody", client.text_body("a \"b\"").await);
    let thing = client.get_thing().await;
    show("getThing", thing.map(|it| (it.id, it.color.to_string())));
}

fn show<T, E: std::fmt::Debug>(operation: &str, result: Result<T, E>) {
    if let Err(error) = result {
        println!("{operation}: {error:?}");
    }
}
