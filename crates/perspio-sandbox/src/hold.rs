//! Holding requests back until a test lets them go on.

use tokio::sync::watch;

/// Holds an endpoint's requests back for as long as it lives; see
/// [`Sandbox::hold`](crate::Sandbox::hold). Dropping the last hold of an
/// endpoint lets all its waiting requests go on.
#[derive(Debug)]
#[must_use = "dropping the hold lets the requests go on"]
pub struct Hold {
    state: watch::Sender<State>,
}

impl Hold {
    /// Waits until at least `count` requests are held back at the same time.
    pub async fn arrived(&self, count: usize) {
        // Fails only when the sender is gone, and `self` owns one.
        let _ = self
            .state
            .subscribe()
            .wait_for(|state| state.waiting >= count)
            .await;
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.state.send_modify(|state| {
            state.holds -= 1;
            if state.holds == 0 {
                state.round += 1;
                state.waiting = 0;
            }
        });
    }
}

/// What every request of an endpoint passes, open unless a [`Hold`] lives.
#[derive(Debug)]
pub(crate) struct Gate {
    state: watch::Sender<State>,
}

#[derive(Debug, Default)]
struct State {
    holds: usize,
    waiting: usize,
    /// Grows when requests are let go: one that has not run yet must not be caught by a new hold.
    round: u64,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            state: watch::Sender::new(State::default()),
        }
    }
}

impl Gate {
    pub(crate) fn hold(&self) -> Hold {
        self.state.send_modify(|state| state.holds += 1);
        Hold {
            state: self.state.clone(),
        }
    }

    pub(crate) async fn pass(&self) {
        let mut joined = None;
        self.state.send_if_modified(|state| {
            if state.holds > 0 {
                state.waiting += 1;
                joined = Some(state.round);
            }
            joined.is_some()
        });
        if let Some(round) = joined {
            let waiting = Waiting { gate: self, round };
            // Fails only when the sender is gone, and `self` owns one.
            let _ = self
                .state
                .subscribe()
                .wait_for(|state| state.round != waiting.round)
                .await;
        }
    }
}

/// Counts a request out again whose client gave up.
struct Waiting<'a> {
    gate: &'a Gate,
    round: u64,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.gate.state.send_if_modified(|state| {
            let leaves = state.round == self.round;
            if leaves {
                state.waiting -= 1;
            }
            leaves
        });
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn a_request_that_gave_up_no_longer_counts_as_waiting() {
        let gate = Gate::default();
        let hold = gate.hold();
        let mut first = Box::pin(gate.pass());
        assert!(first.as_mut().now_or_never().is_none());
        assert!(hold.arrived(1).now_or_never().is_some());
        drop(first);
        assert!(hold.arrived(1).now_or_never().is_none());
    }

    #[test]
    fn a_new_hold_does_not_count_what_the_old_one_let_go() {
        let gate = Gate::default();
        let old = gate.hold();
        let mut released = Box::pin(gate.pass());
        assert!(released.as_mut().now_or_never().is_none());
        drop(old);
        let new = gate.hold();
        assert!(new.arrived(1).now_or_never().is_none());
        assert!(released.as_mut().now_or_never().is_some());
        assert!(new.arrived(0).now_or_never().is_some());
    }

    #[test]
    fn a_gate_without_a_hold_is_open() {
        let gate = Gate::default();
        assert!(gate.pass().now_or_never().is_some());
        drop(gate.hold());
        assert!(gate.pass().now_or_never().is_some());
    }
}
