//! The command `import`: the imported file before and after.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

const OLD: &str = include_str!("diff/old.yaml");
const NEW: &str = include_str!("diff/new.yaml");

/// A folder with a document, and the file that it is imported into.
struct Folder {
    root: TempDir,
    into: PathBuf,
}

impl Folder {
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        let into = root.path().join("spec/into.yaml");
        Self { root, into }
    }

    fn write(&self, text: &str) {
        fs::write(self.root.path().join("a.yaml"), text).unwrap();
    }

    /// Imports in a shell that runs `first` before.
    fn import(&self, first: &str) -> Output {
        let script = format!("{first}\nexec \"$0\" import a.yaml --into \"$@\"");
        Command::new("sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_cargo-perspio-codegen")])
            .arg(&self.into)
            .current_dir(&self.root)
            .output()
            .unwrap()
    }

    fn imported(&self) -> String {
        let output = self.import("");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn an_import_without_changes_does_not_write_the_file() {
    let folder = Folder::new();
    folder.write(OLD);
    assert!(folder.imported().contains("written    "));
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let file = File::options().write(true).open(&folder.into).unwrap();
    file.set_modified(long_ago).unwrap();

    assert!(folder.imported().contains("unchanged  "));
    let time = || fs::metadata(&folder.into).unwrap().modified().unwrap();
    assert_eq!(time(), long_ago);

    folder.write(NEW);
    assert!(folder.imported().contains("written    "));
    assert_ne!(time(), long_ago);
}

#[test]
fn a_reader_that_closes_the_pipe_early_is_no_failure() {
    let folder = Folder::new();
    folder.write(OLD);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Command::new(env!("CARGO_BIN_EXE_cargo-perspio-codegen"))
        .args(["import", "a.yaml", "--into"])
        .arg(&folder.into)
        .current_dir(&folder.root)
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stderr, b"");
    assert!(folder.into.exists());
}

#[test]
fn the_report_begins_with_the_counts_and_is_json_for_programs() {
    let folder = Folder::new();
    folder.write(&OLD.replacen("paths:", "pahts: {}\npaths:", 1));
    let text = folder.imported();
    let first = text.lines().next().unwrap();
    assert!(first.ends_with(" types kept, 1 warning"), "{text}");
    assert!(
        text.contains("warning    pahts: unknown member: did you mean `paths`?"),
        "{text}"
    );

    let output = folder.import("set -- \"$1\" --output json");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let part = |pointer: &str| report.pointer(pointer).unwrap().clone();
    assert_eq!(part("/written"), false);
    assert_eq!(part("/warnings/0/location"), "pahts");
    assert_eq!(part("/operations/kept"), part("/operations/total"));
}

#[test]
fn a_crash_while_writing_does_not_change_the_imported_file() {
    use std::os::unix::process::ExitStatusExt;

    let folder = Folder::new();
    folder.write(OLD);
    folder.imported();
    let before = fs::read_to_string(&folder.into).unwrap();
    folder.write(NEW);
    // The system kills a process that exceeds the limit of a file's size.
    let killed = folder.import("ulimit -f 1");
    assert!(killed.status.signal().is_some(), "{killed:?}");
    assert_eq!(fs::read_to_string(&folder.into).unwrap(), before);

    // A remaining temporary file does not affect the next import.
    folder.imported();
    assert_ne!(fs::read_to_string(&folder.into).unwrap(), before);
}
