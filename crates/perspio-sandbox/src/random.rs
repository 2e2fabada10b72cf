//! Numbers that look random and are the same in every run.

/// A linear congruential generator with Knuth's constants (MMIX).
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Self(seed);
        // Neighbouring seeds begin alike; a few steps part them.
        for _ in 0..4 {
            random.below(1);
        }
        random
    }

    /// A number from 0 to `bound`, `bound` itself excluded.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        // The lower half of such a generator's bits is far less random.
        (self.0 >> 33) % bound.max(1)
    }

    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn pick<T: Copy + Default>(&mut self, options: &[T]) -> T {
        let index = self.below(options.len() as u64);
        let index = usize::try_from(index).unwrap_or_default();
        options.get(index).copied().unwrap_or_default()
    }
}
