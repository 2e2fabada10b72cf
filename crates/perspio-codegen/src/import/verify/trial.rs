//! Documents with a part of the operations and schemas, for trial runs of the generator.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::document::references::targets;

/// The path and the method of an operation.
pub(crate) type Operation = (String, String);

/// The operations and schemas of a document, each with the schemas that it refers to.
pub(crate) struct Trial {
    /// The document without operations and schemas.
    rest: Map<String, Value>,
    schemas: BTreeMap<String, (Value, BTreeSet<String>)>,
    operations: BTreeMap<Operation, (Value, BTreeSet<String>)>,
}

impl Trial {
    pub(crate) fn of(document: &mut Value) -> Self {
        let schemas = crate::document::members_mut(document.pointer_mut("/components/schemas"))
            .map(|(name, schema)| (name.clone(), (schema.clone(), targets(schema))))
            .collect();
        let operations = crate::document::operations_mut(document)
            .map(|(path, method, operation)| {
                let needs = targets(operation);
                ((path, method), (operation.clone(), needs))
            })
            .collect();
        let rest = document.as_object().into_iter().flatten();
        let rest = rest
            .filter(|(name, _)| !matches!(name.as_str(), "paths" | "components"))
            .map(|(name, value)| (name.clone(), value.clone()));
        Self {
            rest: rest.collect(),
            schemas,
            operations,
        }
    }

    pub(crate) fn operations(&self) -> Vec<Operation> {
        self.operations.keys().cloned().collect()
    }

    pub(crate) fn operation(&self, operation: &Operation) -> Option<&Value> {
        self.operations.get(operation).map(|(value, _)| value)
    }

    /// Replaces an operation.
    pub(crate) fn replace(&mut self, operation: &Operation, value: Value) {
        let needs = targets(&value);
        self.operations.insert(operation.clone(), (value, needs));
    }

    /// Removes an operation, which is then not tried again.
    pub(crate) fn remove(&mut self, operation: &Operation) {
        self.operations.remove(operation);
    }

    /// Replaces a schema by one that accepts any JSON.
    pub(crate) fn allow_any(&mut self, name: &str) {
        if let Some(schema) = self.schemas.get_mut(name) {
            *schema = (json!({}), BTreeSet::new());
        }
    }

    /// Returns the names of all schemas, sorted by the number of schemas that they refer to.
    /// A schema therefore comes after those that it refers to, unless they are recursive.
    pub(crate) fn schemas_by_size(&self) -> Vec<String> {
        let mut sized: Vec<_> = self
            .schemas
            .keys()
            .map(|name| (self.with_needs([name.clone()]).len(), name.clone()))
            .collect();
        sized.sort();
        sized.into_iter().map(|(_, name)| name).collect()
    }

    /// Returns a document with these schemas and those that they refer to, without
    /// operations.
    pub(crate) fn with_schemas(&self, names: &[String]) -> Value {
        self.assemble(names.iter().cloned(), &[])
    }

    /// Returns a document with these operations and the schemas that they refer to.
    pub(crate) fn with_operations(&self, operations: &[Operation]) -> Value {
        let needs = operations
            .iter()
            .filter_map(|operation| self.operations.get(operation))
            .flat_map(|(_, needs)| needs.iter().cloned());
        self.assemble(needs, operations)
    }

    fn assemble(&self, names: impl IntoIterator<Item = String>, operations: &[Operation]) -> Value {
        let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        for operation in operations {
            if let Some((value, _)) = self.operations.get(operation) {
                let item = paths.entry(&operation.0).or_default();
                item.insert(operation.1.clone(), value.clone());
            }
        }
        let names = self.with_needs(names);
        let schemas: Map<String, Value> = names
            .into_iter()
            .filter_map(|name| Some((name.clone(), self.schemas.get(&name)?.0.clone())))
            .collect();
        let mut document = self.rest.clone();
        document.insert("paths".to_owned(), json!(paths));
        document.insert("components".to_owned(), json!({"schemas": schemas}));
        document.into()
    }

    fn with_needs(&self, names: impl IntoIterator<Item = String>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<String> = names.into_iter().collect();
        while let Some(name) = open.pop() {
            if let Some((_, needs)) = self.schemas.get(&name)
                && found.insert(name)
            {
                open.extend(needs.iter().cloned());
            }
        }
        found
    }
}
