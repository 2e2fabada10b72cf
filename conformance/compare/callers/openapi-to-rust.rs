//! Calls the operations of `requests.yaml` that openapi-to-rust accepts, with its client.

use client::generated::client::HttpClient;
use client::generated::types::{Change, Filter, Form, Names, Note};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let base_url = std::env::args().nth(1).unwrap();
    let client = HttpClient::new().with_base_url(base_url);
    let list = || Some(vec!["a".to_owned(), "b".to_owned()]);

    show("listExploded", client.list_exploded(list()).await);
    show("listJoined", client.list_joined(list()).await);
    // It takes a string for the list.
    show("listPiped", client.list_piped(Some("a|b")).await);
    let filter = Filter {
        color: Some("red".to_owned()),
        size: Some(2),
        ..Filter::default()
    };
    show("deepObject", client.deep_object(Some(filter)).await);
    show("pathValue", client.path_value("a/b c?d%").await);
    show("headerValue", client.header_value(Some("abc")).await);
    show("headerList", client.header_list(Some(vec![1, 2])).await);
    show("optionalBody", client.optional_body(None).await);
    let note = Note {
        text: "a".to_owned(),
    };
    show("optionalBody", client.optional_body(Some(note)).await);
    let change = Change {
        name: Some(None),
        ..Change::default()
    };
    show("nullMember", client.null_member(change).await);
    let form = Form::builder("a b".to_owned()).tags(vec!["x".to_owned(), "y".to_owned()]);
    show("formList", client.form_list(form.build()).await);
    let names = Names::builder("a".to_owned(), "b".to_owned()).self_field("c".to_owned());
    show("memberNames", client.member_names(names.build()).await);
    show("textBody", client.text_body("a \"b\"".to_owned()).await);
    let thing = client.get_thing().await;
    show("getThing", thing.map(|it| (it.id, it.color.to_string())));
}

fn show<T, E: std::fmt::Debug>(operation: &str, result: Result<T, E>) {
    if let Err(error) = result {
        println!("{operation}: {error:?}");
    }
}
