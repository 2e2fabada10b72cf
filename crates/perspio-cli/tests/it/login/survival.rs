//! A sign-in survives a command that is interrupted, runs out of time, or cannot write, at
//! an identity server that accepts each refresh token once.

use perspio_sandbox::{Endpoint, Rotation, Sandbox};
use rustix::process::{Pid, Signal, kill_process};
use std::process::Command;

use super::desk::*;

const AS_USER: [&str; 6] = ["assets", "get", "--id", "IN-000001", "--as", "user"];

/// Ada has signed in, and her access token has expired.
fn desk() -> Desk {
    let mut desk = Desk::new();
    let strict = Sandbox::builder().rotation(Rotation::Invalidates).start();
    desk.sandbox = desk.runtime.block_on(strict).unwrap();
    desk.ada_has_signed_in();
    desk.let_the_token_expire();
    desk
}

/// The sign-in still works, also for the command after the next one.
fn is_signed_in(desk: &Desk) {
    for _ in 0..2 {
        let (code, _, err) = desk.run(&AS_USER);
        assert_eq!(code, Some(0), "{err}");
        desk.let_the_token_expire();
    }
}

#[test]
fn an_interrupted_command_completes_the_refresh_of_its_sign_in() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let desk = desk();
        let hold = desk.sandbox.hold(Endpoint::Token);
        let mut running = Running::start(desk.perspio(&AS_USER));
        desk.runtime.block_on(hold.arrived(1));
        let process = i32::try_from(running.process.id()).unwrap();
        kill_process(Pid::from_raw(process).unwrap(), signal).unwrap();
        running.line("note: completing a refresh");
        drop(hold);
        let (code, _, err) = running.end();
        assert_eq!(code, Some(128 + signal.as_raw()), "{err}");
        assert!(err.contains("interrupted"), "{err}");
        is_signed_in(&desk);
    }
}

#[test]
fn a_command_whose_time_is_over_completes_the_refresh_of_its_sign_in() {
    let desk = desk();
    let hold = desk.sandbox.hold(Endpoint::Token);
    let arguments = [&AS_USER[..], &["--timeout", "1"]].concat();
    let mut running = Running::start(desk.perspio(&arguments));
    desk.runtime.block_on(hold.arrived(1));
    // The time of the call is over while the token is held back.
    running.line("note: completing a refresh");
    drop(hold);
    let (code, _, err) = running.end();
    assert_eq!(code, Some(4), "{err}");
    is_signed_in(&desk);
}

/// The command with a limit on the size of files, as on a full disk.
fn on_a_full_disk(desk: &Desk) -> Command {
    let perspio = desk.perspio(&AS_USER);
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "ulimit -f 0; exec \"$@\"", "sh"]);
    shell.arg(perspio.get_program()).args(perspio.get_args());
    shell.env_clear();
    for (name, value) in perspio.get_envs() {
        shell.env(name, value.unwrap());
    }
    shell
}

#[test]
fn a_command_that_cannot_write_reports_it_and_keeps_the_sign_in() {
    let desk = desk();
    let before = desk.sandbox.log().token_requests().len();
    let (code, out, err) = Running::start(on_a_full_disk(&desk)).end();
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    contains_all(&err, &["warning:", "was not refreshed", "no room"]);
    assert_eq!(desk.sandbox.log().token_requests().len(), before);
    is_signed_in(&desk);
}

#[test]
fn a_second_command_is_signed_in_while_the_first_is_still_refreshing() {
    let desk = desk();
    let hold = desk.sandbox.hold(Endpoint::Token);
    let first = Running::start(desk.perspio(&AS_USER));
    desk.runtime.block_on(hold.arrived(1));
    let second = Running::start(desk.perspio(&AS_USER));
    drop(hold);
    for running in [first, second] {
        let (code, _, err) = running.end();
        assert_eq!(code, Some(0), "{err}");
    }
    is_signed_in(&desk);
}
