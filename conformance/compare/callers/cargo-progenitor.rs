//! Calls the operations of `requests.yaml` that progenitor accepts, with its client.

use client::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = Client::new(&std::env::args().nth(1).unwrap());
    let list = || vec!["a".to_owned(), "b".to_owned()];

    show(
        "listExploded",
        client.list_exploded().tag(list()).send().await,
    );
    show("listJoined", client.list_joined().tag(list()).send().await);
    show(
        "pathValue",
        client.path_value().name("a/b c?d%").send().await,
    );
    show(
        "headerValue",
        client.header_value().x_trace("abc").send().await,
    );
    // The body cannot be left out.
    let call = client.optional_body().body_map(|note| note.text("a"));
    show("optionalBody", call.send().await);
    // A member cannot be null.
    show("nullMember", client.null_member().send().await);
    let tags = vec!["x".to_owned(), "y".to_owned()];
    let call = client.form_list();
    let call = call.body_map(|form| form.name("a b").tags(tags));
    show("formList", call.send().await);
    let call = client.member_names();
    let call = call.body_map(|names| names.display_name("a").type_("b").self_("c".to_owned()));
    show("memberNames", call.send().await);
    show("textBody", client.text_body().body("a \"b\"").send().await);
    let thing = client.get_thing().send().await;
    show("getThing", thing.map(|it| (it.id, it.color.to_string())));
}

fn show<T, E: std::fmt::Debug>(operation: &str, result: Result<T, E>) {
    if let Err(error) = result {
        println!("{operation}: {error:?}");
    }
}
