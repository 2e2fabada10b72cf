//! What the program `memory` measures.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::report::{Compared, Row, Scenario};

const MEGABYTE: f64 = 1e6;

pub(super) fn measure() -> Result<Scenario> {
    let output = Command::new(env!("CARGO_BIN_EXE_memory")).output()?;
    ensure!(
        output.status.success(),
        "the program memory failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout)?;
    let mut lines = text.lines().map(|line| {
        let (name, bytes) = line.split_once('\t').context("no figure")?;
        anyhow::Ok((name.to_owned(), bytes.parse::<f64>()?))
    });
    let (_, body) = lines.next().context("no figures")??;
    let row = |line: Result<(String, f64)>| {
        let (name, peak) = line?;
        anyhow::Ok(Row {
            name,
            cells: vec![
                format!("{:.1} MB", peak / MEGABYTE),
                format!("{:.2}", peak / body),
            ],
            figure: peak,
        })
    };
    Ok(Scenario {
        title: "Memory of a large list",
        how: format!(
            "A list of 100,000 assets, {:.1} MB of JSON. The figure is the most that the call had \
             allocated at any moment, from before it began until all assets were there; all of \
             its memory is counted, and nothing else. Goal: at most five times the body, and under \
             16 MB item by item.",
            body / MEGABYTE
        ),
        compared: Compared {
            rows: "call",
            ratio: "to ours",
        },
        columns: vec!["peak", "times the body"],
        rows: lines.map(row).collect::<Result<_>>()?,
        notes: vec![
            "reqwest's body is read as a whole and then by serde_json: into `Vec<Asset>`, which is \
             the type that ours gives, or into `Vec<Map>`.",
        ],
    })
}
