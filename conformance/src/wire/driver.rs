//! The source of the program that makes the calls, with a function for each operation of the
//! generated client.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use quote::ToTokens;
use syn::{FnArg, Item, Type};

use perspio_codegen::rust::{self, functions, inside, name_of_type};
use perspio_codegen::surface::{operation_id, success};

/// Returns the source of the program, whose module `client` is the generated `client`.
pub(super) fn source(client: &str) -> Result<String> {
    let file = syn::parse_file(client).context("the generated client is not Rust")?;
    let builders = file.items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "builder" => Some(rust::content(module)),
        _ => None,
    });
    let builders = builders.context("the generated client has no builders")?;
    let mut calls = String::new();
    let mut rows = String::new();
    for item in builders {
        if let Item::Impl(block) = item
            && let Some(builder) = Builder::read(block)
        {
            let number = rows.lines().count();
            let _ = writeln!(
                rows,
                "        {:?} => Box::pin(operation_{number}(client, values)).await,",
                builder.operation
            );
            calls += &builder.function(number);
        }
    }
    Ok(format!(
        "{HEAD}\nasync fn call(client: &client::Client, operation: &str, values: Values) -> Result<Result<Decoded, String>, Outcome> {{\n    \
         match operation {{\n{rows}        _ => Err(Outcome::NotRepresentable(\"the client has no such operation\".to_owned())),\n    }}\n}}\n{calls}"
    ))
}

/// The code of every such program. Its arguments are the server's address, the plan, and
/// the number of calls that were made already; each outcome is a line of output. It ends
/// early when the server does not respond, because the server is then still busy.
const HEAD: &str = r#"#![allow(warnings)]
mod client;

use client::types;
use futures::TryStreamExt;
use perspio_wire::Recorder;
use perspio_wire::drive::{self, Decoded, Outcome, Plan, Values};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let plan: Plan = serde_json::from_str(&std::fs::read_to_string(&arguments[2])?)?;
    let recorder = Recorder::default();
    let inner = || drive::client(&arguments[1], &plan, &recorder);
    let mut client = client::Client::from(inner()?);
    for one in plan.calls.iter().skip(arguments[3].parse()?) {
        let mut outcome = judged(&client, one, &recorder).await;
        if matches!(outcome, Outcome::NotSent(_)) {
            // A rejected token is not sent again, and a connection may break after a
            // response to HEAD.
            client = client::Client::from(inner()?);
            outcome = judged(&client, one, &recorder).await;
        }
        let mut is_busy = outcome == Outcome::TimedOut;
        if matches!(outcome, Outcome::Contradicted(_)) {
            let made = drive::with_generated_responses(&inner()?);
            let again = judged(&client::Client::from(made), one, &recorder).await;
            is_busy = again == Outcome::TimedOut;
            if !is_busy {
                outcome = again;
            }
        }
        println!("{}", serde_json::to_string(&(&one.operation, outcome))?);
        if is_busy {
            break;
        }
    }
    Ok(())
}

async fn judged(client: &client::Client, one: &drive::Call, recorder: &Recorder) -> Outcome {
    let call = call(client, &one.operation, Values::new(one));
    match tokio::time::timeout(drive::RESPONSE_TIMEOUT, call).await {
        Ok(Ok(response)) => drive::classify(response, recorder.take().as_ref()),
        Ok(Err(outcome)) => outcome,
        Err(_) => Outcome::TimedOut,
    }
}
"#;

/// One operation's builder.
struct Builder {
    /// The id of the operation, which is the name of the client's method.
    operation: String,
    /// The functions that set a value, and the type of each value.
    setters: Vec<(String, Type)>,
    success: Type,
}

impl Builder {
    fn read(block: &syn::ItemImpl) -> Option<Self> {
        let send = functions(block).find(|function| function.sig.ident == "send")?;
        let setters = functions(block).filter_map(|function| {
            Some((function.sig.ident.to_string(), value_type(&function.sig)?))
        });
        Some(Self {
            // Only the function that builds the request of a download names its operation.
            operation: functions(block).find_map(operation_id)?,
            setters: setters.collect(),
            success: success(&send.sig)?.clone(),
        })
    }

    fn function(&self, number: usize) -> String {
        let mut text = format!(
            "\nasync fn operation_{number}(client: &client::Client, mut values: Values) -> Result<Result<Decoded, String>, Outcome> {{\n    \
             let mut builder = client.{}();\n",
            self.operation
        );
        for (setter, ty) in &self.setters {
            let name = name_of_value(setter);
            // The plan contains the bytes of a body or a file as a string.
            let (ty, value) = match content(ty) {
                Content::Value => (ty.to_token_stream().to_string(), "value"),
                Content::Bytes => ("String".to_owned(), "value"),
                Content::Parts => (
                    "serde_json::Map<String, serde_json::Value>".to_owned(),
                    "drive::parts(value)",
                ),
                Content::File => ("String".to_owned(), "drive::file(value)"),
                Content::Files => (
                    "Vec<String>".to_owned(),
                    "value.into_iter().map(drive::file).collect::<Vec<_>>()",
                ),
            };
            let _ = writeln!(
                text,
                "    if let Some(value) = values.take::<{ty}>({name:?})? {{ builder = builder.{setter}({value}); }}"
            );
        }
        let decoded = match &self.success {
            Type::Tuple(_) => "Ok(Decoded::Nothing)",
            ty if name_of_type(ty).as_deref() == Some("EventStream") => {
                "Ok(drive::events(response.into_inner()).await?)"
            }
            ty if name_of_type(ty).as_deref() == Some("ByteStream") => {
                "Ok(Decoded::Bytes(response.into_inner().into_inner().try_fold(Vec::new(), |mut all, more| async move { all.extend_from_slice(&more); Ok(all) }).await.unwrap_or_default()))"
            }
            _ => "Ok(Decoded::of(&response.into_inner())?)",
        };
        let _ = writeln!(
            text,
            "    values.end()?;\n    Ok(match builder.send().await {{\n        Ok(response) => {decoded},\n        Err(cause) => Err(cause.to_string()),\n    }})\n}}"
        );
        text
    }
}

/// Returns the name of the value in the plan that a setter sets.
pub(super) fn name_of_value(setter: &str) -> &str {
    setter.trim_start_matches("r#").trim_end_matches('_')
}

/// The content of a setter's argument.
enum Content {
    /// A value of its own type.
    Value,
    /// A body of bytes.
    Bytes,
    /// The parts of a form, which are not described.
    Parts,
    File,
    Files,
}

fn content(ty: &Type) -> Content {
    let is_file = |ty: &Type| name_of_type(ty).as_deref() == Some("FilePart");
    match name_of_type(ty).as_deref() {
        Some("Body") => Content::Bytes,
        Some("FormParts") => Content::Parts,
        Some("FilePart") => Content::File,
        Some("Vec") if inside(ty, "Vec").is_some_and(is_file) => Content::Files,
        _ => Content::Value,
    }
}

/// Returns `T` of the argument `impl TryInto<T, …>` of a setter.
fn value_type(signature: &syn::Signature) -> Option<Type> {
    let mut inputs = signature.inputs.iter();
    let (Some(FnArg::Receiver(_)), Some(FnArg::Typed(value))) = (inputs.next(), inputs.next())
    else {
        return None;
    };
    let Type::ImplTrait(value) = &*value.ty else {
        return None;
    };
    let syn::TypeParamBound::Trait(bound) = value.bounds.first()? else {
        return None;
    };
    let last = bound.path.segments.last()?;
    let syn::PathArguments::AngleBracketed(inner) = &last.arguments else {
        return None;
    };
    match inner.args.first()? {
        syn::GenericArgument::Type(ty) if last.ident == "TryInto" => Some(ty.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_calls_each_operation_with_its_setters() {
        let document = serde_json::json!({
            "openapi": "3.0.3", "info": {"title": "A", "version": "1"},
            "paths": {"/a/{id}": {"post": {
                "operationId": "a_send", "x-source": "documented",
                "parameters": [
                    {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {
                    "type": "object", "properties": {"name": {"type": "string"}},
                }}}},
                "responses": {"204": {"description": "Done."}},
            }}, "/files": {"post": {
                "operationId": "upload", "x-source": "documented",
                "requestBody": {"required": true, "content": {"multipart/form-data": {"schema": {
                    "type": "object", "properties": {
                        "body": {"type": "integer"},
                        "file": {"type": "string", "format": "binary"},
                        "pages": {"type": "array", "items": {"type": "string", "format": "binary"}},
                    },
                }}}},
                "responses": {"200": {"description": "Events.", "content": {
                    "text/event-stream": {"schema": {"type": "string"}},
                }}},
            }}, "/parts": {"post": {
                "operationId": "parts", "x-source": "documented",
                "requestBody": {"required": true, "content": {"multipart/form-data": {}}},
                "responses": {"204": {"description": "Done."}},
            }}},
        });
        let client = perspio_codegen::generate::source_of_client(&document).unwrap();
        let program = source(&client).unwrap();
        for line in [
            "\"a_send\" => Box::pin(operation_0(client, values)).await,",
            "let mut builder = client.a_send();",
            "values.take::<String>(\"id\")",
            "values.take::<types :: ASendBody>(\"body\")",
            "Ok(response) => Ok(Decoded::Nothing),",
            "if let Some(value) = values.take::<i64>(\"body_part\")? { builder = builder.body_part(value); }",
            "values.take::<String>(\"file\")? { builder = builder.file(drive::file(value)); }",
            "values.take::<Vec<String>>(\"pages\")?",
            "builder = builder.body(drive::parts(value));",
            "Ok(response) => Ok(drive::events(response.into_inner()).await?),",
        ] {
            assert!(program.contains(line), "{line}: {program}");
        }
        syn::parse_file(&program).unwrap();
    }
}
