//! The clocks of the machine.

use std::time::{Duration, SystemTime};

use futures::FutureExt;
use futures::future::BoxFuture;

#[cfg(target_os = "linux")]
use rustix::time::{ClockId, clock_gettime};

use super::{Clock, Moment};

/// The clocks of the machine.
///
/// On Linux the coarse clocks are read, which lag by a few milliseconds and cost a tenth of
/// the precise ones. Each call that needs a token reads both.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[cfg(target_os = "linux")]
    fn now(&self) -> Moment {
        Moment {
            monotonic: read(ClockId::MonotonicCoarse),
            wall: super::later(SystemTime::UNIX_EPOCH, read(ClockId::RealtimeCoarse)),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn now(&self) -> Moment {
        use std::sync::LazyLock;
        use std::time::Instant;
        static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
        Moment {
            monotonic: BEGINNING.elapsed(),
            wall: SystemTime::now(),
        }
    }

    #[cfg(target_os = "linux")]
    fn monotonic(&self) -> Duration {
        read(ClockId::Monotonic)
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        tokio::time::sleep(time).boxed()
    }
}

#[cfg(target_os = "linux")]
fn read(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}
