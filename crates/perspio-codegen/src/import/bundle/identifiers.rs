//! The identifiers of schemas in the files of a document: `$id`, `$anchor`, `$dynamicAnchor`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::document::escape;
use crate::document::structure::{Form, Object};

/// A part of a file to which the references in it are relative: the file itself, or a schema with
/// an `$id`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Resource {
    pub(super) file: PathBuf,
    /// The JSON pointer to it.
    pointer: String,
    /// Its URI; empty if it has none.
    id: String,
}

/// The identifiers of the files that were read.
#[derive(Default)]
pub(super) struct Identifiers {
    files: BTreeSet<PathBuf>,
    resources: BTreeMap<String, Resource>,
    /// The pointers of the anchors, by the file and the name, each with the pointer of its
    /// resource.
    anchors: BTreeMap<(PathBuf, String), Vec<(String, String)>>,
    /// The numbers of dynamic anchors by their names.
    dynamic: BTreeMap<String, usize>,
}

impl Resource {
    /// Returns the resource that is a file.
    pub(super) fn of_file(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            ..Self::default()
        }
    }
}

impl Identifiers {
    /// Reads the identifiers of a file, once.
    pub(super) fn read(&mut self, file: &Path, content: &Value) {
        if self.files.insert(file.to_owned()) {
            // A file that is part of a document may contain a schema anywhere.
            let is_document = content.get("openapi").is_some();
            let form = is_document.then_some(Form::Is(Object::Document));
            self.value(content, form, &Resource::of_file(file), &mut String::new());
        }
    }

    fn value(
        &mut self,
        value: &Value,
        form: Option<Form>,
        resource: &Resource,
        pointer: &mut String,
    ) {
        let length = pointer.len();
        match value {
            Value::Object(members) => {
                let is_schema = form.is_none_or(Form::is_schema);
                let inner = is_schema.then(|| self.schema(members, resource, pointer));
                let resource = inner.as_ref().unwrap_or(resource);
                for (name, member) in members {
                    let form = form.map(|form| form.member(name));
                    if form != Some(Form::Data) {
                        pointer.push('/');
                        pointer.push_str(&escape(name));
                        self.value(member, form, resource, pointer);
                        pointer.truncate(length);
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    pointer.push('/');
                    pointer.push_str(&index.to_string());
                    self.value(item, form.map(Form::item), resource, pointer);
                    pointer.truncate(length);
                }
            }
            _ => {}
        }
    }

    /// Adds the identifiers of a schema. Returns the resource that it belongs to.
    fn schema(
        &mut self,
        members: &Map<String, Value>,
        resource: &Resource,
        pointer: &str,
    ) -> Resource {
        let named = |keyword: &str| members.get(keyword).and_then(Value::as_str);
        let mut own = resource.clone();
        let id = named("$id").unwrap_or_default();
        // Before 2019, an `$id` that is a fragment was an anchor.
        let (id, old_anchor) = id.split_once('#').unwrap_or((id, ""));
        if !id.is_empty() {
            pointer.clone_into(&mut own.pointer);
            own.id = join(&resource.id, id);
            self.resources
                .entry(own.id.clone())
                .or_insert_with(|| own.clone());
        }
        let anchors = [named("$anchor"), named("$dynamicAnchor"), Some(old_anchor)];
        for anchor in anchors.into_iter().flatten().filter(|it| !it.is_empty()) {
            let key = (own.file.clone(), anchor.to_owned());
            let found = (own.pointer.clone(), pointer.to_owned());
            self.anchors.entry(key).or_default().push(found);
        }
        if let Some(anchor) = named("$dynamicAnchor") {
            *self.dynamic.entry(anchor.to_owned()).or_default() += 1;
        }
        own
    }

    /// Returns the resource that a value begins, if it is a schema with an `$id`.
    pub(super) fn resource_at(
        &self,
        resource: &Resource,
        members: &Map<String, Value>,
        form: Form,
    ) -> Option<Resource> {
        let id = members.get("$id").and_then(Value::as_str)?;
        let id = id.split('#').next().filter(|id| !id.is_empty())?;
        if !form.is_schema() {
            return None;
        }
        // A schema that is read as a target is the resource already.
        let known = self.resources.get(&join(&resource.id, id));
        known.filter(|known| known.file == resource.file).cloned()
    }

    /// Returns the innermost resource that contains a value.
    pub(super) fn resource_of(&self, file: &Path, pointer: &str) -> Resource {
        let contains = |resource: &&Resource| {
            let rest = pointer.strip_prefix(resource.pointer.as_str());
            resource.file == file && rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
        };
        let resources = self.resources.values().filter(contains);
        let innermost = resources.max_by_key(|resource| resource.pointer.len());
        innermost
            .cloned()
            .unwrap_or_else(|| Resource::of_file(file))
    }

    /// Returns the resource with a URI that is relative to another resource.
    pub(super) fn find(&self, from: &Resource, uri: &str) -> Option<Resource> {
        self.resources.get(&join(&from.id, uri)).cloned()
    }

    /// Returns the pointers that a fragment in a resource may mean, the most likely first.
    pub(super) fn pointers(&self, resource: &Resource, fragment: &str) -> Vec<String> {
        if fragment.is_empty() || fragment.starts_with('/') {
            // Many documents refer to components from schemas with an `$id`, although the
            // reference is relative to the schema.
            return vec![
                format!("{}{fragment}", resource.pointer),
                fragment.to_owned(),
            ];
        }
        let key = (resource.file.clone(), fragment.to_owned());
        let anchors = self.anchors.get(&key).into_iter().flatten();
        let (own, others): (Vec<_>, Vec<_>) =
            anchors.partition(|(owner, _)| *owner == resource.pointer);
        let all = own.into_iter().chain(others);
        all.map(|(_, pointer)| pointer.clone()).collect()
    }

    /// Returns how many schemas have a dynamic anchor of a name.
    pub(super) fn dynamic_anchors(&self, name: &str) -> usize {
        self.dynamic.get(name).copied().unwrap_or_default()
    }
}

/// Resolves a URI that may be relative to another one.
fn join(base: &str, uri: &str) -> String {
    let scheme = uri.split(['/', '?']).next().unwrap_or_default();
    if scheme.contains(':') {
        return uri.to_owned();
    }
    let host = base.find("://").map_or(0, |at| {
        let rest = base.get(at + 3..).unwrap_or_default();
        at + 3 + rest.find('/').unwrap_or(rest.len())
    });
    let (host, path) = base.split_at(host);
    if uri.starts_with('/') {
        return format!("{host}{uri}");
    }
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    for part in uri.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    let slash = if host.is_empty() { "" } else { "/" };
    format!("{host}{slash}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_resolved_relative_to_that_of_its_resource() {
        for (base, uri, joined) in [
            ("", "Page", "Page"),
            ("Page", "./Other", "Other"),
            ("https://e.test/a/node", "page", "https://e.test/a/page"),
            ("https://e.test/a/node", "../page", "https://e.test/page"),
            ("https://e.test/a/node", "/page", "https://e.test/page"),
            ("https://e.test", "page", "https://e.test/page"),
            ("https://e.test/a", "urn:b", "urn:b"),
            ("https://e.test/a", "http://f.test/b", "http://f.test/b"),
        ] {
            assert_eq!(join(base, uri), joined, "{base} {uri}");
        }
    }
}
