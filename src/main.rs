//! The `tactful` binary: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    tactful::cli::run()
}
