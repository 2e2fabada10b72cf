//! Converts the documents of a vendor into one document that the generator supports.

mod bundle;
mod normal;
mod notes;
mod overlay;
mod pass;
mod problems;
mod report;
mod verify;

use std::path::{Path, PathBuf};
use std::thread::{Scope, ScopedJoinHandle};

use serde_json::{Map, Value};

use crate::document::{METHODS, object_at, operations, walk};
use crate::error::{Context, DocumentPath, Error, Result, fail};
use crate::files::replace_if_new;
use crate::generate::try_client;
use crate::load;
use crate::model::check_pagination;
use crate::print;
use crate::source::{self, Comparison, Documents, ImportSource};
use problems::Problems;

pub use normal::yaml;
pub use notes::Notes;
pub use pass::rust_name;
pub(crate) use pass::{CLOSED, DESCRIBED};
pub use report::Output;
pub(crate) use report::text as report_text;

/// The size from which the import of a document takes seconds without optimization, in bytes.
const LARGE: u64 = 2_000_000;

/// Imports `sources`, files, folders and URLs, into one document: `into`, or the name of the
/// first source in `spec/` in the folder of the configuration file.
///
/// The report contains every location with `explain`.
///
/// # Errors
/// If a source cannot be read or imported; then nothing is written.
pub fn run(
    config: &Path,
    sources: &[PathBuf],
    into: Option<PathBuf>,
    explain: bool,
    output: Output,
) -> Result<()> {
    let sources: Vec<_> = sources
        .iter()
        .map(|argument| ImportSource::open(argument))
        .collect::<Result<_>>()?;
    let into = if let Some(path) = into {
        path
    } else {
        let stem = sources
            .first()
            .and_then(|first| first.path().file_stem())
            .context("no file was named")?;
        load::folder_of(config)
            .join("spec")
            .join(stem)
            .with_extension("yaml")
    };
    let mut notes = Notes::default();
    let size: u64 = sources.iter().map(ImportSource::size).sum();
    if cfg!(debug_assertions) && size > LARGE {
        print::message(
            "A document of this size is imported several times faster by an optimized program: \
             `cargo run --profile large-documents --package perspio-codegen -- import …`",
        );
    }
    let downloads = Comparison::of(&sources, &into)?;
    let is_new = write(&sources, &into, &mut notes)?;
    let downloads: Vec<_> = downloads.iter().map(ToString::to_string).collect();
    if output == Output::Json {
        let name = into.display().to_string();
        let report = report::json(&notes, &name, is_new, &downloads);
        return print::line(format_args!("{report:#}"));
    }
    print::text(report::text(&notes, explain))?;
    for download in downloads {
        print::line(format_args!("downloaded {download}"))?;
    }
    let outcome = if is_new { "written  " } else { "unchanged" };
    print::line(format_args!("{outcome}  {}", into.display()))
}

/// Imports `sources` into a file, which is not written if it has the same content already, and
/// records the downloads among them beside it. Returns whether it was written.
pub fn write(sources: &[ImportSource], into: &Path, notes: &mut Notes) -> Result<bool> {
    let overlay = into.with_extension("overlay.yaml");
    let text = on_a_large_stack(|| {
        let (mut document, first) = published(sources, Some(&overlay), notes)?;
        run_passes(&mut document, notes)
            .and_then(|()| supported_text(&mut document, notes))
            .inspect(|_| count(&document, notes))
            .map_err(|cause| cause.in_file(&first))
    })?;
    let is_new = replace_if_new(into, &text)?;
    source::write_record(sources, into)?;
    Ok(is_new)
}

/// Records the numbers of operations and types of the imported document.
fn count(document: &Value, notes: &mut Notes) {
    let types = walk::components(document).map_or(0, Map::len);
    notes.keep(operations(document).count(), types);
}

/// Returns the text of a document that the generator supports. Most documents need no change
/// after the passes, so their text is written while the generator tries them.
fn supported_text(document: &mut Value, notes: &mut Notes) -> Result<String> {
    let (text, supported) = std::thread::scope(|scope| {
        let text = large_thread(scope, || normal::yaml(document))?;
        let supported = try_client(document);
        Ok::<_, Error>((joined(text), supported))
    })?;
    match supported {
        Ok(()) => text,
        Err(cause) => {
            remove_unsupported(document, notes, cause)?;
            normal::yaml(document)
        }
    }
}

/// Runs `work` on a large stack: documents nest deeply, and the generator recurses into them.
pub fn on_a_large_stack<T: Send, E: From<Error> + Send>(
    work: impl FnOnce() -> Result<T, E> + Send,
) -> Result<T, E> {
    std::thread::scope(|scope| joined(large_thread(scope, work)?))
}

fn large_thread<'scope, T: Send + 'scope, E: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> Result<T, E> + Send + 'scope,
) -> Result<ScopedJoinHandle<'scope, Result<T, E>>> {
    std::thread::Builder::new()
        .stack_size(512 * 1024 * 1024)
        .spawn_scoped(scope, work)
        .context("no thread can be started")
}

fn joined<T, E: From<Error>>(thread: ScopedJoinHandle<'_, Result<T, E>>) -> Result<T, E> {
    thread.join().unwrap_or_else(|_| {
        let error = Error::new("the import panicked");
        Err(error.with_help("please report the document").into())
    })
}

/// Returns a document as it was published, with all parts except schemas where they are used.
pub fn original(source: &Path) -> Result<Value> {
    let mut folder = load::Folder::new(load::folder_of(source))?;
    let name = source.file_name().context("this is not a file")?;
    bundle::bundle(&mut folder, Path::new(name), &mut Notes::default())
}

/// Imports `sources` into one document, in memory.
pub fn document(sources: &[PathBuf], overlay: Option<&Path>, notes: &mut Notes) -> Result<Value> {
    let sources: Vec<_> = sources.iter().cloned().map(ImportSource::Path).collect();
    let (mut document, first) = published(&sources, overlay, notes)?;
    passes(&mut document, notes).map_err(|cause| cause.in_file(&first))?;
    count(&document, notes);
    Ok(document)
}

/// A document that is imported in memory.
pub(crate) struct OneDocument {
    /// The document before the import, with the parts of other files.
    pub(crate) original: Value,
    pub(crate) imported: Value,
}

/// Imports the document in a file of `folder`, in memory.
pub(crate) fn one_document(
    folder: &mut load::Folder,
    file: &Path,
    notes: &mut Notes,
) -> Result<OneDocument> {
    version(folder.content(file)?)?;
    let mut original = bundle::bundle(folder, file, notes)?;
    note_corrections(folder, file, notes);
    let mut imported = original.clone();
    passes(&mut imported, notes)?;
    pass::identify(&mut original);
    Ok(OneDocument { original, imported })
}

/// Merges all `sources` into one document and applies the overlay. Returns the document
/// and its first file.
fn published(
    sources: &[ImportSource],
    overlay: Option<&Path>,
    notes: &mut Notes,
) -> Result<(Value, PathBuf)> {
    let mut merged: Option<(Value, PathBuf)> = None;
    let mut locations = std::collections::BTreeMap::new();
    for source in sources {
        let Documents {
            mut folder,
            files,
            are_of_folder,
        } = source.documents()?;
        for (path, name) in files {
            let content = folder.content(&path)?;
            // A folder also contains parts and overlays.
            if are_of_folder && content.get("openapi").is_none() && content.get("swagger").is_none()
            {
                continue;
            }
            let one = version(content)
                .and_then(|()| bundle::bundle(&mut folder, &path, notes))
                .map_err(|cause| cause.in_file(Path::new(&name)))?;
            note_corrections(&mut folder, &path, notes);
            for location in operations(&one).map(|operation| operation.location()) {
                if let Some(other) = locations.insert(location.clone(), name.clone()) {
                    return fail(format_args!(
                        "{location} is defined in {other} and in {name}"
                    ));
                }
            }
            match &mut merged {
                None => merged = Some((one, PathBuf::from(name))),
                Some((target, _)) => {
                    merge(target, &one, &name, notes)
                        .map_err(|cause| cause.in_file(Path::new(&name)))?;
                }
            }
        }
    }
    let Some((mut document, first)) = merged else {
        let names: Vec<_> = sources.iter().map(ImportSource::name).collect();
        return fail(format_args!(
            "{}: no OpenAPI document was found",
            names.join(", ")
        ));
    };
    if let Some(overlay) = overlay.filter(|path| path.exists()) {
        load::read(overlay)
            .and_then(|overlay| overlay::apply(&mut document, &overlay))
            .map_err(|cause| cause.in_file(overlay))?;
    }
    Ok((document, first))
}

/// Converts a document into constructs that the generator supports.
fn passes(document: &mut Value, notes: &mut Notes) -> Result<()> {
    run_passes(document, notes)?;
    match try_client(document) {
        Ok(()) => Ok(()),
        Err(cause) => remove_unsupported(document, notes, cause),
    }
}

fn run_passes(document: &mut Value, notes: &mut Notes) -> Result<()> {
    pass::run(document, notes);
    check_pagination(document)?;
    verify::not_empty(document, notes)
}

/// Removes the parts that the generator still does not support.
fn remove_unsupported(document: &mut Value, notes: &mut Notes, cause: Error) -> Result<()> {
    notes.begin("unsupported constructs");
    verify::remove_unsupported(document, notes, cause)?;
    verify::not_empty(document, notes)?;
    pass::unused(document, notes);
    Ok(())
}

/// Records the differences between the texts of a document's files and what they are read as.
fn note_corrections(folder: &mut load::Folder, main: &Path, notes: &mut Notes) {
    notes.begin("texts");
    for (file, path, correction) in folder.take_corrections() {
        let location = if file == main {
            notes::location(&path)
        } else {
            format!("{}#{}", file.display(), notes::location(&path))
        };
        notes.changed(location, correction);
    }
}

/// Checks the form of a document; every problem is reported.
fn version(content: &Value) -> Result<()> {
    if content.get("swagger").is_some() {
        let help = "convert it to OpenAPI 3 first (for example with swagger2openapi)";
        return Err(Error::new("this is Swagger 2.0").with_help(help));
    }
    let mut problems = Problems::default();
    let mut invalid = |member: &str, message: String| {
        problems.add(Error::new(message).at(DocumentPath::of(&[member])));
    };
    match content.get("openapi") {
        Some(version) if is_known(version) => {}
        Some(found) => {
            let known = "3.0.x, 3.1.x and 3.2.x can be imported";
            invalid("openapi", format!("{found} was found; {known}"));
        }
        None => {
            let message = "missing; this is not an OpenAPI document".to_owned();
            return Err(Error::new(message).at(DocumentPath::of(&["openapi"])));
        }
    }
    if !content.get("info").is_some_and(Value::is_object) {
        invalid("info", "missing or not an object".to_owned());
    }
    if content.get("paths").is_some_and(|paths| !paths.is_object()) {
        invalid("paths", "not an object".to_owned());
    }
    problems.into_result()
}

/// Returns whether a version of OpenAPI can be imported. It may be a number, and have two parts.
fn is_known(version: &Value) -> bool {
    let version = match version {
        Value::Number(number) => number.to_string(),
        other => other.as_str().unwrap_or_default().to_owned(),
    };
    let known = ["3.0", "3.1", "3.2"]
        .iter()
        .find_map(|it| version.strip_prefix(it));
    known.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Adds another document's paths and components.
fn merge(document: &mut Value, one: &Value, file: &str, notes: &mut Notes) -> Result<()> {
    for part in [
        &["paths"][..],
        &["components", "schemas"],
        &["components", "securitySchemes"],
    ] {
        let more = one.pointer(&DocumentPath::of(part).pointer());
        let Some(more) = more.and_then(Value::as_object) else {
            continue;
        };
        let target = object_at(document, part)?;
        for (name, value) in more {
            match (target.get_mut(name), value) {
                (None, _) => drop(target.insert(name.clone(), value.clone())),
                (Some(own), value) if own == value => {}
                (Some(Value::Object(own)), Value::Object(more)) if *part == ["paths"] => {
                    for (member, value) in more {
                        own.entry(member.clone()).or_insert_with(|| value.clone());
                    }
                }
                _ => {
                    let message =
                        format!("the component {name} differs from that of an earlier file");
                    return fail(message);
                }
            }
        }
    }
    notes.changed(file, "merged");
    Ok(())
}

/// Returns whether a path item has an operation.
pub(crate) fn has_operations(item: &Value) -> bool {
    let members = item.as_object().into_iter().flat_map(Map::keys);
    members
        .into_iter()
        .any(|name| METHODS.contains(&name.as_str()))
}

/// Removes an operation, and records it with the cause.
pub(crate) fn leave_out(
    document: &mut Value,
    notes: &mut Notes,
    path: &str,
    method: &str,
    cause: &str,
) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let mut operation = None;
    if let Some(paths) = paths
        && let Some(item) = paths.get_mut(path)
    {
        if let Some(item) = item.as_object_mut() {
            operation = item.shift_remove(method);
        }
        if !has_operations(item) {
            paths.shift_remove(path);
        }
    }
    let cause = cause.lines().next().unwrap_or_default();
    let location = crate::document::operation_location(path, method);
    match operation {
        Some(_) => notes.operation_left_out(location, cause),
        None => notes.left_out(location, cause),
    }
}

#[cfg(test)]
mod tests;
