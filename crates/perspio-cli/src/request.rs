//! `perspio request`: any endpoint, also one that the document does not know.

use std::io::Read;

use clap::Args;
use perspio::{Client, List, Method};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::failure::Failure;
use crate::output::Shape;
use crate::printer::Printer;

/// The arguments of `perspio request`.
#[derive(Args)]
pub(crate) struct RequestArguments {
    /// GET, POST, PUT, PATCH, DELETE …
    #[arg(value_name = "METHOD", value_parser = method)]
    method: Method,

    /// The path after the base URL, percent-encoded: /assets/v3/
    #[arg(value_name = "PATH")]
    path: String,

    /// A query parameter. Can be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = |text: &str| pair(text, '='))]
    query: Vec<(String, String)>,

    /// An additional header. Can be repeated.
    #[arg(long, value_name = "NAME: VALUE", value_parser = |text: &str| pair(text, ':'))]
    header: Vec<(String, String)>,

    /// A file whose JSON is sent as the body; - is standard input.
    #[arg(long, value_name = "FILE")]
    json: Option<String>,
}

/// Sends the request and prints the response.
pub(crate) async fn run(
    client: &Client,
    arguments: &RequestArguments,
    printer: &Printer,
) -> Result<(), Failure> {
    let mut request = client.request(arguments.method.clone(), &arguments.path);
    for pair in &arguments.query {
        request = request.query(&[pair]);
    }
    for (name, value) in &arguments.header {
        request = request.header(name.as_str(), value.trim());
    }
    if let Some(file) = &arguments.json {
        request = request.body("application/json", json(file)?);
    }
    let answer: Value = request.fetch().await?;
    // The same forms of a list that the typed commands know.
    let is_list = List::<IgnoredAny>::deserialize(&answer).is_ok();
    printer.print(if is_list { Shape::List } else { Shape::Item }, answer);
    Ok(())
}

/// The text of `file`, which must be JSON. It is sent as it is, so that numbers
/// and the order of members stay.
fn json(file: &str) -> Result<String, Failure> {
    let mut text = String::new();
    let read = match file {
        "-" => std::io::stdin().lock().read_to_string(&mut text),
        _ => std::fs::File::open(file).and_then(|mut file| file.read_to_string(&mut text)),
    };
    read.map_err(|cause| Failure::usage(format!("{file} cannot be read: {cause}")))?;
    serde_json::from_str::<IgnoredAny>(&text)
        .map_err(|cause| Failure::usage(format!("{file} is not JSON: {cause}")))?;
    Ok(text)
}

fn method(text: &str) -> Result<Method, String> {
    Method::from_bytes(text.to_ascii_uppercase().as_bytes()).map_err(|error| error.to_string())
}

fn pair(text: &str, separator: char) -> Result<(String, String), String> {
    text.split_once(separator)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| format!("there is no `{separator}` in it"))
}
