//! Runs the generator on an imported document, and removes the parts that it does not
//! support.

mod trial;

use serde_json::{Value, json};

use super::leave_out;
use super::notes::Notes;
use super::pass::allow_any;
use crate::document;
use crate::document::references::payloads;
use crate::error::{DocumentPath, Error, Result};
use crate::generate;
use trial::{Operation, Trial};

/// Removes every part that the generator does not support from a document of which it
/// rejects at least one, with `cause`.
pub(crate) fn remove_unsupported(
    document: &mut Value,
    notes: &mut Notes,
    mut cause: Error,
) -> Result<()> {
    if remove_malformed(document, notes)? {
        match generate::try_client(document) {
            Ok(()) => return Ok(()),
            Err(other) => cause = other,
        }
    }
    notes.changed("the document", format!("the generator fails: {cause:#}"));
    let mut trial = Trial::of(document);
    // Parts that fail alone are found quickly; then those that fail in combination.
    for with_others in [false, true] {
        for (name, cause) in unsupported_schemas(&mut trial, with_others) {
            allow_any(document, &name);
            notes.left_out(
                format!("components.schemas.{name}"),
                format!("{cause:#}: any JSON is accepted"),
            );
        }
        for (operation, cause) in unsupported_operations(&trial, with_others) {
            relax(document, &mut trial, notes, &operation, &cause);
        }
        match generate::try_client(document) {
            Ok(()) => return Ok(()),
            Err(other) => cause = other,
        }
    }
    Err(cause)
}

/// Removes operations and schemas that do not have the form that OpenAPI requires. Returns
/// whether there were any.
fn remove_malformed(document: &mut Value, notes: &mut Notes) -> Result<bool> {
    let mut out = Vec::new();
    for (path, method, operation) in crate::document::operations_mut(document) {
        let location = DocumentPath::of(&["paths", &path, &method]);
        let cause = document::typed::<openapiv3::Operation>(operation, &location).err();
        out.extend(cause.map(|cause| (path, method, format!("{cause:#}"))));
    }
    for (path, method, cause) in &out {
        leave_out(document, notes, path, method, cause);
    }
    let mut bad = Vec::new();
    for (name, schema) in crate::document::members_mut(document.pointer_mut("/components/schemas"))
    {
        let location = DocumentPath::of(&["components", "schemas", name]);
        if let Err(cause) =
            document::typed::<openapiv3::ReferenceOr<openapiv3::Schema>>(schema, &location)
        {
            bad.push((name.clone(), format!("{cause:#}: any JSON is accepted")));
        }
    }
    let found_any = !out.is_empty() || !bad.is_empty();
    for (name, cause) in bad {
        allow_any(document, &name);
        notes.left_out(format!("components.schemas.{name}"), cause);
    }
    document::typed::<openapiv3::OpenAPI>(document, &DocumentPath::default())?;
    Ok(found_any)
}

/// Finds the schemas that fail although the schemas that they refer to do not. In the
/// trial, they accept any JSON.
fn unsupported_schemas(trial: &mut Trial, with_others: bool) -> Vec<(String, Error)> {
    let all = trial.schemas_by_size();
    let mut found = Vec::new();
    let mut before = Vec::new();
    bisect(
        &all,
        &mut |some: &[String]| {
            let mut tried = some.to_vec();
            if with_others {
                tried.extend_from_slice(&before);
            }
            let outcome = generate::try_client(&trial.with_schemas(&tried));
            match (&outcome, some) {
                (Err(_), [one]) => trial.allow_any(one),
                (Ok(()), _) => before.extend_from_slice(some),
                _ => {}
            }
            outcome
        },
        &mut found,
    );
    found
}

/// Finds the operations that fail with the schemas that they refer to.
fn unsupported_operations(trial: &Trial, with_others: bool) -> Vec<(Operation, Error)> {
    let mut found = Vec::new();
    let mut before = Vec::new();
    bisect(
        &trial.operations(),
        &mut |some: &[Operation]| {
            let mut tried = some.to_vec();
            if with_others {
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

/// Finds the items that fail by bisection.
fn bisect<T: Clone>(
    all: &[T],
    run: &mut dyn FnMut(&[T]) -> Result<()>,
    found: &mut Vec<(T, Error)>,
) {
    match (run(all), all) {
        (Ok(()), _) | (Err(_), []) => {}
        (Err(cause), [one]) => found.push((one.clone(), cause)),
        (Err(_), _) => {
            let (left, right) = all.split_at(all.len() / 2);
            bisect(left, run, found);
            bisect(right, run, found);
        }
    }
}

/// Makes a failing operation accept any JSON in its responses, or in its request body if
/// that does not help. If the operation still fails, it is left out.
fn relax(
    document: &mut Value,
    trial: &mut Trial,
    notes: &mut Notes,
    operation: &Operation,
    cause: &Error,
) {
    let (path, method) = operation;
    let location = crate::document::operation_location(path, method);
    for (part, subject) in [
        ("responses", "the responses are"),
        ("requestBody", "the request body is"),
    ] {
        let Some(before) = trial.operation(operation).cloned() else {
            continue;
        };
        let mut relaxed = before.clone();
        let Some(found) = relaxed.get_mut(part) else {
            continue;
        };
        any_json(found);
        trial.replace(operation, relaxed.clone());
        if generate::try_client(&trial.with_operations(std::slice::from_ref(operation))).is_ok() {
            if let Some(found) = document
                .get_mut("paths")
                .and_then(|paths| paths.get_mut(path)?.get_mut(method))
            {
                *found = relaxed;
            }
            notes.left_out(
                format!("{location}, {part}"),
                format!("{subject} any JSON: {cause:#}"),
            );
            return;
        }
        trial.replace(operation, before);
    }
    trial.remove(operation);
    leave_out(document, notes, path, method, &format!("{cause:#}"));
}

/// Replaces every schema of a JSON body in `value` by one that accepts any JSON.
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

/// Checks that the document has an operation, or describes webhooks only.
pub(crate) fn not_empty(document: &Value, notes: &Notes) -> Result<()> {
    if document::operations(document).next().is_some() {
        return Ok(());
    }
    Err(match notes.all_left_out().iter().next() {
        Some((location, cause)) => Error::new(format_args!(
            "every operation was left out, the first because of {location}: {cause}"
        )),
        None if payloads(document).next().is_some() => return Ok(()),
        None => Error::new("no operation").at(DocumentPath::of(&["paths"])),
    })
}
