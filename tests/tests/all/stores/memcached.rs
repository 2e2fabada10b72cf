//! Memcached.

use super::servers::Server;

#[test]
fn a_server_starts() {
    let server = Server::memcached();
    std::net::TcpStream::connect(server.address()).unwrap();
}
