//! `perspio request`: any endpoint, also one that the document does not know.

use std::io::Read;

use clap::{Arg, ArgAction, ArgMatches, Command};
use perspio::{Client, List, Method};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::failure::Failure;
use crate::output::Shape;
use crate::printer::Printer;

/// The command line of it.
pub(crate) fn command() -> Command {
    let many = |name: &'static str, value: &'static str| {
        Arg::new(name)
            .long(name)
            .value_name(value)
            .action(ArgAction::Append)
    };
    Command::new("request")
        .about("Calls any endpoint, also one that has no command")
        .arg(
            Arg::new("method")
                .value_name("METHOD")
                .required(true)
                .value_parser(method)
                .help("GET, POST, PUT, PATCH, DELETE …"),
        )
        .arg(
            Arg::new("path")
                .value_name("PATH")
                .required(true)
                .help("What comes after the base URL, percent-encoded: /assets/v3/"),
        )
        .arg(
            many("query", "NAME=VALUE")
                .value_parser(|text: &str| pair(text, '='))
                .help("A parameter of the query; may be given again"),
        )
        .arg(
            many("header", "NAME: VALUE")
                .value_parser(|text: &str| pair(text, ':'))
                .help("A header more; may be given again"),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .value_name("FILE")
                .help("A file whose JSON is sent; - is standard input"),
        )
}

/// Sends the request and prints the response.
pub(crate) async fn run(
    client: &Client,
    matches: &ArgMatches,
    printer: &Printer,
) -> Result<(), Failure> {
    let missing = || Failure::usage("a method and a path are needed");
    let method = matches.get_one::<Method>("method").ok_or_else(missing)?;
    let path = matches.get_one::<String>("path").ok_or_else(missing)?;
    let pairs = |name| {
        matches
            .get_many::<(String, String)>(name)
            .into_iter()
            .flatten()
    };

    let mut request = client.request(method.clone(), path);
    for pair in pairs("query") {
        request = request.query(&[pair]);
    }
    for (name, value) in pairs("header") {
        request = request.header(name.as_str(), value.trim());
    }
    if let Some(file) = matches.get_one::<String>("json") {
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
