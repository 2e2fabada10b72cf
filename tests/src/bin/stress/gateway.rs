//! A gateway in front of the identity server, which records when each token request was
//! received and when its response was sent. It completes a request whose client is killed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::Failed;
use crate::protocol::{fingerprint, now};

/// One token request.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    /// The fingerprint of the refresh token that was sent; `None` for a sign-in.
    pub(crate) spent: Option<String>,
    pub(crate) received: u64,
    /// When the response was sent, or 0.
    pub(crate) responded: u64,
    pub(crate) status: u16,
    /// The fingerprint of the refresh token in the response.
    pub(crate) issued: Option<String>,
}

/// The gateway, which serves until the process ends.
#[derive(Clone)]
pub(crate) struct Gateway {
    pub(crate) address: String,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
}

impl Gateway {
    /// Starts a gateway to `server`, an address with a port.
    pub(crate) async fn start(server: String) -> Result<Self, Failed> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let gateway = Self {
            address: listener.local_addr()?.to_string(),
            exchanges: Arc::default(),
        };
        let serving = gateway.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (gateway, server) = (serving.clone(), server.clone());
                // A client that is killed ends its connection only.
                tokio::spawn(async move { gateway.serve(client, &server).await.ok() });
            }
        });
        Ok(gateway)
    }

    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.exchanges
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(&self, client: TcpStream, server: &str) -> Result<(), Failed> {
        client.set_nodelay(true)?;
        let mut client = BufReader::new(client);
        let server = TcpStream::connect(server).await?;
        server.set_nodelay(true)?;
        let mut server = BufReader::new(server);
        while let Some(request) = message(&mut client).await? {
            let number = self.received(&request.body);
            server.write_all(&request.bytes()).await?;
            let Some(response) = message(&mut server).await? else {
                return Ok(());
            };
            self.responded(number, &response);
            client.write_all(&response.bytes()).await?;
        }
        Ok(())
    }

    fn received(&self, body: &[u8]) -> usize {
        let spent = url::form_urlencoded::parse(body)
            .find(|(name, _)| name == "refresh_token")
            .map(|(_, token)| fingerprint(&token));
        let mut exchanges = self.lock();
        exchanges.push(Exchange {
            spent,
            received: now(),
            responded: 0,
            status: 0,
            issued: None,
        });
        exchanges.len() - 1
    }

    fn responded(&self, number: usize, response: &Message) {
        let body: serde_json::Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let issued = body.get("refresh_token").and_then(|token| token.as_str());
        let status = response.head.split_whitespace().nth(1);
        let mut exchanges = self.lock();
        if let Some(exchange) = exchanges.get_mut(number) {
            exchange.issued = issued.map(fingerprint);
            exchange.status = status.and_then(|it| it.parse().ok()).unwrap_or_default();
            exchange.responded = now();
        }
    }
}

/// An HTTP/1.1 message with a `Content-Length`.
struct Message {
    head: String,
    body: Vec<u8>,
}

impl Message {
    fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), &self.body].concat()
    }
}

/// Reads a message; `None` at the end of the connection.
async fn message(from: &mut BufReader<TcpStream>) -> Result<Option<Message>, Failed> {
    let mut head = String::new();
    let mut length = 0;
    loop {
        let start = head.len();
        if from.read_line(&mut head).await? == 0 {
            return Ok(None);
        }
        let line = head.get(start..).unwrap_or_default();
        if line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse()?;
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).await?;
    Ok(Some(Message { head, body }))
}
