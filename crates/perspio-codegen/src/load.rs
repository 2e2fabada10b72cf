//! Reads the files of an import, from one folder only.

mod duplicates;
mod parse;

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::error::{Context, DocumentPath, Error, Result, fail};
pub(crate) use parse::Parsed;

/// The largest size of the texts in a document, in bytes.
pub(crate) const MAX_BYTES: usize = 512 * 1024 * 1024;

/// A folder whose files may be read; each is read once.
pub struct Folder {
    root: Root,
    read: BTreeMap<PathBuf, Parsed>,
}

enum Root {
    Disk(PathBuf),
    /// A folder of a revision of git.
    Git {
        revision: String,
        path: PathBuf,
    },
    /// No file but those that were inserted.
    Download,
}

impl Folder {
    pub fn new(root: &Path) -> Result<Self> {
        let root = root
            .canonicalize()
            .context(format_args!("{} cannot be opened", root.display()))?;
        Ok(Self {
            root: Root::Disk(root),
            read: BTreeMap::new(),
        })
    }

    /// Returns a folder of a revision of git.
    pub(crate) fn of_git(revision: &str, path: &Path) -> Self {
        Self {
            root: Root::Git {
                revision: revision.to_owned(),
                path: path.to_owned(),
            },
            read: BTreeMap::new(),
        }
    }

    /// Returns the folder of a downloaded document, which contains inserted files only.
    pub(crate) fn of_download() -> Self {
        Self {
            root: Root::Download,
            read: BTreeMap::new(),
        }
    }

    /// Sets the content of a file, which is then not read.
    pub(crate) fn insert(&mut self, path: &Path, content: impl Into<Parsed>) {
        self.read.insert(path.to_owned(), content.into());
    }

    /// Returns the content of a file, by its path from the folder.
    pub fn content(&mut self, path: &Path) -> Result<&Value> {
        if !self.read.contains_key(path) {
            let parsed = self.root.read(path)?;
            self.read.insert(path.to_owned(), parsed);
        }
        let parsed = self.read.get(path).context("the file was read")?;
        Ok(&parsed.value)
    }

    /// Returns the differences between the texts of the files that were read and their contents,
    /// each with its file and its location there. A second call does not return them again.
    pub(crate) fn take_corrections(&mut self) -> Vec<(PathBuf, DocumentPath, String)> {
        let files = self.read.iter_mut();
        files
            .flat_map(|(file, parsed)| {
                let corrections = std::mem::take(&mut parsed.corrections);
                let in_file = |(path, correction)| (file.clone(), path, correction);
                corrections.into_iter().map(in_file)
            })
            .collect()
    }
}

impl Root {
    fn read(&self, path: &Path) -> Result<Parsed> {
        let parsed = match self {
            Self::Disk(root) => {
                let file = root.join(path).canonicalize().map_err(|_| {
                    Error::new(format_args!("the file {} is missing", path.display()))
                })?;
                if !file.starts_with(root) {
                    return fail(format_args!(
                        "{} is outside of the given folder",
                        path.display()
                    ));
                }
                text_of(&file).and_then(|text| parsed_as(&file, &text))
            }
            Self::Git {
                revision,
                path: root,
            } => {
                let file = root.join(path).display().to_string().replace('\\', "/");
                text_of_git(&format!("{revision}:{file}")).and_then(|text| parsed_as(path, &text))
            }
            Self::Download => fail(format_args!(
                "the file {} is not downloaded, because references are not fetched: download the \
                 document and the files that it refers to into one folder, and give its path there",
                path.display()
            )),
        };
        parsed.map_err(|cause| cause.in_file(path))
    }
}

/// Returns the text of `REVISION:PATH` of git.
pub(crate) fn text_of_git(named: &str) -> Result<String> {
    let (revision, path) = named.split_once(':').unwrap_or_default();
    if revision.is_empty() || revision.starts_with('-') || path.is_empty() {
        return fail(format_args!("{named} is neither a file nor REVISION:PATH"));
    }
    let output = Command::new("git")
        .args(["show", "--no-textconv", named, "--"])
        .output()
        .context("git cannot be started")?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return fail(format_args!(
            "git has no {named}: {}",
            error.lines().next().unwrap_or_default()
        ));
    }
    String::from_utf8(output.stdout).context(format_args!("{named} is not UTF-8"))
}

/// Returns the folder of a file.
pub fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Returns whether a file has an extension of documents.
fn is_document(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    matches!(ending, Some("json" | "yaml" | "yml"))
}

/// Returns the files directly in a folder that have an extension of documents, sorted.
///
/// # Errors
/// There is no such file.
pub fn documents(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = format!("{} cannot be read", folder.display());
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .context(&unreadable)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()
        .context(&unreadable)?;
    files.retain(|path| is_document(path));
    if files.is_empty() {
        return fail(format_args!(
            "{}: no file ends in .json, .yaml or .yml",
            folder.display()
        ));
    }
    files.sort();
    Ok(files)
}

/// Returns every file below a folder that has an extension of documents, sorted. Links
/// are not followed.
pub fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = format!("{} cannot be read", folder.display());
        for entry in std::fs::read_dir(&folder).context(&unreadable)? {
            let entry = entry.context(&unreadable)?;
            let file_type = entry.file_type().context(&unreadable)?;
            if file_type.is_dir() {
                folders.push(entry.path());
            } else if file_type.is_file() && is_document(&entry.path()) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Reads a file, as JSON or YAML by its extension.
pub fn read(path: &Path) -> Result<Value> {
    parse_as(path, &text_of(path)?)
}

fn text_of(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).context("the file cannot be read")?;
    String::from_utf8(bytes).context("the file is not UTF-8")
}

/// Parses the text of a file, as JSON or YAML by the file's extension.
pub(crate) fn parse_as(path: &Path, text: &str) -> Result<Value> {
    Ok(parsed_as(path, text)?.value)
}

/// Parses the text of a file, and returns the differences as well.
pub(crate) fn parsed_as(path: &Path, text: &str) -> Result<Parsed> {
    // Editors on Windows begin files with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_json = path.extension().is_some_and(|ending| ending == "json");
    parse::parse(text, is_json)
}

/// Parses a text; errors contain the line.
pub fn parse(text: &str, json: bool) -> Result<Value> {
    Ok(parse::parse(text, json)?.value)
}

/// Resolves `target`, a reference in the file `from`, to the path of a file.
pub fn follow(from: &Path, target: &str) -> Result<PathBuf> {
    if target.contains("://") || target.starts_with("//") {
        return fail(format_args!(
            "the target {target} is a URL, and references are not fetched: download the document \
             and that file into one folder, and refer to it by its relative path"
        ));
    }
    let mut path = from.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(target).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir if path.pop() => {}
            _ => fail(format_args!(
                "the target {target} is outside of the given folder"
            ))?,
        }
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Folder) {
        let outside = tempfile::TempDir::new().unwrap();
        let root = outside.path().join("api");
        std::fs::create_dir_all(root.join("parts")).unwrap();
        std::fs::write(outside.path().join("secret.yaml"), "a: 1").unwrap();
        std::fs::write(root.join("parts/pet.yaml"), "type: object").unwrap();
        let folder = Folder::new(&root).unwrap();
        (outside, folder)
    }

    #[test]
    fn a_reference_is_resolved_relative_to_its_file() {
        let (_outside, mut folder) = folder();
        let path = follow(Path::new("parts/zoo.yaml"), "../parts/pet.yaml").unwrap();
        assert_eq!(folder.content(&path).unwrap()["type"], "object");
    }

    #[test]
    fn references_to_urls_and_files_outside_the_folder_are_rejected() {
        for target in [
            "../secret.yaml",
            "/etc/passwd",
            "https://x.test/a.yaml",
            "//x.test/a",
        ] {
            assert!(follow(Path::new("api.yaml"), target).is_err(), "{target}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_symlink_out_of_the_folder_is_not_followed() {
        let (outside, mut folder) = folder();
        let link = outside.path().join("api/link.yaml");
        std::os::unix::fs::symlink(outside.path().join("secret.yaml"), link).unwrap();
        let error = folder
            .content(Path::new("link.yaml"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("is outside of the given folder"), "{error}");
    }

    #[test]
    fn a_folder_without_documents_is_an_error() {
        let folder = tempfile::TempDir::new().unwrap();
        std::fs::write(folder.path().join("a.txt"), "").unwrap();
        let error = documents(folder.path()).unwrap_err().to_string();
        assert!(error.contains("no file ends in .json"), "{error}");
        std::fs::write(folder.path().join("a.yml"), "").unwrap();
        assert_eq!(documents(folder.path()).unwrap().len(), 1);
    }

    #[test]
    fn a_missing_file_is_named() {
        let (_outside, mut folder) = folder();
        let error = folder
            .content(Path::new("parts/no.yaml"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("parts/no.yaml is missing"), "{error}");
    }

    #[test]
    fn aliases_that_expand_exponentially_are_an_error_with_its_line() {
        let lines = (1..9).map(|index| {
            let items = vec![format!("*a{}", index - 1); 10].join(", ");
            format!("a{index}: &a{index} [{items}]\n")
        });
        let first = "a0: &a0 [a, a, a, a, a, a, a, a, a, a]\n".to_owned();
        let text: String = std::iter::once(first).chain(lines).collect();
        let error = format!("{:#}", parse(&text, false).unwrap_err());
        assert!(error.contains("at line"), "{error}");
    }

    #[test]
    fn a_text_that_cannot_be_parsed_is_an_error_with_its_line() {
        for (text, json) in [("{\n \"a\": ]", true), ("a: 1\nb: [", false)] {
            let error = format!("{:#}", parse(text, json).unwrap_err());
            assert!(error.contains("line 2"), "{error}");
        }
    }
}
