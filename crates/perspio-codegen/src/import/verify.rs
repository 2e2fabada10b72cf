//! Holds an imported document to the real generator, and takes out what it
//! still cannot take, and nothing else.

mod trial;

use anyhow::{Error, Result, bail};
use serde_json::{Value, json};

use super::leave_out;
use super::notes::Notes;
use super::pass::open_all;
use crate::document;
use crate::generate;
use trial::{Operation, Trial};

/// Leaves out every operation that the generator cannot take, with the cause, of a
/// document that it does not take because of `cause`.
pub(crate) fn mend(document: &mut Value, notes: &mut Notes, mut cause: Error) -> Result<()> {
    if malformed(document, notes)? {
        match generate::try_client(document) {
            Ok(()) => return Ok(()),
            Err(other) => cause = other,
        }
    }
    notes.changed("the document", format!("the generator fails: {cause:#}"));
    let mut trial = Trial::of(document);
    // First what fails alone: that is quick. Then what fails beside others.
    for together in [false, true] {
        for (name, cause) in bad_schemas(&mut trial, together) {
            open_all(document, &name);
            notes.left_out(
                format!("components.schemas.{name}"),
                format!("{cause:#}: any JSON is taken"),
            );
        }
        for (operation, cause) in bad_operations(&trial, together) {
            soften(document, &mut trial, notes, &operation, &cause);
        }
        match generate::try_client(document) {
            Ok(()) => return Ok(()),
            Err(other) => cause = other,
        }
    }
    Err(cause)
}

/// Takes out what is no operation or schema at all; whether there was any.
fn malformed(document: &mut Value, notes: &mut Notes) -> Result<bool> {
    let mut out = Vec::new();
    for (path, method, operation) in crate::document::operations_mut(document) {
        let place = crate::document::operation_place(&path, &method);
        let cause = document::typed::<openapiv3::Operation>(operation, &place).err();
        out.extend(cause.map(|cause| (path, method, format!("{cause:#}"))));
    }
    for (path, method, cause) in &out {
        leave_out(document, notes, path, method, cause);
    }
    let mut bad = Vec::new();
    for (name, schema) in crate::document::members_mut(document.pointer_mut("/components/schemas"))
    {
        let place = format!("components.schemas.{name}");
        if let Err(cause) =
            document::typed::<openapiv3::ReferenceOr<openapiv3::Schema>>(schema, &place)
        {
            bad.push((name.clone(), format!("{cause:#}: any JSON is taken")));
        }
    }
    let found_any = !out.is_empty() || !bad.is_empty();
    for (name, cause) in bad {
        open_all(document, &name);
        notes.left_out(format!("components.schemas.{name}"), cause);
    }
    document::typed::<openapiv3::OpenAPI>(document, "")?;
    Ok(found_any)
}

/// Opens each schema that fails though all that it is made of does not.
fn bad_schemas(trial: &mut Trial, together: bool) -> Vec<(String, Error)> {
    let all = trial.schemas_by_size();
    let mut found = Vec::new();
    let mut before = Vec::new();
    halve(
        &all,
        &mut |some: &[String]| {
            let mut tried = some.to_vec();
            if together {
                tried.extend_from_slice(&before);
            }
            let outcome = generate::try_client(&trial.with_schemas(&tried));
            match (&outcome, some) {
                (Err(_), [one]) => trial.open(one),
                (Ok(()), _) => before.extend_from_slice(some),
                _ => {}
            }
            outcome
        },
        &mut found,
    );
    found
}

/// The operations that fail with what they need.
fn bad_operations(trial: &Trial, together: bool) -> Vec<(Operation, Error)> {
    let mut found = Vec::new();
    let mut before = Vec::new();
    halve(
        &trial.operations(),
        &mut |some: &[Operation]| {
            let mut tried = some.to_vec();
            if together {
                tried.extend_from_slice(&before);
            }
            let outcome = generate::try_client(&trial.with_operations(&tried));
            if outcome.is_ok() {
                before.extend_from_slice(some);
            }
            outcome
        },
        &mut found,
    );
    found
}

/// Tries all, then halves of what fails, down to the single ones that do.
fn halve<T: Clone>(
    all: &[T],
    fails: &mut dyn FnMut(&[T]) -> Result<()>,
    found: &mut Vec<(T, Error)>,
) {
    match (fails(all), all) {
        (Ok(()), _) | (Err(_), []) => {}
        (Err(cause), [one]) => found.push((one.clone(), cause)),
        (Err(_), _) => {
            let (left, right) = all.split_at(all.len() / 2);
            halve(left, fails, found);
            halve(right, fails, found);
        }
    }
}

/// An operation that fails can still be called if its answers, or what it
/// sends, may be any JSON. If it fails even then, it is left out.
fn soften(
    document: &mut Value,
    trial: &mut Trial,
    notes: &mut Notes,
    operation: &Operation,
    cause: &Error,
) {
    let (path, method) = operation;
    let place = crate::document::operation_place(path, method);
    for (part, told) in [
        ("responses", "its answers are"),
        ("requestBody", "its body is"),
    ] {
        let Some(before) = trial.operation(operation).cloned() else {
            continue;
        };
        let mut softer = before.clone();
        let Some(found) = softer.get_mut(part) else {
            continue;
        };
        any_json(found);
        trial.replace(operation, softer.clone());
        if generate::try_client(&trial.with_operations(std::slice::from_ref(operation))).is_ok() {
            if let Some(found) = document
                .get_mut("paths")
                .and_then(|paths| paths.get_mut(path)?.get_mut(method))
            {
                *found = softer;
            }
            notes.left_out(
                format!("{place}, {part}"),
                format!("{told} any JSON: {cause:#}"),
            );
            return;
        }
        trial.replace(operation, before);
    }
    trial.remove(operation);
    leave_out(document, notes, path, method, &format!("{cause:#}"));
}

/// Replaces every schema of JSON below `value`.
fn any_json(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == "application/json" {
                    *member = json!({"schema": {}});
                } else {
                    any_json(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(any_json),
        _ => {}
    }
}

/// The document must say something that a client can be made of.
pub(crate) fn not_empty(document: &Value, notes: &Notes) -> Result<()> {
    if document::operations(document).next().is_some() {
        return Ok(());
    }
    let first = notes.all_left_out().iter().next();
    match first {
        Some((place, cause)) => bail!("no operation is left: {place}: {cause}, and so on"),
        None => bail!("paths: no operation"),
    }
}
