//! Servers that run programs of this machine, on free ports.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// The time limit of a start, for a busy machine.
const TIME_TO_START: Duration = Duration::from_secs(30);
/// Another process may take a port that was free a moment ago.
const ATTEMPTS: usize = 5;

/// A server in a temporary directory, which is stopped when this is dropped.
pub(crate) struct Server {
    process: Child,
    port: u16,
    directory: TempDir,
    command: Command,
    ready: &'static str,
}

impl Server {
    /// Starts a Redis without files, with more `options`, which may set another port than
    /// their argument.
    pub(crate) fn redis(options: impl Fn(u16) -> Vec<String>) -> Self {
        Self::start("redis-server", "Ready to accept connections", |port| {
            let fixed = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
            let mut arguments = fixed.map(str::to_owned).to_vec();
            arguments.extend(["--port".to_owned(), port.to_string()]);
            arguments.extend(options(port));
            arguments
        })
    }

    /// Starts a Memcached with more `options`.
    pub(crate) fn memcached(options: &[&str]) -> Self {
        Self::start("memcached", "server listening", |port| {
            let port = port.to_string();
            let arguments = [
                "-l",
                "127.0.0.1",
                "-p",
                &port,
                "-U",
                "0",
                "-u",
                "root",
                "-vv",
            ];
            arguments
                .iter()
                .chain(options)
                .copied()
                .map(str::to_owned)
                .collect()
        })
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Returns the directory of the server's files.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Kills the server.
    pub(crate) fn kill(&mut self) {
        // Fails on a process that has exited already, which is then only reaped.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts the server again at the same address.
    pub(crate) fn start_again(&mut self) {
        self.kill();
        self.process = self.command.spawn().expect("it has run before");
        let ready = wait_until_ready(&mut self.process, self.ready);
        ready.unwrap_or_else(|output| panic!("it did not start again: {output}"));
    }

    fn start(program: &str, ready: &'static str, arguments: impl Fn(u16) -> Vec<String>) -> Self {
        let mut output = String::new();
        for _ in 0..ATTEMPTS {
            let port = free_port();
            match Self::attempt(program, ready, port, &arguments(port)) {
                Ok(server) => return server,
                Err(printed) => output = printed,
            }
        }
        panic!("{program} did not start: {output}; `cargo xtask test` installs what the tests need")
    }

    fn attempt(
        program: &str,
        ready: &'static str,
        port: u16,
        arguments: &[String],
    ) -> Result<Self, String> {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // Stopped from here on when this is dropped.
        let mut server = Self {
            process: command.spawn().map_err(|cause| cause.to_string())?,
            port,
            directory,
            command,
            ready,
        };
        wait_until_ready(&mut server.process, ready)?;
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Waits for the line `ready`; the error is the output without it.
fn wait_until_ready(process: &mut Child, ready: &str) -> Result<(), String> {
    let (lines, output) = mpsc::channel();
    send_lines(process.stdout.take().expect("it is a pipe"), lines.clone());
    send_lines(process.stderr.take().expect("it is a pipe"), lines);
    let mut all = String::new();
    // Ends without the line after the exit of the process or a timeout.
    while let Ok(line) = output.recv_timeout(TIME_TO_START) {
        all.push_str(&line);
        if line.contains(ready) {
            return Ok(());
        }
    }
    Err(all)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it is bound").port()
}

/// Sends each line, and reads to the end even without a receiver, because a full pipe
/// would block the process.
fn send_lines(output: impl Read + Send + 'static, lines: mpsc::Sender<String>) {
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = String::new();
        while output.read_line(&mut line).is_ok_and(|length| length > 0) {
            let _ = lines.send(std::mem::take(&mut line));
        }
    });
}
