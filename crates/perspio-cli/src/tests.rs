//! The generated commands, called with the token of a person who may write.

use std::io::Write;

use perspio::ClientBuilder;
use perspio::auth::FixedToken;
use perspio_sandbox::{Sandbox, UserAccess};

use crate::output::Output;

use super::*;

/// The body that `perspio assets update` sends with these options.
async fn body(options: &[&str]) -> String {
    let sandbox = Sandbox::start().await.unwrap();
    let environment = sandbox.environment();
    let value = |name: &str| environment.iter().find(|(known, _)| *known == name);
    let builder = ClientBuilder::from_variables(|name| value(name).map(|(_, value)| value.into()));
    let token = FixedToken::new(sandbox.user_token(UserAccess::ReadWrite));
    let client = builder.credential(token).build().unwrap();

    let line = ["perspio", "assets", "update", "IN-000001"]
        .iter()
        .chain(options);
    let line = line.map(std::ffi::OsString::from);
    let Ok((options, Command::Operation(operation, matches))) = arguments::parse(line) else {
        panic!("it is not an operation");
    };
    let printer = Printer::new(Output::new(&options).unwrap());
    let outcome = Cli::new(client, &printer)
        .execute(operation, &matches)
        .await;
    assert!(printer.conclude(outcome).await.is_ok());
    String::from_utf8(sandbox.log().api_requests()[0].body.clone()).unwrap()
}

/// A file that holds `text`.
fn file(text: &str) -> tempfile::TempPath {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.into_temp_path()
}

#[tokio::test]
async fn an_option_overrides_its_member_of_the_file_and_leaves_the_others() {
    let file = file(r#"{"description":"of the file","colour":"red"}"#);
    let path = file.to_str().unwrap();
    let sent = body(&["--json-body", path, "--description", "of the option"]).await;
    assert_eq!(sent, r#"{"description":"of the option","colour":"red"}"#);
}

#[tokio::test]
async fn a_null_in_the_file_is_sent_as_null() {
    let file = file(r#"{"description":null}"#);
    assert_eq!(
        body(&["--json-body", file.to_str().unwrap()]).await,
        r#"{"description":null}"#
    );
}

#[tokio::test]
async fn an_option_alone_is_enough() {
    assert_eq!(
        body(&["--description", "new"]).await,
        r#"{"description":"new"}"#
    );
}
