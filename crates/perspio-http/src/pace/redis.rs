//! A budget that machines share through a Redis server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use perspio_auth::store::{Redis, ServerError, hashed_name};
use uuid::Uuid;

use super::builder::PacerBuilder;
use super::limits::{Limits, Scope, Unit};
use super::shared::{Report, Settled, SharedLedger};

const TAKE_SLOTS: &str = include_str!("take_slots.lua");

/// A slot of which nobody hears again, because its process was killed, is free
/// a window after that: no answer's head takes longer.
const LEASE: Duration = Duration::from_secs(120);

/// While the server is away, a process keeps to this part of the limits.
const PART: u32 = 4;

/// A budget that the processes of many machines share through a Redis server:
/// all together keep to the limits. Give it to [`PacerBuilder::shared_by`].
///
/// One atomic script takes the slots, by the server's clock. What stands there
/// names tenant and application by hashes only. A process that is killed gives
/// its slots back after two minutes and a window; one that ends by itself calls
/// [`Pacer::flush`](super::Pacer::flush) before.
///
/// While the server is away, each process goes on with a part of the limits, a
/// quarter by default, and tells [`PaceObserver::on_shared_budget_failed`](super::PaceObserver::on_shared_budget_failed).
/// A call waits 2 s for it at the most, and no call that comes later waits at
/// all: it is tried behind, every 2 s at first and every 30 s in the end. When
/// it is back, each process tells it of the requests that still count, and keeps
/// to its part for one such pause more, in which the others tell it of theirs.
/// (Of bytes it is told those of the meantime; if it has lost what it knew,
/// earlier ones are not counted.)
///
/// The server: Redis 5.0 or later, or one that speaks as it does; it need not
/// write to disk. Its user must be allowed `EVAL`, `TIME`, `GET`, `SET`, `PEXPIRE`,
/// `ZADD`, `ZREM`, `ZREMRANGEBYSCORE`, `ZCARD`, `ZRANGE`, `HINCRBY`, `HGETALL`
/// and `HDEL` on the names that begin with `perspio-pace:`.
///
/// ```no_run
/// use perspio_auth::SecretString;
/// use perspio_auth::store::Redis;
/// use perspio_http::{Limits, Pacer, SharedBudget};
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let redis = Redis::new(&SecretString::from(std::env::var("REDIS_URL")?))?;
/// let budget = SharedBudget::new(redis, "talk.perspio.io", "in-…", "client id").fallback_part(8);
/// let pacer = Pacer::builder(Limits::perspiotalk()).shared_by(budget).build();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SharedBudget {
    redis: Arc<Redis>,
    tenant: String,
    application: String,
    part: u32,
}

impl SharedBudget {
    /// The budget of one application of one tenant at a service, on `redis`. Who
    /// names the same three shares it; tenants share with all their applications.
    pub fn new(redis: Redis, service: &str, tenant: &str, application: &str) -> Self {
        Self {
            redis: Arc::new(redis),
            tenant: hashed_name([Some(service), Some(tenant)]),
            application: hashed_name([Some(service), Some(tenant), Some(application)]),
            part: PART,
        }
    }

    /// While the server is away, each process keeps to one part of `parts` of
    /// each limit: at least as many as there are processes.
    pub fn fallback_part(mut self, parts: u32) -> Self {
        self.part = parts.max(1);
        self
    }

    /// What the budget of one limit stands under. All names of a tenant are on one
    /// node of a cluster, because of the braces.
    fn name(&self, scope: Scope, what: impl fmt::Display) -> String {
        let Self {
            tenant,
            application,
            ..
        } = self;
        match scope {
            Scope::Tenant => format!("perspio-pace:{{{tenant}}}:{what}"),
            Scope::Application => format!("perspio-pace:{{{tenant}}}:{application}:{what}"),
        }
    }
}

impl PacerBuilder {
    /// Keeps to the limits together with all who share `budget`.
    pub fn shared_by(self, budget: SharedBudget) -> Self {
        let parts = budget.part;
        let limits = self.limits().clone();
        self.shared(
            Arc::new(OnRedis {
                budget,
                limits,
                process: Uuid::new_v4().simple().to_string(),
            }),
            parts,
        )
    }
}

/// The budget of one process's pacer.
struct OnRedis {
    budget: SharedBudget,
    limits: Limits,
    /// Tells the slots of this process from those of others.
    process: String,
}

#[async_trait]
impl SharedLedger for OnRedis {
    fn limits(&self) -> &Limits {
        &self.limits
    }

    async fn settle(&self, report: &Report, now: Duration) -> Result<Settled, String> {
        let names = self.limits.iter().map(|limit| {
            let unit = unit(limit.unit());
            let window = limit.window().as_micros();
            self.budget
                .name(limit.scope(), format_args!("{unit}-{window}"))
        });
        let pause = self.budget.name(Scope::Application, "pause");
        let keys: Vec<_> = std::iter::once(pause).chain(names).collect();
        let arguments = self.arguments(report, now);
        let asked = self.budget.redis.eval(TAKE_SLOTS, &keys, &arguments);
        let answer = asked.await.map_err(|error| match error {
            ServerError::Away(reason) | ServerError::Refused(reason) => {
                format!("{:?}: {reason}", self.budget.redis)
            }
        })?;
        read(&answer)
            .ok_or_else(|| format!("{:?}: its answer is not what was asked", self.budget.redis))
    }
}

impl OnRedis {
    fn arguments(&self, report: &Report, now: Duration) -> Vec<String> {
        let Report {
            taken,
            answered,
            given_back,
            bytes,
            pause,
            wanted,
        } = report;
        let mut arguments = vec![
            self.process.clone(),
            LEASE.as_micros().to_string(),
            bytes.to_string(),
            pause.as_micros().to_string(),
        ];
        let counts = [taken, given_back, wanted].map(Vec::len);
        arguments.push(answered.len().to_string());
        arguments.extend(counts.map(|count| count.to_string()));
        for slot in answered {
            let ago = now.saturating_sub(slot.at);
            arguments.push(slot.number.to_string());
            arguments.push(ago.as_micros().to_string());
        }
        let others = taken.iter().chain(given_back).chain(wanted);
        arguments.extend(others.map(u64::to_string));
        for limit in self.limits.iter() {
            arguments.push(unit(limit.unit()).to_owned());
            arguments.push(limit.most().to_string());
            arguments.push(limit.hold().as_micros().to_string());
        }
        arguments
    }
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Requests => "requests",
        Unit::Bytes => "bytes",
    }
}

/// The script's answer.
fn read(answer: &[i64]) -> Option<Settled> {
    let [granted, wait, limit, left @ ..] = answer else {
        return None;
    };
    Some(Settled {
        granted: usize::try_from(*granted).ok()?,
        wait: Duration::from_micros(u64::try_from(*wait).ok()?),
        limit: usize::try_from(*limit).ok()?.checked_sub(1),
        left: left
            .iter()
            .map(|left| u64::try_from(*left))
            .collect::<Result<_, _>>()
            .ok()?,
    })
}

impl fmt::Debug for SharedBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedBudget").field(&self.redis).finish()
    }
}

impl fmt::Debug for OnRedis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.budget.fmt(f)
    }
}
