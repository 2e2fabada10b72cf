//! `cargo xtask`. The commands are a library, so that the fuzz targets reach them.

use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::main()
}
