//! The use of the limits on the front page.

use maud::{Markup, html};

use crate::limits::Budget;
use crate::shared::Shared;

pub(super) fn budgets(shared: &Shared) -> Markup {
    let usage = shared.limits.usage(&shared.clock);
    html! {
        (budget("rate", "Rate limit", "requests", usage.rate_limit))
        (budget("quota", "Quota", "requests", usage.quota))
        (budget("bandwidth", "Bandwidth", "bytes", usage.bandwidth))
        p.fine { (usage.rejected) " requests rejected with 429 because of a limit" }
    }
}

fn budget(id: &str, title: &str, unit: &str, budget: Option<Budget>) -> Markup {
    html! {
        div.budget id={ "budget-" (id) } {
            div.row {
                @if budget.is_some() {
                    label for={ "meter-" (id) } { (title) }
                } @else {
                    span { (title) }
                }
                span {
                    @match budget {
                        Some(budget) => {
                            (grouped(budget.used)) " of " (grouped(budget.limit)) " " (unit) " in "
                            (budget.window_seconds) " s"
                        }
                        None => "no limit",
                    }
                }
            }
            @if let Some(budget) = budget {
                @let high = budget.limit.saturating_mul(4) / 5;
                meter id={ "meter-" (id) } min="0" max=(budget.limit.max(1)) low=(high) high=(high)
                    optimum="0" value=(budget.used.min(budget.limit)) {
                    (budget.used) " of " (budget.limit)
                }
                svg.history viewBox="0 0 119 30" preserveAspectRatio="none" role="img"
                    aria-label={ (title) ", use in the last two minutes" } {
                    polyline points="" fill="none" vector-effect="non-scaling-stroke" {}
                }
            }
        }
    }
}

/// Returns a number with its digits in groups of three, for instance `40,000,000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_in_groups_of_three() {
        let numbers = [0, 999, 1_000, 40_000_000].map(grouped);
        assert_eq!(numbers, ["0", "999", "1,000", "40,000,000"]);
    }
}
