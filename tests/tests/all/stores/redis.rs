//! Redis.

mod processes;

use super::servers::Server;

#[test]
fn a_server_starts() {
    let server = Server::redis(|_| Vec::new());
    std::net::TcpStream::connect(server.address()).unwrap();
}
