//! The crate of a new client: document, configuration, generated code, settings, tests.

mod servers;
mod template;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::config::{self, Config};
use crate::error::{Context, Result, ensure, fail};
use crate::import::{self, Notes};
use crate::source::ImportSource;
use crate::{generate, load, print};
use template::Template;

/// The runtime crates of the new client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// The published crates.
    Version,
    /// The folder of the crates in a checkout of their repository.
    Path(PathBuf),
}

/// Creates the crate `name` in a folder of this name in the current directory, with a client of
/// the document `from`, a file or a URL.
///
/// # Errors
/// If the name or the document cannot be used, or the folder exists. Then nothing is written.
pub fn run(name: &str, from: &Path, runtime: &Runtime) -> Result<()> {
    check_name(name)?;
    let folder = Path::new(name);
    ensure(
        !folder.exists(),
        format_args!("{name} exists already: choose another name, or delete it"),
    )?;
    // The folder gets its name when it is complete.
    let temporary = tempfile::Builder::new()
        .prefix(".new-")
        .tempdir_in(".")
        .context("no temporary folder can be created")?;
    let source = ImportSource::open(from)?;
    let notes = fill(temporary.path(), name, source, runtime)?;
    std::fs::rename(temporary.path(), folder).context(format_args!("{name} cannot be created"))?;
    print::line(format_args!("created    {name}"))?;
    print::text(import::report_text(&notes, false))?;
    print::line(format_args!(
        "Next: cd {name}, read README.md, and run `cargo test`."
    ))
}

/// Writes all files of the crate into `folder`.
fn fill(folder: &Path, name: &str, source: ImportSource, runtime: &Runtime) -> Result<Notes> {
    let mut notes = Notes::default();
    let document = format!("spec/{name}.yaml");
    import::write(&[source], &folder.join(&document), &mut notes)?;
    let value = load::read(&folder.join(&document))?;
    let configuration = folder.join(config::FILE);
    crate::files::replace(&configuration, &template::configuration(name, &document))?;
    generate::run(&Config::read(&configuration)?, false)?;
    let source = generated(&folder.join("src/generated.rs"))?;
    let runtime = dependency(runtime)?;
    let template = Template::new(name, &value, &source, &runtime)?;
    for (path, text) in template.files()? {
        crate::files::replace(&folder.join(path), &text)?;
    }
    Ok(notes)
}

/// Returns the text of all files of a client.
fn generated(client: &Path) -> Result<String> {
    let failed = "the generated client cannot be read";
    let mut text = std::fs::read_to_string(client).context(failed)?;
    let mut folders = vec![generate::modules_of(client)];
    while let Some(folder) = folders.pop().filter(|folder| folder.exists()) {
        for entry in std::fs::read_dir(folder).context(failed)? {
            let path = entry.context(failed)?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                text += &std::fs::read_to_string(path).context(failed)?;
            }
        }
    }
    Ok(text)
}

/// Returns the part of the manifest that names the source of the runtime crates; `{}` is the
/// place of the crate's name.
fn dependency(runtime: &Runtime) -> Result<String> {
    match runtime {
        Runtime::Version => Ok(format!("version = {:?}", env!("CARGO_PKG_VERSION"))),
        Runtime::Path(path) => {
            let crates = path
                .canonicalize()
                .context(format_args!("{} cannot be opened", path.display()))?;
            let http = crates.join("perspio-http");
            ensure(
                http.join("Cargo.toml").exists(),
                format_args!(
                    "{} does not contain perspio-http: --runtime-path is the folder `crates` of the \
                 repository",
                    crates.display()
                ),
            )?;
            let http = http
                .to_str()
                .context("the path of the runtime is not UTF-8")?;
            Ok(format!("path = {http:?}"))
        }
    }
}

/// Checks that a package and a crate can have the name.
fn check_name(name: &str) -> Result<()> {
    let is_allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let begins = name.starts_with(|letter: char| letter.is_ascii_lowercase());
    if begins
        && name
            .chars()
            .all(|letter| is_allowed(letter) || "-_".contains(letter))
    {
        let identifier = name.replace('-', "_");
        if syn::parse_str::<syn::Ident>(&identifier).is_ok() && identifier != "test" {
            return Ok(());
        }
    }
    fail(format_args!(
        "{name:?} cannot be the name of a crate: use lower-case letters, digits and hyphens, \
         beginning with a letter, and no keyword of Rust"
    ))
}

/// Returns the address of the API, if the document names one that a client can use.
fn base_url(document: &Value) -> Option<&str> {
    let url = document.pointer("/servers/0/url")?.as_str()?;
    (url.starts_with("https://") && is_complete(url)).then(|| url.trim_end_matches('/'))
}

/// Returns whether an address has no variable, and no query, which a client rejects.
fn is_complete(url: &str) -> bool {
    !url.contains(['{', '?', '#'])
}

#[cfg(test)]
mod tests;
