//! A cached token costs no allocation, with one tenant and with many. A large
//! list costs little more than its values.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use futures::{FutureExt, TryStreamExt};
use perspio::ClientBuilderExt;
use perspio_auth::endpoint::Endpoint;
use perspio_auth::{
    Application, ClientCredentials, FixedToken, Profile, TokenKey, TokenSource, TokenSources,
};
use perspio_sandbox::Sandbox;

fn profile(sandbox: &Sandbox) -> Profile {
    perspio::profile().with_authority(&sandbox.authority().parse::<Endpoint>().unwrap())
}

#[tokio::test]
async fn a_cached_token_and_its_header_cost_no_allocation() {
    let sandbox = Sandbox::start().await.unwrap();
    let application = Application::confidential(sandbox.client_id(), sandbox.client_secret());
    let source = TokenSource::new(&profile(&sandbox), ClientCredentials::new(application)).unwrap();
    source.token().await.unwrap();
    // The first lookup of a thread initializes its cache, once.
    source.token().await.unwrap();
    let counted = allocation_counter::measure(|| {
        for _ in 0..1000 {
            let token = source.token().now_or_never().unwrap().unwrap();
            black_box(token.authorization().clone());
            black_box(source.authorization().now_or_never().unwrap().unwrap());
        }
    });
    assert_eq!(counted.count_total, 0);
}

#[tokio::test]
async fn a_cached_token_among_a_thousand_tenants_costs_no_allocation() {
    let sandbox = Sandbox::start().await.unwrap();
    let sources = TokenSources::new(2000);
    let keys: Vec<TokenKey> = (0..1000)
        .map(|tenant| {
            let application =
                Application::confidential(sandbox.client_id(), sandbox.client_secret());
            let grant = ClientCredentials::new(application);
            let builder = TokenSource::builder(&profile(&sandbox), grant).user(tenant.to_string());
            sources.get_or_build(builder).unwrap().key().clone()
        })
        .collect();
    let last = keys.last().unwrap();
    for _ in 0..2 {
        sources.get(last).unwrap().token().await.unwrap();
    }
    let counted = allocation_counter::measure(|| {
        for _ in 0..1000 {
            let source = sources.get(last).unwrap();
            let token = source.token().now_or_never().unwrap().unwrap();
            black_box(token.authorization().clone());
        }
    });
    assert_eq!(counted.count_total, 0);
}

const ASSETS: usize = 100_000;

/// 100,000 assets of about 200 bytes.
fn list() -> String {
    let asset = |number: usize| {
        format!(
            r#"{{"id":"IN-{number:06}","name":"Truck {number}","description":"Norlund Hauler 480, made up","assetType":"Truck","make":"Norlund","model":"Hauler 480","fuelLevelPct":71.5,"engineHours":{number},"siteId":"IN-SITE-000042"}}"#
        )
    };
    format!("[{}]", (0..ASSETS).map(asset).collect::<Vec<_>>().join(","))
}

/// Returns the length of a list, and the peak memory of `work` when it requests that list:
/// of this thread, on which the client runs, without the server.
fn most_memory<F: Future<Output = usize>>(work: impl FnOnce(perspio::Client) -> F) -> (u64, u64) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = perspio::Client::builder()
        .base_url(format!("http://{}", listener.local_addr().unwrap()))
        .tenant_id("in-1")
        .subscription_key("key")
        .credential(FixedToken::new("token"))
        .build()
        .unwrap();
    let list = list();
    let len = u64::try_from(list.len()).unwrap();
    let server = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(connection.try_clone().unwrap()).lines();
        while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {len}\r\n\r\n");
        connection.write_all(head.as_bytes()).unwrap();
        connection.write_all(list.as_bytes()).unwrap();
    });
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    let counted = allocation_counter::measure(|| {
        assert_eq!(runtime.block_on(work(client)), ASSETS);
    });
    server.join().unwrap();
    (len, counted.bytes_max)
}

#[test]
fn a_list_of_20_mb_takes_at_most_six_times_its_size() {
    let (len, most) = most_memory(async |client| {
        let assets = client.assets_list().send().await.unwrap();
        assets.len()
    });
    println!("{len} bytes took {most} at most");
    // The generator, in the same build, enables `preserve_order` of serde_json, with which the
    // values take one quarter more. `docs/benchmarks.md` has the figure without it.
    assert!(most <= 6 * len, "{most}");
    assert!(most > len, "the values were counted");
}

#[test]
fn the_same_list_item_by_item_takes_less_than_16_mb() {
    let (len, most) = most_memory(async |client| {
        let assets = client.assets_stream().await.unwrap();
        let count = assets.try_fold(0, async |count, _| Ok(count + 1));
        count.await.unwrap()
    });
    println!("{len} bytes took {most} at most");
    assert!(most < 16_000_000, "{most}");
}
