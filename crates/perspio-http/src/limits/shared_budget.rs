//! A budget that several machines share through a Redis server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use perspio_auth::store::{Redis, hashed_name};
use uuid::Uuid;

use super::limit::{Limits, Scope, Unit};
use super::report::{BudgetServer, Reply, Report};

const TAKE_SLOTS: &str = include_str!("take_slots.lua");

/// The lease of a slot. If its process is killed, the slot is free one window after
/// the lease: no response takes longer to begin.
const LEASE: Duration = Duration::from_secs(120);

/// The default number of parts into which the limits are divided while the server
/// is unavailable.
const PARTS: u32 = 4;

/// A budget that the processes of several machines share through a Redis server:
/// together they keep to the limits. See
/// [`PacerBuilder::shared_by`](super::PacerBuilder::shared_by).
///
/// One atomic script takes the slots, by the server's clock. Its keys contain
/// hashes of tenant and application, not their names. Slots are leased: those of a
/// killed process are free after two minutes and a window. A process that ends
/// normally calls [`Pacer::flush`](super::Pacer::flush) before.
///
/// While the server is unavailable, each process continues with a part of the
/// limits, a quarter by default, and calls
/// [`PaceObserver::on_shared_budget_failed`](super::PaceObserver::on_shared_budget_failed).
/// A call waits at most 2 s for the server; then a circuit breaker opens, and later
/// calls do not wait for it at all. The server is retried in the background after a
/// cool-down of 2 s, which doubles up to 30 s. When it is available again, each
/// process reports its requests that still count, and keeps to its part for one
/// more cool-down, in which the others report theirs. (Of bytes, only those of the
/// meantime are reported; if the server has lost its data, earlier ones are not
/// counted.)
///
/// The server must be Redis 5.0 or later, or compatible with it; persistence is not
/// needed. Its user must be allowed `EVAL`, `TIME`, `GET`, `SET`, `PEXPIRE`,
/// `ZADD`, `ZREM`, `ZREMRANGEBYSCORE`, `ZCARD`, `ZRANGE`, `HINCRBY`, `HGETALL`
/// and `HDEL` on the keys that begin with `rate-limit:`.
///
/// ```no_run
/// use std::time::Duration;
/// use perspio_auth::SecretString;
/// use perspio_auth::store::Redis;
/// use perspio_http::{Limit, Limits, Pacer, Scope, SharedBudget};
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let redis = Redis::new(&SecretString::from(std::env::var("REDIS_URL")?))?;
/// let budget = SharedBudget::new(redis, "api.example", "tenant", "client id").fallback_part(8);
/// let rate = Limit::requests("rate", Scope::Application, 100, Duration::from_secs(60));
/// let pacer = Pacer::builder(Limits::none().with(rate)).shared_by(budget).build();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SharedBudget {
    redis: Arc<Redis>,
    tenant: String,
    application: String,
    parts: u32,
}

impl SharedBudget {
    /// Creates the budget of one application of one tenant at a service, kept on
    /// `redis`. All processes that name the same three share it; limits of a tenant
    /// are shared by all its applications.
    pub fn new(redis: Redis, service: &str, tenant: &str, application: &str) -> Self {
        Self {
            redis: Arc::new(redis),
            tenant: hashed_name([Some(service), Some(tenant)]),
            application: hashed_name([Some(service), Some(tenant), Some(application)]),
            parts: PARTS,
        }
    }

    /// Sets the number of parts into which each limit is divided while the server is
    /// unavailable: at least the number of processes.
    pub fn fallback_part(mut self, parts: u32) -> Self {
        self.parts = parts.max(1);
        self
    }

    /// Returns the server for a pacer with these limits, and the number of parts.
    pub(super) fn server(self, limits: Limits) -> (Arc<dyn BudgetServer>, u32) {
        let parts = self.parts;
        let server = RedisServer {
            budget: self,
            limits,
            process: Uuid::new_v4().simple().to_string(),
        };
        (Arc::new(server), parts)
    }

    /// Returns the key for a limit. The braces keep all keys of a tenant on one node
    /// of a cluster.
    fn key(&self, scope: Scope, what: impl fmt::Display) -> String {
        let (tenant, application) = (&self.tenant, &self.application);
        match scope {
            Scope::Tenant => format!("rate-limit:{{{tenant}}}:{what}"),
            Scope::Application => format!("rate-limit:{{{tenant}}}:{application}:{what}"),
        }
    }
}

/// The budget of one process's pacer.
#[derive(Debug)]
struct RedisServer {
    budget: SharedBudget,
    limits: Limits,
    /// Distinguishes the slots of this process from those of others.
    process: String,
}

#[async_trait]
impl BudgetServer for RedisServer {
    async fn exchange(&self, report: &Report, now: Duration) -> Result<Reply, String> {
        let Self { budget, limits, .. } = self;
        let keys = limits.iter().map(|limit| {
            let unit = unit(limit.unit());
            let window = limit.window().as_micros();
            budget.key(limit.scope(), format_args!("{unit}-{window}"))
        });
        let pause = budget.key(Scope::Application, "pause");
        let keys: Vec<_> = std::iter::once(pause).chain(keys).collect();
        let arguments = self.arguments(report, now);
        let reply = budget.redis.eval(TAKE_SLOTS, &keys, &arguments).await;
        let reply = reply.map_err(|error| format!("{:?}: {error}", budget.redis))?;
        read(&reply).ok_or_else(|| format!("{:?}: unexpected reply {reply:?}", budget.redis))
    }
}

impl RedisServer {
    fn arguments(&self, report: &Report, now: Duration) -> Vec<String> {
        let others = [&report.taken, &report.given_back, &report.requested];
        let mut arguments = vec![
            self.process.clone(),
            LEASE.as_micros().to_string(),
            report.bytes.to_string(),
            report.pause.as_micros().to_string(),
            report.answered.len().to_string(),
        ];
        arguments.extend(others.map(|slots| slots.len().to_string()));
        for slot in &report.answered {
            let ago = now.saturating_sub(slot.at);
            arguments.push(slot.number.to_string());
            arguments.push(ago.as_micros().to_string());
        }
        arguments.extend(others.into_iter().flatten().map(u64::to_string));
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

/// Reads the script's reply; `None` if it does not have the expected form.
fn read(reply: &[i64]) -> Option<Reply> {
    let [granted, wait, limit, left @ ..] = reply else {
        return None;
    };
    Some(Reply {
        granted: usize::try_from(*granted).ok()?,
        wait: Duration::from_micros(u64::try_from(*wait).ok()?),
        limit: usize::try_from(*limit).ok()?.checked_sub(1),
        left: left
            .iter()
            .map(|it| u64::try_from(*it).ok())
            .collect::<Option<_>>()?,
    })
}

impl fmt::Debug for SharedBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedBudget").field(&self.redis).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_of_the_script_is_read_or_rejected_as_a_whole() {
        let reply = |granted, micros, limit, left: &[u64]| {
            Some(Reply {
                granted,
                wait: Duration::from_micros(micros),
                limit,
                left: left.to_vec(),
            })
        };
        for (integers, expected) in [
            (&[2, 0, 0, 5, 7][..], reply(2, 0, None, &[5, 7])),
            (&[0, 90, 2, 0], reply(0, 90, Some(1), &[0])),
            (&[0, 90, 0], reply(0, 90, None, &[])),
            (&[0, 90], None),
            (&[-1, 0, 0, 5], None),
            (&[0, -1, 0, 5], None),
            (&[0, 0, -1, 5], None),
            (&[0, 0, 0, -5], None),
        ] {
            assert_eq!(read(integers), expected, "{integers:?}");
        }
    }
}
