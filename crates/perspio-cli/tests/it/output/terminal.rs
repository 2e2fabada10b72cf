//! The output on a terminal: a pseudo terminal is standard output of the command.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::Service;
use crate::commands::contains_all;

/// Runs a command whose standard output is a terminal. Returns its exit code and what the
/// terminal has received.
fn on_terminal(command: Command) -> (Option<i32>, String) {
    on_terminal_until(command, |_| ())
}

/// The same, with `work` while the command runs.
fn on_terminal_until(mut command: Command, work: impl FnOnce(&mut Child)) -> (Option<i32>, String) {
    let controller: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let path = ptsname(&controller, Vec::new()).unwrap();
    let terminal = File::options()
        .read(true)
        .write(true)
        .open(path.to_str().unwrap())
        .unwrap();
    let reader = std::thread::spawn(move || {
        let mut received = Vec::new();
        // Reading fails with EIO when the last process has closed the terminal.
        let _ = File::from(controller).read_to_end(&mut received);
        received
    });
    command.stdout(terminal);
    let mut child = command.spawn().unwrap();
    work(&mut child);
    let output = child.wait().unwrap();
    // It holds the terminal open.
    drop(command);
    let received = String::from_utf8(reader.join().unwrap()).unwrap();
    (output.code(), received.replace("\r\n", "\n"))
}

fn wait_for(file: &Path) {
    while !file.exists() {
        std::thread::yield_now();
    }
}

impl Service {
    fn on_terminal(
        &self,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> (Option<i32>, String) {
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied());
        on_terminal(command)
    }
}

#[test]
fn a_terminal_gets_a_header_the_columns_that_fit_and_a_footer() {
    let service = Service::start();
    let list = ["assets", "list", "--no-pager"];
    let (code, out) = service.on_terminal(&list, &[("COLUMNS", "40"), ("NO_COLOR", "1")]);
    assert_eq!(code, Some(0), "{out}");
    let rows: Vec<_> = out.lines().collect();
    assert!(rows[0].starts_with("id "), "{out}");
    assert!(rows[..251].iter().all(|row| row.len() <= 40), "{out}");
    contains_all(
        rows[251],
        &[
            "250 items; no space for description",
            "all members: --output json",
        ],
    );
}

#[test]
fn a_binary_body_is_not_sent_to_a_terminal() {
    let service = Service::start();
    service.responds("image/png", *b"\x89PNG\x00\xff");
    let (code, out) = service.on_terminal(&["request", "GET", "/sites/v3/"], &[]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
}

#[test]
fn a_pager_gets_the_output_unless_it_is_turned_off() {
    let service = Service::start();
    let pager = [
        ("PERSPIO_PAGER", "sed s/IN-SITE/PAGED/"),
        ("PATH", "/usr/bin:/bin"),
    ];
    for format in ["table", "json", "ndjson"] {
        let list = ["sites", "list", "-o", format];
        let (code, out) = service.on_terminal(&list, &pager);
        assert_eq!(code, Some(0), "{out}");
        assert!(out.contains("PAGED") && !out.contains("IN-SITE"), "{out}");
        let (_, out) = service.on_terminal(&[&list[..], &["--no-pager"]].concat(), &pager);
        assert!(out.contains("IN-SITE") && !out.contains("PAGED"), "{out}");
    }
}

#[test]
fn a_pager_that_cannot_start_or_that_ends_early_is_no_failure() {
    let service = Service::start();
    let list = ["assets", "list"];
    let (code, out) = service.on_terminal(&list, &[("PAGER", "/no/such/pager -x")]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("250 items"), "{out}");
    for format in ["table", "json", "ndjson", "csv", "yaml"] {
        let list = ["assets", "list", "-o", format];
        let (code, out) = service.on_terminal(&list, &[("PAGER", "/usr/bin/head -n 1")]);
        assert_eq!(code, Some(0), "{out}");
        assert_eq!(out.lines().count(), 1, "{out}");
    }
}

#[test]
fn headers_are_bold_on_a_terminal_unless_colours_are_off() {
    let service = Service::start();
    let list = ["sites", "list", "--no-pager"];
    let terminal = ("TERM", "xterm");
    let bold = "\u{1b}[1m";
    let (_, out) = service.on_terminal(&list, &[terminal]);
    assert!(out.starts_with(bold), "{out:?}");
    let (_, out) = service.on_terminal(&list, &[terminal, ("NO_COLOR", "1")]);
    assert!(!out.contains(bold), "{out:?}");
    let (_, out) = service.on_terminal(&[&list[..], &["--color", "never"]].concat(), &[terminal]);
    assert!(!out.contains(bold), "{out:?}");
}

#[test]
fn a_signal_ends_the_command_after_its_pager() {
    let service = Service::start();
    let folder = tempfile::tempdir().unwrap();
    let [started, ended, closed] =
        ["started", "ended", "closed"].map(|name| folder.path().join(name));
    // It reads to the end of its input, and is then closed by the test, or by the end of a test
    // that fails.
    let script = "read line; : > started; cat > /dev/null; : > ended; \
                  while [ ! -e closed ] && [ -e started ]; do :; done; echo CLOSED";
    std::fs::write(folder.path().join("pager"), script).unwrap();
    // The filter neither writes more nor ends.
    let mut command = service.command(&["sites", "list", "--jq", "range(2000), last(repeat(1))"]);
    command
        .env("PERSPIO_PAGER", "/bin/sh pager")
        .env("PATH", "/usr/bin:/bin")
        .current_dir(folder.path());
    let (code, out) = on_terminal_until(command, |child| {
        wait_for(&started);
        kill_process(Pid::from_child(child), Signal::INT).unwrap();
        wait_for(&ended);
        for _ in 0..10_000 {
            assert_eq!(child.try_wait().unwrap(), None);
            std::thread::yield_now();
        }
        std::fs::write(closed, "").unwrap();
    });
    assert_eq!((code, out.as_str()), (Some(130), "CLOSED\n"));
}
