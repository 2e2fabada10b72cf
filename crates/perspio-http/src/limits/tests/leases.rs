//! The leases of a process.

use std::time::Duration;

use super::SECOND;
use crate::limits::leases::Leases;
use crate::limits::report::Answered;
use crate::limits::{Limit, Limits, Scope};

#[test]
fn a_lease_is_kept_until_no_limit_counts_it() {
    let requests = |window| Limit::requests("rate", Scope::Tenant, 1, window);
    let limits = Limits::none()
        .with(requests(10 * SECOND))
        .with(requests(100 * SECOND))
        .with(Limit::bytes("bytes", Scope::Tenant, 1, 1000 * SECOND));
    let mut leases = Leases::new(&limits);
    let numbers = [(); 3].map(|()| leases.new_number());
    for number in numbers {
        leases.take(number);
    }
    let answered = Answered {
        number: numbers[1],
        at: SECOND,
    };
    leases.answered(answered);
    leases.give_back(numbers[2]);
    let hold = 100 * SECOND + SECOND / 10;
    let shortly_before = hold + SECOND.saturating_sub(Duration::from_nanos(1));
    assert_eq!(
        leases.all(shortly_before),
        (vec![numbers[0]], vec![answered])
    );
    assert_eq!(leases.all(hold + SECOND), (vec![numbers[0]], vec![]));
}
