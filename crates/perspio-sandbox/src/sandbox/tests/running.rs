//! Starting, being found, stopping.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::SocketAddr;

use futures::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use crate::testing::{Answer, application_token, get, http};
use crate::{Endpoint, Error, Sandbox};

fn address(sandbox: &Sandbox) -> SocketAddr {
    let base = sandbox.base_url();
    base.strip_prefix("http://").unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_environment_is_all_that_a_client_needs() {
    let sandbox = Sandbox::start().await.unwrap();
    let environment: HashMap<_, _> = sandbox.environment().into_iter().collect();
    assert_eq!(environment.len(), 6);
    for (name, value) in [
        ("PERSPIO_CLIENT_ID", sandbox.client_id()),
        ("PERSPIO_CLIENT_SECRET", sandbox.client_secret()),
        ("PERSPIO_TENANT_ID", sandbox.tenant_id()),
        ("PERSPIO_SUBSCRIPTION_KEY", sandbox.subscription_key()),
        ("PERSPIO_BASE_URL", sandbox.base_url()),
        ("PERSPIO_AUTHORITY", sandbox.authority()),
    ] {
        assert_eq!(environment[name], value);
    }
    assert!(sandbox.tenant_id().starts_with("in-"));
    let directory = sandbox.authority().strip_prefix(sandbox.base_url());
    assert_eq!(
        directory,
        Some("/5a4db0c5-0000-4000-8000-000000000001"),
        "{directory:?}"
    );
}

#[tokio::test]
async fn it_listens_on_loopback_only_and_two_do_not_share_a_port() {
    let sandboxes = [
        Sandbox::start().await.unwrap(),
        Sandbox::start().await.unwrap(),
    ];
    let [first, second] = sandboxes.each_ref().map(address);
    assert_eq!(first.ip().to_string(), "127.0.0.1");
    assert_ne!(first.port(), second.port());
}

#[tokio::test]
async fn a_port_in_use_is_an_error_that_names_it() {
    let sandbox = Sandbox::start().await.unwrap();
    let taken = address(&sandbox).port();
    let error = Sandbox::builder().port(taken).start().await.unwrap_err();
    assert!(matches!(error, Error::Listen { port, .. } if port == taken));
    assert!(error.to_string().contains(&taken.to_string()));
}

#[tokio::test]
async fn a_chosen_port_is_taken_and_can_be_taken_again_after_the_end() {
    let first = Sandbox::start().await.unwrap();
    let port = address(&first).port();
    assert_eq!(get(&first, "/nothing", "").await.status, 404);
    drop(first);
    let second = Sandbox::builder().port(port).start().await.unwrap();
    assert_eq!(address(&second).port(), port);
    assert_eq!(get(&second, "/nothing", "").await.status, 404);
}

#[tokio::test]
async fn dropping_it_ends_the_server_even_with_open_connections_and_held_requests() {
    let sandbox = Sandbox::start().await.unwrap();
    let address = address(&sandbox);
    let mut idle = TcpStream::connect(address).await.unwrap();
    let mut unfinished = TcpStream::connect(address).await.unwrap();
    let head = b"POST /a/v1/ HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf";
    unfinished.write_all(head).await.unwrap();
    let hold = sandbox.hold(Endpoint::Other);
    let url = format!("{}/nothing", sandbox.base_url());
    let waiting = tokio::spawn(http().get(url).send());
    hold.arrived(1).await;
    let mut ended = sandbox.ended();
    drop(sandbox);
    assert!(TcpStream::connect(address).await.is_err());
    assert!(ended.changed().await.is_err());
    assert!(waiting.await.unwrap().is_err());
    assert_eq!(idle.read(&mut [0; 1]).await.unwrap(), 0);
    drop(hold);
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn it_outlives_the_runtime_that_started_it() {
    let sandbox = runtime().block_on(Sandbox::start()).unwrap();
    let answer = runtime().block_on(get(&sandbox, "/nothing", ""));
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn it_responds_while_the_runtime_that_started_it_is_blocked() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut stream = std::net::TcpStream::connect(address(&sandbox)).unwrap();
    stream
        .write_all(b"GET /nothing HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    assert!(response.starts_with("HTTP/1.1 404 "), "{response}");
}

#[tokio::test]
async fn whoever_waits_for_it_waits_while_it_serves() {
    let sandbox = Sandbox::start().await.unwrap();
    let url = format!("{}/nothing", sandbox.base_url());
    let waiting = sandbox.wait();
    tokio::pin!(waiting);
    tokio::select! {
        biased;
        () = &mut waiting => panic!("it stopped"),
        answer = Answer::to(http().get(url)) => assert_eq!(answer.status, 404),
    }
}

#[tokio::test]
async fn a_connection_serves_more_than_one_request() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut stream = TcpStream::connect(address(&sandbox)).await.unwrap();
    for _ in 0..2 {
        let head = b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let mut read = Vec::new();
        while !read.ends_with(b"}") {
            assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0);
        }
        assert!(read.starts_with(b"HTTP/1.1 404 "));
    }
}

#[tokio::test]
async fn a_hundred_clients_are_served_at_once() {
    let count = 100;
    let sandbox = Sandbox::start().await.unwrap();
    let token = application_token(&sandbox).await;
    let hold = sandbox.hold(Endpoint::Api);
    let http = http();
    let calls = (0..count).map(|_| {
        let request = http
            .get(format!("{}/sites/v3/", sandbox.base_url()))
            .header("Ocp-Apim-Subscription-Key", sandbox.subscription_key())
            .header("tid", sandbox.tenant_id())
            .bearer_auth(&token);
        tokio::spawn(Answer::to(request))
    });
    let calls: Vec<_> = calls.collect();
    hold.arrived(count).await;
    drop(hold);
    for answer in join_all(calls).await {
        assert_eq!(answer.unwrap().status, 200);
    }
    assert_eq!(sandbox.log().api_requests().len(), count);
}
