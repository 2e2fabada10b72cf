//! Our own corrections of a vendor's document (OpenAPI Overlay 1.0).

use anyhow::{Context, Result, bail};
use serde_json::Value;
use serde_json_path::JsonPath;

use crate::document::walk;

/// Applies every action in its order; one that matches nothing is an error,
/// because the vendor's document has changed under it.
pub(crate) fn apply(document: &mut Value, overlay: &Value) -> Result<()> {
    if !crate::document::text(overlay, "overlay").starts_with("1.") {
        bail!("overlay: missing; the file must say `overlay: 1.0.0`");
    }
    for (index, action) in walk::items(overlay.get("actions")).enumerate() {
        one(document, action).with_context(|| format!("actions.{index}"))?;
    }
    Ok(())
}

fn one(document: &mut Value, action: &Value) -> Result<()> {
    let target = crate::document::text(action, "target");
    let path =
        JsonPath::parse(target).with_context(|| format!("target: {target} is no JSONPath"))?;
    let mut places: Vec<String> = path
        .query_located(document)
        .locations()
        .map(serde_json_path::NormalizedPath::to_json_pointer)
        .collect();
    if places.is_empty() {
        bail!("{target} matches nothing (any more): change the overlay");
    }
    // From the last on: what goes must not move what is still to go.
    places.reverse();
    for place in places {
        if action.get("remove") == Some(&true.into()) {
            remove(document, &place);
        } else if let (Some(found), Some(update)) =
            (document.pointer_mut(&place), action.get("update"))
        {
            merge(found, update);
        } else {
            bail!("neither `update` nor `remove: true`");
        }
    }
    Ok(())
}

fn remove(document: &mut Value, place: &str) {
    let Some((owner, last)) = place.rsplit_once('/') else {
        return;
    };
    match document.pointer_mut(owner) {
        Some(Value::Object(members)) => drop(members.remove(&crate::document::unescape(last))),
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
