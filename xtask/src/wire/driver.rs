//! The program that makes the calls: a function for each operation, by what the
//! generated client offers.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use quote::ToTokens;
use syn::{FnArg, GenericArgument, ImplItem, Item, PathArguments, ReturnType, Type};

use crate::surface::id_in_call;

/// The source of the program, whose module `client` is the generated `client`.
pub(super) fn source(client: &str) -> Result<String> {
    let file = syn::parse_file(client).context("the generated client is not Rust")?;
    let builders = file.items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "builder" => module.content.as_ref(),
        _ => None,
    });
    let (_, items) = builders.context("the generated client has no builders")?;
    let mut functions = String::new();
    let mut rows = String::new();
    for item in items {
        if let Item::Impl(block) = item
            && let Some(builder) = Builder::read(block)
        {
            let number = rows.lines().count();
            let _ = writeln!(
                rows,
                "        {:?} => Box::pin(operation_{number}(client, values)).await,",
                builder.operation
            );
            functions += &builder.function(number);
        }
    }
    Ok(format!(
        "{HEAD}\nasync fn call(client: &client::Client, operation: &str, values: Values) -> Result<Result<Answer, String>, Outcome> {{\n    \
         match operation {{\n{rows}        _ => Err(Outcome::NotSaid(\"the client has no such operation\".to_owned())),\n    }}\n}}\n{functions}"
    ))
}

/// What every such program has: arguments are the server's address, the plan, and
/// how many of its calls have been made already; each call's outcome is a line of
/// output. It ends early when the server has not answered: that one is still busy.
const HEAD: &str = r#"#![allow(warnings)]
mod client;

use client::types;
use futures::TryStreamExt;
use perspio_wire::Tape;
use perspio_wire::drive::{self, Answer, Outcome, Plan, Values};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let plan: Plan = serde_json::from_str(&std::fs::read_to_string(&arguments[2])?)?;
    let tape = Tape::default();
    let pipeline = || drive::pipeline(&arguments[1], &plan.keys, &tape);
    let mut client = client::Client::from_pipeline(pipeline()?);
    for one in plan.calls.iter().skip(arguments[3].parse()?) {
        let mut outcome = judged(&client, one, &tape).await;
        if matches!(outcome, Outcome::NotSent(_)) {
            // A token that was refused is not sent again, and a connection may
            // break after an answer to HEAD.
            client = client::Client::from_pipeline(pipeline()?);
            outcome = judged(&client, one, &tape).await;
        }
        let mut is_busy = outcome == Outcome::Unanswered;
        if matches!(outcome, Outcome::Contradicted(_)) {
            let made = drive::with_made_answers(&pipeline()?);
            let again = judged(&client::Client::from_pipeline(made), one, &tape).await;
            is_busy = again == Outcome::Unanswered;
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

async fn judged(client: &client::Client, one: &drive::Call, tape: &Tape) -> Outcome {
    let call = call(client, &one.operation, Values::new(one));
    match tokio::time::timeout(drive::PATIENCE, call).await {
        Ok(Ok(answer)) => drive::judge(answer, tape.take().as_ref()),
        Ok(Err(outcome)) => outcome,
        Err(_) => Outcome::Unanswered,
    }
}
"#;

/// One operation's builder.
struct Builder {
    name: String,
    operation: String,
    /// The methods that set a value, and the type that each takes.
    setters: Vec<(String, String)>,
    success: String,
    failure: String,
}

impl Builder {
    fn read(block: &syn::ItemImpl) -> Option<Self> {
        let Type::Path(path) = &*block.self_ty else {
            return None;
        };
        let name = path.path.segments.last()?.ident.to_string();
        let functions = || {
            block.items.iter().filter_map(|item| match item {
                ImplItem::Fn(function) => Some(function),
                _ => None,
            })
        };
        let send = functions().find(|function| function.sig.ident == "send")?;
        let operation = id_in_call(send)?;
        let ReturnType::Type(_, result) = &send.sig.output else {
            return None;
        };
        let [response, error] = arguments(result).try_into().ok()?;
        let [success] = arguments(&response).try_into().ok()?;
        let [failure] = arguments(&error).try_into().ok()?;
        let setters = functions()
            .filter_map(|function| Some((function.sig.ident.to_string(), taken(&function.sig)?)));
        Some(Self {
            name,
            operation,
            setters: setters.collect(),
            success: success.to_token_stream().to_string(),
            failure: failure.to_token_stream().to_string(),
        })
    }

    fn function(&self, number: usize) -> String {
        let mut text = format!(
            "\nasync fn operation_{number}(client: &client::Client, mut values: Values) -> Result<Result<Answer, String>, Outcome> {{\n    \
             let mut builder = client::builder::{}::new(client);\n",
            self.name
        );
        for (setter, kind) in &self.setters {
            let name = setter.trim_start_matches("r#").trim_end_matches('_');
            // A body of bytes takes what becomes one.
            let kind = if kind.contains("reqwest :: Body") {
                "String"
            } else {
                kind
            };
            let _ = writeln!(
                text,
                "    if let Some(value) = values.take::<{kind}>({name:?})? {{ builder = builder.{setter}(value); }}"
            );
        }
        let answer = match self.success.as_str() {
            "()" => "Answer::Nothing",
            "ByteStream" => {
                "Answer::Bytes(response.into_inner().into_inner().try_fold(Vec::new(), |mut all, more| async move { all.extend_from_slice(&more); Ok(all) }).await.unwrap_or_default())"
            }
            _ => "Answer::of(&response.into_inner())?",
        };
        let cause = if self.failure == "ByteStream" {
            "cause.to_string()"
        } else {
            "perspio_http::Error::from(cause).to_string()"
        };
        let _ = writeln!(
            text,
            "    values.end()?;\n    Ok(match builder.send().await {{\n        Ok(response) => Ok({answer}),\n        Err(cause) => Err({cause}),\n    }})\n}}"
        );
        text
    }
}

/// The type that a method turns its argument into, if it is one that sets a value.
fn taken(signature: &syn::Signature) -> Option<String> {
    let sets = matches!(signature.inputs.first(), Some(FnArg::Receiver(_)));
    let bounds = signature.generics.where_clause.as_ref().filter(|_| sets)?;
    let syn::WherePredicate::Type(first) = bounds.predicates.first()? else {
        return None;
    };
    let syn::TypeParamBound::Trait(bound) = first.bounds.first()? else {
        return None;
    };
    let last = bound.path.segments.last()?;
    let PathArguments::AngleBracketed(inner) = &last.arguments else {
        return None;
    };
    match inner.args.first()? {
        GenericArgument::Type(kind) if last.ident == "TryInto" => {
            Some(kind.to_token_stream().to_string())
        }
        _ => None,
    }
}

/// The type arguments of a type.
fn arguments(kind: &Type) -> Vec<Type> {
    let Type::Path(path) = kind else {
        return Vec::new();
    };
    match path.path.segments.last().map(|segment| &segment.arguments) {
        Some(PathArguments::AngleBracketed(inner)) => inner
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(kind) => Some(kind.clone()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}
