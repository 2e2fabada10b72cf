//! The random ids of one sandbox.

use std::sync::{Mutex, PoisonError};

use uuid::{Builder, Uuid};

use crate::random::Random;

/// Makes ids: random ones, or with a seed the same ones in every run.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: Option<u64>,
    random: Mutex<Random>,
}

impl Ids {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self {
            seed,
            random: Mutex::new(Random::new(seed.unwrap_or_default())),
        }
    }

    /// Returns the next id.
    pub(crate) fn next(&self) -> Uuid {
        if self.seed.is_none() {
            return Uuid::new_v4();
        }
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = [0; 16];
        for byte in &mut bytes {
            *byte = u8::try_from(random.below(256)).unwrap_or_default();
        }
        Builder::from_random_bytes(bytes).into_uuid()
    }

    /// Starts the sequence of a seed again.
    pub(crate) fn restart(&self) {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        *random = Random::new(self.seed.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_ids_again_and_another_seed_others() {
        let ids = |seed| {
            let ids = Ids::new(Some(seed));
            [ids.next(), ids.next()]
        };
        assert_eq!(ids(7), ids(7));
        assert_ne!(ids(7), ids(8));
        assert_ne!(ids(7)[0], ids(7)[1]);
    }

    #[test]
    fn without_a_seed_every_id_is_new() {
        assert_ne!(Ids::new(None).next(), Ids::new(None).next());
    }
}
