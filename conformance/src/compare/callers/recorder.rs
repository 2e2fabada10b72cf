//! A loopback server that records requests.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::expected::{Responses, operation_of};

/// The limit for one read of a request, so that a client that stops cannot block the others.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Responds to each operation with its JSON, or with 204. It serves one connection after the other,
/// each for one request, until the process ends.
pub(super) struct Recorder {
    base_url: String,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    responses: Responses,
    requests: Vec<Request>,
}

impl Recorder {
    pub(super) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let shared = Arc::<Mutex<Shared>>::default();
        let of_server = shared.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                if let Err(cause) = serve(connection, &of_server) {
                    eprintln!("a request cannot be recorded: {cause}");
                }
            }
        });
        Ok(Self { base_url, shared })
    }

    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Sets the responses, and forgets the requests.
    pub(super) fn reset(&self, responses: Responses) {
        *lock(&self.shared) = Shared {
            responses,
            requests: Vec::new(),
        };
    }

    /// Removes and returns the requests.
    pub(super) fn take(&self) -> Vec<Request> {
        std::mem::take(&mut lock(&self.shared).requests)
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A recorded request.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Request {
    /// Returns the values of a header, joined with commas; of a media type without its parameters.
    pub(super) fn header(&self, name: &str) -> String {
        let of_name = |(own, _): &&(String, String)| own.eq_ignore_ascii_case(name);
        let values = self.headers.iter().filter(of_name);
        let all: Vec<_> = values.map(|(_, value)| value.as_str()).collect();
        let mut all = all.join(", ");
        if name == "content-type" {
            all.truncate(all.find(';').unwrap_or(all.len()));
        }
        all
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)?;
        for (name, value) in &self.headers {
            // Each client adds these.
            if ![
                "accept",
                "api-version",
                "content-length",
                "host",
                "user-agent",
            ]
            .contains(&name.to_lowercase().as_str())
            {
                write!(f, " {name}: {value}")?;
            }
        }
        write!(f, " {:?}", self.body)
    }
}

fn serve(mut connection: TcpStream, shared: &Mutex<Shared>) -> io::Result<()> {
    connection.set_read_timeout(Some(READ_TIMEOUT))?;
    let request = read(&mut BufReader::new(&connection))?;
    let mut shared = lock(shared);
    let response = operation_of(&request.target).and_then(|it| shared.responses.get(it));
    let response = match response {
        None => "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned(),
        Some(body) => {
            let body = body.to_string();
            format!(
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json\r\n\
                 content-length: {}\r\n\r\n{body}",
                body.len()
            )
        }
    };
    shared.requests.push(request);
    connection.write_all(response.as_bytes())
}

/// Reads a request whose body has a known length.
fn read(connection: &mut impl BufRead) -> io::Result<Request> {
    let mut line = || {
        let mut line = String::new();
        connection.read_line(&mut line)?;
        io::Result::Ok(line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ').map(str::to_owned);
    let mut request = Request {
        method: words.next().unwrap_or_default(),
        target: words.next().unwrap_or_default(),
        headers: Vec::new(),
        body: String::new(),
    };
    loop {
        let header = line()?;
        let Some((name, value)) = header.split_once(':') else {
            break;
        };
        let header = (name.to_owned(), value.trim().to_owned());
        request.headers.push(header);
    }
    let length = request.header("content-length").parse().unwrap_or(0);
    connection.take(length).read_to_string(&mut request.body)?;
    Ok(request)
}
