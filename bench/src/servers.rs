//! Redis and Memcached: this machine's own programs, each on a free port of it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// They take a moment; a busy machine gets more.
const TIME_TO_START: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(10);
/// A server that says nothing for so long hangs.
const LONGEST_ANSWER: Duration = Duration::from_secs(10);
/// Somebody else may take a port that was free just now.
const ATTEMPTS: usize = 5;

#[derive(Clone, Copy, Debug)]
pub enum Program {
    Redis,
    Memcached,
}

impl Program {
    fn name(self) -> &'static str {
        match self {
            Self::Redis => "redis-server",
            Self::Memcached => "memcached",
        }
    }

    /// Nothing goes to the disk.
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Redis => &[
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--port",
            ],
            // It starts as root only where it is told that it may.
            Self::Memcached => &["-l", "127.0.0.1", "-U", "0", "-u", "root", "-p"],
        }
    }

    /// What the server tells of itself when it is asked, and then hangs up.
    fn question(self) -> &'static str {
        match self {
            Self::Redis => "INFO\r\nQUIT\r\n",
            Self::Memcached => "stats\r\nquit\r\n",
        }
    }

    /// One fact of the answer.
    fn fact(self, line: &str) -> Option<(String, String)> {
        let (name, value) = match self {
            Self::Redis => line.split_once(':')?,
            Self::Memcached => line.strip_prefix("STAT ")?.split_once(' ')?,
        };
        Some((name.to_owned(), value.to_owned()))
    }

    fn process_id(self) -> &'static str {
        match self {
            Self::Redis => "process_id",
            Self::Memcached => "pid",
        }
    }

    /// Whether the fact counts commands.
    fn counts_commands(self, name: &str) -> bool {
        match self {
            Self::Redis => name == "total_commands_processed",
            Self::Memcached => name.starts_with("cmd_"),
        }
    }

    /// Its name and version.
    ///
    /// # Errors
    /// The machine does not have it.
    pub fn version(self) -> Result<String> {
        let name = self.name();
        let output = Command::new(name)
            .arg("--version")
            .output()
            .with_context(|| {
                format!("{name} cannot be started: install it; on Debian `cargo xtask bench` does")
            })?;
        let text = String::from_utf8(output.stdout)?;
        // "Redis server v=7.0.15 sha=…", "memcached 1.6.18"
        let version = text.split_whitespace().find_map(|word| {
            let word = word.trim_start_matches("v=");
            word.starts_with(|first: char| first.is_ascii_digit())
                .then_some(word)
        });
        let version = version.with_context(|| format!("{name} does not say its version"))?;
        Ok(format!("{name} {version}"))
    }
}

/// A server that runs until it is stopped or dropped.
pub struct StoreServer {
    program: Program,
    process: Child,
    address: SocketAddr,
    _directory: TempDir,
}

impl StoreServer {
    pub fn start(program: Program) -> Result<Self> {
        let mut outcome = Self::attempt(program);
        for _ in 1..ATTEMPTS {
            if outcome.is_ok() {
                break;
            }
            outcome = Self::attempt(program);
        }
        outcome.with_context(|| format!("{} did not start", program.name()))
    }

    fn attempt(program: Program) -> Result<Self> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let directory = tempfile::tempdir()?;
        let process = Command::new(program.name())
            .args(program.arguments())
            .arg(address.port().to_string())
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        // From here on it ends with this, whatever happens.
        let mut server = Self {
            program,
            process,
            address,
            _directory: directory,
        };
        let started = Instant::now();
        while !server.is_ready() {
            if let Some(status) = server.process.try_wait()? {
                bail!("it ended at once: {status}");
            }
            if started.elapsed() > TIME_TO_START {
                bail!("it cannot be reached");
            }
            std::thread::sleep(PAUSE);
        }
        Ok(server)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many commands it has carried out, those of this question included.
    pub fn commands(&self) -> Result<u64> {
        let facts = self.facts()?;
        let counts = facts
            .iter()
            .filter(|(name, _)| self.program.counts_commands(name));
        counts
            .map(|(_, count)| count.parse::<u64>().context("not a count"))
            .sum()
    }

    /// Ends it as a crash would.
    pub fn stop(&mut self) {
        // A process that has ended already cannot be killed, only waited for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Whether it answers, and not somebody else who has taken the port.
    fn is_ready(&self) -> bool {
        let facts = self.facts().unwrap_or_default();
        let id = facts.get(self.program.process_id());
        id.is_some_and(|id| *id == self.process.id().to_string())
    }

    fn facts(&self) -> Result<BTreeMap<String, String>> {
        let mut connection = TcpStream::connect(self.address)?;
        connection.set_read_timeout(Some(LONGEST_ANSWER))?;
        connection.write_all(self.program.question().as_bytes())?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        let facts = answer.lines().filter_map(|line| self.program.fact(line));
        Ok(facts.collect())
    }
}

impl Drop for StoreServer {
    fn drop(&mut self) {
        self.stop();
    }
}
