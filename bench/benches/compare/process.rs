//! Processes that work beside this one, which tells them when.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

/// One of the processes; it ends with this.
pub(crate) struct Process {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

/// When a process began and ended: since 1970, by the clock that all share.
pub(crate) struct Span {
    pub(crate) began: Duration,
    pub(crate) ended: Duration,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (stdin, stdout) = child
            .stdin
            .take()
            .zip(child.stdout.take())
            .context("no pipes")?;
        Ok(Self {
            child,
            stdin,
            stdout: BufReader::new(stdout),
        })
    }

    pub(crate) fn tell(&mut self, line: &str) -> Result<()> {
        Ok(writeln!(self.stdin, "{line}")?)
    }

    pub(crate) fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        let length = self.stdout.read_line(&mut line)?;
        ensure!(length > 0, "a process ended early; it says why above");
        Ok(line.trim_end().to_owned())
    }
}

/// Lets all begin as soon as all are ready, and waits for their ends.
pub(crate) fn run_together(processes: &mut [Process]) -> Result<Vec<Span>> {
    for process in &mut *processes {
        let line = process.line()?;
        ensure!(line == "ready", "a process says {line:?}");
    }
    for process in &mut *processes {
        process.tell("begin")?;
    }
    let span = |process: &mut Process| {
        let line = process.line()?;
        let (from, to) = line.split_once(' ').context("no times")?;
        Ok(Span {
            began: Duration::from_nanos(from.parse()?),
            ended: Duration::from_nanos(to.parse()?),
        })
    };
    processes.iter_mut().map(span).collect()
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, only waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
