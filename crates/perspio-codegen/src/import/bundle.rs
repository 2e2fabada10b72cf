//! Bundles a document and the files that it refers to into one document.

mod dangling;
mod identifiers;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::notes::{Notes, location as noted};
use super::problems::Problems;
use crate::document::structure::{Form, Object};
use crate::document::walk;
use crate::document::{escape, object_at};
use crate::error::{DocumentPath, Error, Result, Step, fail};
use crate::load::{Folder, follow};
use dangling::Dangling;
use identifiers::{Identifiers, Resource};

/// The target of a reference: a file and a JSON pointer into it.
type Target = (PathBuf, String);

/// The limit of values that replace references. A few parts that each refer to the next
/// one twice would otherwise exhaust the memory.
const MAX_COPIED: usize = 1_000_000;

struct Bundle<'a> {
    folder: &'a mut Folder,
    notes: &'a mut Notes,
    main: PathBuf,
    /// The names of the components, by the schemas that they are made from.
    names: BTreeMap<Target, String>,
    /// The names of all components.
    taken: BTreeSet<String>,
    schemas: Map<String, Value>,
    /// The references that are being resolved, to detect cycles.
    following: Vec<Target>,
    /// The number of values that have replaced references so far.
    copied: usize,
    identifiers: Identifiers,
    /// The references that have no target and are not schemas.
    dangling: Vec<Dangling>,
    problems: Problems,
}

/// Returns the document of `main`, a path relative to the folder. Its references to
/// schemas refer to its own `components.schemas`; the targets of all others are inlined.
///
/// A reference without a target in its file is replaced, and listed in the notes.
///
/// # Errors
/// A reference leads to a file that cannot be read; all such references are reported.
pub(crate) fn bundle(folder: &mut Folder, main: &Path, notes: &mut Notes) -> Result<Value> {
    notes.begin("references");
    let mut document = folder.content(main)?.clone();
    let mut bundle = Bundle {
        folder,
        notes,
        main: main.to_owned(),
        names: BTreeMap::new(),
        taken: BTreeSet::new(),
        schemas: Map::new(),
        following: Vec::new(),
        copied: 0,
        identifiers: Identifiers::default(),
        dangling: Vec::new(),
        problems: Problems::default(),
    };
    if let Some(own) = walk::components(&document) {
        for name in own.keys() {
            let pointer = format!("/components/schemas/{}", escape(name));
            bundle
                .names
                .insert((main.to_owned(), pointer), name.clone());
            bundle.taken.insert(name.clone());
        }
    }
    bundle.identifiers.read(main, &document);
    let root = Resource::of_file(main);
    let form = Form::Is(Object::Document);
    bundle.value(&mut document, form, &root, &mut DocumentPath::default())?;
    let Bundle {
        schemas,
        dangling,
        problems,
        ..
    } = bundle;
    problems.into_result()?;
    if !schemas.is_empty() {
        object_at(&mut document, &["components", "schemas"])?.extend(schemas);
    }
    dangling::remove(&mut document, dangling, notes);
    Ok(document)
}

impl Bundle<'_> {
    /// Resolves the references in a value of a form, which is part of a resource.
    fn value(
        &mut self,
        value: &mut Value,
        form: Form,
        resource: &Resource,
        location: &mut DocumentPath,
    ) -> Result<()> {
        match value {
            Value::Object(members) => {
                let inner = self.identifiers.resource_at(resource, members, form);
                let resource = inner.as_ref().unwrap_or(resource);
                if form.is_schema() {
                    self.dynamic_reference(members, location);
                }
                let target = members.get("$ref").and_then(Value::as_str);
                let target = target.filter(|_| form.may_be_reference());
                if let Some(target) = target.map(str::to_owned) {
                    let followed = self.reference(value, form, &target, resource, location);
                    followed.map_err(|cause| at_reference(cause, location))?;
                    if !form.is_schema() {
                        return Ok(());
                    }
                }
                for (name, member) in value.as_object_mut().into_iter().flatten() {
                    let form = form.member(name);
                    if form != Form::Data {
                        location.0.push(Step::name(name));
                        self.value(member, form, resource, location)?;
                        location.0.pop();
                    }
                }
            }
            Value::Array(items) if form.item() != Form::Data => {
                for (index, item) in items.iter_mut().enumerate() {
                    location.0.push(Step::Index(index));
                    self.value(item, form.item(), resource, location)?;
                    location.0.pop();
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Replaces a `$dynamicRef` by a reference to its static target. The schemas that override
    /// the target are not read.
    fn dynamic_reference(&mut self, members: &mut Map<String, Value>, location: &DocumentPath) {
        for keyword in ["$dynamicRef", "$recursiveRef"] {
            let Some(target) = members.get(keyword).and_then(Value::as_str) else {
                continue;
            };
            if members.contains_key("$ref") {
                continue;
            }
            let target = target.to_owned();
            members.remove(keyword);
            let location = format!("{}.{keyword}", noted(location));
            let anchor = target.split_once('#').map_or("", |(_, anchor)| anchor);
            if self.identifiers.dynamic_anchors(anchor) > 1 {
                let cause = format!(
                    "its target is always {target} of its own schema, although other schemas define it, too"
                );
                self.notes.left_out(location, cause);
            } else {
                self.notes
                    .changed(location, format!("read as a `$ref` to {target}"));
            }
            members.insert("$ref".to_owned(), target.into());
        }
    }

    fn reference(
        &mut self,
        value: &mut Value,
        form: Form,
        target: &str,
        resource: &Resource,
        location: &mut DocumentPath,
    ) -> Result<()> {
        let found = self.target(target, resource);
        let key = match found {
            Ok(Some(key)) => key,
            Ok(None) => {
                self.without_target(value, form, target, location);
                return Ok(());
            }
            Err(cause) => {
                self.problems.add(at_reference(cause, location));
                *value = json!({});
                return Ok(());
            }
        };
        if form.is_schema() {
            let name = match self.names.get(&key) {
                Some(name) => name.clone(),
                None => self.add_schema(&key)?,
            };
            if let Some(members) = value.as_object_mut() {
                let own = format!("#/components/schemas/{}", escape(&name));
                members.insert("$ref".to_owned(), own.into());
            }
            return Ok(());
        }
        if self.following.contains(&key) {
            return fail(format_args!("the target {target} refers back to it"));
        }
        if self.following.len() > 50 {
            return fail(format_args!(
                "the target {target} is more than 50 references deep"
            ));
        }
        let mut found = self.found(&key)?;
        let inner = self.identifiers.resource_of(&key.0, &key.1);
        self.following.push(key);
        self.value(&mut found, form, &inner, location)?;
        self.following.pop();
        // OpenAPI 3.1 allows a summary and a description next to a `$ref`; they override those
        // of the target.
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

    /// Returns the target of a reference in a resource, if there is one.
    fn target(&mut self, target: &str, resource: &Resource) -> Result<Option<Target>> {
        let (other, fragment) = target.split_once('#').unwrap_or((target, ""));
        let fragment = decode(fragment);
        let resource = if other.is_empty() {
            resource.clone()
        } else if let Some(known) = self.identifiers.find(resource, other) {
            known
        } else {
            let file = follow(&resource.file, other)?;
            let content = self.folder.content(&file)?;
            self.identifiers.read(&file, content);
            Resource::of_file(&file)
        };
        let content = self.folder.content(&resource.file)?;
        let pointers = self.identifiers.pointers(&resource, &fragment);
        let is_document = |pointer: &str| pointer.is_empty() && resource.file == self.main;
        Ok(pointers
            .into_iter()
            .find(|pointer| content.pointer(pointer).is_some() && !is_document(pointer))
            .map(|pointer| (resource.file, pointer)))
    }

    /// Replaces a reference that has no target. Of a schema, any JSON is accepted.
    fn without_target(
        &mut self,
        value: &mut Value,
        form: Form,
        target: &str,
        location: &DocumentPath,
    ) {
        let cause = format!("`$ref`: the target {target} does not exist");
        if form.is_schema() {
            if let Some(members) = value.as_object_mut() {
                members.remove("$ref");
            }
            let cause = format!("{cause}: any JSON is accepted");
            self.notes.left_out(noted(location), cause);
        } else {
            self.dangling.push(Dangling {
                location: location.clone(),
                is_optional: value.get("required") == Some(&false.into()),
                cause,
            });
            *value = json!({});
        }
    }

    /// Adds a schema that is not a component of the main file to its components. Returns
    /// its name.
    fn add_schema(&mut self, key: &Target) -> Result<String> {
        let mut schema = self.found(key)?;
        let name = names::unused(&names::of(key), &self.taken);
        self.names.insert(key.clone(), name.clone());
        self.taken.insert(name.clone());
        // The schema is resolved as a component.
        let mut inner = DocumentPath::of(&["components", "schemas", &name]);
        let resource = self.identifiers.resource_of(&key.0, &key.1);
        self.value(&mut schema, Form::Is(Object::Schema), &resource, &mut inner)
            .map_err(|cause| cause.in_file(&key.0))?;
        self.schemas.insert(name.clone(), schema);
        Ok(name)
    }

    /// Returns a copy of the target of a reference, which exists.
    fn found(&mut self, (path, pointer): &Target) -> Result<Value> {
        let content = self.folder.content(path)?;
        let found = content.pointer(pointer).unwrap_or(&Value::Null);
        self.copied += size(found);
        if self.copied > MAX_COPIED {
            return fail(format_args!(
                "the targets of all references contain more than {MAX_COPIED} values"
            ));
        }
        Ok(found.clone())
    }
}

/// Returns the error of a reference at a location.
fn at_reference(cause: Error, location: &DocumentPath) -> Error {
    let error = Error::new("`$ref`").because_of(cause);
    error.at(location.clone())
}

/// Returns the number of values in a value, including itself.
fn size(value: &Value) -> usize {
    1 + match value {
        Value::Object(members) => members.values().map(size).sum(),
        Value::Array(items) => items.iter().map(size).sum(),
        _ => 0,
    }
}

/// Decodes the percent-encoding of a pointer in a reference.
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
    fn references_that_expand_exponentially_are_an_error_with_a_location() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut text = "components:\n  pathItems:\n    R45: {}\n".to_owned();
        for index in 0..45 {
            let next = format!(
                "{{ a: {{ $ref: '#/components/pathItems/R{}' }} }}",
                index + 1
            );
            let _ = writeln!(
                text,
                "    R{index}: {{ get: {{ callbacks: {{ A: {next}, B: {next} }} }} }}"
            );
        }
        std::fs::write(folder.path().join("a.yaml"), text).unwrap();
        let mut folder = Folder::new(folder.path()).unwrap();
        let error = bundle(&mut folder, Path::new("a.yaml"), &mut Notes::default()).unwrap_err();
        let error = format!("{error:#}");
        assert!(
            error.starts_with("components.pathItems.R0.get.callbacks.A.a"),
            "{error}"
        );
        assert!(error.ends_with("more than 1000000 values"), "{error}");
    }
}
