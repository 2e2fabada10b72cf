//! Calls every operation of `requests.yaml` with the client by perspio-codegen.

use corpus_compare::{Client, types};
use perspio_http::auth::Profile;
use perspio_http::auth::endpoint::Endpoint;
use perspio_http::{ApiClient, Nullable};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let base_url: Endpoint = std::env::args().nth(1).unwrap().parse().unwrap();
    let profile = Profile::custom("requests", base_url.clone(), &base_url);
    let inner = ApiClient::builder(profile).without_token().build();
    let client = Client::from(inner.unwrap());
    let list = || vec!["a".to_owned(), "b".to_owned()];

    show(
        "listExploded",
        client.list_exploded().tag(list()).send().await,
    );
    show("listJoined", client.list_joined().tag(list()).send().await);
    show("listPiped", client.list_piped().tag(list()).send().await);
    let call = client.deep_object().filter_color("red").filter_size(2);
    show("deepObject", call.send().await);
    show(
        "pathValue",
        client.path_value().name("a/b c?d%").send().await,
    );
    show(
        "headerValue",
        client.header_value().x_trace("abc").send().await,
    );
    show(
        "headerList",
        client.header_list().x_ids([1, 2]).send().await,
    );
    show(
        "cookieValue",
        client.cookie_value().session("abc").send().await,
    );
    show("optionalBody", client.optional_body().send().await);
    let call = client.optional_body().body_map(|note| note.text("a"));
    show("optionalBody", call.send().await);
    let call = client.null_member();
    let call = call.body_map(|change| change.name(Nullable::Null));
    show("nullMember", call.send().await);
    let tags = vec!["x".to_owned(), "y".to_owned()];
    let call = client.form_list();
    let call = call.body_map(|form| form.name("a b").tags(tags));
    show("formList", call.send().await);
    let names = types::Names::builder().display_name("a").type_("b");
    let call = client.member_names().body(names.self_("c".to_owned()));
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
