//! No process of a browser outlives its test.

use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::{Chromium, TIMEOUT, contains};

/// Returns the ids of the processes of a Chromium and of its chromedriver: each
/// has the folder in its arguments or in its environment.
fn processes(folder: &Path) -> Vec<Pid> {
    let folder = folder.to_str().unwrap();
    let uses_folder = |process: &PathBuf| {
        let files = ["cmdline", "environ"].map(|name| std::fs::read(process.join(name)));
        // Neither file can be read if the process has exited in the meantime.
        let mut files = files.into_iter().flatten();
        files.any(|bytes| contains(&bytes, folder))
    };
    let all = std::fs::read_dir("/proc").unwrap();
    let all = all.map(|entry| entry.unwrap().path());
    let matching = all.filter(uses_folder);
    let ids = matching.filter_map(|process| process.file_name()?.to_str()?.parse().ok());
    ids.filter_map(Pid::from_raw).collect()
}

/// Blocks until every process of the browser has exited.
fn have_exited(folder: &Path) {
    let timeout = Timespec::try_from(TIMEOUT).unwrap();
    // The list is read again each time: a process may have started another one.
    while let Some(process) = processes(folder).pop() {
        let descriptor = match pidfd_open(process, PidfdFlags::empty()) {
            Err(Errno::SRCH) => continue,
            descriptor => descriptor.unwrap(),
        };
        // A process descriptor is readable from the exit of its process on.
        let mut exit = [PollFd::new(&descriptor, PollFlags::IN)];
        let ready = poll(&mut exit, Some(&timeout)).unwrap();
        assert_eq!(ready, 1, "still running: {:?}", processes(folder));
    }
}

fn started(browser: &Chromium) -> PathBuf {
    let folder = browser.folder.path().to_owned();
    assert!(processes(&folder).len() > 2, "{:?}", processes(&folder));
    folder
}

#[tokio::test]
async fn chromium_exits_with_its_test() {
    let browser = Chromium::start().await;
    let folder = started(&browser);
    drop(browser);
    have_exited(&folder);
    assert!(!folder.exists());
}

#[tokio::test]
async fn chromium_exits_with_a_test_that_panics() {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let test = tokio::spawn(async {
        let browser = Chromium::start().await;
        sender.send(started(&browser)).unwrap();
        panic!("as a failing test does");
    });
    assert!(test.await.unwrap_err().is_panic());
    let folder = receiver.await.unwrap();
    have_exited(&folder);
    assert!(!folder.exists());
}

#[tokio::test]
async fn chromium_exits_with_its_driver() {
    let mut browser = Chromium::start().await;
    let folder = started(&browser);
    browser.driver.kill();
    have_exited(&folder);
}
