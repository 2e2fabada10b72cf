//! The entry point of the fuzz target: an import of arbitrary files. The tests replay its
//! seeds.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a panic reports a finding to the fuzzer"
)]

use std::fs;

use tempfile::TempDir;

use crate::generate::source_of_client;
use crate::import::{Notes, on_a_large_stack, write};
use crate::load::read;
use crate::source::ImportSource;

/// Imports the files in `bytes`, which form feeds separate: a document, a second document
/// or a part (`b.yaml`), and an overlay. Panics unless the import writes a document from
/// which a client can be generated, or returns an error with a location and leaves the
/// imported file unchanged.
pub fn import(bytes: &[u8]) {
    const BEFORE: &str = "the last import";
    let folder = TempDir::new().unwrap();
    let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
    fs::create_dir(&from).unwrap();
    fs::create_dir(&to).unwrap();
    let into = to.join("into.yaml");
    fs::write(&into, BEFORE).unwrap();

    let mut files = bytes.split(|byte| *byte == b'\x0c');
    let first = files.next().unwrap_or_default();
    let is_json = first.trim_ascii_start().starts_with(b"{");
    let mut source = from.join(if is_json { "a.json" } else { "a.yaml" });
    fs::write(&source, first).unwrap();
    if let Some(second) = files.next() {
        fs::write(from.join("b.yaml"), second).unwrap();
        source = from;
    }
    if let Some(overlay) = files.next() {
        fs::write(to.join("into.overlay.yaml"), overlay).unwrap();
    }

    let count = fs::read_dir(&to).unwrap().count();
    let outcome = write(&[ImportSource::Path(source)], &into, &mut Notes::default());
    assert_eq!(fs::read_dir(&to).unwrap().count(), count);
    match outcome {
        Ok(_) => {
            let client = on_a_large_stack(|| source_of_client(&read(&into)?));
            client.unwrap();
        }
        Err(error) => {
            let error = format!("{error:#}");
            let files = ["a.yaml", "a.json", "b.yaml", "into.overlay.yaml", "from"];
            let has_location = files.iter().any(|file| error.contains(file));
            assert!(has_location && error.contains(": "), "{error}");
            assert_eq!(fs::read_to_string(&into).unwrap(), BEFORE);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    #[test]
    fn every_seed_of_the_fuzz_target_passes() {
        let seeds = crate::testing::workspace().join("fuzz/seeds/import");
        let mut count = 0;
        for seed in fs::read_dir(seeds).unwrap() {
            super::import(&fs::read(seed.unwrap().path()).unwrap());
            count += 1;
        }
        assert!(count >= 10, "there are seeds");
    }
}
