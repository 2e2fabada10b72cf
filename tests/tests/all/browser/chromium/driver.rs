//! chromedriver, as a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const INSTALL: &str = "`cargo xtask test` installs what the tests need";
/// It wants one port in both families, and ends if it is taken in one.
const ATTEMPTS: usize = 5;
/// It takes a tenth of a second; a busy machine gets more.
const TIME_TO_START: Duration = Duration::from_secs(30);
/// How long Chromium may take to quit before it is left to its pipe.
const TIME_TO_QUIT: Duration = Duration::from_secs(10);

/// chromedriver on a free port of this machine. It ends when this is dropped.
pub(super) struct Driver {
    process: Child,
    port: u16,
    /// The session, once there is one: its Chromium is quit first.
    pub(super) session: Option<String>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Not asynchronous, so that it works while a test panics. A Chromium
        // that is still there afterwards ends with its pipe to chromedriver.
        let _ = self.quit();
        self.kill();
    }
}

impl Driver {
    /// Starts it; all of its files, and Chromium's, lie in `folder`.
    pub(super) fn start(folder: &Path) -> Self {
        for program in ["chromedriver", "chromium"] {
            assert!(is_installed(program), "{program} is missing: {INSTALL}");
        }
        let started = (0..ATTEMPTS).find_map(|_| Self::attempt(folder));
        started.expect("chromedriver tells its port")
    }

    fn attempt(folder: &Path) -> Option<Self> {
        // The kernel ends it with the thread of the test, however that ends.
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
        // From here on it ends with this, whatever happens.
        let mut driver = Self {
            process,
            port: 0,
            session: None,
        };
        driver.port = told_port(stdout)?;
        Some(driver)
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn kill(&mut self) {
        // A process that has ended already cannot be killed, only waited for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Waits until Chromium has ended.
    fn quit(&mut self) -> std::io::Result<()> {
        let Some(session) = self.session.take() else {
            return Ok(());
        };
        let mut connection = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        connection.set_read_timeout(Some(TIME_TO_QUIT))?;
        write!(
            connection,
            "DELETE /session/{session} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
            self.port
        )?;
        // The answer comes when it is done.
        connection.read_exact(&mut [0])
    }
}

fn is_installed(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

/// The port that chromedriver has chosen; none if it takes too long, or ends.
fn told_port(stdout: ChildStdout) -> Option<u16> {
    let (sender, receiver) = mpsc::channel();
    // It ends with the process, whose pipe is read until then.
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let port = line.strip_prefix("ChromeDriver was started successfully on port ");
            if let Some(port) = port.and_then(|port| port.trim_end_matches('.').parse().ok()) {
                let _ = sender.send(port);
            }
        }
    });
    receiver.recv_timeout(TIME_TO_START).ok()
}
