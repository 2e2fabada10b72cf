//! The two documents, each with the surface of the client that is generated from it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Imported;
use crate::config::{Client, Config};
use crate::error::{Context, Result};
use crate::generate::{check_form, syntax_of_client};
use crate::import::{Notes, OneDocument, one_document};
use crate::load::{self, Folder};
use crate::source::{download, is_url};
use crate::surface::Surface;

/// A document and the public API of its client.
pub(crate) struct Source {
    /// The document as its author wrote it, with one file's content.
    pub(crate) document: Value,
    /// The document of which the client is generated: the same, or what the import made of it.
    pub(crate) generated: Value,
    pub(crate) surface: Surface,
}

impl Source {
    /// Generates the client of a document, in memory.
    pub(crate) fn new(mut document: Value, client: &Client) -> Result<Self> {
        check_form(&document)?;
        // One of the two may lack an operation that is selected.
        client.operations.apply(&mut document);
        let file = syntax_of_client(client, &document)?;
        let surface = Surface::read(&file, &document)?;
        Ok(Self {
            generated: document.clone(),
            document,
            surface,
        })
    }

    /// Generates the client of a document that was imported, in memory.
    fn imported(one: OneDocument, client: &Client) -> Result<Self> {
        let mut document = one.original;
        client.operations.apply(&mut document);
        Ok(Self {
            document,
            ..Self::new(one.imported, client)?
        })
    }
}

/// A document as it was read.
pub(crate) struct Read {
    pub(crate) source: Source,
    /// Its name for messages: as it was given, except for the query of a URL.
    pub(crate) name: String,
    /// Its path, without a revision.
    pub(crate) file: String,
    pub(crate) text: String,
    /// Present if the generator makes no client of the document as it was read.
    pub(crate) imported: Option<Imported>,
}

/// Returns the client of the configuration whose document is one of the two, by the name of
/// the file: some of its types are written by hand.
pub(crate) fn client_of(config: &Path, old: &str, new: &str) -> Result<Client> {
    if !config.exists() {
        return Ok(Client::unconfigured());
    }
    let name = |named: &str| {
        let path = named.split('?').next().filter(|_| is_url(named));
        let path = path.unwrap_or(named);
        path.rsplit(['/', '\\', ':']).next().map(str::to_owned)
    };
    let names = [name(old), name(new)];
    let mut clients = Config::read(config)?.clients.into_iter();
    let client = clients.find(|it| names.contains(&name(&it.document.to_string_lossy())));
    Ok(client.unwrap_or_else(Client::unconfigured))
}

/// Reads a file, a document at a URL, or with `REVISION:PATH` a file of git. A document of which
/// the generator makes no client is imported in memory.
pub(crate) fn read(named: &str, client: &Client) -> Result<Read> {
    let Named {
        name,
        path,
        text,
        root,
    } = Named::open(named)?;
    let document = load::parse_as(&path, &text).map_err(|cause| cause.in_file(Path::new(&name)))?;
    let (source, imported) = if let Ok(source) = Source::new(document.clone(), client) {
        (source, None)
    } else {
        let mut folder = match root {
            Root::Folder => Folder::new(load::folder_of(&path))?,
            Root::Git(revision) => Folder::of_git(&revision, path.parent().unwrap_or(&path)),
            Root::Download => Folder::of_download(),
        };
        let (document, left_out) = import(&mut folder, &path, document)
            .context(format_args!("{name} cannot be imported"))?;
        let source = Source::imported(document, client)
            .context(format_args!("no client can be generated from {name}"))?;
        let imported = Imported {
            document: name.clone(),
            left_out,
        };
        (source, Some(imported))
    };
    Ok(Read {
        source,
        name,
        file: path.to_string_lossy().into_owned(),
        text,
        imported,
    })
}

/// The text of a document that an argument names.
struct Named {
    /// The argument, except for the query of a URL.
    name: String,
    path: PathBuf,
    text: String,
    root: Root,
}

/// Where the references of a document are read.
enum Root {
    Folder,
    /// In a revision of git.
    Git(String),
    /// Nowhere: they are not fetched.
    Download,
}

impl Named {
    fn open(named: &str) -> Result<Self> {
        if is_url(named) {
            let download = download(named)?;
            return Ok(Self {
                name: download.url,
                path: download.file,
                text: download.text,
                root: Root::Download,
            });
        }
        let in_git = named.split_once(':').filter(|_| !Path::new(named).exists());
        let (path, text, root) = if let Some((revision, path)) = in_git {
            (
                path,
                load::text_of_git(named)?,
                Root::Git(revision.to_owned()),
            )
        } else {
            let text = std::fs::read_to_string(named);
            let text = text.context(format_args!("{named} cannot be read"))?;
            (named, text, Root::Folder)
        };
        Ok(Self {
            name: named.to_owned(),
            path: path.into(),
            text,
            root,
        })
    }
}

/// Imports the document of `path`; also returns how many of its parts are left out.
fn import(folder: &mut Folder, path: &Path, document: Value) -> Result<(OneDocument, usize)> {
    let file = path.file_name().map_or(path, Path::new);
    folder.insert(file, document);
    let mut notes = Notes::default();
    let document = one_document(folder, file, &mut notes)?;
    Ok((document, notes.all_left_out().len()))
}
