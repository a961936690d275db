//! The `tactful` binary: parse, run, exit code.

use std::process::ExitCode;

/// glibc's allocator costs twice as much on bodies of a megabyte.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tactful::cli::run()
}
