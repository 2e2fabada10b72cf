//! `perspio request`: any endpoint, also one that the document does not know.

pub(crate) mod body;
mod response;

use std::path::PathBuf;

use clap::Args;
use perspio::{Client, Method};
use perspio_http::ApiRequest;

use crate::failure::Failure;
use crate::output::Document;
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

    /// The body: a file that contains JSON, JSON itself ('{"a": 1}'), or - for standard input.
    #[arg(long, value_name = "FILE|JSON|-")]
    json: Option<String>,

    /// A member of the JSON body, which overrides the one of --json. true, false, null and
    /// numbers are sent as such, anything else as text. Can be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = |text: &str| pair(text, '='))]
    field: Vec<(String, String)>,

    /// Prints the status and the headers before the body.
    #[arg(long, short)]
    include: bool,

    /// Writes the body to a file as it is, also a body that is not text.
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,
}

/// Sends the request and prints the response.
pub(crate) async fn run(
    client: &Client,
    arguments: &RequestArguments,
    printer: &Printer,
) -> Result<(), Failure> {
    let request = request(client, arguments)?;
    let is_whole = arguments.include || arguments.output_file.is_some();
    // Another method may have no list in its response, which is known too late.
    if arguments.method == Method::GET && !is_whole && printer.output().is_streamable() {
        return printer.output().stream(request).await;
    }
    let response = request.download().await?;
    let head = arguments.include.then(|| response::head(&response));
    let body = match &arguments.output_file {
        Some(path) => {
            response::save(response, path).await?;
            None
        }
        None => Some(response::body(response).await?),
    };
    if head.is_some() || body.is_some() {
        printer.keep(Document { head, body });
    }
    Ok(())
}

fn request(client: &Client, arguments: &RequestArguments) -> Result<ApiRequest, Failure> {
    let is_safe = matches!(arguments.method, Method::GET | Method::HEAD);
    if is_safe && !arguments.field.is_empty() {
        return Err(Failure::usage(format!(
            "--field adds members to a body, and a {} request has none: use --query",
            arguments.method
        )));
    }
    let mut request = client.request(arguments.method.clone(), &arguments.path);
    for pair in &arguments.query {
        request = request.query(&[pair]);
    }
    for (name, value) in &arguments.header {
        request = request.header(name.as_str(), value.trim());
    }
    if let Some(body) = body::of(arguments.json.as_deref(), &arguments.field)? {
        request = request.body("application/json", body);
    }
    Ok(request)
}

fn method(text: &str) -> Result<Method, String> {
    Method::from_bytes(text.to_ascii_uppercase().as_bytes()).map_err(|error| error.to_string())
}

fn pair(text: &str, separator: char) -> Result<(String, String), String> {
    text.split_once(separator)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| format!("there is no `{separator}` in it"))
}
