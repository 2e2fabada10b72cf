//! Memcached's protocol for tests, independent of the client that is tested.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::Server;

/// The time limit of a response.
const ATTEMPTS: usize = 10_000;

pub(crate) struct Wire(BufReader<TcpStream>);

impl Wire {
    pub(crate) fn to(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address()).unwrap();
        // Much longer than necessary, so that only a hanging test fails.
        stream
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends `command`, and returns the first line of the response.
    pub(crate) fn execute(&mut self, command: &str) -> String {
        self.send(format!("{command}\r\n").as_bytes());
        self.line()
    }

    /// Sends `command`, and returns all lines up to `END`, or the one that reports a busy
    /// server.
    fn execute_all(&mut self, command: &str) -> Vec<String> {
        let mut line = self.execute(command);
        let mut lines = Vec::new();
        while line != "END" {
            let busy = line.starts_with("BUSY");
            lines.push(line);
            if busy {
                break;
            }
            line = self.line();
        }
        lines
    }

    /// Returns the counter `name` of the server.
    pub(crate) fn counted(&mut self, name: &str) -> usize {
        let wanted = format!("STAT {name} ");
        let lines = self.execute_all("stats");
        let count = lines.iter().find_map(|line| line.strip_prefix(&wanted));
        count.unwrap().parse().unwrap()
    }

    pub(crate) fn get(&mut self, name: &str) -> Option<Vec<u8>> {
        let head = self.execute(&format!("mg {name} v"));
        if head == "EN" {
            return None;
        }
        let length = head.strip_prefix("VA ").unwrap().parse::<usize>().unwrap();
        let mut value = vec![0; length + 2];
        self.0.read_exact(&mut value).unwrap();
        value.truncate(length);
        Some(value)
    }

    pub(crate) fn set(&mut self, name: &str, value: &[u8]) {
        let head = format!("ms {name} {} T600\r\n", value.len());
        self.send(&[head.as_bytes(), value, b"\r\n"].concat());
        assert_eq!(self.line(), "HD");
    }

    /// Returns the remaining seconds of a value.
    pub(crate) fn seconds_left(&mut self, name: &str) -> u64 {
        let response = self.execute(&format!("mg {name} t"));
        response.strip_prefix("HD t").unwrap().parse().unwrap()
    }

    /// Returns the check-and-set number of a value.
    pub(crate) fn unique(&mut self, name: &str) -> String {
        self.execute(&format!("mg {name} c"))
    }

    /// Returns the values on the server, by name.
    pub(crate) fn dump(&mut self) -> Vec<(String, Vec<u8>)> {
        let mut lines = Vec::new();
        // The server may be running its own scan of the records.
        let busy = |lines: &Vec<String>| lines.iter().any(|line| line.starts_with("BUSY"));
        for _ in 0..ATTEMPTS {
            lines = self.execute_all("lru_crawler metadump all");
            if !busy(&lines) {
                break;
            }
        }
        assert!(!busy(&lines), "{lines:?}");
        let names: Vec<_> = lines
            .iter()
            .map(|line| {
                let name = line.split_whitespace().next().unwrap();
                name.strip_prefix("key=").unwrap().replace("%3A", ":")
            })
            .collect();
        names
            .into_iter()
            .map(|name| {
                let value = self.get(&name).unwrap();
                (name, value)
            })
            .collect()
    }

    fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        // The lines of a dump end with `\n` alone.
        assert!(line.ends_with('\n'), "{line:?}");
        line.trim_end().to_owned()
    }
}
