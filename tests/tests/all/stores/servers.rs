//! Servers of this machine's own programs, on free ports of this machine.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// They take a moment; a busy machine gets more.
const TIME_TO_START: Duration = Duration::from_secs(30);
/// Somebody else may take a port that was free just now.
const ATTEMPTS: usize = 5;

/// A server that runs until this is dropped, in a directory of its own.
pub(crate) struct Server {
    process: Child,
    port: u16,
    _directory: TempDir,
    program: &'static str,
    /// What it says once it can be asked.
    ready: &'static str,
    arguments: Vec<String>,
}

impl Server {
    /// A Redis without files, with more `options` for it: they may name another
    /// port than the one that is given to them.
    pub(crate) fn redis(options: impl Fn(u16) -> Vec<String>) -> Self {
        Self::start("redis-server", "Ready to accept connections", |port| {
            let fixed = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
            let mut arguments = fixed.map(str::to_owned).to_vec();
            arguments.extend(["--port".to_owned(), port.to_string()]);
            arguments.extend(options(port));
            arguments
        })
    }

    /// A Memcached, with more `options` for it.
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

    /// Ends it as a crash would.
    pub(crate) fn stop(&mut self) {
        // A process that has ended already cannot be killed, only waited for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// A new one in its place, at the same address.
    pub(crate) fn start_again(&mut self) {
        self.stop();
        let mut said = String::new();
        for _ in 0..ATTEMPTS {
            match Self::attempt(self.program, self.ready, self.port, &self.arguments) {
                Ok(server) => {
                    *self = server;
                    return;
                }
                Err(output) => said = output,
            }
        }
        panic!("{} did not start again: {said}", self.program)
    }

    fn start(
        program: &'static str,
        ready: &'static str,
        arguments: impl Fn(u16) -> Vec<String>,
    ) -> Self {
        let mut said = String::new();
        for _ in 0..ATTEMPTS {
            let port = free_port();
            match Self::attempt(program, ready, port, &arguments(port)) {
                Ok(server) => return server,
                Err(output) => said = output,
            }
        }
        panic!("{program} did not start: {said}; `cargo xtask test` installs what the tests need")
    }

    fn attempt(
        program: &'static str,
        ready: &'static str,
        port: u16,
        arguments: &[String],
    ) -> Result<Self, String> {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let process = Command::new(program)
            .args(arguments)
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|cause| cause.to_string())?;
        // From here on it ends with this, whatever happens.
        let mut server = Self {
            process,
            port,
            _directory: directory,
            program,
            ready,
            arguments: arguments.to_vec(),
        };
        let (lines, said) = mpsc::channel();
        let stdout = server.process.stdout.take().expect("stdout is a pipe");
        let stderr = server.process.stderr.take().expect("stderr is a pipe");
        tell_lines(stdout, lines.clone());
        tell_lines(stderr, lines);
        let mut all = String::new();
        // Ends without the line if the process has ended or the time is over.
        while let Ok(line) = said.recv_timeout(TIME_TO_START) {
            all.push_str(&line);
            if line.contains(ready) {
                return Ok(server);
            }
        }
        Err(all)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    listener.local_addr().expect("it is bound").port()
}

/// Reads to the end, whether or not anybody listens: a full pipe would stop it.
fn tell_lines(output: impl Read + Send + 'static, lines: mpsc::Sender<String>) {
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = String::new();
        while output.read_line(&mut line).is_ok_and(|length| length > 0) {
            let _ = lines.send(std::mem::take(&mut line));
        }
    });
}
