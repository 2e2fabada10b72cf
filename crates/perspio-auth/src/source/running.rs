//! The end of a fetch, however its task ends.

use super::Source;
use crate::oauth::Error;
use crate::token::AccessToken;

/// A fetch that runs. Dropped before its end, it counts as one that failed.
pub(super) struct Running<'a> {
    source: &'a Source,
    ended: bool,
}

impl<'a> Running<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self {
            source,
            ended: false,
        }
    }

    pub(super) fn end(mut self, outcome: &Result<AccessToken, Error>) {
        self.ended = true;
        let now = self.source.now();
        let mut guarded = self.source.guarded();
        guarded.fetch = None;
        match outcome {
            Ok(token) => {
                guarded.state.obtained();
                guarded.rejected = None;
                self.source.token.set(Some(token));
            }
            Err(error) => guarded.state.failed(error.retry_after(), now),
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.ended {
            let now = self.source.now();
            let mut guarded = self.source.guarded();
            guarded.fetch = None;
            guarded.state.failed(None, now);
        }
    }
}
