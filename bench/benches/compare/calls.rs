//! Calls of the API: at its limit, beside bare ones, and of a large list.

mod at_limit;
mod memory;
pub(crate) mod overhead;

use anyhow::Result;
use tokio::runtime::Runtime;

use crate::report::Scenario;

pub(crate) fn all(runtime: &Runtime) -> Result<Vec<Scenario>> {
    Ok(vec![
        at_limit::measure(runtime)?,
        overhead::measure()?,
        memory::measure()?,
    ])
}
