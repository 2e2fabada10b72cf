//! What a call costs beside a bare one.

mod contestant;

use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};
use http::HeaderValue;
use perspio::types::Asset;
use perspio::{Client, Limit, Limits, Scope};
use perspio_bench::fixed::Fixed;
use perspio_bench::ours;
use perspio_bench::server::{Life, Server};
use perspio_bench::service::{self, Bare, Variables};
use tokio::runtime::Runtime;

use crate::report::{Compared, Row, Scenario, Times, nanos};
use contestant::{Contestant, Elsewhere, Here};

const TASKS: usize = 64;

/// So many rounds, in each of which every contestant makes so many calls. The
/// shorter a round, the less the machine's speed changes in it.
struct Rounds {
    count: usize,
    calls: usize,
}

const ONE_BY_ONE: Rounds = Rounds {
    count: 80,
    calls: 400,
};
const AT_ONCE: Rounds = Rounds {
    count: 300,
    calls: 400,
};

/// Calls before each round of a contestant, which are not timed: they open the
/// connections, and bring back to the caches what another one has pushed out.
const WARM_UP: usize = 4 * TASKS;

/// As long as what the service answers for one asset.
const ASSET: &str = r#"{"id":"IN-000001","description":"Excavator 1, hired out until the end of the month","type":"excavator","siteId":"SITE-0001","status":"active","lastSeen":"2026-11-20T08:15:00Z","latitude":52.520008,"longitude":13.404954,"hours":1234.5}"#;

/// The contestant that the others are compared with.
const BASE: &str = "reqwest";

/// Where `cargo xtask bench` has put the program with the other generator's client.
const OPENAPI_CLIENT: &str = "OPENAPI_CLIENT";

pub(crate) fn measure() -> Result<Scenario> {
    let identity = Server::start(Duration::ZERO, Life::HOUR)?;
    let fixed = Fixed::start(ASSET)?;
    let variables = variables(&fixed.base_url());
    let mut contestants = contestants(&identity, &variables)?;
    for round in 0..ONE_BY_ONE.count {
        for contestant in in_turn(round, &mut contestants) {
            contestant.kind.one_by_one(WARM_UP)?;
            let times = contestant.kind.one_by_one(ONE_BY_ONE.calls)?;
            contestant.one_by_one.push(times);
        }
    }
    for round in 0..AT_ONCE.count {
        for contestant in in_turn(round, &mut contestants) {
            contestant.kind.at_once(TASKS, WARM_UP)?;
            let time = contestant.kind.at_once(TASKS, AT_ONCE.calls)?;
            contestant.at_once.push(time);
        }
    }
    let mut notes = vec![
        "perspio signs, is ready to repeat, to renew the token and to follow redirects within \
         the origin, and tells errors apart; none of these happens here. \"With limits\": it counts requests and bytes too, and there is always room.",
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
             type. {} rounds of {} calls one by one, and {} rounds of {} calls of {TASKS} tasks \
             at once, the contestants in changing order in each, after {WARM_UP} that are not timed; \
             medians of the rounds, also of what a round adds to reqwest's time and of its part \
             of reqwest's calls, because the machine's speed changes from one second to the \
             next. Goal: at least 0.95 of reqwest's calls in a second, and at most 20 µs more \
             for one.",
            ONE_BY_ONE.count, ONE_BY_ONE.calls, AT_ONCE.count, AT_ONCE.calls
        ),
        compared: Compared::LIBRARIES,
        columns: vec![
            "one call",
            "added",
            "calls/s, one by one",
            "of reqwest's",
            "calls/s, 64 at once",
            "of reqwest's",
        ],
        rows: rows(contestants),
        notes,
    })
}

/// Each is the first in turn, and each comes as often after one of its
/// neighbours as after the other.
fn in_turn(round: usize, contestants: &mut [Measured]) -> Vec<&mut Measured> {
    let count = contestants.len();
    let mut order: Vec<_> = contestants.iter_mut().collect();
    order.rotate_left(round % count);
    if round / count % 2 == 1 {
        order.reverse();
    }
    order
}

struct Measured {
    name: &'static str,
    kind: Box<dyn Contestant>,
    /// The times of all calls, by round.
    one_by_one: Vec<Vec<Duration>>,
    /// What all calls took together, by round.
    at_once: Vec<Duration>,
}

fn contestants(identity: &Server, variables: &Variables) -> Result<Vec<Measured>> {
    let profile = ours::profile(&identity.url(""))?;
    let runtime = Rc::new(contestant::runtime()?);
    let source = ours::builder(&profile, 0).build()?;
    let authorization = runtime.block_on(source.authorization())?;
    let client = |limits| {
        let builder = service::client(variables).limits(limits);
        builder.token_source(source.clone()).build()
    };
    let sdk = |limits| anyhow::Ok(sdk(&runtime, client(limits)?));
    let bare = Bare::with(variables, authorization.clone())?;
    let mut contestants: Vec<(_, Box<dyn Contestant>)> = vec![
        ("perspio", sdk(Limits::none())?),
        ("perspio, with limits", sdk(ample())?),
        (
            BASE,
            Box::new(Here::new(&runtime, move || {
                let bare = bare.clone();
                async move {
                    let answer = bare.get("/assets/v3/IN-000001").await?;
                    answer.error_for_status()?.json::<Asset>().await?;
                    Ok(())
                }
            })),
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
        one_by_one: Vec::new(),
        at_once: Vec::new(),
    };
    Ok(contestants.into_iter().map(measured).collect())
}

fn sdk(runtime: &Rc<Runtime>, client: Client) -> Box<dyn Contestant> {
    Box::new(Here::new(runtime, move || {
        let client = client.clone();
        async move {
            client.assets_get().id("IN-000001").send().await?;
            Ok(())
        }
    }))
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
    let reqwest = figures.iter().find(|figures| figures.name == BASE);
    let row = |figures: &Figures| {
        let base = reqwest.unwrap_or(figures);
        let per_second = 1e9 / median(&figures.at_once);
        Row {
            name: figures.name.to_owned(),
            cells: vec![
                nanos(median(&figures.one)),
                if figures.name == BASE {
                    "–".to_owned()
                } else {
                    added(by_round(&figures.one, &base.one, |own, base| own - base))
                },
                format!("{:.0}", 1e9 / median(&figures.mean)),
                format!("{:.3}", by_round(&figures.mean, &base.mean, part_of)),
                format!("{per_second:.0}"),
                format!("{:.3}", by_round(&figures.at_once, &base.at_once, part_of)),
            ],
            figure: per_second,
        }
    };
    figures.iter().map(row).collect()
}

/// Nanoseconds for one call, by round.
struct Figures {
    name: &'static str,
    /// The median of the round's calls, one by one.
    one: Vec<f64>,
    /// The mean of them.
    mean: Vec<f64>,
    at_once: Vec<f64>,
}

impl Figures {
    fn of(measured: Measured) -> Self {
        let rounds: Vec<_> = measured.one_by_one.into_iter().map(Times::new).collect();
        let of_one = |time: Duration| time.as_secs_f64() * 1e9 / AT_ONCE.calls as f64;
        Self {
            name: measured.name,
            one: rounds.iter().map(|times| times.quantile(500)).collect(),
            mean: rounds.iter().map(Times::mean).collect(),
            at_once: measured.at_once.into_iter().map(of_one).collect(),
        }
    }
}

/// The part of the base's calls in a second that is made in as much time.
fn part_of(own: f64, base: f64) -> f64 {
    base / own
}

/// The median of what `compare` says of each round.
fn by_round(own: &[f64], base: &[f64], compare: fn(f64, f64) -> f64) -> f64 {
    let rounds = own.iter().zip(base);
    let compared: Vec<_> = rounds.map(|(own, base)| compare(*own, *base)).collect();
    median(&compared)
}

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A difference; the other may be the longer one.
fn added(nanoseconds: f64) -> String {
    let sign = if nanoseconds < 0.0 { "−" } else { "" };
    format!("{sign}{}", nanos(nanoseconds.abs()))
}
