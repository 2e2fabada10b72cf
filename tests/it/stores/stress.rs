//! The program that measures whether sign-ins survive killed processes.

use std::process::Command;

#[test]
fn the_stress_program_kills_processes_and_loses_no_sign_in_outside_the_window() {
    let output = Command::new(env!("CARGO_BIN_EXE_stress"))
        .args(["kill", "--seconds", "2", "--runs", "1"])
        .args(["--processes", "2", "--callers", "3"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    assert!(text.contains("0 lost outside the window"), "{text}");
}
