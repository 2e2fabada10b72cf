//! Devices that wait for a person to sign in elsewhere (RFC 8628).

use std::time::Duration;

use super::bounded::Bounded;
use super::error::EntraError;
use super::opaque::{opaque, user_code};
use super::scopes::Scopes;
use crate::person::Person;

pub(crate) const DEVICE_LIFETIME: Duration = Duration::from_secs(900);
/// Between two questions, and what each `slow_down` adds.
pub(crate) const INTERVAL: Duration = Duration::from_secs(5);
const ROOM: usize = 1_000;

/// What the person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Approved(Person),
    Declined,
}

struct Device {
    user_code: String,
    scopes: Scopes,
    begun: Duration,
    interval: Duration,
    last_asked: Option<Duration>,
    verdict: Option<Verdict>,
    redeemed: bool,
}

impl Device {
    fn is_over(&self, now: Duration) -> bool {
        now >= self.begun.saturating_add(DEVICE_LIFETIME)
    }
}

/// The waiting devices of one sandbox, by device code.
pub(crate) struct Devices(Bounded<String, Device>);

/// The values that a device receives when it starts.
pub(crate) struct Begun {
    pub(crate) device_code: String,
    pub(crate) user_code: String,
}

impl Default for Devices {
    fn default() -> Self {
        Self(Bounded::new(ROOM))
    }
}

impl Devices {
    pub(crate) fn begin(&mut self, scopes: Scopes, now: Duration) -> Begun {
        let begun = Begun {
            device_code: opaque("device"),
            user_code: user_code(),
        };
        let device = Device {
            user_code: begun.user_code.clone(),
            scopes,
            begun: now,
            interval: INTERVAL,
            last_asked: None,
            verdict: None,
            redeemed: false,
        };
        self.0.insert(begun.device_code.clone(), device);
        begun
    }

    /// The user code as it was issued and what is asked for, if a device waits for it: people type
    /// it in small letters, without the hyphen or with blanks.
    pub(crate) fn waiting(&self, typed: &str, now: Duration) -> Option<(String, Scopes)> {
        let mut devices = self.0.values();
        let device = devices.find(|device| same_code(&device.user_code, typed))?;
        let waits = device.verdict.is_none() && !device.is_over(now);
        waits.then(|| (device.user_code.clone(), device.scopes))
    }

    /// Tells the device what the person said. A second click that says the
    /// same is fine; otherwise the first word counts.
    pub(crate) fn decide(&mut self, typed: &str, verdict: Verdict, now: Duration) -> bool {
        let mut devices = self.0.values_mut();
        let device = devices.find(|device| same_code(&device.user_code, typed));
        device.is_some_and(|device| {
            !device.is_over(now) && *device.verdict.get_or_insert(verdict) == verdict
        })
    }

    /// The device asks whether the person is done.
    pub(crate) fn ask(
        &mut self,
        device_code: &str,
        now: Duration,
    ) -> Result<(Person, Scopes), EntraError> {
        let Some(device) = self.0.get_mut(device_code) else {
            return Err(refused(
                "bad_verification_code",
                70_018,
                "The device_code was not recognized: the sandbox has issued no such code.",
            ));
        };
        if device.redeemed {
            return Err(refused(
                "invalid_grant",
                54_005,
                "The device code was already redeemed.",
            ));
        }
        if device.is_over(now) {
            return Err(refused(
                "expired_token",
                70_020,
                "The provided value for the input parameter 'device_code' is not valid. This \
                 code has expired.",
            ));
        }
        match device.verdict {
            Some(Verdict::Approved(person)) => {
                device.redeemed = true;
                Ok((person, device.scopes))
            }
            Some(Verdict::Declined) => Err(refused(
                "authorization_declined",
                65_004,
                "User declined to consent to access the app.",
            )),
            None => Err(device.not_yet(now)),
        }
    }

    /// Whether a device code is of this sandbox, still good or not.
    pub(crate) fn issued(&self, device_code: &str) -> bool {
        self.0.get(device_code).is_some()
    }
}

impl Device {
    fn not_yet(&mut self, now: Duration) -> EntraError {
        let last = self.last_asked.replace(now);
        if last.is_some_and(|last| now < last.saturating_add(self.interval)) {
            self.interval = self.interval.saturating_add(INTERVAL);
            return refused(
                "slow_down",
                70_016,
                "The device asks more often than it was told to. From now on it must wait 5 \
                 seconds longer between two questions.",
            );
        }
        refused(
            "authorization_pending",
            70_016,
            "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
        )
    }
}

fn same_code(issued: &str, typed: &str) -> bool {
    let typed = typed.chars().filter(|c| !c.is_whitespace() && *c != '-');
    let issued = issued.chars().filter(|c| *c != '-');
    issued.eq(typed.map(|c| c.to_ascii_uppercase()))
}

fn refused(error: &'static str, code: u32, message: &str) -> EntraError {
    EntraError::bad_request(error, code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn begun() -> (Devices, Begun) {
        let mut devices = Devices::default();
        let begun = devices.begin(Scopes::default(), at(1_000));
        (devices, begun)
    }

    fn error(devices: &mut Devices, begun: &Begun, now: Duration) -> &'static str {
        devices.ask(&begun.device_code, now).unwrap_err().error
    }

    #[test]
    fn each_question_that_comes_too_early_makes_the_interval_longer() {
        let (mut devices, begun) = begun();
        for (now, expected) in [
            (at(1_000), "authorization_pending"),
            (at(1_005), "authorization_pending"),
            (at(1_009), "slow_down"),
            (at(1_018), "slow_down"),
            (at(1_032), "slow_down"),
            (at(1_052), "authorization_pending"),
        ] {
            assert_eq!(error(&mut devices, &begun, now), expected, "{now:?}");
        }
    }

    #[test]
    fn an_approval_is_given_out_once_and_at_once() {
        let (mut devices, begun) = begun();
        assert_eq!(
            error(&mut devices, &begun, at(1_000)),
            "authorization_pending"
        );
        assert!(devices.decide(&begun.user_code, Verdict::Approved(Person::Rosa), at(1_000)));
        let (person, _) = devices.ask(&begun.device_code, at(1_000)).unwrap();
        assert_eq!(person, Person::Rosa);
        assert_eq!(error(&mut devices, &begun, at(1_000)), "invalid_grant");
    }

    #[test]
    fn the_first_word_counts_and_may_be_repeated() {
        let (mut devices, begun) = begun();
        let ada = Verdict::Approved(Person::Ada);
        assert!(devices.decide(&begun.user_code, ada, at(1_000)));
        assert!(devices.decide(&begun.user_code, ada, at(1_000)));
        assert!(!devices.decide(&begun.user_code, Verdict::Declined, at(1_000)));
        assert!(!devices.decide("BBBB-BBBB", ada, at(1_000)));
        assert_eq!(devices.waiting(&begun.user_code, at(1_000)), None);
    }

    #[test]
    fn a_declined_device_is_told_so() {
        let (mut devices, begun) = begun();
        assert!(devices.decide(&begun.user_code, Verdict::Declined, at(1_000)));
        for _ in 0..2 {
            assert_eq!(
                error(&mut devices, &begun, at(1_000)),
                "authorization_declined"
            );
        }
    }

    #[test]
    fn after_15_minutes_it_is_too_late_for_everybody() {
        let (mut devices, begun) = begun();
        assert!(devices.waiting(&begun.user_code, at(1_899)).is_some());
        assert_eq!(devices.waiting(&begun.user_code, at(1_900)), None);
        assert!(!devices.decide(&begun.user_code, Verdict::Declined, at(1_900)));
        assert_eq!(error(&mut devices, &begun, at(1_900)), "expired_token");
    }

    #[test]
    fn a_user_code_can_be_typed_carelessly() {
        let (devices, begun) = begun();
        let careless = format!(" {} ", begun.user_code.replace('-', " ").to_lowercase());
        let (code, _) = devices.waiting(&careless, at(1_000)).unwrap();
        assert_eq!(code, begun.user_code);
        assert_eq!(devices.waiting("", at(1_000)), None);
    }

    #[test]
    fn an_unknown_device_is_refused() {
        let (mut devices, _) = begun();
        let error = devices.ask("sandbox-device-x", at(1_000)).unwrap_err();
        assert_eq!(error.error, "bad_verification_code");
    }
}
