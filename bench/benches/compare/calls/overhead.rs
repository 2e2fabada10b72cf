//! What a call costs beside a bare one.

mod contestant;

use std::time::Duration;

use anyhow::{Context, Result};
use http::HeaderValue;
use perspio::prelude::*;
use perspio::types::Asset;
use perspio::{Client, Limit, Limits, Scope};
use perspio_bench::fixed::Fixed;
use perspio_bench::ours;
use perspio_bench::server::{Life, Server};
use perspio_bench::service::{self, Bare, Variables};

use crate::report::{Compared, Row, Scenario, Times, nanos};
use contestant::{Contestant, Elsewhere, Here};

const TASKS: usize = 64;
const ROUNDS: usize = 40;
/// Of each contestant in each round, once one by one and once at the same time.
const CALLS: usize = 1000;

/// As long as what the service answers for one asset.
const ASSET: &str = r#"{"id":"IN-000001","description":"Excavator 1, hired out until the end of the month","type":"excavator","siteId":"SITE-0001","status":"active","lastSeen":"2026-11-20T08:15:00Z","latitude":52.520008,"longitude":13.404954,"hours":1234.5}"#;

/// Where `cargo xtask bench` has put the program with the other generator's client.
const OPENAPI_CLIENT: &str = "OPENAPI_CLIENT";

pub(super) fn measure() -> Result<Scenario> {
    let identity = Server::start(Duration::ZERO, Life::HOUR)?;
    let fixed = Fixed::start(ASSET)?;
    let variables = variables(&fixed.base_url());
    let mut contestants = contestants(&identity, &variables)?;
    for round in 0..=ROUNDS {
        for contestant in &mut contestants {
            let times = contestant.kind.one_by_one(CALLS)?;
            let time = contestant.kind.at_once(TASKS, CALLS)?;
            // The first opens the connections.
            if round > 0 {
                contestant.times.extend(times);
                contestant.at_once.push(time);
            }
        }
    }
    let mut notes = vec![
        "The ratio is of the calls in a second with 64 at once: the goal is that reqwest has at \
         most 1.05 times as many. perspio signs, is ready to repeat, to renew the token and to \
         follow redirects within the origin, and tells errors apart; none of these happens here. \
         \"With limits\": it counts requests and bytes too, and there is always room.",
    ];
    notes.push(if std::env::var_os(OPENAPI_CLIENT).is_some() {
        "The client that openapi-generator makes of the same document runs in a process of its \
         own, with the same loop. It does less: it keeps the two members of an asset that the \
         document names and drops all others, and it sends one and the same key as tenant id and \
         as subscription key."
    } else {
        "Left out: the client that openapi-generator makes, which only `cargo xtask bench` builds."
    });
    Ok(Scenario {
        title: "A call beside a bare one",
        how: format!(
            "One asset by its id, from a server that always gives the same answer, on a thread of \
             its own; the callers have one thread, too. All send the same headers and a token of \
             1500 characters that is at hand, and decode the answer, with reqwest into the same \
             type. {ROUNDS} rounds of {CALLS} calls one by one and as many of {TASKS} tasks at \
             once, the contestants in turn; medians. Goal: at least 0.95 of reqwest's calls in a \
             second, and at most 20 µs more for one."
        ),
        compared: Compared::LIBRARIES,
        columns: vec![
            "one call",
            "added",
            "calls/s, one by one",
            "calls/s, 64 at once",
            "of reqwest's",
        ],
        rows: rows(contestants),
        notes,
    })
}

struct Measured {
    name: &'static str,
    kind: Box<dyn Contestant>,
    times: Vec<Duration>,
    at_once: Vec<Duration>,
}

fn contestants(identity: &Server, variables: &Variables) -> Result<Vec<Measured>> {
    let profile = ours::profile(&identity.url(""))?;
    let runtime = contestant::runtime()?;
    let source = ours::builder(&profile, 0).build()?;
    let authorization = runtime.block_on(source.authorization())?;
    let client = |limits| {
        let builder = service::client(variables).limits(limits);
        builder.token_source(source.clone()).build()
    };
    let bare = Bare::with(variables, authorization.clone())?;
    let mut contestants: Vec<(_, Box<dyn Contestant>)> = vec![
        ("perspio", sdk(client(Limits::none())?)?),
        ("perspio, with limits", sdk(client(ample())?)?),
        (
            "reqwest",
            Box::new(Here::new(move || {
                let bare = bare.clone();
                async move {
                    let answer = bare.get("/assets/v3/IN-000001").await?;
                    answer.error_for_status()?.json::<Asset>().await?;
                    Ok(())
                }
            })?),
        ),
    ];
    if let Some(program) = std::env::var_os(OPENAPI_CLIENT) {
        let token = token(&authorization)?;
        let other = Elsewhere::start(&program, variables, token)?;
        contestants.push(("openapi-generator", Box::new(other)));
    }
    let measured = |(name, kind)| Measured {
        name,
        kind,
        times: Vec::new(),
        at_once: Vec::new(),
    };
    Ok(contestants.into_iter().map(measured).collect())
}

fn sdk(client: Client) -> Result<Box<dyn Contestant>> {
    Ok(Box::new(Here::new(move || {
        let client = client.clone();
        async move {
            client.assets_get().id("IN-000001").send().await?;
            Ok(())
        }
    })?))
}

/// Limits that are kept to and never reached.
fn ample() -> Limits {
    let window = Duration::from_secs(90);
    let limit = Limit::requests("rate", Scope::Application, 100_000_000, window);
    Limits::none().with(limit).with(Limit::bytes(
        "bandwidth",
        Scope::Tenant,
        u64::MAX / 2,
        window,
    ))
}

fn variables(base_url: &str) -> Variables {
    [
        ("PERSPIO_BASE_URL", base_url),
        ("PERSPIO_TENANT_ID", "in-bench"),
        (
            "PERSPIO_SUBSCRIPTION_KEY",
            "0123456789abcdef0123456789abcdef",
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn token(authorization: &HeaderValue) -> Result<&str> {
    let token = authorization.to_str()?.strip_prefix("Bearer ");
    token.context("not a bearer token")
}

fn rows(contestants: Vec<Measured>) -> Vec<Row> {
    let figures: Vec<_> = contestants.into_iter().map(Figures::of).collect();
    let reqwest = figures.iter().find(|figures| figures.name == "reqwest");
    let (one, per_second) = reqwest.map_or((f64::NAN, f64::NAN), |reqwest| {
        (reqwest.one, reqwest.per_second)
    });
    let row = |figures: &Figures| {
        let is_base = figures.name == "reqwest";
        Row {
            name: figures.name.to_owned(),
            cells: vec![
                nanos(figures.one),
                if is_base {
                    "–".to_owned()
                } else {
                    added(figures.one - one)
                },
                format!("{:.0}", 1e9 / figures.one_mean),
                format!("{:.0}", figures.per_second),
                format!("{:.3}", figures.per_second / per_second),
            ],
            figure: figures.per_second,
        }
    };
    figures.iter().map(row).collect()
}

struct Figures {
    name: &'static str,
    /// Nanoseconds, the median.
    one: f64,
    one_mean: f64,
    per_second: f64,
}

impl Figures {
    fn of(measured: Measured) -> Self {
        let times = Times::new(measured.times);
        let at_once = Times::new(measured.at_once).quantile(500);
        Self {
            name: measured.name,
            one: times.quantile(500),
            one_mean: times.mean(),
            per_second: 1e9 / at_once * f64::from(u32::try_from(CALLS).unwrap_or(u32::MAX)),
        }
    }
}

/// A difference; the other may be the longer one.
fn added(nanoseconds: f64) -> String {
    let sign = if nanoseconds < 0.0 { "−" } else { "" };
    format!("{sign}{}", nanos(nanoseconds.abs()))
}
