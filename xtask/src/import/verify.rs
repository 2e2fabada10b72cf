//! Holds an imported document to the real generator, and takes out what it
//! still cannot take, and nothing else.

use std::collections::BTreeSet;

use anyhow::{Result, anyhow, bail};
use serde_json::{Map, Value};

use super::leave_out;
use super::notes::Notes;
use super::pass::{open_all, reachable};
use super::walk;
use crate::generate::{self, METHODS};

type Operation = (String, String);

/// Leaves out every operation that the generator cannot take, with the cause.
pub(crate) fn verify(document: &mut Value, notes: &mut Notes) -> Result<()> {
    malformed(document, notes)?;
    match generate::try_client(document) {
        Ok(()) => return Ok(()),
        Err(cause) => notes.changed("the document", format!("the generator fails: {cause:#}")),
    }
    bad_schemas(document, notes);
    let all: Vec<Operation> = walk::operations(document)
        .map(|(path, method, _)| (path, method))
        .collect();
    let mut kept = BTreeSet::new();
    let mut causes = Vec::new();
    grow(document, &mut kept, &all, &mut causes);
    for ((path, method), cause) in causes {
        leave_out(document, notes, &path, &method, &format!("{cause:#}"));
    }
    Ok(())
}

/// What is no operation or schema at all.
fn malformed(document: &mut Value, notes: &mut Notes) -> Result<()> {
    let mut out = Vec::new();
    for (path, method, operation) in walk::operations(document) {
        let place = walk::operation_place(&path, &method);
        let wrong_path = (!path.starts_with('/')).then(|| anyhow!("a path begins with a slash"));
        let cause =
            wrong_path.or_else(|| generate::typed::<openapiv3::Operation>(operation, &place).err());
        out.extend(cause.map(|cause| (path, method, format!("{cause:#}"))));
    }
    for (path, method, cause) in out {
        leave_out(document, notes, &path, &method, &cause);
    }
    let mut bad = Vec::new();
    for (name, schema) in walk::object(document.pointer_mut("/components/schemas")) {
        let place = format!("components.schemas.{name}");
        if let Err(cause) =
            generate::typed::<openapiv3::ReferenceOr<openapiv3::Schema>>(schema, &place)
        {
            bad.push((name.clone(), format!("{cause:#}: any JSON is taken")));
        }
    }
    for (name, cause) in bad {
        open_all(document, &name);
        notes.left_out(format!("components.schemas.{name}"), cause);
    }
    generate::typed::<openapiv3::OpenAPI>(document, "").map(drop)
}

/// Opens each schema that fails though all that it is made of does not.
fn bad_schemas(document: &mut Value, notes: &mut Notes) {
    let names: Vec<String> = walk::object(document.pointer_mut("/components/schemas"))
        .map(|(name, _)| name.clone())
        .collect();
    let alone = |document: &Value, name: &str| -> Value {
        let mut copy = document.clone();
        let Some(members) = copy.as_object_mut() else {
            return copy;
        };
        let reference = serde_json::json!({"$ref": format!("#/components/schemas/{}", super::bundle::escape(name))});
        members.insert("paths".to_owned(), reference);
        let needed = reachable(&copy);
        if let Some(members) = copy.as_object_mut() {
            members.insert("paths".to_owned(), Value::Object(Map::new()));
        }
        if let Some(schemas) = copy
            .pointer_mut("/components/schemas")
            .and_then(Value::as_object_mut)
        {
            schemas.retain(|name, _| needed.contains(name));
        }
        copy
    };
    if generate::try_client(&only(document, &BTreeSet::new(), true)).is_ok() {
        return;
    }
    let size = |value: &Value| {
        value
            .pointer("/components/schemas")
            .and_then(Value::as_object)
            .map_or(0, Map::len)
    };
    let mut sized: Vec<_> = names
        .into_iter()
        .map(|name| (size(&alone(document, &name)), name))
        .collect();
    sized.sort();
    for (_, name) in sized {
        if let Err(cause) = generate::try_client(&alone(document, &name)) {
            open_all(document, &name);
            notes.left_out(
                format!("components.schemas.{name}"),
                format!("{cause:#}: any JSON is taken"),
            );
        }
    }
}

/// Adds operations in halves, so that those that fail are found in few runs.
fn grow(
    document: &Value,
    kept: &mut BTreeSet<Operation>,
    more: &[Operation],
    causes: &mut Vec<(Operation, anyhow::Error)>,
) {
    let mut tried = kept.clone();
    tried.extend(more.iter().cloned());
    match (generate::try_client(&only(document, &tried, false)), more) {
        (Ok(()), _) => *kept = tried,
        (Err(_), []) => {}
        (Err(cause), [one]) => causes.push((one.clone(), cause)),
        (Err(_), _) => {
            let (left, right) = more.split_at(more.len() / 2);
            grow(document, kept, left, causes);
            grow(document, kept, right, causes);
        }
    }
}

/// The document with these operations and the schemas that they need, or all.
fn only(document: &Value, kept: &BTreeSet<Operation>, all_schemas: bool) -> Value {
    let mut copy = document.clone();
    for (path, item) in walk::object(copy.get_mut("paths")) {
        if let Some(item) = item.as_object_mut() {
            item.retain(|method, _| {
                !METHODS.contains(&method.as_str())
                    || kept.contains(&(path.clone(), method.clone()))
            });
        }
    }
    if !all_schemas {
        let needed = reachable(&copy);
        if let Some(schemas) = copy
            .pointer_mut("/components/schemas")
            .and_then(Value::as_object_mut)
        {
            schemas.retain(|name, _| needed.contains(name));
        }
    }
    copy
}

/// The document must say something that a client can be made of.
pub(crate) fn not_empty(document: &mut Value, notes: &Notes) -> Result<()> {
    if walk::operations(document).next().is_some() {
        return Ok(());
    }
    let first = notes.all_left_out().iter().next();
    match first {
        Some((place, cause)) => bail!("no operation is left: {place}: {cause}, and so on"),
        None => bail!("paths: no operation"),
    }
}
