//! `cargo xtask`. The commands are a library, so that the fuzz targets reach them.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// An import makes and frees millions of tokens; the system's allocator takes a
/// sixth of its time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    xtask::main()
}
