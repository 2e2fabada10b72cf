//! Applies corrections to a vendor's document (OpenAPI Overlay 1.0).

use serde_json::Value;
use serde_json_path::JsonPath;

use crate::document::walk;
use crate::error::{Context, DocumentPath, Error, Result, Step, fail};

/// Applies the actions in their order.
///
/// # Errors
/// An action matches nothing: the vendor's document has changed since it was written.
pub(crate) fn apply(document: &mut Value, overlay: &Value) -> Result<()> {
    if !crate::document::text(overlay, "overlay").starts_with("1.") {
        let message = "missing; the file must contain `overlay: 1.0.0`";
        return Err(Error::new(message).at(DocumentPath::of(&["overlay"])));
    }
    for (index, action) in walk::items(overlay.get("actions")).enumerate() {
        let location = [Step::name("actions"), Step::Index(index)];
        one(document, action).map_err(|cause| cause.at(DocumentPath(location.into())))?;
    }
    Ok(())
}

fn one(document: &mut Value, action: &Value) -> Result<()> {
    let target = crate::document::text(action, "target");
    let path =
        JsonPath::parse(target).context(format_args!("target: {target} is not a JSONPath"))?;
    let mut locations: Vec<String> = path
        .query_located(document)
        .locations()
        .map(serde_json_path::NormalizedPath::to_json_pointer)
        .collect();
    if locations.is_empty() {
        let error = Error::new(format_args!("{target} matches nothing in the document"));
        return Err(error.with_help("change the overlay"));
    }
    // In reverse, because removing an item moves the items after it.
    locations.reverse();
    for location in locations {
        if action.get("remove") == Some(&true.into()) {
            remove(document, &location);
        } else if let (Some(found), Some(update)) =
            (document.pointer_mut(&location), action.get("update"))
        {
            merge(found, update);
        } else {
            return fail("neither `update` nor `remove: true`");
        }
    }
    Ok(())
}

fn remove(document: &mut Value, location: &str) {
    let Some((owner, last)) = location.rsplit_once('/') else {
        return;
    };
    match document.pointer_mut(owner) {
        Some(Value::Object(members)) => {
            drop(members.shift_remove(&crate::document::unescape(last)));
        }
        Some(Value::Array(items)) => {
            if let Some(index) = last
                .parse()
                .ok()
                .filter(|index: &usize| *index < items.len())
            {
                items.remove(index);
            }
        }
        _ => {}
    }
}

fn merge(found: &mut Value, update: &Value) {
    match (found, update) {
        (Value::Object(found), Value::Object(update)) => {
            for (name, value) in update {
                match found.get_mut(name) {
                    Some(own) => merge(own, value),
                    None => drop(found.insert(name.clone(), value.clone())),
                }
            }
        }
        (Value::Array(found), update) => found.push(update.clone()),
        (found, update) => *found = update.clone(),
    }
}
