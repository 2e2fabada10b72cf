//! Attributes lost sign-ins to kills, and measures the window.

use std::collections::HashMap;
use std::fmt;

use crate::fleet::Kill;
use crate::gateway::Exchange;
use crate::protocol::{Event, What};

/// The fate of a sign-in whose refresh token was rejected.
pub(crate) enum Loss {
    /// A process was killed between the receipt of its token request and the
    /// acknowledgement of the store.
    InWindow {
        process: u32,
        /// Microseconds from the receipt of the request to the end of the process.
        after_request: i64,
        /// The same from the response.
        after_response: i64,
    },
    Outside(String),
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InWindow {
                process,
                after_request,
                after_response,
            } => write!(
                f,
                "in the window: process {process} ended {:.1} ms after its request was received, \
                 {:.1} ms after the response",
                milliseconds(*after_request),
                milliseconds(*after_response)
            ),
            Self::Outside(reason) => write!(f, "OUTSIDE THE WINDOW: {reason}"),
        }
    }
}

#[allow(clippy::cast_precision_loss)] // Durations of this program are short.
pub(crate) fn milliseconds(microseconds: i64) -> f64 {
    microseconds as f64 / 1000.0
}

/// Returns the loss of each sign-in with a rejected refresh token.
pub(crate) fn losses(exchanges: &[Exchange], events: &[Event], kills: &[Kill]) -> Vec<Loss> {
    let mut family_of: HashMap<&str, usize> = HashMap::new();
    let mut families: Vec<Vec<&Exchange>> = Vec::new();
    for exchange in exchanges {
        let family = if let Some(spent) = &exchange.spent {
            let Some(family) = family_of.get(&**spent) else {
                continue;
            };
            *family
        } else {
            families.push(Vec::new());
            families.len() - 1
        };
        if let Some(members) = families.get_mut(family) {
            members.push(exchange);
        }
        if let Some(issued) = &exchange.issued {
            family_of.insert(issued, family);
        }
    }
    let is_lost = |family: &&Vec<&Exchange>| family.iter().any(|it| it.status >= 400);
    let lost = families.iter().filter(is_lost);
    lost.map(|family| loss(family, events, kills)).collect()
}

fn loss(family: &[&Exchange], events: &[Event], kills: &[Kill]) -> Loss {
    let uses = |token: &str| {
        let is_use = |it: &&&Exchange| it.spent.as_deref() == Some(token);
        family.iter().filter(is_use).count()
    };
    let reused = family.iter().find(|it| {
        let spent = it.spent.as_deref();
        spent.is_some_and(|token| uses(token) > 1)
    });
    let Some((first, token)) = reused.and_then(|it| Some((it, it.spent.as_deref()?))) else {
        return Loss::Outside("no refresh token was used twice".to_owned());
    };
    let spenders = events.iter().filter_map(|event| match &event.what {
        What::Spends { token: spent } if spent == token => Some((event.process, event.at)),
        _ => None,
    });
    let mut seen = Vec::new();
    for (process, at) in spenders {
        let killed = kills.iter().find(|kill| kill.process == process);
        let saved = events.iter().any(|event| {
            let is_saved = matches!(event.what, What::Replaced { is_saved: true, .. });
            event.process == process && event.at >= at && is_saved
        });
        match killed {
            Some(kill) if !saved => {
                return Loss::InWindow {
                    process,
                    after_request: difference(kill.at, first.received),
                    after_response: difference(kill.at, first.responded),
                };
            }
            _ => seen.push(format!(
                "process {process}, killed: {}, saved: {saved}",
                killed.is_some()
            )),
        }
    }
    Loss::Outside(format!("token {token} was used twice, by {seen:?}"))
}

pub(crate) fn difference(later: u64, earlier: u64) -> i64 {
    later.cast_signed().wrapping_sub(earlier.cast_signed())
}

/// Returns the time from each response to the acknowledgement of the store, and the time
/// of the replacement alone, in microseconds.
pub(crate) fn windows(exchanges: &[Exchange], events: &[Event]) -> (Vec<i64>, Vec<i64>) {
    let responded: HashMap<&str, u64> = exchanges
        .iter()
        .filter_map(|it| Some((it.issued.as_deref()?, it.responded)))
        .collect();
    let saved = events.iter().filter_map(|event| match &event.what {
        What::Replaced {
            token: Some(token),
            began,
            is_saved: true,
        } => {
            let responded = responded.get(&**token)?;
            Some((
                difference(event.at, *responded),
                difference(event.at, *began),
            ))
        }
        _ => None,
    });
    saved.unzip()
}

/// Formats the median, the 99th percentile and the maximum.
pub(crate) fn summary(mut times: Vec<i64>) -> String {
    times.sort_unstable();
    let at = |percent: usize| {
        let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        milliseconds(times.get(place).copied().unwrap_or_default())
    };
    format!(
        "p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms ({} times)",
        at(50),
        at(99),
        at(100),
        times.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(spent: Option<&str>, received: u64, issued: Option<&str>) -> Exchange {
        Exchange {
            spent: spent.map(str::to_owned),
            received,
            responded: received + 1000,
            status: if issued.is_some() { 200 } else { 400 },
            issued: issued.map(str::to_owned),
        }
    }

    /// A sign-in whose first refresh token is spent twice.
    fn reused() -> Vec<Exchange> {
        vec![
            exchange(None, 0, Some("first")),
            exchange(Some("first"), 5000, Some("second")),
            exchange(Some("first"), 9000, None),
        ]
    }

    fn event(at: u64, what: What) -> Event {
        Event {
            process: 7,
            at,
            what,
        }
    }

    fn spends() -> Event {
        let token = "first".to_owned();
        event(4000, What::Spends { token })
    }

    fn saved() -> Event {
        let what = What::Replaced {
            token: Some("second".to_owned()),
            began: 6100,
            is_saved: true,
        };
        event(8000, what)
    }

    const KILL: Kill = Kill {
        process: 7,
        at: 8500,
    };

    #[test]
    fn a_kill_between_the_request_and_the_durable_write_is_in_the_window() {
        let found = losses(&reused(), &[spends()], &[KILL]);
        let [loss @ Loss::InWindow { .. }] = &*found else {
            panic!("it is one loss, in the window");
        };
        let text = loss.to_string();
        assert!(
            text.contains("3.5 ms after its request") && text.contains("2.5 ms after the resp"),
            "{text}"
        );
    }

    #[test]
    fn a_loss_without_a_kill_or_after_a_durable_write_is_outside_the_window() {
        for (exchanges, events, kills) in [
            (reused(), vec![spends()], vec![]),
            (reused(), vec![spends(), saved()], vec![KILL]),
            (reused(), vec![], vec![KILL]),
            (
                vec![
                    exchange(None, 0, Some("first")),
                    exchange(Some("first"), 1, None),
                ],
                vec![spends()],
                vec![KILL],
            ),
        ] {
            let found = losses(&exchanges, &events, &kills);
            assert!(matches!(&*found, [Loss::Outside(_)]));
        }
    }

    #[test]
    fn the_window_is_from_the_response_to_the_acknowledgement() {
        let (windows, replacements) = windows(&reused(), &[spends(), saved()]);
        assert_eq!((windows, replacements), (vec![2000], vec![1900]));
        assert!(losses(&reused()[..2], &[spends(), saved()], &[]).is_empty());
    }

    #[test]
    fn a_summary_has_the_median_and_the_maximum() {
        let text = summary((1..=200).map(|it| it * 1000).collect());
        assert_eq!(text, "p50 101.0 ms, p99 199.0 ms, max 200.0 ms (200 times)");
        assert!(summary(Vec::new()).contains("0 times"));
    }
}
