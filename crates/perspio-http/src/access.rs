//! Where a client's tokens come from.

use perspio_auth::{Credential, TokenSource};

use crate::error::Error;
use crate::pipeline::{Pipeline, PipelineBuilder};

/// Where a client's tokens come from.
#[derive(Clone, Debug)]
pub enum Access {
    /// The client's own source obtains them with this.
    Credential(Credential),
    /// A source that the program has already, with its own store, clock and observers.
    Source(TokenSource),
}

impl PipelineBuilder {
    /// The pipeline, signing with what `access` brings.
    pub fn build_for(self, access: Access) -> Result<Pipeline, Error> {
        match access {
            Access::Credential(credential) => self.build(credential),
            Access::Source(source) => self.build_with(source),
        }
    }
}
