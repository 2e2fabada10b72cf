//! A server that takes next to no time: every request gets the same answer.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::own_thread::OwnThread;

/// A response as long as that of the service for one asset.
pub const ASSET: &str = r#"{"id":"IN-000001","description":"Excavator 1, hired out until the end of the month","type":"excavator","siteId":"SITE-0001","status":"active","lastSeen":"2026-11-20T08:15:00Z","latitude":52.520008,"longitude":13.404954,"hours":1234.5}"#;

/// The end of a request's head. The requests here have no body.
const END: &[u8] = b"\r\n\r\n";

/// Answers with one JSON text, until it is dropped.
pub struct Fixed {
    address: SocketAddr,
    _thread: OwnThread,
}

impl Fixed {
    /// A server on a free port and a thread of its own, which reads only as much
    /// of a request as shows where it ends.
    pub fn start(json: &str) -> Result<Self> {
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{json}",
            json.len()
        );
        // It never ends by itself, so that it needs no memory of who still reads it.
        let answer: &'static [u8] = answer.into_bytes().leak();
        let (tell, address) = std::sync::mpsc::channel();
        let thread = OwnThread::start(move |stopped: oneshot::Receiver<()>| async move {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let _ = tell.send(listener.local_addr()?);
            let serve = async {
                loop {
                    let (connection, _) = listener.accept().await?;
                    connection.set_nodelay(true)?;
                    tokio::spawn(serve(connection, answer));
                }
            };
            tokio::select! {
                outcome = serve => outcome,
                _ = stopped => Ok(()),
            }
        })?;
        Ok(Self {
            address: address.recv().context("the server did not start")?,
            _thread: thread,
        })
    }

    /// Without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Until the client hangs up; it notices if an answer does not come.
async fn serve(mut connection: TcpStream, answer: &[u8]) -> std::io::Result<()> {
    let mut request = Vec::with_capacity(8 * 1024);
    while connection.read_buf(&mut request).await? > 0 {
        if request.ends_with(END) {
            connection.write_all(answer).await?;
            request.clear();
        }
    }
    Ok(())
}
