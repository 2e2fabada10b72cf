//! Makes one document of a file and those that its references lead to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Map, Value};

use crate::document::walk;
use crate::document::{escape, unescape};
use crate::load::{Folder, follow};

/// What a reference leads to: a file and a pointer into it.
type Target = (PathBuf, String);

/// How many values may be put in the place of references: a few that each lead
/// twice to the next would fill the memory.
const MOST_COPIED: usize = 1_000_000;

struct Bundle<'a> {
    folder: &'a mut Folder,
    main: PathBuf,
    /// The names that foreign schemas got.
    names: BTreeMap<Target, String>,
    schemas: Map<String, Value>,
    /// The references that are being followed, against cycles.
    following: Vec<Target>,
    /// How many values were put in the place of references so far.
    copied: usize,
}

/// The document of `main`, a path from the folder, with every reference
/// leading to its own `components.schemas`, and all other parts in place.
pub(crate) fn bundle(folder: &mut Folder, main: &Path) -> Result<Value> {
    let mut document = folder.content(main)?.clone();
    let mut bundle = Bundle {
        folder,
        main: main.to_owned(),
        names: BTreeMap::new(),
        schemas: Map::new(),
        following: Vec::new(),
        copied: 0,
    };
    if let Some(own) = walk::components(&document) {
        for name in own.keys() {
            let target = (
                main.to_owned(),
                format!("/components/schemas/{}", escape(name)),
            );
            bundle.names.insert(target, name.clone());
        }
    }
    bundle.value(&mut document, main, &mut Vec::new(), false)?;
    if !bundle.schemas.is_empty() {
        let found = bundle.schemas;
        let components = document
            .as_object_mut()
            .context("the document is no object")?
            .entry("components")
            .or_insert_with(|| Value::Object(Map::new()));
        let schemas = components
            .as_object_mut()
            .context("components: no object")?
            .entry("schemas")
            .or_insert_with(|| Value::Object(Map::new()));
        let schemas = schemas
            .as_object_mut()
            .context("components.schemas: no object")?;
        schemas.extend(found);
    }
    Ok(document)
}

impl Bundle<'_> {
    /// `free` says that the names of this value's members are the author's own.
    fn value(
        &mut self,
        value: &mut Value,
        file: &Path,
        place: &mut Vec<String>,
        free: bool,
    ) -> Result<()> {
        let last = place.last().cloned().unwrap_or_default();
        match value {
            Value::Object(members) => {
                let target = members
                    .get("$ref")
                    .and_then(Value::as_str)
                    .map(str::to_owned);
                if let Some(target) = target.filter(|_| !free) {
                    return self
                        .reference(value, &target, file, place)
                        .with_context(|| format!("{}: `$ref`", place.join(".")));
                }
                for (name, member) in members {
                    // Data: a `$ref` in them is no reference.
                    let data = matches!(
                        name.as_str(),
                        "example" | "examples" | "default" | "enum" | "const"
                    ) && !free;
                    if data || (name.starts_with("x-") && !free) {
                        continue;
                    }
                    let free = !free
                        && matches!(
                            name.as_str(),
                            "properties"
                                | "patternProperties"
                                | "$defs"
                                | "definitions"
                                | "schemas"
                        );
                    place.push(name.clone());
                    self.value(member, file, place, free)?;
                    place.pop();
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    place.push(format!("{last}[{index}]"));
                    self.value(item, file, place, false)?;
                    place.pop();
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn reference(
        &mut self,
        value: &mut Value,
        target: &str,
        file: &Path,
        place: &mut Vec<String>,
    ) -> Result<()> {
        let (other, pointer) = target.split_once('#').unwrap_or((target, ""));
        let path = if other.is_empty() {
            file.to_owned()
        } else {
            follow(file, other)?
        };
        let key = (path.clone(), decode(pointer));
        if is_schema(place) {
            let name = match self.names.get(&key) {
                Some(name) => name.clone(),
                None => self.foreign_schema(&key, place)?,
            };
            if let Some(members) = value.as_object_mut() {
                let own = format!("#/components/schemas/{}", escape(&name));
                members.insert("$ref".to_owned(), own.into());
            }
            return Ok(());
        }
        if self.following.contains(&key) {
            bail!("it leads to {target}, which leads back to it");
        }
        if self.following.len() > 50 {
            bail!("it leads to {target}, more than 50 references deep");
        }
        let mut found = self.found(&key)?;
        self.following.push(key);
        self.value(&mut found, &path, place, false)?;
        self.following.pop();
        // What stands beside a reference of this kind is prose that goes first.
        if let (Some(found), Some(own)) = (found.as_object_mut(), value.as_object()) {
            for name in ["summary", "description"] {
                if let Some(prose) = own.get(name) {
                    found.insert(name.to_owned(), prose.clone());
                }
            }
        }
        *value = found;
        Ok(())
    }

    /// Takes a schema that is no component of the main file into its components.
    fn foreign_schema(&mut self, key: &Target, place: &mut [String]) -> Result<String> {
        let mut schema = self.found(key)?;
        let last = key.1.rsplit('/').next().unwrap_or_default();
        let stem = key
            .0
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or("schema");
        let wanted: String = match last {
            "" => stem.to_owned(),
            _ if key.1.starts_with("/components/schemas/") && key.1.matches('/').count() == 3 => {
                unescape(last)
            }
            // A place inside of something: all of its names that mean anything.
            _ => key
                .1
                .split('/')
                .map(unescape)
                .filter(|part| !STRUCTURE.contains(&part.as_str()))
                .collect::<Vec<_>>()
                .join("_"),
        };
        let wanted: String = wanted
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() || ".-_".contains(letter) {
                    letter
                } else {
                    '_'
                }
            })
            .collect();
        let mut name = wanted.clone();
        let mut number = 2;
        while self.names.values().any(|taken| *taken == name) {
            name = format!("{wanted}{number}");
            number += 1;
        }
        self.names.insert(key.clone(), name.clone());
        // Inside of it, everything stands where a schema may stand.
        let mut inner = vec!["components".to_owned(), "schemas".to_owned(), name.clone()];
        self.value(&mut schema, &key.0, &mut inner, false)
            .with_context(|| format!("{} (from {})", key.0.display(), place.join(".")))?;
        self.schemas.insert(name.clone(), schema);
        Ok(name)
    }

    fn found(&mut self, (path, pointer): &Target) -> Result<Value> {
        let content = self.folder.content(path)?;
        let missing = || {
            let file = if *path == self.main {
                String::new()
            } else {
                path.display().to_string()
            };
            anyhow!("it leads to {file}#{pointer}, which is not there")
        };
        let found = content.pointer(pointer).ok_or_else(missing)?;
        self.copied += size(found);
        if self.copied > MOST_COPIED {
            bail!("all that references lead to is more than {MOST_COPIED} values");
        }
        Ok(found.clone())
    }
}

/// How many values a value is, with all that are in it.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Object(members) => members.values().map(size).sum(),
        Value::Array(items) => items.iter().map(size).sum(),
        _ => 0,
    }
}

/// Names of places that say nothing about what stands there.
const STRUCTURE: [&str; 12] = [
    "",
    "components",
    "schemas",
    "properties",
    "paths",
    "schema",
    "content",
    "responses",
    "$defs",
    "definitions",
    "application/json",
    "requestBody",
];

/// Whether a reference at this place is that of a schema.
fn is_schema(place: &[String]) -> bool {
    let mut from_last = place.iter().rev().map(String::as_str);
    let last = from_last.next().unwrap_or_default();
    let before = from_last.next().unwrap_or_default();
    let of_list = ["allOf[", "anyOf[", "oneOf[", "prefixItems[", "items["];
    matches!(
        before,
        "properties"
            | "schemas"
            | "patternProperties"
            | "$defs"
            | "definitions"
            | "dependentSchemas"
    ) || of_list.iter().any(|list| last.starts_with(list))
        || matches!(
            last,
            "schema"
                | "items"
                | "additionalProperties"
                | "not"
                | "contains"
                | "propertyNames"
                | "if"
                | "then"
                | "else"
                | "unevaluatedProperties"
                | "unevaluatedItems"
                | "itemSchema"
        )
}

/// A pointer stands percent-encoded in a reference.
fn decode(pointer: &str) -> String {
    let mut bytes = Vec::with_capacity(pointer.len());
    let mut rest = pointer.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let (b'%', Some(byte)) = (first, hex) {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| pointer.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn references_that_double_themselves_are_told_and_end() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut text = "components:\n  responses:\n    R45: {}\n".to_owned();
        for index in 0..45 {
            let next = format!("{{ $ref: '#/components/responses/R{}' }}", index + 1);
            let _ = writeln!(
                text,
                "    R{index}: {{ headers: {{ A: {next}, B: {next} }} }}"
            );
        }
        std::fs::write(folder.path().join("a.yaml"), text).unwrap();
        let mut folder = Folder::new(folder.path()).unwrap();
        let error = bundle(&mut folder, Path::new("a.yaml")).unwrap_err();
        let told = format!("{error:#}");
        assert!(
            told.starts_with("components.responses.R0.headers.A"),
            "{told}"
        );
        assert!(told.ends_with("more than 1000000 values"), "{told}");
    }
}
