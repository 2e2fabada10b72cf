//! chromedriver, as a separate process.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;

use super::TIMEOUT;

const INSTALL: &str = "`cargo xtask test` installs what the tests need";
/// chromedriver binds the same port for IPv4 and IPv6, and exits if one of the
/// two is taken.
const ATTEMPTS: usize = 5;

/// chromedriver on a free port of this machine. Dropping it ends the process.
pub(super) struct Driver {
    process: Child,
    port: u16,
    /// The id of the session. Its Chromium quits before chromedriver is killed.
    pub(super) session: Option<String>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Synchronous, so that it works while a test panics. A Chromium that is
        // still running afterwards exits with its pipe to chromedriver.
        let _ = self.quit();
        self.kill();
    }
}

impl Driver {
    /// Starts chromedriver. All of its files, and Chromium's, are in `folder`.
    pub(super) fn start(folder: &Path) -> Self {
        for program in ["chromedriver", "chromium"] {
            assert!(is_installed(program), "{program} is missing: {INSTALL}");
        }
        let started = (0..ATTEMPTS).find_map(|_| Self::attempt(folder));
        started.expect("chromedriver prints its port")
    }

    fn attempt(folder: &Path) -> Option<Self> {
        // The kernel kills chromedriver when the thread of the test exits.
        let mut process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "chromedriver", "--port=0"])
            .envs(
                ["HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"].map(|name| (name, folder)),
            )
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("setpriv is part of every Linux");
        let stdout = process.stdout.take().expect("stdout is a pipe");
        // From here on, every path that leaves this function ends the process.
        let mut driver = Self {
            process,
            port: 0,
            session: None,
        };
        driver.port = printed_port(stdout)?;
        Some(driver)
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn kill(&mut self) {
        // Fails on a process that has exited already, which is then only reaped.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Ends the session and waits until Chromium has exited.
    fn quit(&mut self) -> std::io::Result<()> {
        let Some(session) = self.session.take() else {
            return Ok(());
        };
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        connection.set_read_timeout(Some(TIMEOUT))?;
        write!(
            connection,
            "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
            self.port
        )?;
        // chromedriver responds when Chromium has exited.
        connection.read_exact(&mut [0])
    }
}

fn is_installed(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

/// Returns the port that chromedriver has chosen and prints, or `None` if it
/// exits or takes too long.
fn printed_port(stdout: ChildStdout) -> Option<u16> {
    let (sender, receiver) = mpsc::channel();
    // The thread ends with the process: until then it has to drain the pipe.
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(port) = port_in(&line) {
                let _ = sender.send(port);
            }
        }
    });
    receiver.recv_timeout(TIMEOUT).ok()
}

/// Returns the number after the word "port", whatever the rest of the line is.
/// Port 0 is the requested port, not the one that chromedriver has chosen.
fn port_in(line: &str) -> Option<u16> {
    let (_, port) = line.rsplit_once("port ")?;
    let end = port.find(|character: char| !character.is_ascii_digit());
    let port = port[..end.unwrap_or(port.len())].parse().ok()?;
    (port != 0).then_some(port)
}
