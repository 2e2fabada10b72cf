//! No process outlives its test.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::{Chromium, LONG, OFTEN};

/// The processes of a Chromium, and of its chromedriver: all of them are told
/// the folder, as an argument or in the environment.
fn processes(folder: &Path) -> Vec<PathBuf> {
    let folder = folder.to_str().unwrap();
    let is_told = |process: &PathBuf| {
        let told = ["cmdline", "environ"].map(|name| std::fs::read(process.join(name)));
        // One that has ended meanwhile has neither.
        let mut told = told.into_iter().flatten();
        told.any(|text| super::contains(&text, folder))
    };
    let all = std::fs::read_dir("/proc").unwrap();
    let all = all.map(|entry| entry.unwrap().path());
    all.filter(is_told).collect()
}

async fn have_ended(folder: &Path) {
    let begun = Instant::now();
    loop {
        let left = processes(folder);
        if left.is_empty() {
            return;
        }
        assert!(begun.elapsed() < LONG, "{left:?}");
        tokio::time::sleep(OFTEN).await;
    }
}

fn started(browser: &Chromium) -> PathBuf {
    let folder = browser.folder.path().to_owned();
    assert!(processes(&folder).len() > 2, "{:?}", processes(&folder));
    folder
}

#[tokio::test]
async fn a_chromium_ends_with_its_test() {
    let browser = Chromium::start().await;
    let folder = started(&browser);
    drop(browser);
    have_ended(&folder).await;
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_chromium_ends_with_a_test_that_panics() {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let test = tokio::spawn(async {
        let browser = Chromium::start().await;
        sender.send(started(&browser)).unwrap();
        panic!("as a test does that fails");
    });
    assert!(test.await.unwrap_err().is_panic());
    let folder = receiver.await.unwrap();
    have_ended(&folder).await;
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_chromium_ends_with_its_driver() {
    let mut browser = Chromium::start().await;
    let folder = started(&browser);
    browser.driver.kill();
    have_ended(&folder).await;
}
